"""The few numbers that the stage must answer for, with their bands, and whether what was seen lies inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from .arms import LATER, Row, opened
from .posed import Posed
from .predictive import Banded, banded, contrast, many
from .relapsed import Relapse, paths, relapsing
from .scored import Scores, shares
from .settled import Settled

Floats = NDArray[np.float64]
_AGAINST_MIDAZOLAM = ("murrough2013a", "ketamine", "midazolam")
_REPEATED = ("turkoz2021", "esketamine", "placebo")


def headline(posed: Posed, draws: Settled, seed: int = 3) -> dict[str, Any]:
    """Contrasts, durability, the early share of the effect, control responses, and coverage of the build rows."""
    rows = banded(posed, draws, seed)
    found: dict[str, Any] = {
        "contrast_midazolam_24h": _band(contrast(posed, draws, _AGAINST_MIDAZOLAM, 1.0)),
        "contrast_midazolam_24h_of_one_trial": _band(contrast(posed, draws, _AGAINST_MIDAZOLAM, 1.0, own=True)),
        "contrast_esketamine_day_27": _band(contrast(posed, draws, _REPEATED, 27.0)),
        "early_share_of_daly": _early(posed, draws),
        "relapse_after_six": _six(posed, draws),
        "durability": {one.row.arms[0]: _seen(one) for one in rows if one.row.reads == "relapse"},
        "controls": {one.row.words: _seen(one) for one in rows if _control(posed, one.row) and one.row.counted},
        "coverage": {str(part): _coverage(rows, part) for part in (50, 90)},
        "pooled": _pooled(posed, draws),
        "drug_alone": drug_alone(posed, draws),
        "rows": [{"row": one.row.id, "what": one.row.words, **_seen(one)} for one in rows],
    }
    width = found["contrast_midazolam_24h"]
    return {**found, "contrast_width": round(width["q95"] - width["q05"], 2)}


def _pooled(posed: Posed, draws: Settled) -> dict[str, dict[str, Any]]:
    """Pooled differences of meta-analyses, which are no data here, beside the nearest arms of the mean trial."""
    found = {}
    for row, arms, day in _POOLED:
        seen = opened("an2021", row)
        interval = {"observed": seen.value, "low": seen.low, "high": seen.high}
        found[f"an2021, nasal spray, day {day:g}"] = {**interval, **_band(contrast(posed, draws, arms, day))}
    return found


def drug_alone(posed: Posed, draws: Settled) -> dict[str, dict[str, Any]]:
    """The mean change of a score of 36 by the drug alone, by regimen and day, in the mean trial."""

    def effect(z: Array, reliefs: Array) -> Array:
        known = posed.known(z)
        return 36.0 * (shares(known, _AT) * _OF).sum() * reliefs

    every, found = many(effect, draws), {}
    for one in posed.surrogate.asked.followed:
        own = {}
        for look, hour in enumerate(one.hours[1:]):
            mean = -every[:, posed.surrogate.index(one.name, look)].mean(axis=1)
            own[f"{hour / 24.0:g}"] = _band(mean)
        found[one.name] = own
    return found


def _early(posed: Posed, draws: Settled) -> Mapping[str, float]:
    """The net effect of 84 mg two hours after the first dose over that at 24 h, in the mean trial."""
    arms = ("daly2018", "e84", "placebo")
    early, late = (contrast(posed, draws, arms, day) for day in (0.083, 1.0))
    return _band(early / np.where(np.abs(late) > 0.5, late, np.nan))


def _six(posed: Posed, draws: Settled) -> Mapping[str, float]:
    """The day after the last of six infusions at which half of the responders have relapsed; 50 stands for later."""
    row = next(r for r in posed.rows if r.reads == "relapse_median")
    days = (row.day, *_VISITS)
    made = relapse_at(posed, row, days)
    after = np.array(days[1:]) - _LAST

    def shares(z: Array, reliefs: Array) -> Array:
        found, known = posed.scores(z, reliefs, typical=True)
        return relapsing(made, _longer(posed, found, reliefs, days), known, posed.value)

    by_day = many(shares, draws)
    reached = np.array([np.interp(0.5, share, after, right=_LATE) for share in np.maximum.accumulate(by_day, axis=1)])
    return _band(reached)


_POOLED = (
    ("An2021_IN_meta.2", ("daly2018", "e84", "placebo"), 1.0),
    ("An2021_IN_meta.3", _REPEATED, 27.0),
)
_AT, _OF = np.polynomial.hermite_e.hermegauss(7)
_OF = _OF / _OF.sum()
_VISITS = (16.0, 21.0, 26.0, 31.0, 36.0, 41.0, 46.0, 51.0, 56.0, 61.0)
_LAST, _LATE = 11.0, 50.0


def relapse_at(posed: Posed, row: Row, days: tuple[float, ...]) -> Relapse:
    """The paths of a row over more visits; its cells are those of `_longer`."""
    bins = posed.index_of(row.study, row.arms[0], row.day).size
    return Relapse(np.arange(len(days)), np.array(days), 20.0, 2, paths(bins, len(days)))


def _longer(posed: Posed, found: Scores, reliefs: Array, days: tuple[float, ...]) -> Scores:
    """Cells of the repeated arm at more days: drugless level of its last cell, relief of each day."""
    row = next(r for r in posed.rows if r.reads == "relapse_median")
    last = posed.at.place(row.study, row.arms[0], LATER["relapse_median"][-1])
    first = posed.at.place(row.study, row.arms[0], row.day)
    some = found.only(np.array([first, *[last] * (len(days) - 1)]))
    seen = jnp.stack([reliefs[posed.index_of(row.study, row.arms[0], d)] for d in days])
    return some.with_relief(seen)


def _control(posed: Posed, row: Row) -> bool:
    return all(not posed.told.arms[row.study, arm].regimen for arm in row.arms)


def _seen(one: Banded) -> dict[str, Any]:
    q05, q25, q50, q75, q95 = (round(float(q), 3) for q in one.band)
    return {
        "observed": round(one.row.value, 3),
        "q05": q05,
        "q25": q25,
        "q50": q50,
        "q75": q75,
        "q95": q95,
        "within": one.within,
    }


def _coverage(rows: tuple[Banded, ...], part: int) -> float:
    inside = [one.within == "50" or (part == 90 and one.within == "90") for one in rows]
    return round(float(np.mean(inside)), 3)


def _band(values: Floats) -> dict[str, float]:
    names = ("q05", "q25", "q50", "q75", "q95")
    quantiles = np.nanquantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
    return {name: round(float(q), 3) for name, q in zip(names, quantiles, strict=True)}
