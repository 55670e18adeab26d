"""One published experiment run again: its readings and its test, and what a thousand repetitions would find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.chance import normals
from ..core.errors import RequestError
from ..mood.readout import Laboratory
from .analysis import POSTHOC, TESTS, Difference, Outcome
from .animals import followed, noted
from .design import HERD, Design

Floats = NDArray[np.float64]
MOST = 10_000
NOTHING_TO_BLOCK = "nothing to block"
_FOUR_IN_FIVE = 2.8


@dataclass(frozen=True)
class Account:
    """Readings of replicates of one experiment, and what its test says of each.

    **Arguments:** `readings` by group, replicates x animals; `expected` by group: the median animal's reading in the
    typical laboratory.
    """

    design: Design
    hypothesis: str | None
    seed: int
    readings: Mapping[str, Floats]
    expected: Mapping[str, float]
    notes: tuple[str, ...]

    @property
    def replicates(self) -> int:
        """How many times the experiment was repeated."""
        return len(next(iter(self.readings.values())))

    @cached_property
    def outcome(self) -> Outcome:
        """What the test says of every replicate."""
        how, names = self.design.comparison, list(self.readings)
        pairs = [(names.index(a), names.index(b)) for a, b in how.pairs]
        test, after = TESTS[how.test], POSTHOC[how.posthoc]
        return test.judge(list(self.readings.values()), self.design.groups, pairs, after)

    @property
    def power(self) -> Power:
        """How often the deciding comparison was significant."""
        return self._power(self.design.comparison.decides)

    @property
    def unblocked(self) -> Power | None:
        """How often the effect that was blocked is found without the block; None where nothing was."""
        blocks = self.design.published.blocks
        return self._power(blocks.comparison) if blocks else None

    @property
    def estimates(self) -> tuple[Floats, NDArray[np.bool_]]:
        """The deciding difference in every replicate, in the read-out's unit, and whether it was significant."""
        found = self._difference(self.design.comparison.decides)
        return found.estimate, found.p < self.design.comparison.alpha

    @property
    def detectable(self) -> float:
        """The difference that this comparison would find four times in five, about: 2.8 standard errors.

        **Assumes:** no correction for several comparisons; with one, more is needed.
        """
        return _FOUR_IN_FIVE * float(self._difference(self.design.comparison.decides).error.mean())

    @property
    def record(self) -> dict[str, Any]:
        """Everything as plain data: the first replicate in full, and the power."""
        design, how = self.design, self.design.comparison
        return {
            "experiment": design.name,
            "title": design.title,
            "source": design.source,
            "role": design.role,
            "hypothesis": self.hypothesis or "default chain",
            "seed": self.seed,
            "species": design.species,
            "readout": {"name": design.reading.name, "title": design.readout.title, "unit": design.readout.unit}
            | {"hours_after_dose": design.reading.hours_after_dose, "tests": design.readout.tests},
            "groups": [self._group(i) for i in range(len(design.groups))],
            "test": TESTS[how.test].title,
            "posthoc": POSTHOC[how.posthoc].title,
            "alpha": how.alpha,
            "terms": [
                {"term": t.name, "f": float(t.f[0]), "df": list(t.df), "p": float(t.p[0])} for t in self.outcome.terms
            ],
            "comparisons": [self._compared(pair) for pair in how.pairs],
            "decides": list(how.decides),
            "power": self.power.record if self.replicates > 1 else None,
            "unblocked": self.unblocked.record if self.unblocked and self.replicates > 1 else None,
            "detectable": self.detectable,
            "published": design.published.model_dump(),
            "agrees": self.agrees,
            "verdict": self.verdict,
            "n": {"basis": design.n_basis, "mark": design.n_mark},
            "notes": [*self.notes, *((design.notes,) if design.notes else ())],
            "purpose": "for research; not medical advice",
        }

    @property
    def verdict(self) -> str | None:
        """`agrees`, `disagrees` or `nothing to block`; not said for a single replicate.

        An effect agrees when more than half of the replicates find it significant in its direction, none when fewer
        than half find any. A block agrees only where more than half find the effect without it: what is not there
        cannot be blocked.
        """
        if self.replicates < 2:
            return None
        published = self.design.published
        if published.blocks and self.unblocked and not self.unblocked.finds(published.blocks.direction):
            return NOTHING_TO_BLOCK
        return "agrees" if self.power.finds(published.direction) else "disagrees"

    @property
    def agrees(self) -> bool | None:
        """Whether most replicates found what was published; not said for a single one."""
        return None if self.verdict is None else self.verdict == "agrees"

    def _difference(self, pair: tuple[str, str]) -> Difference:
        names = list(self.readings)
        return self.outcome.differences[names.index(pair[0]), names.index(pair[1])]

    def _power(self, pair: tuple[str, str]) -> Power:
        found = self._difference(pair)
        hit = found.p < self.design.comparison.alpha
        return Power(self.replicates, float(hit.mean()), float((hit & (found.estimate > 0)).mean()))

    def _group(self, index: int) -> dict[str, Any]:
        group = self.design.groups[index]
        own = self.readings[group.name][0]
        published = self.design.published.means.get(group.name)
        return {
            "name": group.name,
            "n": group.n,
            "mean": float(own.mean()),
            "sem": float(own.std(ddof=1) / sqrt(group.n)),
            "expected": self.expected[group.name],
            "published": published,
            "readings": [float(v) for v in own],
        }

    def _compared(self, pair: tuple[str, str]) -> dict[str, Any]:
        found = self._difference(pair)
        return {
            "groups": list(pair),
            "difference": float(found.estimate[0]),
            "se": float(found.error[0]),
            "p": float(found.p[0]),
        }


