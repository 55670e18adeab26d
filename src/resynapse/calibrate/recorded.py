"""What a calibration says of itself: which rows it saw, what was thought before, how well the sampling went."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Floats = NDArray[np.float64]
RHAT, ESS = 1.01, 400.0
"""Sampling has converged when every R-hat lies below the first and every effective size above the second."""


class Used(BaseModel):
    """One number that a calibration was shown.

    **Arguments:** `row` names the observation, such as `pharmacokinetics/kamp2020 12`; `what` says which quantity and
    statistic; `sd` is the error that it was given, on the scale that `scale` names (`plain`, `log`, `logit`, `count`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    row: str
    what: str
    value: float
    unit: str
    sd: float | None = None
    scale: str = "plain"
    note: str = ""


class Diagnostic(BaseModel):
    """How well one value was sampled: rank R-hat, and effective numbers of draws in the bulk and in the tails."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    rhat: float
    ess_bulk: float
    ess_tail: float

    @property
    def good(self) -> bool:
        """Whether this value alone has converged."""
        return self.rhat < RHAT and min(self.ess_bulk, self.ess_tail) > ESS


class Record(BaseModel):
    """A calibration as it was run.

    **Arguments:** `title` says in one line what was fitted; `method` is `nuts`, `smc`, `laplace` or `joined`; `data`
    are the rows that it saw; `priors` say in words what was thought before, by address; `diagnostics` go by address;
    `not_identified` are addresses about which the data said next to nothing; `more` is whatever else a stage tells.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    method: str
    seed: int
    data: tuple[Used, ...] = ()
    priors: dict[str, str] = Field(default_factory=dict)
    diagnostics: dict[str, Diagnostic] = Field(default_factory=dict)
    divergences: int = 0
    not_identified: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    more: dict[str, Any] = Field(default_factory=dict)

    @property
    def converged(self) -> bool:
        """R-hat below 1.01 and effective size above 400 for every value, and not one divergence."""
        known = self.diagnostics.values()
        return bool(known) and self.divergences == 0 and all(d.good for d in known)

    @property
    def chain(self) -> dict[str, str]:
        """Whose values these are, as far as it was said: `species`, `body`, `hypothesis` (a rival names the last)."""
        said = self.more.get("chain", {})
        told = {word: str(value or "") for word, value in said.items()} if isinstance(said, dict) else {}
        return {"hypothesis": str(self.more["of"]), **told} if "of" in self.more else told


def digest(name: str, addresses: tuple[str, ...], draws: Floats, record: Record) -> str:
    """The hash of a calibration: its name, its record and every bit of its draws."""
    told = json.dumps([name, list(addresses), record.model_dump(mode="json")], sort_keys=True)
    made = hashlib.sha256(told.encode())
    made.update(np.ascontiguousarray(draws, dtype="<f8").tobytes())
    return made.hexdigest()[:16]
