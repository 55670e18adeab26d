"""A stored trial as the exports read it, and the words that all data sets share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

HOURS = 24.0
MADRS = "madrs_total"


@dataclass(frozen=True, eq=False)
class Study:
    """One trial: its record, what the run said, and its tables (subjects, visits, doses, sessions, times, ...)."""

    record: Mapping[str, Any]
    told: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def name(self) -> str:
        """The name of the study: that of the design in capitals."""
        return str(self.record["design"]["name"]).upper()

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms in the order of the design."""
        return tuple(arm["name"] for arm in self.record["design"]["arms"])

    @property
    def withdrawn(self) -> bool:
        """Whether people are randomised when they are well, so that shares of their baseline mean nothing."""
        return str(self.record["design"]["kind"]) == "randomised_withdrawal"

    @cached_property
    def treatments(self) -> Mapping[tuple[int, int], str]:
        """What was planned, by subject and period."""
        table = self.tables["periods"]
        keys = zip(table["subject"], table["period"], strict=True)
        return {(int(s), int(p)): str(t) for (s, p), t in zip(keys, table["treatment"], strict=True)}

    @cached_property
    def starts(self) -> tuple[float, ...]:
        """The day on which each period begins."""
        return tuple(float(one["start"]) for one in self.record["design"]["periods"]) or (0.0,)

    @cached_property
    def led_in(self) -> tuple[tuple[float, str], ...]:
        """The last day of each phase before randomisation, and what was given in it."""
        phases = [p for p in self.record["design"]["lead_in"] if p["regimens"] or p["keep"]]
        lengths = [float(phase["days"]) for phase in phases]
        given = [" + ".join(dict.fromkeys(str(one["compound"]) for one in p["regimens"])) for p in phases]
        return tuple((-sum(lengths[k + 1 :]), words) for k, words in enumerate(given))

    def period(self, days: Any) -> NDArray[np.int64]:
        """The period of each day, counted from 0; -1 is the lead-in before randomisation."""
        when = np.asarray(days, np.float64)
        found = np.searchsorted(np.array(self.starts), when + 1e-9, side="right") - 1
        return np.where(when < 0.0, -1, np.maximum(found, 0))

    def identified(self, subjects: Any) -> dict[str, NDArray[Any]]:
        """The first columns of every data set."""
        who = np.asarray(subjects, np.int64)
        words = np.array([f"{s + 1:05d}" for s in who], dtype=object)
        known = {
            "STUDYID": np.full(len(who), self.name, dtype=object),
            "USUBJID": np.array([f"{self.name}-{w}" for w in words], dtype=object),
            "SUBJID": words,
        }
        known["TRT01P"] = known["TRT01A"] = self.treatment(who, np.zeros(len(who), np.int64))
        return known

    def treatment(self, subjects: Any, periods: Any) -> NDArray[Any]:
        """What was planned for each subject in each period."""
        pairs = zip(subjects, periods, strict=True)
        return np.array([self.treatments.get((int(s), int(p)), "") for s, p in pairs], dtype=object)

    def had(self, subjects: Any, days: Any) -> NDArray[Any]:
        """What each subject was given on each day: the treatment of the period, or that of the lead-in before it."""
        when = np.asarray(days, np.float64)
        found = self.treatment(subjects, self.period(when))
        for k in np.flatnonzero(self.period(when) < 0):
            found[k] = next((words for end, words in self.led_in if when[k] < end), "")
        return found


def study_day(days: Any) -> NDArray[np.float64]:
    """Days as CDISC counts them: day 1 is that of randomisation, the day before is -1, and there is no day 0."""
    given = np.asarray(days, np.float64)
    return np.where(given >= 0.0, np.floor(given + 1e-9) + 1.0, np.floor(given + 1e-9))


def flag(true: Any, no: str = "") -> NDArray[Any]:
    """`Y` where something is true, and nothing or `N` elsewhere."""
    return np.where(np.asarray(true, bool), "Y", no).astype(object)
