"""What a rodent laboratory would measure: laws outside the chain, from despair, anhedonia and stress to readings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compound.fact import Fact, read_facts
from ..core.errors import ParameterError, RequestError, nearest
from ..core.source import source

Floats = NDArray[np.float64]
AXES = ("despair", "anhedonia", "stress")
_EDGE = 1e-6


@dataclass(frozen=True)
class LogOdds:
    """Readings between two bounds: how far up, on the scale of the log odds."""

    def forth(self, value: Any, low: float, high: float) -> Any:
        """The reading on the scale on which things add up."""
        share = np.clip((np.asarray(value) - low) / (high - low), _EDGE, 1.0 - _EDGE)
        return np.log(share / (1.0 - share))

    def back(self, score: Any, low: float, high: float) -> Any:
        """The reading that has this score: never outside the bounds."""
        return low + (high - low) / (1.0 + np.exp(-np.asarray(score)))


@dataclass(frozen=True)
class Logarithm:
    """Readings above nothing, on the scale of their logarithm; what lies beyond a bound is read as the bound."""

    def forth(self, value: Any, low: float, high: float) -> Any:
        """The reading on the scale on which things add up."""
        return np.log(np.maximum(value, _EDGE))

    def back(self, score: Any, low: float, high: float) -> Any:
        """The reading that has this score, cut at the bounds."""
        return np.clip(np.exp(np.asarray(score)), low, high)


LINKS: Mapping[str, LogOdds | Logarithm] = {"log_odds": LogOdds(), "log": Logarithm()}


@dataclass(frozen=True)
class Laboratory:
    """What one laboratory adds, in standard normal numbers: to every reading, and to the reach of the test."""

    level: float | Floats = 0.0
    reach: float | Floats = 0.0


@dataclass(frozen=True)
class Readout:
    r"""One test. On the scale of its link a reading is $y = h + g\,(i - h)\,a + l + e$.

    $h$ and $i$ are the readings at health and in the depressed state, $a$ the axis (0 and 1 there), $g$ how far the
    test reaches in a laboratory, $l$ that laboratory's own level, $e$ what single animals add.

    **Assumes:** one straight line on the link's scale for all strains and doses; $e$ normal and the same everywhere.

    **Leaves out:** locomotion (`locomotion` says where it would be mistaken for mood), sex, age, season, scorers.
    """

    name: str
    title: str
    unit: str
    link: LogOdds | Logarithm
    axis: Mapping[str, float]
    locomotion: bool
    tests: str
    note: str
    facts: Mapping[str, Fact]
    stretch: float = 1.0

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest reading that the test can give."""
        return self._value("low"), self._value("high")

    def over(self, high: float | None) -> Readout:
        """The same test over another length (or number of trials), everything in proportion."""
        return self if high is None else replace(self, stretch=high / self.facts["high"].value)

    def score(self, signals: Mapping[str, Any], laboratory: Laboratory | None = None) -> Any:
        """The expected reading on the link's scale, from signals of the chain by name."""
        place = laboratory or Laboratory()
        low, high = self.bounds
        well, ill = (self.link.forth(self._value(name), low, high) for name in ("healthy", "ill"))
        moved = sum(weight * np.asarray(signals[name]) for name, weight in self.axis.items())
        gain = np.exp(self.facts["gain"].value * np.asarray(place.reach))
        return well + gain * (ill - well) * moved + self.facts["between_laboratories"].value * np.asarray(place.level)

    def expected(self, signals: Mapping[str, Any]) -> Any:
        """The reading of the median animal in the typical laboratory."""
        return self.link.back(self.score(signals), *self.bounds)

    def reading(self, signals: Mapping[str, Any], animals: Floats, laboratory: Laboratory | None = None) -> Floats:
        """Readings of single animals.

        **Arguments:** `animals` are standard normal numbers, one an animal.
        """
        noisy = self.score(signals, laboratory) + self.facts["between_animals"].value * animals
        return np.asarray(self.link.back(noisy, *self.bounds), dtype=np.float64)

    def _value(self, name: str) -> float:
        return self.facts[name].value * self.stretch


@cache
def readouts() -> Mapping[str, Readout]:
    """The tests on file, by name.

    **Raises:** `ParameterError` when a number lacks its provenance.
    """
    raw = tomllib.loads((files(__package__) / "readouts.toml").read_text(encoding="utf-8"))
    return {name: _readout(name, table) for name, table in raw.items()}


def readout(name: str) -> Readout:
    """The test called `name`.

    **Raises:** `RequestError` with the nearest name when there is none.
    """
    known = readouts()
    if name not in known:
        raise RequestError("no such read-out", given=name, allowed=known, nearest=nearest(name, known))
    return known[name]


def _readout(name: str, table: Mapping[str, Any]) -> Readout:
    where = f"readouts.toml: [{name}]"
    facts = read_facts({k: v for k, v in table.items() if isinstance(v, dict) and "value" in v}, where)
    for fact in facts.values():
        source(fact.source)
    words = {k: v for k, v in table.items() if k not in facts}
    if words["link"] not in LINKS or not set(words["axis"]) <= set(AXES):
        raise ParameterError("unknown link or axis", where=where, given=f"{words['link']}, {words['axis']}")
    return Readout(name=name, facts=facts, **{**words, "link": LINKS[words["link"]]})
