"""The data of a trial, one row a person: repeated scores, one outcome, or a time to an event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...core.errors import RequestError, nearest

Floats = NDArray[np.float64]
Labels = NDArray[np.str_]
Covariates = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Visits:
    """Scores of people at visits; a missing visit is `nan` and takes any pattern.

    **Arguments:** `arm` names each person's arm; `score` is people by visits; `visits` names the columns in order of
    time; `covariates` are one value a person, numbers or words, the baseline score among them.

    **Raises:** `RequestError` when lengths do not agree, a score is infinite, or a covariate is missing for somebody.
    """

    arm: Labels
    score: Floats
    visits: tuple[str, ...]
    covariates: Covariates = field(default_factory=dict)

    def __post_init__(self) -> None:
        _set(self, arm=_words(self.arm), score=np.asarray(self.score, np.float64), visits=tuple(map(str, self.visits)))
        if self.score.shape != (self.arm.size, len(self.visits)):
            wanted = f"{self.arm.size} people by {len(self.visits)} visits"
            raise RequestError(
                "the scores have another shape than people by visits", given=self.score.shape, allowed=wanted
            )
        if np.isinf(self.score).any():
            raise RequestError("a score is infinite", then="a missing score is nan")
        _set(self, covariates=_checked(self.covariates, self.arm.size))

    @classmethod
    def from_long(cls, table: pd.DataFrame, columns: LongColumns, covariates: Iterable[str] = ()) -> Visits:
        """The scores of a table with one row a person and visit, such as ADQS; visits in order of appearance.

        **Raises:** `RequestError` for an unknown column, or when a person has two rows at one visit.
        """
        for name in (columns.person, columns.arm, columns.visit, columns.score, *covariates):
            _known(name, map(str, table.columns), "the table has no such column")
        repeated = table.duplicated([columns.person, columns.visit])
        if repeated.any():
            row = table.loc[repeated, [columns.person, columns.visit]].iloc[0]
            raise RequestError(
                "a person has two rows at one visit", given=", ".join(map(str, row)), then="keep one of them"
            )
        people, visits = table[columns.person].unique(), table[columns.visit].unique()
        wide = table.pivot(index=columns.person, columns=columns.visit, values=columns.score)
        own = table.drop_duplicates(columns.person).set_index(columns.person).loc[people]
        score = wide.loc[people, visits].to_numpy(np.float64)
        return cls(own[columns.arm].to_numpy(), score, tuple(visits), {c: own[c].to_numpy() for c in covariates})

    def place(self, visit: str) -> int:
        """The column of a visit, or a refusal that names the nearest one."""
        return self.visits.index(_known(visit, self.visits, "the data have no such visit"))

    def at(self, visit: str) -> Outcome:
        """The scores of one visit, for those who came."""
        column = self.score[:, self.place(visit)]
        came = np.isfinite(column)
        return Outcome(self.arm[came], column[came], {name: x[came] for name, x in self.covariates.items()})


@dataclass(frozen=True)
class LongColumns:
    """Names of the columns of a table with one row a person and visit (default: those of ADQS)."""

    person: str = "USUBJID"
    arm: str = "TRT01P"
    visit: str = "AVISIT"
    score: str = "CHG"


@dataclass(frozen=True)
class Outcome:
    """One outcome a person: a change at a visit, or 1 and 0 for responders and others.

    **Raises:** `RequestError` when lengths do not agree, or a value or covariate is missing for somebody.
    """

    arm: Labels
    value: Floats
    covariates: Covariates = field(default_factory=dict)

    def __post_init__(self) -> None:
        _set(self, arm=_words(self.arm), value=np.asarray(self.value, np.float64))
        _same_length("value", self.value, self.arm.size)
        if not np.isfinite(self.value).all():
            raise RequestError("an outcome is missing for somebody", then="say first how a missing outcome counts")
        _set(self, covariates=_checked(self.covariates, self.arm.size))

    def of(self, *arms: str) -> Outcome:
        """The people of these arms only."""
        here = _chosen(self.arm, arms)
        return Outcome(self.arm[here], self.value[here], {name: x[here] for name, x in self.covariates.items()})


@dataclass(frozen=True)
class Survival:
    """Time from randomisation to an event or to the end of watching, one row a person.

    **Arguments:** `event` is true where the event was seen; `entered` is the calendar time of randomisation, which
    only analyses with an interim look need.

    **Raises:** `RequestError` when lengths do not agree, a time is negative or missing, or a covariate is missing.
    """

    arm: Labels
    time: Floats
    event: NDArray[np.bool_]
    covariates: Covariates = field(default_factory=dict)
    entered: Floats | None = None

    def __post_init__(self) -> None:
        _set(self, arm=_words(self.arm), time=np.asarray(self.time, np.float64), event=np.asarray(self.event, bool))
        _same_length("time", self.time, self.arm.size)
        _same_length("event", self.event, self.arm.size)
        if not (np.isfinite(self.time) & (self.time >= 0.0)).all():
            raise RequestError("a time is negative or missing", then="give the time of the event or of the last look")
        if self.entered is not None:
            _set(self, entered=np.asarray(self.entered, np.float64))
            _same_length("entered", np.asarray(self.entered), self.arm.size)
        _set(self, covariates=_checked(self.covariates, self.arm.size))

    def of(self, *arms: str) -> Survival:
        """The people of these arms only."""
        return self.where(_chosen(self.arm, arms))

    def where(self, here: NDArray[np.bool_]) -> Survival:
        """The people for whom this is true."""
        entered = None if self.entered is None else self.entered[here]
        covariates = {name: x[here] for name, x in self.covariates.items()}
        return Survival(self.arm[here], self.time[here], self.event[here], covariates, entered)

    def until(self, calendar: float) -> Survival:
        """What was known at a calendar time: people who had entered, watched until then."""
        if self.entered is None:
            raise RequestError(
                "an interim look needs the calendar time at which people entered", where="Survival.entered"
            )
        watched = calendar - self.entered
        cut = Survival(self.arm, np.clip(self.time, 0.0, np.maximum(watched, 0.0)), self.event & (self.time <= watched))
        return Survival(cut.arm, cut.time, cut.event, self.covariates, self.entered).where(watched > 0.0)


def count(arm: Labels) -> dict[str, int]:
    """How many people each arm has, in alphabetical order."""
    names, counts = np.unique(arm, return_counts=True)
    return {str(name): int(n) for name, n in zip(names, counts, strict=True)}


def compared(arm: Labels, treatment: str, control: str) -> None:
    """Refuse a comparison of an arm with itself, or of an arm without people."""
    if treatment == control:
        raise RequestError("an arm is compared with itself", given=treatment, allowed=count(arm))
    for name in (treatment, control):
        _known(name, count(arm), "nobody is in this arm")


def covariate(covariates: Covariates, name: str) -> NDArray[Any]:
    """The values of a covariate, or a refusal that names the nearest one."""
    return covariates[_known(name, covariates, "the data have no such covariate")]


def strata(covariates: Covariates, names: tuple[str, ...], people: int) -> NDArray[np.intp]:
    """The stratum of each person: one number for every combination of the named covariates that occurs."""
    if not names:
        return np.zeros(people, np.intp)
    joint = np.array(
        ["\x1f".join(map(str, row)) for row in zip(*(covariate(covariates, n) for n in names), strict=True)]
    )
    return np.unique(joint, return_inverse=True)[1]


def _known(name: str, valid: Iterable[str], what: str) -> str:
    words = list(valid)
    if name not in words:
        raise RequestError(what, given=name, allowed=words, nearest=nearest(name, words))
    return name


def _chosen(arm: Labels, arms: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.isin(arm, arms)


def _words(values: ArrayLike) -> Labels:
    return np.asarray(values).astype(np.str_)


def _checked(covariates: Covariates, people: int) -> Covariates:
    checked = {name: np.asarray(values) for name, values in covariates.items()}
    for name, values in checked.items():
        _same_length(name, values, people)
        if pd.isna(values).any():
            raise RequestError(
                "a covariate is missing for somebody", where=name, then="impute it or leave the person out"
            )
    return checked


def _same_length(name: str, values: NDArray[Any], people: int) -> None:
    if values.shape != (people,):
        raise RequestError(
            "there must be one value a person", where=name, given=values.shape, allowed=f"{people} people"
        )


def _set(instance: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(instance, name, value)
