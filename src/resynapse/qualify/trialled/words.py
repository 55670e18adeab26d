"""What these answers say in the same words: who was drawn, how often a trial was run, what was observed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...evidence import Observation
from ...person import population
from ...report.claim_figure import Mark
from ..answering.band import Band
from ..answering.seen import cited
from ..answering.terms import Terms

Floats = NDArray[np.float64]


def drawn(count: int, name: str, terms: Terms) -> str:
    """Who was drawn, for the uncertainty of an answer."""
    return (
        f"{count} people of {name} (digest {population(name).digest[:8]}, seed {terms.seed}); bands hold nine in ten "
        f"of "
        "them, and the values of the chain, which are doubted, are not drawn"
    )


def run(count: int, people: int, name: str, terms: Terms) -> str:
    """How often trials were run, for the uncertainty of an answer."""
    return (
        f"{count} replicates (seed {terms.seed}) with people from a bank of {people} of {name}; bands hold nine in ten "
        "replicates, that is chance alone, and neither doubted values of the chain nor of the layer of placebo and "
        "belief"
    )


def point(o: Observation, x: float, of: Callable[[float], float] = lambda v: v) -> Mark:
    """An observed value with its interval as a point."""
    low, high = o.low, o.high
    value = None if o.value is None else of(o.value)
    sides = sorted(of(v) for v in (low, high) if v is not None)
    first, last = (sides[0], sides[1]) if len(sides) == 2 else (None, None)
    return Mark(x, cited(o), value, first, last, o.direction, o.mark != "seen")


def ends(draws: Floats) -> tuple[float, float, float]:
    """Low end, middle and high end of a band."""
    band = Band.of(draws)
    return band.low, band.middle, band.high


def seen_words(o: Observation, unit: str = "", factor: float = 1.0) -> str:
    """An observed value in a few words for the margin of a figure."""
    size = "" if o.value is None else f"{factor * o.value:.3g}{unit} "
    number = f", n = {o.n}" if o.n else ""
    return f"{size}({cited(o)}{number})"
