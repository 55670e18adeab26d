"""The run itself: a climb with the exact solver, an emulator where the posterior is, the draws."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ...inference.blocks import Blocks, in_blocks
from ...inference.identifiability import Learned, directions, learned
from ...inference.prior import values_at
from ...inference.sampling import Begin, Plan, Sampled, Target, many, sampled, worst
from ...posterior import Posterior
from ...recorded import Record
from . import told
from .climb import climbed
from .evidence import evidence
from .likelihood import Posed, exact, slopes

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
NAME, SEED = "body", 2026
_LOCAL, _KEPT, _CHECKED = 1100, 1000, 200
_ENOUGH = 0.008
_RUN = Plan(warmup=400, draws=1000, accept=0.9)


@dataclass(frozen=True)
class Fitted:
    """The stage's result: the posterior, and everything behind it that a page may want."""

    posterior: Posterior
    posed: Posed
    sampled: Sampled
    exact: Floats


def fit(seed: int = SEED, tell: Tell = lambda _: None) -> Fitted:
    """Fit KPK-1's values and spreads to the build rows; some minutes on one core."""
    began, rows = time.process_time(), evidence()
    truth, count = exact(rows), len(told.laws())
    tell(f"{len(rows.rows)} rows; climbing with the exact solver")
    top = climbed(rows, truth, seed)
    tell(f"an emulator where the posterior is ({_LOCAL} points)")
    near = top.around(count, _LOCAL, seed)
    local = in_blocks(truth, told.laws(), near, [_kind(r.asked.metric) for r in rows.rows], _ENOUGH)
    posed = Posed(rows, local.predict, slopes(rows, top.z[:count]))
    tell(f"sampling {len(posed.names)} unknowns on {len(local.parts)} emulators")
    found = sampled(Target(posed.names, posed.log_likelihood), seed, _RUN, Begin(top.z, top.covariance, top.heights))
    tell("comparing the emulator with the exact solver at draws of the posterior")
    right, told_of = _compared(posed, found, truth)
    more = {**told_of, **_cost(began, local)}
    return Fitted(_posterior(posed, found, more, seed), posed, found, right)


def _kind(metric: str) -> str:
    """Peaks have kinks where areas have none: they are emulated apart."""
    return metric if metric in ("cmax", "tmax") else "smooth"


def _compared(posed: Posed, found: Sampled, truth: Callable[[Floats], Floats]) -> tuple[Floats, dict[str, Any]]:
    """The exact answers at draws of the posterior, and what emulating them cost in answers and in log-density."""
    z = found.thinned(_CHECKED)
    values = z[:, : len(told.laws())]
    right, near = truth(values), np.asarray(posed.predict(jnp.asarray(values)))
    size = z.shape[1]
    exactly = many(lambda both: posed.answered(both[size:], both[:size]), np.hstack([z, right]))
    off = exactly - many(posed.log_likelihood, z)
    missed = np.abs(right - near)
    return right, {
        "emulator_largest_error": round(float(missed.max()), 5),
        "emulator_rms_error": round(float(np.sqrt((missed**2).mean())), 5),
        "log_density_error_sd": round(float(off.std()), 4),
        "checked_draws": len(z),
    }


def _posterior(posed: Posed, found: Sampled, more: dict[str, Any], seed: int) -> Posterior:
    kept = found.thinned(_KEPT)
    columns, known = values_at(told.laws(), kept[:, : len(told.laws())], told.chain()), learned(found.names, found.flat)
    for k, (group, law) in enumerate(told.spreads().items(), start=len(told.laws())):
        columns |= {f"spread.{address}": law.at(kept[:, k]) for address in group}
    return Posterior(
        NAME, tuple(columns), np.stack(list(columns.values()), axis=1), _record(posed, found, known, more, seed)
    )


def _record(posed: Posed, found: Sampled, known: Learned, more: dict[str, Any], seed: int) -> Record:
    priors = {a: law.told for a, law in told.laws().items()}
    priors |= {f"spread.{a}": law.told for group, law in told.spreads().items() for a in group}
    marks, low = found.diagnostics, worst(found.diagnostics)
    return Record(
        title="KPK-1's values and spreads between people, from pharmacokinetic rows of role build",
        method="nuts",
        seed=seed,
        data=posed.evidence.records,
        priors=priors,
        diagnostics=marks,
        divergences=found.divergences,
        not_identified=tuple(n for n in known.not_identified if n.startswith(("body.", "spread."))),
        notes=told.notes(),
        more={
            **more,
            "worst": low.model_dump(),
            "tops": list(found.tops),
            "saturated": found.saturated,
            "learned": {n: [round(float(r), 3), round(float(s), 3)] for n, r, s in _each(known)},
            "study_effects": _effects(posed, found),
            **posed.sizes(found.flat),
            "most_open": [{"ratio": round(d.ratio, 3), "weights": dict(d.weights)} for d in _open(found)],
            "left_out": told.left_out(),
            "strained": list(known.strained),
        },
    )


def _each(known: Learned) -> zip[tuple[str, Any, Any]]:
    return zip(known.names, known.ratio, known.shift, strict=True)


def _open(found: Sampled) -> Any:
    size = len(told.laws())
    return directions(found.names[:size], found.flat[:, :size])


def _effects(posed: Posed, found: Sampled) -> dict[str, list[float]]:
    """Study effects: mean and SD of the logarithm."""
    drawn = np.asarray(posed.effects(jnp.asarray(found.flat)))
    return {
        name: [round(float(v.mean()), 3), round(float(v.std()), 3)]
        for name, v in zip(posed.evidence.effects, drawn.T, strict=True)
    }


def _cost(began: float, local: Blocks) -> dict[str, Any]:
    return {
        "cpu_seconds": round(time.process_time() - began, 0),
        "emulator_held_out_rms": round(float(local.error.rms.max()), 5),
    }
