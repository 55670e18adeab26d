"""The first model to beat: every number of a kind is the mean of that kind among build rows, give or take their SD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .rows import Row
from .scores import Floats

NAME = "study mean and SD"
POINTS = 199
"""How many evenly spaced quantiles stand for a law."""

_FEWEST = 3


@dataclass(frozen=True)
class Kind:
    """Mean and SD of the build rows of one kind, and how many there are."""

    mean: float
    sd: float
    n: int

    def sample(self) -> Floats:
        r"""What a further study says: Student's t with $n - 1$ degrees, scale $s\\sqrt{1 + 1/n}$, as even quantiles."""
        return np.asarray(self.mean + self.sd * np.sqrt(1.0 + 1.0 / self.n) * stats.t.ppf(even(), self.n - 1))


@dataclass(frozen=True)
class Spread:
    """The kinds, from build rows alone."""

    kinds: Mapping[str, Kind]

    def sample(self, row: Row) -> Floats | None:
        """What this model says of a row, in the row's unit; nothing where its kind has fewer than three build rows."""
        kind = self.kinds.get(row.family)
        return None if kind is None else bounded(row, kind.sample() * row.width)


def spread(rows: Sequence[Row]) -> Spread:
    """The model, from the build rows among `rows`."""
    found: dict[str, list[float]] = {}
    for row in rows:
        if row.role == "build":
            found.setdefault(row.family, []).append(row.value / row.width)
    enough = {name: np.array(v) for name, v in found.items() if len(v) >= _FEWEST}
    return Spread({name: Kind(float(v.mean()), float(v.std(ddof=1)), v.size) for name, v in enough.items()})


def even() -> Floats:
    """Evenly spaced probabilities, none of them 0 or 1."""
    return (np.arange(POINTS) + 0.5) / POINTS


def bounded(row: Row, sample: Floats) -> Floats:
    """A share lies between 0 and 1."""
    share = row.told["unit"] == "1" and row.statistic.endswith(("rate", "incidence"))
    return np.clip(sample, 0.0, 1.0) if share else sample
