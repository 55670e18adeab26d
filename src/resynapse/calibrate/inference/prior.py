"""What was thought before any data: a law for every doubted value, reached from a standard normal score.

A value on file with a range is drawn from a triangle over it whose top is the value itself, on the log scale where the
whole range is positive; one with a standard error from a normal law, cut at the range where one stands beside it.
Values without either (measured constants without a printed error, estimates without one, definitions) stay as they are:
predictions look surer than they are to that degree. A stage of calibration may state a law of its own instead, and
says why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri
from scipy.stats import triang

from ...core.chain import Chain
from ...core.errors import ParameterError, nearest
from ...core.parameter import Entry, tables
from ...core.units import convert

Floats = NDArray[np.float64]
_CHOSEN = ("_ref", "weight")
_SURE = 1e-12
_KNOTS = np.linspace(-2.2, 2.2, 23)


class Law(Protocol):
    """What a value may be."""

    def at(self, scores: Floats) -> Floats:
        """Values, in the stage's unit, at standard normal scores."""

    @property
    def told(self) -> str:
        """The law in words."""


@dataclass(frozen=True)
class Lognormal:
    """The logarithm is normal around that of `middle`, with standard deviation `sd`."""

    middle: float
    sd: float

    def at(self, scores: Floats) -> Floats:
        """Values at scores."""
        return np.asarray(self.middle * np.exp(self.sd * scores))

    @property
    def told(self) -> str:
        """The law in words."""
        return f"lognormal, middle {self.middle:g}, SD of the logarithm {self.sd:g}"


@dataclass(frozen=True)
class Logitnormal:
    """A share between 0 and 1 whose logit is normal around that of `middle`, with standard deviation `sd`."""

    middle: float
    sd: float

    def at(self, scores: Floats) -> Floats:
        """Values at scores."""
        return np.asarray(expit(logit(self.middle) + self.sd * scores))

    @property
    def told(self) -> str:
        """The law in words."""
        return f"logit-normal, middle {self.middle:g}, SD of the logit {self.sd:g}"


@dataclass(frozen=True)
class Normal:
    """Normal with `mean` and `sd`, cut at `low` and `high`."""

    mean: float
    sd: float
    low: float = -np.inf
    high: float = np.inf

    def at(self, scores: Floats) -> Floats:
        """Values at scores; the score is that of the cut law."""
        ends = ndtr((np.array([self.low, self.high]) - self.mean) / self.sd)
        chance = ends[0] + (ends[1] - ends[0]) * ndtr(scores)
        return np.asarray(self.mean + self.sd * ndtri(np.clip(chance, _SURE, 1 - _SURE)))

    @property
    def told(self) -> str:
        """The law in words."""
        cut = f", between {self.low:g} and {self.high:g}" if np.isfinite([self.low, self.high]).any() else ""
        return f"normal, mean {self.mean:g}, SD {self.sd:g}{cut}"


@dataclass(frozen=True)
class Afterwards:
    """What an earlier stage left of a positive value: the quantiles of its posterior draws, on the log scale.

    **Assumes:** values are independent given that stage; beyond its draws the tails are those of a normal law.
    """

    stage: str
    logs: tuple[float, ...]

    @classmethod
    def of(cls, stage: str, draws: Floats) -> Afterwards:
        """The law that so many draws say."""
        return cls(stage, tuple(np.quantile(np.log(draws), ndtr(_KNOTS))))

    def at(self, scores: Floats) -> Floats:
        """Values at scores."""
        scores, logs = np.asarray(scores), np.asarray(self.logs)
        inside = np.interp(scores, _KNOTS, logs)
        slopes = (logs[1] - logs[0], logs[-1] - logs[-2]) / np.diff(_KNOTS)[0]
        below, above = np.minimum(scores - _KNOTS[0], 0.0), np.maximum(scores - _KNOTS[-1], 0.0)
        return np.asarray(np.exp(inside + slopes[0] * below + slopes[1] * above))

    @property
    def told(self) -> str:
        """The law in words."""
        low, middle, high = np.exp(np.interp([-1.645, 0.0, 1.645], _KNOTS, self.logs))
        return f"posterior of stage {self.stage}: middle {middle:.3g}, 90 % from {low:.3g} to {high:.3g}"


