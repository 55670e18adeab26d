"""Lived resistance for the doors: what was found beside what was published, in words, as plain data, and drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import RequestError
from ..evidence import library
from ..person import population
from ..person.lived.account import WHO, Account, account
from ..person.lived.lives import lived
from ..person.lived.sequence import stard
from ..report.resistance_figure import Beside, Trait, draw_resistance

STEP_BAND = 0.06
RESISTANT = (0.25, 0.35)
FIRST_RESPONSE = (0.55, 0.65)
MOST = 1_000_000
_FEWEST = 100


@dataclass(frozen=True)
class Resistance:
    """An account of lives beside what was published."""

    population: str
    seed: int
    account: Account

    @property
    def steps(self) -> tuple[Beside, ...]:
        """Remission by step beside the sequenced trial."""
        published = [o.value for o in library().build.select(study="rush2006", quantity="remission_qids5")]
        found = zip(stard().steps, self.account.remission, published, strict=True)
        return tuple(
            Beside(step.name, r.value, r.error, float(p or 0.0) - STEP_BAND, float(p or 0.0) + STEP_BAND, p)
            for step, r, p in found
        )

    @property
    def shares(self) -> tuple[Beside, ...]:
        """Resistance, and response to a first adequate course, beside what is said of them."""
        found = {"resistant": (self.account.resistant, RESISTANT)}
        found["first adequate\ncourse helped"] = (self.account.first_response, FIRST_RESPONSE)
        return tuple(Beside(name, r.value, r.error, *band) for name, (r, band) in found.items())

    @property
    def record(self) -> dict[str, Any]:
        """Everything as plain data."""
        beside = [
            {"what": b.name.replace("\n", " "), "found": b.found, "error": b.error, "low": b.low, "high": b.high}
            | {"published": b.published, "within": b.within}
            for b in (*self.steps, *self.shares)
        ]
        who = {"population": self.population, "seed": self.seed, "purpose": "for research; not medical advice"}
        return {**who, "beside": beside, **self.account.record}

    @property
    def text(self) -> str:
        """Everything in words."""
        return "\n".join(self._lines())

    def draw(self) -> Any:
        """The figure."""
        starters, share = self.account.starters, self.account.resistant.value
        error = 1.0 / math.sqrt(starters * share * (1.0 - share)) if 0.0 < share < 1.0 else math.nan
        traits = [Trait(WHO[name], apart, error) for name, (_, _, apart) in self.account.who.items()]
        who = f"n = {starters:,} people of {self.population} (digest {population(self.population).digest[:8]})"
        foot = f"{who}, seed {self.seed}. Grey: published values and bands around them. Bars: 95 % by chance alone."
        return draw_resistance(self.steps, self.shares, traits, foot)

    def _lines(self) -> Iterator[str]:
        told = self.account
        yield f"{told.starters:,} people of {self.population} start a first course (seed {self.seed})."
        yield ""
        yield "Remission (QIDS 5 or less) among those who entered the step: found, published"
        yield from (f"  {b.name}   {_percent(b.found, b.error)}   {_published(b)}" for b in self.steps)
        yield "Resistance (two adequate courses or more after which less than half of the score was gone), of starters"
        yield f"  {_percent(told.resistant.value, told.resistant.error)}   {_published(self.shares[0])}"
        yield f"  two courses failed, adequate or not: {_percent(told.failed_any.value, told.failed_any.error)}"
        yield "Response to a first adequate course"
        yield f"  {_percent(told.first_response.value, told.first_response.error)}   {_published(self.shares[1])}"
        first = told.response[0]
        yield f"  to the first course, whether it was taken or not: {_percent(first.value, first.error)}"
        yield from self._failures()
        yield "Resistant people beside the others, in SDs of everybody"
        yield from (f"  {WHO[name]}: {apart:+.2f}" for name, (_, _, apart) in told.who.items())

    def _failures(self) -> Iterator[str]:
        both = self.account.failures
        yield f"How failing course 1 goes with failing course 2 ({both.people:,} people with two adequate courses)"
        yield f"  tetrachoric correlation {both.tetrachoric}, phi {both.phi}"
        chain = self.account.through_chain.tetrachoric
        yield f"  tetrachoric without a personal trait in the nonspecific part: {chain}"
        yield f"  failed both: {_percent(both.both.value, both.both.error)}; by chance alone: {both.apart:.1%}"


def resistance(name: str, starters: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> Resistance:
    """People of a population live through the sequenced steps, and what came of it.

    **Raises:** `RequestError` for an unknown population, one whose people do not start a first course, or a number of
    starters that is too small to say anything or too large.
    """
    if not _FEWEST <= starters <= MOST:
        raise RequestError("so many starters cannot be followed", given=starters, allowed=f"{_FEWEST} to {MOST:,}")
    lives = lived(population(name), starters, seed, tell=tell)
    return Resistance(name, seed, account(lives, seed))


def draw(found: Resistance, file: Path) -> None:
    """Draw the figure into a file."""
    from ..report.picture import saved

    saved(found.draw(), file)


def _percent(value: float, error: float) -> str:
    return f"{value:6.1%} (SE {error:.1%})"


def _published(row: Beside) -> str:
    at = f"{row.published:.1%}, " if row.published is not None else ""
    return f"{at}band {row.low:.1%} to {row.high:.1%}: {'within' if row.within else 'MISSED'}"