@dataclass(frozen=True)
class Power:
    """How often an experiment finds something, with the error of having repeated it so many times only."""

    replicates: int
    either: float
    up: float

    @property
    def down(self) -> float:
        """How often it was significant downwards."""
        return self.either - self.up

    def finds(self, direction: str) -> bool:
        """Whether more than half find it in this direction, or, for `none`, fewer than half find anything."""
        return {"up": self.up > 0.5, "down": self.down > 0.5, "none": self.either < 0.5}[direction]

    @property
    def error(self) -> float:
        """Monte Carlo standard error; with none or all, that of one in all replicates."""
        near = min(max(self.either, 1.0 / self.replicates), 1.0 - 1.0 / self.replicates)
        return sqrt(near * (1.0 - near) / self.replicates)

    @property
    def record(self) -> dict[str, float]:
        """As plain data."""
        return {
            "replicates": self.replicates,
            "significant": self.either,
            "error": self.error,
            "up": self.up,
            "down": self.down,
        }


def run(design: Design, hypothesis: str | None = None, seed: int = 1, replicates: int = 1) -> Account:
    """Draw the animals, follow them, read them with noise, and test: once, or many times.

    One herd of 512 numbered animals is drawn and followed under what each group gets; every replicate is another
    laboratory, which takes animals from the herd and deals them out to its groups by lot, no animal twice. Readings and
    laboratories are drawn anew each time. A seed gives the same bits whatever else is computed.

    **Raises:** `RequestError` for another number of replicates than 1 to 10,000, a negative seed, an unknown
    hypothesis, or a group that the chain cannot be given; `SolveError` as `march` does.
    """
    if not 1 <= replicates <= MOST or seed < 0:
        allowed = f"1 to {MOST:,} replicates, seeds from 0"
        raise RequestError("this cannot be drawn", given=f"{replicates} replicates, seed {seed}", allowed=allowed)
    place = _laboratories(design, seed, replicates)
    dealt, readings, expected = _dealt(design, seed, replicates), {}, {}
    for index, group in enumerate(design.groups):
        signals = followed(design, group, np.arange(HERD), seed, hypothesis)
        noise = _noise(design, index, seed, replicates)
        mixed = {name: values[dealt[index]] for name, values in signals.items()}
        readings[group.name] = design.readout.reading(mixed, noise, place)
        expected[group.name] = float(np.median(design.readout.expected(signals)))
    return Account(design, hypothesis, seed, readings, expected, noted(design))


def _laboratories(design: Design, seed: int, replicates: int) -> Laboratory:
    where = [
        normals((seed, "laboratory", what, design.name), range(replicates))[:, None] for what in ("level", "reach")
    ]
    return Laboratory(*where)


def _dealt(design: Design, seed: int, replicates: int) -> list[NDArray[np.int64]]:
    """Which animals of the herd are in each group (replicates x animals)."""
    turns = [normals((seed, "lot", design.name, r), range(HERD)) for r in range(replicates)]
    order, edges = np.argsort(np.stack(turns), axis=1), np.cumsum(design.counts)
    return np.split(order[:, : edges[-1]], edges[:-1], axis=1)


def _noise(design: Design, index: int, seed: int, replicates: int) -> Floats:
    n = design.groups[index].n
    return normals((seed, "reading", design.name, index), range(replicates * n)).reshape(replicates, n)


def effect(found: Sequence[float] | Floats, reference: Sequence[float] | Floats) -> float:
    """Cohen's d: difference of means over the common standard deviation."""
    a, b = np.asarray(found), np.asarray(reference)
    pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2)
    return float((a.mean() - b.mean()) / np.sqrt(pooled))
