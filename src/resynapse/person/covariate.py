"""One covariate of a population: what it is, how it is distributed, and where that was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..core.parameter import Origin
from .law import Law, told

Floats = NDArray[np.float64]
_CLOSED = ConfigDict(extra="forbid", frozen=True)

DERIVED: Mapping[str, tuple[tuple[str, ...], Callable[..., Floats]]] = {
    "weight": (("bmi", "height"), lambda bmi, height: bmi * (height / 100.0) ** 2),
    "load": (("load_relative", "rho"), lambda relative, rho: relative * (1.0 - rho)),
}
"""Covariates that follow from others: what they read, and how."""


class Published(BaseModel):
    """What a study printed of its people, to stand beside the people drawn: never used to draw them."""

    model_config = _CLOSED
    statistic: Literal["mean", "sd", "median", "share"]
    value: float
    source: str
    where: str
    level: str | None = None
    mark: Literal["seen", "recalled"] = "seen"


class Provenance(BaseModel):
    """Where a statement about people was found.

    **Arguments:** `mark` is `recalled` when the number was not read in its source; `range` is the plausible range of an
    assumption, `note` its reason.
    """

    model_config = _CLOSED
    origin: Origin
    source: str
    where: str
    mark: Literal["seen", "recalled"] = "seen"
    note: str | None = None
    range: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _stated(self) -> Self:
        if not (self.where and self.source):
            raise ValueError("where and source must not be empty")
        if self.origin == "assumed_here" and not (self.note and self.range):
            raise ValueError("an assumption needs a reason (note) and a plausible range")
        if self.range and self.range[0] > self.range[1]:
            raise ValueError("a range goes from low to high")
        return self


class Covariate(Provenance):
    """One covariate with its law and its provenance, as written in a TOML table.

    **Arguments:** exactly one of `law`, `laws` (one for each level of the covariate named in `by`) and `derived` (true
    when it follows from others, `DERIVED`); `levels` are the words for the values 0, 1, 2...; `also` names further
    sources; `published` stands beside the people drawn and is never used to draw them.
    """

    meaning: str
    unit: str
    also: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    law: Law | None = None
    by: str | None = None
    laws: Mapping[str, Law] = {}
    derived: bool = False
    published: tuple[Published, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not (self.unit and self.meaning):
            raise ValueError("meaning and unit must not be empty")
        if sum((self.law is not None, bool(self.laws), self.derived)) != 1:
            raise ValueError("give exactly one of law, laws and derived")
        if bool(self.laws) != (self.by is not None):
            raise ValueError("laws need `by`, the covariate whose levels they belong to, and `by` needs laws")
        for law in (self.law, *self.laws.values()):
            self._check_levels(law)
        if any(getattr(law, "values", None) for law in self.laws.values()):
            raise ValueError("levels have values of their own only under one law for everybody")
        if any((p.statistic == "share") != (p.level in self.levels) for p in self.published):
            raise ValueError("a published share names one of the levels, and nothing else does")
        return self

    def _check_levels(self, law: Any) -> None:
        kind = getattr(law, "kind", None)
        shares = 3 if kind == "genotype" else len(law.shares) if kind == "levels" else None
        if shares is not None and len(self.levels) != shares:
            raise ValueError(f"{shares} shares need as many levels, not {len(self.levels)}")

    @property
    def told(self) -> str:
        """How it is distributed, in one line."""
        if self.law is not None:
            return told(self.law)
        return "; ".join(f"{level}: {told(law)}" for level, law in self.laws.items()) or "derived"

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of the law and of what was published, without repetition."""
        return tuple(dict.fromkeys([self.source, *self.also, *(p.source for p in self.published)]))

    def level_of(self, values: Floats) -> tuple[NDArray[np.bool_], ...]:
        """Who has each level: one row of flags a level."""
        numbers = getattr(self.law, "values", None) or range(len(self.levels))
        return tuple(np.asarray(values == number) for number in numbers)


class Correlation(Provenance):
    """The correlation of the normal numbers that lie behind two covariates (a Gaussian copula)."""

    between: tuple[str, str]
    value: Annotated[float, Field(gt=-1, lt=1)]
