"""How likely given observations are under a calibration: by the chain itself, in studies that were not seen."""

from __future__ import annotations

from collections.abc import Mapping
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
_STUDIES, _BELIEVING = 16, 64
_LEAST = 1e-4


def foreseen(
    chain: Chain, posterior: Posterior, told: Evidence, draws: int = 200, people: int = 256, seed: int = 1
) -> Floats:
    """What every row should show at draws of a posterior, in studies drawn anew (studies x draws x rows).

    **Arguments:** `told` are arms and rows of any role; `people` of each population are the first ones.
    """
    rows = posterior.rows(draws, seed)
    table = {a: posterior.of(a)[rows] for a in posterior.addresses}
    who = {name: first(of, people - people % BINS) for name, of in told.populations.items()}
    sheet, reliefs = _sheet(chain, told, who), _reliefs(chain, told, who, table)
    known = _known(table)
    chance = np.random.default_rng(seed)
    shape = (_STUDIES, 3, len(rows), len(told.studies))
    read = jax.jit(lambda one: jax.lax.map(lambda o: _said(sheet, *o), one, batch_size=16))
    free = [jnp.asarray(v) for v in chance.standard_normal(shape)]
    return np.stack([np.asarray(read((jnp.asarray(reliefs), known, v.swapaxes(0, 1)))) for v in free])


def log_predictive(
    chain: Chain, posterior: Posterior, told: Evidence, draws: int = 200, people: int = 256, seed: int = 1
) -> dict[str, Floats]:
    """How likely all rows of each study together are at every draw, averaged over studies drawn anew.

    **Arguments:** as for `foreseen`. The mean over draws (on the plain scale) is the predictive density of a study.
    """
    means = foreseen(chain, posterior, told, draws, people, seed)
    each = np.stack([normalised(told.rows, mean) for mean in means])
    names = np.array([row.study for row in told.rows])
    return {s: logsumexp(each[:, :, names == s].sum(axis=2), axis=0) - np.log(len(each)) for s in told.studies}


def normalised(rows: tuple[Row, ...], mean: Floats) -> Floats:
    """The log density of every row given its prediction (draws x rows), weights left aside."""
    found = np.empty_like(mean)
    for k, row in enumerate(rows):
        if row.counted:
            n = max(round(row.n), 1)
            found[:, k] = binom.logpmf(round(row.value * n), n, np.clip(mean[:, k], _LEAST, 1.0 - _LEAST))
        else:
            found[:, k] = norm.logpdf(row.value, mean[:, k], row.sd)
    return found


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
    return np.concatenate([f.reshape(len(f), -1) for f in flat] + [np.zeros((len(flat[0]), 1))], axis=1)


def _known(table: Mapping[str, Floats]) -> dict[str, Array]:
    names = {name: name if "." in name else f"{PLACEBO}{name}" for name in laws().score}
    return {name: jnp.asarray(table[address]) for name, address in names.items()}


def _said(sheet: Sheet, reliefs: Array, known: Mapping[str, Any], free: Array) -> Array:
    early, late, strength = free
    factor = jnp.maximum(1.0 + known["drug_sd"] * strength, 0.05)
    shared = Studies(known["day1_sd"] * early, known["day28_sd"] * late, factor)
    return sheet.read(sheet.scores(reliefs, known, shared), known)
