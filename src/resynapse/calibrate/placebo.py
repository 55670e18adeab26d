"""The nonspecific course and expectancy, fitted to control arms of role `build`; no drug effect is in it.

Run `python -m resynapse.calibrate.placebo` to repeat it; documented in `docs/calibration/placebo.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ..core.calibrated import UNCALIBRATED
from ..evidence import library
from ..person import population
from ..trial.score import (
    Draws,
    Told,
    Values,
    believe,
    drawn,
    expectancy,
    feel,
    feeling,
    keeping,
    measured,
    nonspecific,
    pull,
    values,
    weigh,
    wobble,
)

Floats = NDArray[np.float64]
PEOPLE = 6000
SEED = 2026
FREE = ("day1", "hope", "disappointment", "new_drug", "easily_moved", "elder_share")
PRIOR: Mapping[str, tuple[float, float]] = {
    "day1": (5.0, 3.0),
    "hope": (4.0, 2.0),
    "disappointment": (10.0, 5.0),
    "new_drug": (12.0, 5.0),
    "easily_moved": (0.42, 0.1),
    "elder_share": (0.45, 0.3),
}
BETWEEN = 5.4
_WEEKS = (0.0, 1.0, 3.0, 7.0, 10.0, 14.0, 17.0, 21.0, 24.0)


@dataclass(frozen=True)
class Control:
    """A control arm: who, what they are given instead, what they are told, on which day they are asked."""

    population: str
    kind: str
    chance: float
    day: float
    new_drug: bool = False
    inpatient: bool = False
    central: bool = False
    like_control: bool = False
    entry: float = 0.0


@dataclass(frozen=True)
class Datum:
    """One number to meet: of which arm, what (`change`, `spread`, `response`, `remission`), and how closely."""

    arm: str
    what: str
    value: float
    sd: float
    row: str


ARMS: Mapping[str, Control] = {
    "saline": Control("trd_academic", "saline", 0.5, 1.0),
    "midazolam": Control("trd_academic", "midazolam", 0.6, 1.0),
    "spray": Control("trd_phase3", "spray", 0.6, 1.0, entry=28.0),
    "hospital": Control("suicidal_inpatients", "spray", 0.5, 1.0, inpatient=True, central=True),
    "asleep": Control("trd_academic", "asleep", 0.5, 1.0),
    "unfelt": Control("trd_academic", "saline", 0.67, 1.0, like_control=True),
    "month": Control("trd_phase3", "spray", 0.55, 28.0, new_drug=True, central=True, entry=28.0),
    "elders": Control("elders", "spray", 0.5, 28.0, new_drug=True, central=True, entry=24.0),
}


def wanted() -> tuple[Datum, ...]:
    """What the fit may see; every row is looked up among those of role `build`."""
    one = _row
    masked = one("lii2023", "placebo", "madrs_total", 1.0) - one("lii2023", "placebo", "madrs_total", 0.0)
    month = (
        144 * _change("turkoz2021", "ad_plus_placebo_women") + 78 * _change("turkoz2021", "ad_plus_placebo_men")
    ) / 222
    old = (
        40 * _change("ochsross2020", "ad_plus_placebo_women") + 25 * _change("ochsross2020", "ad_plus_placebo_men")
    ) / 65
    return (
        Datum("saline", "change", 0.0, BETWEEN, "pmc10810879: 27.4 after saline, 27.3 before"),
        Datum("spray", "change", one("daly2018", "placebo", "madrs_total", 1.0, "change"), BETWEEN, "daly2018"),
        Datum("midazolam", "change", one("murrough2013a", "midazolam", "madrs_total", 1.0), BETWEEN, "murrough2013a"),
        Datum("hospital", "change", one("fu2020", "placebo_plus_soc", "madrs_total", 1.0, "change"), BETWEEN, "fu2020"),
        Datum("asleep", "change", masked, BETWEEN, "lii2023"),
        Datum("unfelt", "change", one("nct05414422", "placebo", "madrs_total", 1.0), BETWEEN, "nct05414422"),
        Datum("saline", "response", one("wilkinson2019", "saline", "response_mixed", 1.0), 0.02, "wilkinson2019"),
        Datum("midazolam", "response", one("wilkinson2019", "midazolam", "response_mixed", 1.0), 0.03, "wilkinson2019"),
        Datum("month", "change", month, 1.5, "turkoz2021, women and men"),
        Datum("month", "spread", 14.5, 1.0, "turkoz2021, SD 14.7 and 14.3"),
        Datum("month", "response", one("turkoz2021", "ad_plus_placebo", "response", 28.0), 0.04, "turkoz2021"),
        Datum(
            "month",
            "remission",
            one("fedgchin2019", "ad_plus_placebo", "remission_madrs12", 28.0),
            0.04,
            "fedgchin2019",
        ),
        Datum("elders", "change", old, 1.5, "ochsross2020, women and men"),
        Datum("elders", "response", one("ochsross2020", "ad_plus_placebo", "response", 28.0), 0.05, "ochsross2020"),
        Datum(
            "elders", "remission", one("ochsross2020", "ad_plus_placebo", "remission_madrs", 28.0), 0.04, "ochsross2020"
        ),
    )


def control(arm: Control, value: Values, people: int = PEOPLE, seed: int = SEED) -> dict[str, float]:
    """What a control arm would show: mean change and its SD, response, remission (12 or less), mean belief."""
    who = population(arm.population).sample(people, seed)
    sessions = np.array([d for d in _WEEKS if d < arm.day])
    days = np.array([0.0, arm.day])
    draws = drawn(seed, 0, (people, 2, sessions.size))
    belief = _belief(arm, value, draws, sessions.size)
    known = value.placebo
    mean = nonspecific(known, days, arm.new_drug, arm.inpatient)
    hope = np.stack([np.zeros(people), expectancy(known, belief, np.array(arm.day - sessions[-1]))], axis=1)
    age = who.covariates["age"]
    moved = pull(known, draws.moved, age)[:, None] * (keeping(known, days, draws.losing) * mean + hope)
    sd = value.measuring.central_sd if arm.central else value.measuring.rater_sd
    error = wobble(draws.wobble, days, value) + sd * draws.rater
    error[:, 0] += 0.0 if arm.central else value.measuring.inflation
    moved[:, 1] += 0.0 if arm.central else value.measuring.rater_bias * (belief - 0.5)
    score = measured(who.covariates["madrs_baseline"][:, None], moved, np.zeros((people, 2)), error)
    return _read(score[score[:, 0] >= arm.entry], float(belief.mean()))


def _belief(arm: Control, value: Values, draws: Draws, sessions: int) -> Floats:
    told = Told(
        feel("saline" if arm.like_control else "drug"), feel(arm.kind if arm.kind != "asleep" else "saline"), arm.chance
    )
    like = told.control
    chances = np.broadcast_to([like.dizziness, like.nausea, like.sedation], (PEOPLE, sessions, 3))
    mean, known = np.full((PEOPLE, sessions), like.cadss), value.trust
    felt = feeling(mean, chances, draws.feelings, known.dispersion, value.sensing.prone)
    ratio = weigh(felt, told, value.trust) * (arm.kind != "asleep")
    return believe(ratio, arm.chance, value.trust)[:, -1]


def _read(score: Floats, belief: float) -> dict[str, float]:
    change = score[:, 1] - score[:, 0]
    return {
        "change": float(change.mean()),
        "spread": float(change.std()),
        "response": float((score[:, 1] <= 0.5 * score[:, 0]).mean()),
        "remission": float((score[:, 1] <= 12.0).mean()),
        "belief": belief,
    }


def misfit(trial: Floats, data: tuple[Datum, ...]) -> float:
    """Half the sum of squares of what is missed and of the distance from what was thought before."""
    value = with_values(trial)
    if not _allowed(value):
        return 1e6
    found = {name: control(ARMS[name], value) for name in {d.arm for d in data}}
    missed = [(found[d.arm][d.what] - d.value) / d.sd for d in data]
    apart = [(x - PRIOR[name][0]) / PRIOR[name][1] for x, name in zip(trial, FREE, strict=True)]
    return 0.5 * float(np.sum(np.square([*missed, *apart])))


def with_values(trial: Floats) -> Values:
    """The values before any calibration of the whole, with those of the trial."""
    known = values(UNCALIBRATED)
    return replace(known, placebo=replace(known.placebo, **dict(zip(FREE, map(float, trial), strict=True))))


def fitted() -> tuple[Floats, float]:
    """The simplex from what was thought before, with fixed draws, so that chance does not change between trials."""
    data = wanted()
    start = np.array([PRIOR[name][0] for name in FREE])
    found = minimize(
        misfit, start, args=(data,), method="Nelder-Mead", options={"maxfev": 700, "xatol": 5e-3, "fatol": 5e-3}
    )
    return np.asarray(found.x), float(found.fun)


def _allowed(value: Values) -> bool:
    known = value.placebo
    return min(known.day1, known.hope, known.disappointment, known.new_drug, known.elder_share) > 0 and (
        0.15 < known.easily_moved < 0.8
    )


def _change(study: str, arm: str) -> float:
    return _row(study, arm, "madrs_total", 28.0, "change")


def _row(study: str, arm: str, quantity: str, time: float, statistic: str | None = None) -> float:
    rows = library().build.select(study=study, arm=arm, quantity=quantity)
    found = [o.value for o in rows if o.time == time and (statistic is None or o.statistic == statistic)]
    if not found or found[0] is None:
        raise LookupError(f"{study} {arm} {quantity} {time}")
    return float(found[0])


def main() -> None:
    """Fit, and print what was fitted beside what was wanted."""
    data = wanted()
    found, worst = fitted()
    value = with_values(found)
    arms = {name: control(arm, value) for name, arm in ARMS.items()}
    for name, x in zip(FREE, found, strict=True):
        print(f"{name:16} {x:8.3f}   before {PRIOR[name][0]:g} ({PRIOR[name][1]:g})")
    for d in data:
        print(
            f"{d.arm:10} {d.what:10} wanted {d.value:8.3f} (SD {d.sd:g})   found {arms[d.arm][d.what]:8.3f}   {d.row}"
        )
    for name, arm in arms.items():
        print(f"{name:10} belief {arm['belief']:.2f}")
    text = repr([(d.row, d.what, d.value, d.sd) for d in data]) + repr([round(float(x), 4) for x in found])
    print(f"misfit {worst:.3f}, seed {SEED}, {PEOPLE} people, hash {hashlib.sha256(text.encode()).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
