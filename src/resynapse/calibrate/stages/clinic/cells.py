"""Every arm at every day that some row hangs on: what of it does not change while the stage is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ....trial.score import Values
from .arms import Arm, Evidence, Row, looked
from .belief import latest

Floats = NDArray[np.float64]
Beliefs = Mapping[tuple[str, str], Floats]
START_SD = 5.6
"""SD between people of the score before treatment (points), as in the adult population of phase III."""
MONTH = 28.0


@dataclass(frozen=True)
class Cells:
    """Arms at days, one row a cell.

    **Arguments:** `at` names arm and day; `regimen` (empty for a control) and `look` find the relief; `study` is the
    place of the study; `start` the mean score before treatment, free of what raters add, and `rated` as it was rated;
    `above` and `below` are the mean belief above and below one half, `above_var` and `below_var` its variances,
    `lean` the mean belief less one half where raters see the session; `since` days since the last session; `share` is
    -1 for adults, 0 for elders, 1 for adolescents; `error0` the mean of the first rating's error in those who were let
    in.
    """

    at: tuple[tuple[str, str, float], ...]
    regimen: tuple[str, ...]
    look: tuple[int, ...]
    study: NDArray[np.int64]
    day: Floats
    start: Floats
    rated: Floats
    above: Floats
    below: Floats
    above_var: Floats
    below_var: Floats
    lean: Floats
    since: Floats
    elder: Floats
    young: Floats
    new_drug: Floats
    inpatient: Floats
    rater: Floats
    inflation: Floats
    error0: Floats

    def place(self, study: str, arm: str, day: float) -> int:
        """Where a cell stands."""
        return self.at.index((study, arm, day))

    def __len__(self) -> int:
        return len(self.at)


def cells(told: Evidence, believed: Beliefs, value: Values, also: bool = False) -> Cells:
    """The cells of the rows, or with `also` of every further day at which a drug arm can be looked at."""
    wanted = dict.fromkeys((r.study, a, d) for r in told.rows for a in _arms(r) for d in looked(r))
    if also:
        wanted |= dict.fromkeys(_more(told))
    return _made([_cell(told, believed, value, key) for key in wanted])


def _arms(row: Row) -> tuple[str, ...]:
    return (*row.arms, *((row.against,) if row.against else ()))


def _more(told: Evidence) -> list[tuple[str, str, float]]:
    found = []
    for arm in told.arms.values():
        beside = [a.regimen for a in told.arms.values() if a.study == arm.study and a.regimen]
        for regimen in (arm.regimen,) if arm.regimen else beside:
            found += [(arm.study, arm.name, d) for d in told.days(regimen) if d > 0.0]
    return found


def _cell(told: Evidence, believed: Beliefs, value: Values, key: tuple[str, str, float]) -> dict[str, object]:
    arm, day = told.arms[key[:2]], key[2]
    session, since = latest(told, arm, day)
    belief = believed[arm.key][:, session]
    above, below = np.maximum(belief - 0.5, 0.0), np.maximum(0.5 - belief, 0.0)
    known = value.measuring
    rater = known.central_sd if arm.central else known.rater_sd
    inflation = 0.0 if arm.central else known.inflation
    error0 = let_in(arm, np.hypot(known.wobble_sd, rater))
    return {
        "at": key,
        "regimen": arm.regimen,
        "look": told.days(arm.regimen).index(day) - 1 if arm.regimen else 0,
        "study": told.studies.index(arm.study),
        "day": day,
        "start": arm.start - error0 - inflation,
        "rated": arm.start,
        "above": above.mean(),
        "below": below.mean(),
        "above_var": above.var(),
        "below_var": below.var(),
        "lean": 0.0 if arm.central else belief.mean() - 0.5,
        "since": since,
        "elder": float(arm.people == "elders"),
        "young": float(arm.people == "young"),
        "new_drug": float(arm.new_drug),
        "inpatient": float(arm.inpatient),
        "rater": rater,
        "inflation": inflation,
        "error0": error0,
    }


def let_in(arm: Arm, error: float) -> float:
    """The mean error of the first rating in those whom it let in.

    **Assumes:** scores before treatment and errors are normal, and errors of the size on file.
    """
    if not arm.entry:
        return 0.0
    whole = float(np.hypot(START_SD, error))
    short = (arm.entry - arm.start) / whole
    return float(error**2 / whole * norm.pdf(short) / norm.sf(short))


def _made(found: list[dict[str, object]]) -> Cells:
    columns: dict[str, Any] = {name: tuple(one[name] for one in found) for name in found[0]}
    columns |= {n: np.array(v, dtype=np.float64) for n, v in columns.items() if n not in _WORDS}
    return Cells(**{**columns, "study": columns["study"].astype(np.int64)})


_WORDS = ("at", "regimen", "look")
