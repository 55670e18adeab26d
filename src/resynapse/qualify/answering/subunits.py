"""Claim C54: several kinds of NMDA receptor, and whether what they are made of gives the pools of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import triang

from ...chains import default_chain
from ...compound.fact import Fact
from ...core.chance import uniforms
from ...evidence import Observation
from ...receptor.composition import Composition, composition
from ...report.claim_figure import Curves, Mark, Panel, Ribbon, Row, Rows
from ..answer import Answer
from .band import Band, bands
from .doubt import drawn
from .seen import cited, records, rows, told
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_FREE = np.unique(np.append(np.geomspace(0.03, 30.0, 49), [1.0, 10.0]))
_POOLS = ("interneuron", "pyramidal", "resting")


@dataclass(frozen=True, eq=False)
class _PoolsFromSubunits(Told):
    """What was found for claim C54, and how it is told."""

    made: dict[str, Floats]
    used: dict[str, Floats]
    built: dict[str, float]
    needed: dict[str, float]
    apart: Floats
    mixed: Floats
    wanted: Floats
    observed: tuple[Observation, ...]
    at: dict[float, tuple[Band, Band]]
    split: float

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "From GluN2A to 2D with magnesium about, the concentration that half blocks a pool is "
            f"{', '.join(f'{self.built[p]:.2g} umol/L ({p})' for p in _POOLS)}, where the model needs "
            f"{', '.join(f'{self.needed[p]:.2g}' for p in _POOLS)}: composition does not give the pools, pyramidal "
            f"cells needing only {Band.of(self.apart).words()} times as much as interneurons and not eight times.",
            f"In {self.split:.0f} % of draws of affinities and shares do the two pools lie more than four times "
            "apart, so that every hypothesis that rests on interneurons being blocked first (disinhibition) has to "
            "find the reason elsewhere: in how often their channels are open (the trapping theory), not in their "
            "subunits; hypotheses of resting receptors need 1 umol/L for GluN2B-rich ones and get several times "
            "that.",
            f"Beside it: {told(self.observed)}; the mixture from subunits says {_pairs(self.at, 0)} and the pools "
            f"that were set on these two numbers {_pairs(self.at, 1)}; that ketamine fits several receptor types is "
            "supported, but affinities for subunits are recalled, and without magnesium all of them fall below 1 "
            "umol/L, which does not part the pools either.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"bands hold nine in ten of {self.terms.count} draws (seed {self.terms.seed}) of subunit affinities and "
            "shares, each from a triangle over its range on file; affinities are recalled and not checked in the "
            "paper, shares are assumed; no chain uses these values."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "half_blocking_umol_L": {
                p: {"from_subunits": Band.of(self.made[p]).record, "model": self.needed[p]} for p in _POOLS
            },
            "pyramidal_over_interneuron": Band.of(self.apart).record,
            "more_than_fourfold_apart_percent": self.split,
            "mixture_blocked": {f"{c:g}": b[0].record for c, b in self.at.items()},
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        halves = Rows(
            "What half blocks each pool",
            "racemic ketamine, µmol/L, logarithmic",
            tuple(
                _row(f"{p}: from subunits" if i == 0 else "needed by the model", v[p], i)
                for p in _POOLS
                for i, v in enumerate((self.made, self.used))
            ),
            rest=None,
            log_x=True,
        )
        curve = Curves(
            "NMDA current blocked, interneuron and pyramidal half and half",
            "racemic ketamine, µmol/L",
            "blocked, %",
            (
                Ribbon("from subunits, with magnesium", _FREE, *bands(100 * self.mixed)),
                Ribbon("pools of the model (set on these points)", _FREE, *bands(100 * self.wanted)),
            ),
            tuple(_mark(o) for o in self.observed),
            log_x=True,
            ticks=(0.03, 0.1, 1.0, 10.0, 30.0),
        )
        return halves, curve


def pools_from_subunits(terms: Terms) -> Answer:
    """The answer to claim C54: pools of half blocking concentrations from subunits, beside those the model needs."""
    filed = composition()
    made = {pool: _half_blocking(filed, pool, terms) for pool in _POOLS}
    used = {pool: drawn(default_chain("mouse"), terms.count, terms.seed)[f"receptor.k_{pool}"] for pool in _POOLS}
    built = {pool: filed.half_blocking(pool) for pool in _POOLS}
    needed = {pool: float(default_chain("mouse").parameters[f"receptor.k_{pool}"]) for pool in _POOLS}
    apart = made["pyramidal"] / made["interneuron"]
    mixed, wanted = _mixture(made), _mixture(used)
    observed = rows(study="gerhard2020", quantity="nmda_current_block")
    seen = {_micromolar(o): float(o.value or 0.0) for o in observed}
    at = {c: (Band.of(_at(mixed, c)), Band.of(_at(wanted, c))) for c in seen}
    split = 100 * float(np.mean(apart > 4.0))
    return _PoolsFromSubunits(terms, made, used, built, needed, apart, mixed, wanted, observed, at, split).answer("C54")


def _half_blocking(filed: Composition, pool: str, terms: Terms) -> Floats:
    """What half blocks a pool (umol/L) under draws of affinities and shares, by bisection on all draws at once."""
    names = list(filed.pools[pool])
    half = np.stack([_draw(filed.half[n], ("half", n), terms) for n in names])
    share = np.stack([_draw(filed.pools[pool][n], (pool, n), terms) for n in names])
    share = share / share.sum(axis=0)
    low, high = np.full(terms.count, -3.0), np.full(terms.count, 3.0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        c = 10.0**middle
        more = (share * c / (c + half)).sum(axis=0) < 0.5
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.asarray(10.0 ** (0.5 * (low + high)))


def _draw(fact: Fact, name: tuple[str, str], terms: Terms) -> Floats:
    low, high = fact.range or (fact.value, fact.value)
    if high <= low:
        return np.full(terms.count, low)
    chance = uniforms((terms.seed, "subunits", *name), range(terms.count))
    return np.asarray(triang.ppf(chance, (fact.value - low) / (high - low), low, high - low))


def _mixture(halves: Mapping[str, Floats]) -> Floats:
    """The share of a half-and-half mixture that is blocked, each pool as one site: draws x concentrations."""
    both = [_FREE / (_FREE + halves[p][:, None]) for p in ("interneuron", "pyramidal")]
    return np.asarray(0.5 * (both[0] + both[1]))


def _at(blocked: Floats, c: float) -> Floats:
    return np.asarray(blocked[:, int(np.argmin(np.abs(_FREE - c)))])


def _micromolar(o: Observation) -> float:
    return o.arm.dose[0]


def _pairs(at: Mapping[float, tuple[Band, Band]], which: int) -> str:
    return " and ".join(f"{b[which].words()} at {c:g} umol/L" for c, b in at.items())


def _mark(o: Observation) -> Mark:
    return Mark(_micromolar(o), cited(o), 100 * float(o.value or 0.0), recalled=o.mark != "seen")


def _row(label: str, draws: Floats, group: int) -> Row:
    band = Band.of(draws)
    return Row(label, band.low, band.middle, band.high, group=group)