@dataclass(frozen=True)
class Uncertain:
    """One value that is drawn: its address, what its file says, and the factor from the file's unit to the stage's."""

    address: str
    entry: Entry
    factor: float

    def drawn(self, chance: Floats) -> Floats:
        """Values for numbers between 0 and 1, in the stage's unit."""
        return self.factor * law(self.entry, chance)

    def at(self, scores: Floats) -> Floats:
        """Values at standard normal scores, in the stage's unit."""
        return self.drawn(ndtr(np.asarray(scores)))

    @property
    def told(self) -> str:
        """The law in words."""
        entry = self.entry
        if entry.error and "se" in entry.error:
            cut = f" between {entry.range[0]:g} and {entry.range[1]:g}" if entry.range else ""
            return f"normal, mean {entry.value:g}, SD {entry.error['se']:g} {entry.unit}{cut} (standard error on file)"
        scale = "log scale" if entry.range and entry.range[0] > 0 else "plain scale"
        return f"triangle over {entry.range} {entry.unit} with its top at {entry.value:g}, {scale} (range on file)"


def law(entry: Entry, chance: Floats) -> Floats:
    """What a file says a value may be, at numbers between 0 and 1, in the file's unit."""
    if entry.error and "se" in entry.error:
        return _normal(entry.value, entry.error["se"], entry.range or (-np.inf, np.inf), chance)
    low, high = entry.range or (entry.value, entry.value)
    if low > 0:
        return np.asarray(np.exp(_triangle(np.log([low, entry.value, high]), chance)))
    return _triangle(np.array([low, entry.value, high]), chance)


def priors(chain: Chain, addresses: Collection[str]) -> dict[str, Law]:
    """What the files of a chain say these values may be.

    **Raises:** `ParameterError` for an address whose file states neither a range nor a standard error.
    """
    known = {u.address: u for u in uncertain(chain)}
    for address in addresses:
        if address not in known:
            raise ParameterError(
                "no file says how uncertain this value is",
                given=address,
                nearest=nearest(address, known),
                then="state a law of its own (`Lognormal`, `Logitnormal`, `Normal`)",
            )
    return {a: known[a] for a in addresses}


def values_at(laws: Mapping[str, Law], z: Floats, chain: Chain | None = None) -> dict[str, Floats]:
    """Values by address at scores (points x laws), cut to what a chain declares where one is given."""
    made = {a: one.at(z[:, k]) for k, (a, one) in enumerate(laws.items())}
    declared = chain.declared if chain is not None else {}
    return {a: np.clip(v, *declared[a].range) if a in declared else v for a, v in made.items()}


def _normal(middle: float, sd: float, ends: tuple[float, float], chance: Floats) -> Floats:
    low, high = ndtr((np.array(ends) - middle) / sd)
    return np.asarray(middle + sd * ndtri(low + (high - low) * np.asarray(chance)))


def _triangle(corners: Floats, chance: Floats) -> Floats:
    low, top, high = corners
    wide = high - low
    if wide <= 0:
        return np.full(len(chance), top)
    return np.asarray(triang.ppf(chance, (top - low) / wide, loc=low, scale=wide))


def uncertain(chain: Chain) -> tuple[Uncertain, ...]:
    """Every value of a chain that is drawn, in the order of its rooms."""
    found = {u.address: u for u in _uncertain(chain)}
    return tuple(found.values())


def _uncertain(chain: Chain) -> Iterator[Uncertain]:
    declared = chain.declared
    for slot, stage in chain.stages.items():
        for name, entry in ((n, e) for chosen in stage.provenance for n, e in chosen.entries.items()):
            cells = [f"{slot}.{dotted}" for dotted, table in _cells(stage) if dotted[len(table) + 1 :] == name]
            places = [a for a in (f"{slot}.{name}", *cells) if a in declared]
            meant = [a for a in places if _converts(entry, declared[a].unit)] or places
            if meant and _is_drawn(name, entry):
                yield Uncertain(meant[0], entry, _factor(entry, declared[meant[0]].unit, meant[0]))


def _converts(entry: Entry, unit: str) -> bool:
    """Whether an entry can be said in a unit: one name may stand in two tables, as affinity and as efficacy."""
    try:
        convert(1.0, entry.unit, unit, ParameterError, "")
    except ParameterError:
        return False
    return True


def _is_drawn(name: str, entry: Entry) -> bool:
    """Whether a file says how uncertain a value is.

    Weights of drives are chosen, references of mood follow, and a laboratory knob stands where somebody turns it.
    """
    uncertain_here = bool(entry.range or entry.error) and "knob" not in entry.where
    return uncertain_here and not name.startswith("weight_") and not name.endswith(_CHOSEN)


def _cells(stage: Any) -> list[tuple[str, str]]:
    """Cells of the tables of a stage: dotted name and the table that it is in."""
    return [(dotted, table) for dotted, (table, _, _) in tables(stage).items()]


def _factor(entry: Entry, unit: str, address: str) -> float:
    return convert(1.0, entry.unit, unit, ParameterError, address)
