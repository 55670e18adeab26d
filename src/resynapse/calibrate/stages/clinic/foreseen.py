"""How likely given observations are under a calibration: by the chain itself, in studies that were not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import binom, norm

from ....core.calibrated import UNCALIBRATED
from ....core.chain import Chain
from ....trial.score import values
from ...posterior import PLACEBO, SPREAD, Posterior
from .arms import Evidence, Row
from .belief import beliefs, felt
from .cells import cells
from .latent import despair
from .laws import laws
from .nodes import Nodes, first
from .question import followed
from .scored import Studies
from .sheet import Sheet
from .surrogate import BINS, binned, placed, relief

Floats = NDArray[np.float64]
Reader = Callable[..., Array]
_BELIEVING = 64
_LEAST = 1e-4


@dataclass(frozen=True)
class Foreseen:
    """A chain followed under every regimen at some draws of a posterior, ready to be read as rows.

    **Arguments:** `reliefs` (draws x outputs and a 0) are the chain's own; `known` are values of the measured score;
    `reader` is the compiled program that reads rows.
    """

    told: Evidence
    who: Mapping[str, Nodes]
    reader: Reader
    reliefs: Floats
    known: Mapping[str, Array]

    def under(self, chain: Chain, posterior: Posterior, draws: int, seed: int = 1) -> Foreseen:
        """The same arms, people and rows under another chain and its posterior.

        **Assumes:** sessions feel as they did under the first chain.
        """
        table = _drawn(posterior, draws, seed)
        return replace(self, reliefs=_reliefs(chain, self.told, self.who, table), known=_known(table))

    def anew(self, studies: int = 16, seed: int = 1) -> Floats:
        """What every row should show in studies drawn anew (studies x draws x rows)."""
        shape = (studies, 3, len(self.reliefs), len(self.told.studies))
        free = [jnp.asarray(v) for v in np.random.default_rng(seed).standard_normal(shape)]
        return np.stack([self._read(v) for v in free])

    def typical(self) -> Floats:
        """What every row should show in studies like the mean of all (draws x rows)."""
        return self._read(jnp.zeros((3, len(self.reliefs), len(self.told.studies))))

    def log_densities(self, studies: int = 16, seed: int = 1) -> dict[str, Floats]:
        """How likely all rows of each study together are at every draw, averaged over studies drawn anew.

        The mean over draws (on the plain scale) is the predictive density of a study. A row counts by its weight.
        """
        means = self.anew(studies, seed)
        each = np.stack([normalised(self.told.rows, mean) for mean in means])
        each = np.where(self._weight > 0.0, each * self._weight, 0.0)
        names = np.array([row.study for row in self.told.rows])
        whole = {s: each[:, :, names == s].sum(axis=2) for s in dict.fromkeys(names[self._weight > 0.0].tolist())}
        return {s: logsumexp(one, axis=0) - np.log(len(one)) for s, one in whole.items()}

    @cached_property
    def _weight(self) -> Floats:
        return np.array([row.weight for row in self.told.rows])

    def _read(self, free: Array) -> Floats:
        return np.asarray(self.reader(jnp.asarray(self.reliefs), self.known, free.swapaxes(0, 1)))


def foreseen(
    chain: Chain, posterior: Posterior, told: Evidence, some: tuple[int, int] = (200, 256), seed: int = 1
) -> Foreseen:
    """A chain followed at draws of a posterior.

    **Arguments:** `told` are arms and rows of any role; `some` are how many draws, and how many people of each
    population, the first ones.
    """
    table = _drawn(posterior, some[0], seed)
    who = {name: first(of, some[1] - some[1] % BINS) for name, of in told.populations.items()}
    sheet = _sheet(chain, told, who)
    reader = jax.jit(lambda *every: jax.lax.map(lambda one: _said(sheet, *one), every, batch_size=16))
    return Foreseen(told, who, reader, _reliefs(chain, told, who, table), _known(table))


def normalised(rows: tuple[Row, ...], mean: Floats) -> Floats:
    """The log density of every row given its prediction (draws x rows), weights left aside; 0 where none was seen."""
    found = np.empty_like(mean)
    for k, row in enumerate(rows):
        if not np.isfinite(row.value):
            found[:, k] = 0.0
        elif row.counted:
            n = max(round(row.n), 1)
            found[:, k] = binom.logpmf(round(row.value * n), n, np.clip(mean[:, k], _LEAST, 1.0 - _LEAST))
        else:
            found[:, k] = norm.logpdf(row.value, mean[:, k], row.sd)
    return found


def _drawn(posterior: Posterior, draws: int, seed: int) -> dict[str, Floats]:
    rows = posterior.rows(draws, seed)
    return {a: posterior.of(a)[rows] for a in posterior.addresses}


def _sheet(chain: Chain, told: Evidence, who: Mapping[str, Nodes]) -> Sheet:
    filed = values(UNCALIBRATED)
    believed = beliefs(told, felt(chain, told, who), filed, _BELIEVING)
    at, places = cells(told, believed, filed), placed(followed(told, who))
    index = np.stack([places.index(regimen, look) for regimen, look in zip(at.regimen, at.look, strict=True)])
    return Sheet(told, at, index, filed)


def _reliefs(chain: Chain, told: Evidence, who: Mapping[str, Nodes], table: Mapping[str, Floats]) -> Floats:
    """Flat reliefs at every draw, by the chain itself, and a 0 behind them."""
    drawn = {a: v for a, v in table.items() if a in chain.declared and not a.startswith("scale.")}
    spreads = {a.removeprefix(SPREAD): v for a, v in table.items() if a.startswith(SPREAD) and "scale." not in a}
    worst, asked = float(chain.parameters["scale.worst"]), followed(told, who)
    found = despair(chain, asked, drawn, spreads)
    flat = [binned(one, relief(1.0 - found[one.name], worst)) for one in asked]
    whole = np.concatenate([f.reshape(len(f), -1) for f in flat] + [np.zeros((len(flat[0]), 1))], axis=1)
    return np.broadcast_to(whole, (len(next(iter(table.values()))), whole.shape[1]))


def _known(table: Mapping[str, Floats]) -> dict[str, Array]:
    names = {name: name if "." in name else f"{PLACEBO}{name}" for name in laws().score}
    return {name: jnp.asarray(table[address]) for name, address in names.items()}


def _said(sheet: Sheet, reliefs: Array, known: Mapping[str, Any], free: Array) -> Array:
    early, late, strength = free
    factor = jnp.maximum(1.0 + known["drug_sd"] * strength, 0.05)
    shared = Studies(known["day1_sd"] * early, known["day28_sd"] * late, factor)
    return sheet.read(sheet.scores(reliefs, known, shared), known)
