"""People who start a first course: outpatients in an episode, whom nothing has failed yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ...core.chain import Chain
from ...core.chance import Numbers, normals, numbered, uniforms
from ...core.errors import RequestError
from ...core.event import Happening, Impulse, Level
from ...core.variability import Spread
from ...slow_chains import course_chain
from ...life.load import EVENT_SIZE, EVENTS_PER_YEAR, FLUCTUATION_SD, FLUCTUATION_WEEKS
from ..draw import drawn_people
from .beliefs import facts, value

Floats = NDArray[np.float64]
_WEEK = 168.0
_WEEKS_A_YEAR = 8766.0 / _WEEK


class Folk(Protocol):
    """People as a life needs them: numbered, with covariates, values of a chain, and what life loads onto them."""

    @property
    def numbers(self) -> Numbers: ...  # noqa: D102
    @property
    def covariates(self) -> dict[str, Floats]: ...  # noqa: D102
    def values(self, chain: Chain) -> dict[str, Floats]: ...  # noqa: D102
    def loads(self, hours: float) -> tuple[tuple[Happening, ...], Floats]: ...  # noqa: D102


class Origin(Protocol):
    """Where people come from: a population that can be sampled, with a digest of what it says."""

    @property
    def digest(self) -> str: ...  # noqa: D102
    def sample(self, n: int, seed: int, first: int = 0) -> Folk: ...  # noqa: D102


@dataclass(frozen=True)
class Starters:
    """Outpatients in a depressive episode at the start of a first course.

    Rumination, the share of the score that synapses move, and the sensitivity to monoamines spread as their parameter
    sets say; mean load lies around the one that keeps a person just ill.
    """

    @property
    def digest(self) -> str:
        """A hash of every number that these people are drawn from."""
        return hashlib.sha256(repr(sorted(facts().items())).encode()).hexdigest()[:16]

    def sample(self, n: int, seed: int, first: int = 0) -> StartersSample:
        """People numbered from `first`, the same whoever else is drawn.

        **Raises:** `RequestError` for fewer than one person.
        """
        if n < 1 or first < 0:
            raise RequestError("people are numbered from 0, and there is at least one", given=f"{n} from {first}")
        return StartersSample(numbered(range(first, first + n)), seed)


@dataclass(frozen=True)
class StartersSample:
    """Some of these people."""

    numbers: Numbers
    seed: int

    @property
    def covariates(self) -> dict[str, Floats]:
        """Rumination, mean load (around the one that keeps the person just ill), and QIDS at the start."""
        rho = self.values(course_chain())["life.rho"]
        excess = value("load_sd") * normals((self.seed, "mean load"), self.numbers)
        return {"rho": rho, "load": 1.0 - rho + excess, "qids": self._qids()}

    def values(self, chain: Chain) -> dict[str, Floats]:
        """Values by dotted address that differ between these people."""
        also = {"scale.share": Spread(kind="logitnormal", sd=value("share_sd"))} if "scale.share" in chain.declared else {}
        return drawn_people(chain, self.numbers, self.seed, also)

    def loads(self, hours: float) -> tuple[tuple[Happening, ...], Floats]:
        """Load of every week, fluctuating around its mean, and life events: slots, and an amount by person and slot."""
        weeks = int(np.ceil(hours / _WEEK))
        mean, level, rows = self.covariates["load"], np.zeros(len(self.numbers)), []
        keep = float(np.exp(-1.0 / FLUCTUATION_WEEKS))
        for week in range(weeks):
            shock = FLUCTUATION_SD * normals((self.seed, "load", week), self.numbers)
            level = keep * level + np.sqrt(1.0 - keep**2) * shock if week else shock
            rows.append(mean + level)
        strikes = [self._event(week) for week in range(weeks)]
        slots: tuple[Happening, ...] = (
            *(Level("load", _WEEK * w, 1.0, _WEEK * (w + 1)) for w in range(weeks)),
            *(Impulse("life_event", _WEEK * w, 1.0) for w in range(weeks)),
        )
        return slots, np.stack([*rows, *strikes], axis=1)

    def _event(self, week: int) -> Floats:
        chance = uniforms((self.seed, "life event", week), self.numbers)
        return EVENT_SIZE * (chance < EVENTS_PER_YEAR / _WEEKS_A_YEAR)

    def _qids(self) -> Floats:
        """Normal, cut off below the least and above the top of the scale."""
        mean, sd = value("qids_mean"), value("qids_sd")
        low, high = (ndtr((edge - mean) / sd) for edge in (value("qids_least") - 0.5, 27.5))
        u = uniforms((self.seed, "qids"), self.numbers)
        return np.asarray(np.round(mean + sd * ndtri(low + u * (high - low))))
