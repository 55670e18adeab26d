"""How long one dose lasts: until half of the first day's effect is gone, and until responders relapse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...mood import rules
from ...report.claim_figure import Curves, Panel, Ribbon
from ...report.crosses import Cross, Crosses
from ..answering.seen import records, rows, told
from .benefit import SCORE, ratings
from .burden import Session, facts, session
from .many import Many
from .settling import Study, settled
from .weighed import Listing, Weighed, band_record, banded, ends

Floats = NDArray[np.float64]
QUESTION = "How long does one dose last?"
DOSES = {
    "0.2 mg/kg": Regimen("ketamine", "iv", "0.2 mg/kg", "40 min", "once", 28.0),
    "0.5 mg/kg": Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", "once", 28.0),
    "1 mg/kg": Regimen("ketamine", "iv", "1 mg/kg", "40 min", "once", 28.0),
    "84 mg": Regimen("esketamine", "nasal", "84 mg", None, "once", 28.0),
}
USUAL = "0.5 mg/kg"
_DAYS = np.array([0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 24, 28.0])
_LOOKS = (3.0, 7.0, 14.0)
_FEWEST = 3


@dataclass(frozen=True, eq=False)
class Lasting:
    """One dose: its mean course beyond control (draws x days), days to half, responders and who relapsed of them (%).

    `spread` is the SD between people of the first day's effect (points).
    """

    course: Floats
    half: Floats
    responded: Floats
    relapsed: Mapping[float, Floats]
    spread: Floats
    session: Session


def how_long(many: Many, seed: int) -> Weighed:
    """The answer for these people and draws."""
    found = {label: _lasting(many, one) for label, one in DOSES.items()}
    observed = rows(study=("salloum2019", "murrough2013b"), quantity="relapse")
    half = found[USUAL].half
    return Weighed(
        "how long does one dose last",
        QUESTION,
        f"After one dose of 0.5 mg/kg half of the effect of the first day is gone by day {banded(half)}; of those who "
        f"respond to the drug alone at day 1, {banded(found[USUAL].relapsed[14.0], '%')} have relapsed by day 14.",
        "this time",
        (_brings(found), _costs(found), _seen(observed)),
        settled(half, _studies(many, found[USUAL]), seed),
        _panels(found),
        (_listing(found),),
        _details(found, observed),
        many,
        (
            "life's load stays as it is, so that nobody relapses by mischance and nobody recovers by luck",
            "response and relapse are those of despair (half and two thirds of the ill level), without placebo",
        ),
    )


def half_gone(course: Floats, days: Floats) -> Floats:
    """The day (draws) by which half of the first day's effect is gone; the last look where it is not.

    **Arguments:** `course` is the mean effect (draws x days). Nothing where there is no effect on day 1.
    """
    first = int(np.argmin(np.abs(days - 1.0)))
    goal = 0.5 * course[:, first]
    later = course[:, first:] <= goal[:, None]
    place = first + np.where(later.any(axis=1), later.argmax(axis=1), course.shape[1] - 1 - first)
    row, before = np.arange(len(course)), np.maximum(place - 1, first)
    high, low = course[row, before], course[row, place]
    part = np.clip((high - goal) / np.maximum(high - low, 1e-12), 0.0, 1.0)
    when = days[before] + part * (days[place] - days[before])
    return np.where(course[:, first] > 0, when, np.nan)


def _lasting(many: Many, one: Regimen) -> Lasting:
    read = many.under(one, 24.0 * _DAYS, (SCORE, "despair"))
    fall = read[SCORE][..., :1] - read[SCORE]
    course = fall.mean(axis=1)
    despair, rule, day = read["despair"], rules()["despair"], int(np.argmin(np.abs(_DAYS - 1.0)))
    responded = despair[..., day] <= (1.0 - rule.response) * despair[..., 0]
    count = responded.sum(axis=1)
    relapsed = {d: _share(responded & _above(despair, d, rule.relapse), count) for d in _LOOKS}
    shares = 100 * responded.mean(axis=1)
    spread = fall[..., day].std(axis=1)
    return Lasting(course, half_gone(course, _DAYS), shares, relapsed, spread, session(many, one))


def _above(despair: Floats, day: float, level: float) -> NDArray[np.bool_]:
    return np.asarray(despair[..., int(np.argmin(np.abs(_DAYS - day)))] >= level * despair[..., 0])


def _share(which: NDArray[np.bool_], of: NDArray[np.int64]) -> Floats:
    """In percent; nothing where too few responded."""
    return np.where(of >= _FEWEST, 100 * which.sum(axis=1) / np.maximum(of, 1), np.nan)


def _at(one: Lasting, day: float) -> Floats:
    return np.asarray(one.course[:, int(np.argmin(np.abs(_DAYS - day)))])


def _brings(found: Mapping[str, Lasting]) -> str:
    halves = ", ".join(f"day {banded(one.half)} after {k}" for k, one in found.items())
    usual = found[USUAL]
    left = {d: banded(100 * _at(usual, d) / _at(usual, 1.0), "%") for d in (3.0, 7.0, 14.0)}
    return (
        f"Beyond control 0.5 mg/kg takes {banded(_at(usual, 1.0), 'points')} off MADRS at day 1, of which {left[3.0]} "
        f"are left at day 3, {left[7.0]} at day 7 and {left[14.0]} at day 14; half of the first day's effect is gone "
        "by "
        f"{halves}; {banded(usual.responded, '%')} of people respond to the drug alone at day 1."
    )


def _costs(found: Mapping[str, Lasting]) -> str:
    peaks = ", ".join(f"{banded(one.session.cadss, 'points')} ({k})" for k, one in found.items())
    days = found["1 mg/kg"].half - found[USUAL].half
    return (
        f"What a longer effect costs in the one session is dissociation: a mean CADSS of {peaks} at its peak; 1.0 "
        f"instead of 0.5 mg/kg adds {banded(days, 'days')} and "
        f"{banded(found['1 mg/kg'].session.pressure - found[USUAL].session.pressure, 'mmHg')} of systolic pressure."
    )


def _seen(observed: Sequence[Observation]) -> str:
    return (
        f"Observed, with placebo and chance in it: {told(observed)}; the chain's effect after one dose is shorter than "
        "these weeks."
    )


def _panels(found: Mapping[str, Lasting]) -> tuple[Panel, ...]:
    shown = tuple(Ribbon(k, _DAYS, *_course(one)) for k, one in found.items())
    crosses = tuple(Cross(k, ends(one.session.cadss), ends(one.half), int(k == "84 mg")) for k, one in found.items())
    return (
        Crosses(
            "How long, against what is felt",
            "dissociation at its peak, mean CADSS, points",
            "days until half of day 1 is gone",
            crosses,
            None,
            ("by vein (ketamine, over 40 min)", "by nose (esketamine)"),
        ),
        Curves("The effect of one dose beyond control", "days", "fall of MADRS, points", shown, rest=0.0),
    )


def _course(one: Lasting) -> tuple[Floats, Floats, Floats]:
    low, middle, high = np.quantile(one.course, (0.05, 0.5, 0.95), axis=0)
    return low, middle, high


def _listing(found: Mapping[str, Lasting]) -> Listing:
    columns = ("dose", "half gone, day", "responders at day 1, %", *(f"relapsed by day {d:g}, %" for d in _LOOKS))
    lines = tuple(
        (k, banded(one.half), banded(one.responded), *(banded(one.relapsed[d]) for d in _LOOKS))
        for k, one in found.items()
    )
    return Listing(
        "Days to half of the first day's effect, and relapse of responders to the drug alone", columns, lines
    )


def _details(found: Mapping[str, Lasting], observed: Sequence[Observation]) -> dict[str, object]:
    return {
        "half_gone_day": {k: band_record(one.half) for k, one in found.items()},
        "responded_day_1_percent": {k: band_record(one.responded) for k, one in found.items()},
        "relapsed_percent_of_responders": {
            k: {f"{d:g}": band_record(v) for d, v in one.relapsed.items()} for k, one in found.items()
        },
        "cadss_peak_points": {k: band_record(one.session.cadss) for k, one in found.items()},
        "observed": records(observed),
    }


def _studies(many: Many, usual: Lasting) -> tuple[Study, ...]:
    """What could be done to know it better."""
    arm, n = facts()["course_arm"].value, facts()["scanned"].value
    looks, soon = (1.0, 3.0, 7.0, 14.0), (1.0, 1.5, 2.0, 3.0)
    rated = ratings(many, arm, usual.spread)

    whole = f"0.5 mg/kg against midazolam, {arm:.0f} people an arm, days 1, 3, 7 and 14"

    def followed(name: str, words: str, days: tuple[float, ...]) -> Study:
        return rated.trial(name, words, np.stack([_at(usual, d) for d in days], axis=1), days)

    spines = many.under(DOSES[USUAL], (0.0, 24.0, 168.0), ("spine_density",))["spine_density"].mean(axis=1)
    error = np.full(2, facts()["synapse_sd"].value / np.sqrt(n))
    return (
        followed("course over two weeks", whole, looks),
        followed("course over three days", f"the same with looks at days 1, 1.5, 2 and 3 only, {arm:.0f} an arm", soon),
        followed("one look at day 7", f"the same with one look at day 7, {arm:.0f} an arm", (7.0,)),
        Study(
            "scans of synapses on two days",
            f"{n:.0f} people scanned for synaptic density at days 1 and 7",
            spines[:, 1:] / spines[:, :1],
            error,
        ),
    )
