"""How often: the interval between doses after four weeks of two a week, against sessions and hours in the chair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...dose.schedule import schedule_times
from ...evidence import Observation
from ...report.claim_figure import Curves, Panel, Ribbon
from ...report.crosses import Cross, Crosses
from ..answering.seen import records, rows, told
from .benefit import SCORE, ratings
from .burden import above, chair, facts
from .many import Many
from .settling import Study, settled
from .weighed import Listing, Weighed, band_record, banded, ends

Floats = NDArray[np.float64]
QUESTION = "How often: how far apart may doses lie, and what do more of them cost?"
INTERVALS = {"twice weekly": 3.5, "weekly": 7.0, "every 2 weeks": 14.0, "every 4 weeks": 28.0}
_FIRST, _WEEKS, _LAST = "twice weekly for 4 weeks", 4, 112.0
_BEGUN = 28.0
_LOOKS = np.arange(0.25, _LAST, 0.5)
_PEAK_H = 0.667
_WORTH = 6.0
"""Single ratings that the mean of twelve weekly ones is worth, as wobbles last two weeks."""


@dataclass(frozen=True, eq=False)
class Kept:
    """One interval, in the twelve weeks after the first four, draw by draw.

    **Arguments:** `course` is the mean fall beyond control (draws x looks), `relief` its mean over the twelve weeks;
    `spread` is the SD of this mean between people; `felt` are sessions with a CADSS above 4; `sessions` and `hours` in
    the chair are of one person.
    """

    course: Floats
    relief: Floats
    spread: Floats
    felt: Floats
    sessions: int
    hours: float


def how_often(many: Many, seed: int) -> Weighed:
    """The answer for these people and draws."""
    found = {label: _kept(many, label) for label in INTERVALS}
    none = _kept(many, "")
    half = interval_of_half(
        np.stack([k.relief - none.relief for k in found.values()], axis=1), list(INTERVALS.values())
    )
    observed = _observed()
    return Weighed(
        "how often",
        QUESTION,
        f"Half of the relief that two doses of 0.5 mg/kg a week keep up over twelve weeks is kept at one dose every "
        f"{banded(half, 'days')}.",
        "this interval",
        (_brings(found, none), _costs(found), _seen(observed)),
        settled(half, _studies(many, found, none), seed),
        _panels(found, none),
        (_listing(found, none),),
        _details(found, none, half, observed),
        many,
        (
            "life's load stays as it is, and nobody stops treatment",
            "twelve weeks are no year: tolerance of the effect is in no room",
        ),
    )


def interval_of_half(relief: Floats, intervals: Sequence[float]) -> Floats:
    """Days between doses (draws) at which half of the relief of the shortest interval is left (draws x intervals).

    The longest interval where more is left; nothing where there is no relief.
    """
    share = relief / np.where(relief[:, :1] > 0, relief[:, :1], np.nan)
    log, rows_ = np.log(np.asarray(intervals, dtype=float)), np.arange(len(relief))
    below = share < 0.5
    place = np.where(below.any(axis=1), below.argmax(axis=1), relief.shape[1] - 1)
    before = np.maximum(place - 1, 0)
    high, low = share[rows_, before], share[rows_, place]
    part = np.clip((high - 0.5) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    days = np.exp(log[before] + part * (log[place] - log[before]))
    return np.where(np.isfinite(share[:, 0]), days, np.nan)


def _kept(many: Many, label: str) -> Kept:
    words = f"{_FIRST}, then {label}" if label else _FIRST
    given = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", words, _LAST)
    times = np.array(schedule_times(words, _LAST))
    later = times[times >= 24.0 * _BEGUN]
    hours = np.unique(np.concatenate([[0.0], 24.0 * _LOOKS, later + _PEAK_H]))
    read = many.under(given, hours, (SCORE, "cadss_total"))
    looks = np.searchsorted(hours, 24.0 * _LOOKS)
    peaks = np.searchsorted(hours, later + _PEAK_H)
    fall = read[SCORE][..., :1] - read[SCORE][..., looks]
    course, kept = fall.mean(axis=1), fall[..., _LOOKS >= _BEGUN].mean(axis=-1)
    felt = above(read["cadss_total"][..., peaks]).sum(axis=-1).mean(axis=1)
    return Kept(course, kept.mean(axis=1), kept.std(axis=1), felt, len(later), len(later) * chair(given))


def _brings(found: Mapping[str, Kept], none: Kept) -> str:
    each = ", ".join(f"{banded(k.relief - none.relief, 'points')} {label}" for label, k in found.items())
    return (
        "After two infusions of 0.5 mg/kg a week for four weeks, the mean MADRS over the next twelve weeks lies "
        "below that of "
        f"people who stop by {each}; of those who stop {banded(none.relief, 'points')} are left on average."
    )


def _costs(found: Mapping[str, Kept]) -> str:
    each = ", ".join(f"{k.sessions} sessions and {k.hours:.0f} h {label}" for label, k in found.items())
    felt = ", ".join(f"{banded(k.felt)} {label}" for label, k in found.items())
    return (
        f"In twelve weeks this costs {each} in the chair, monitored, and sessions with a CADSS above 4: {felt}; each "
        "session raises the pressure as the first one does, since no tolerance of pressure is known."
    )


def _seen(observed: Sequence[Observation]) -> str:
    return (
        f"Observed: {told(observed)}; trials of intervals randomised two against three infusions a week, and sprays "
        "weekly or "
        "every other week by need, not by chance, so that no trial answers the question."
    )


def _observed() -> tuple[Observation, ...]:
    two = [o for o in rows(study="singh2016b") if o.statistic == "change" and o.time == 14.0]
    kept = [o for o in rows(study="daly2019", quantity="relapse") if o.statistic == "cumulative_incidence"]
    return (*two, *kept[:2])


def _panels(found: Mapping[str, Kept], none: Kept) -> tuple[Panel, ...]:
    crosses = tuple(
        Cross(label, (k.hours, k.hours, k.hours), ends(k.relief - none.relief)) for label, k in found.items()
    )
    weekly = (_LOOKS // 7).astype(int)
    days = np.array([7.0 * w + 3.5 for w in range(weekly.max() + 1)])
    shown = tuple(Ribbon(label, days, *_weekly(k.course, weekly)) for label, k in {**found, "stopped": none}.items())
    return (
        Crosses(
            "Relief kept in twelve weeks, against hours in the chair",
            "hours in the chair in twelve weeks",
            "fall of mean MADRS beyond stopping, points",
            crosses,
        ),
        Curves("Weekly means", "days since the first dose", "fall of MADRS beyond control, points", shown, rest=0.0),
    )


def _weekly(course: Floats, week: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    means = np.stack([course[:, week == w].mean(axis=1) for w in range(week.max() + 1)], axis=1)
    low, middle, high = np.quantile(means, (0.05, 0.5, 0.95), axis=0)
    return low, middle, high


def _listing(found: Mapping[str, Kept], none: Kept) -> Listing:
    columns = (
        "after the first four weeks",
        "relief beyond stopping, points",
        "sessions",
        "hours in the chair",
        "sessions with CADSS above 4",
    )
    lines = tuple(
        (label, banded(k.relief - none.relief), str(k.sessions), f"{k.hours:.0f}", banded(k.felt))
        for label, k in found.items()
    )
    return Listing("Twelve weeks of infusions of 0.5 mg/kg at different intervals", columns, lines)


def _details(found: Mapping[str, Kept], none: Kept, half: Floats, observed: Sequence[Observation]) -> dict[str, object]:
    return {
        "interval_of_half_days": band_record(half),
        "relief_beyond_stopping_points": {label: band_record(k.relief - none.relief) for label, k in found.items()},
        "sessions": {label: k.sessions for label, k in found.items()},
        "hours_in_the_chair": {label: k.hours for label, k in found.items()},
        "sessions_felt": {label: band_record(k.felt) for label, k in found.items()},
        "observed": records(observed),
    }


def _studies(many: Many, found: Mapping[str, Kept], none: Kept) -> tuple[Study, ...]:
    """What could be done to know it better: means over twelve weekly ratings of each arm, worth about six alone."""
    arm = facts()["course_arm"].value
    spread = found["weekly"].spread
    weekly, once = ratings(many, _WORTH * arm, np.sqrt(_WORTH) * spread), ratings(many, arm, spread)

    def against(name: str, words: str, one: Sequence[str], other: Floats | None = None) -> Study:
        signal = np.stack([found[k].relief - (none.relief if other is None else other) for k in one], axis=1)
        return weekly.trial(name, words, signal, [_BEGUN] * len(one))

    after = (4.0, 7.0, 13.0)
    places = [int(np.argmin(np.abs(_LOOKS - 25.25 - d))) for d in after]
    stopped = f"days 4, 7 and 13 after the last of eight doses against placebo, {arm:.0f} an arm"
    every = f"twice weekly, weekly and every 2 weeks against stopping, {arm:.0f} people an arm, 12 weeks"
    two = f"weekly against every 2 weeks, {arm:.0f} an arm, 12 weeks"
    return (
        against("three intervals against stopping", every, ("twice weekly", "weekly", "every 2 weeks")),
        against("weekly against stopping", f"weekly against stopping, {arm:.0f} an arm, 12 weeks", ("weekly",)),
        against("weekly against every 2 weeks", two, ("weekly",), found["every 2 weeks"].relief),
        once.trial("course after the last of eight", stopped, none.course[:, places], [_BEGUN] * 3),
    )
