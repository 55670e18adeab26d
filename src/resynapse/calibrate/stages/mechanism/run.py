"""The fit as a calibration on file: human values in stage units, what was seen, how well it went, what stays open."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....chains import prior_chain
from ...inference.identifiability import directions, learned
from ...inference.prior import Law, priors, uncertain, values_at
from ...posterior import Posterior
from ...questions.question import Question
from ...questions.seen import SIZES
from ...recorded import Record, Used
from .fit import SEED, Fit

Floats = NDArray[np.float64]
NAME = "mechanism"
DRAWS = 1000
SLOTS = ("receptor", "circuit", "synapse", "brain", "mood")
"""The rooms whose human values are kept; bodies and loads of life are moved, but belong to others."""

_TITLE = "Receptor to synapse: the default wiring given the seen build rows of the mechanism evidence"
_SIGN = {"up": 1.0, "down": -1.0, "none": 0.0}


def laws(addresses: tuple[str, ...]) -> dict[str, Law]:
    """The human laws of those moved values that are kept."""
    human = prior_chain()
    known = {u.address for u in uncertain(human)}
    return priors(human, [a for a in addresses if a in known and a.split(".")[0] in SLOTS])


def posterior(found: Fit, seed: int = SEED) -> Posterior:
    """The stage's draws, in the units of the human stages, with their record."""
    own = laws(found.asking.addresses)
    z = _kept(found, DRAWS, seed)
    places = [found.asking.addresses.index(a) for a in own]
    values = values_at(own, z[:, places], prior_chain())
    return Posterior(NAME, tuple(own), np.stack(list(values.values()), axis=1), _record(found, own, seed))


def _kept(found: Fit, n: int, seed: int) -> Floats:
    """Draws of equal weight: exact where the weights carry, else those of the emulated posterior."""
    return found.exact.taken(n, seed) if found.exact.carries else found.sample.thinned(n)


def _record(found: Fit, own: dict[str, Law], seed: int) -> Record:
    names, z = found.asking.addresses, _kept(found, len(found.exact.z), seed)
    diagnostics = found.sample.diagnostics
    return Record(
        title=_TITLE,
        method="nuts",
        seed=seed,
        data=tuple(_used(q) for q in found.asking.here.asked),
        priors={a: law.told for a, law in own.items()},
        diagnostics={a: diagnostics[a] for a in names},
        divergences=found.sample.divergences,
        not_identified=learned(names, z).not_identified,
        notes=_notes(found),
        more={**_told(found), **_scores(found), "open": _open(names, z)},
    )


def _used(q: Question) -> Used:
    sized = q.seen.kind in SIZES
    value, sd = (q.seen.value, q.seen.sd) if sized else (_SIGN.get(q.seen.kind, 1.0), None)
    note = "" if sized else f"{q.seen.kind}, tolerance {q.seen.tolerance:g}"
    scale = "plain" if sized else "sign"
    return Used(row=f"{q.row} {q.id}", what=q.asked.asks, value=value, unit="1", sd=sd, scale=scale, note=note)


def _notes(found: Fit) -> tuple[str, ...]:
    exact = found.exact
    how = "taken by these weights" if exact.carries else "NOT corrected, since the weights do not carry it"
    return (
        "Sampled on emulators of all contrasts; diagnostics are those of that sampling.",
        f"At {len(exact.z)} draws the chains were asked: the emulated log-likelihood is off by {exact.off:.2f} (SD); "
        f"Pareto shape {exact.shape:.2f}, {exact.effective:.0f} effective draws; draws kept are {how}.",
        "Rodent rows bear on human values because the human sets inherit the mouse's: a score is the same place within "
        "a value's range in every species. No human in-vivo value tests this.",
        "Values of bodies and of life were moved too and are not kept here: what stands beside them was averaged over.",
    )


def _told(found: Fit) -> dict[str, Any]:
    exact, sample = found.exact, found.sample
    return {
        "log_likelihood": round(float(exact.weights @ exact.logs.sum(1)), 3),
        "emulator_off": round(exact.off, 3),
        "pareto_shape": round(exact.shape, 3),
        "effective": round(exact.effective, 1),
        "corrected": exact.carries,
        "tops": list(sample.tops),
        "saturated": sample.saturated,
        "rows": {q.id: _row(found, k) for k, q in enumerate(found.asking.here.asked)},
        "emulators": [_emulator(found, k) for k in range(len(found.standin.parts))],
    }


def _row(found: Fit, k: int) -> float:
    """The mean log-likelihood of one row."""
    return round(float(found.exact.weights @ found.exact.logs[:, k]), 3)


def _emulator(found: Fit, k: int) -> dict[str, Any]:
    part = found.standin.parts[k]
    error = part.emulator.error
    told = {"rms": error.rms, "explained": error.explained}
    numbers = {n: [round(float(v), 4) for v in values] for n, values in told.items()}
    shape = part.emulator.shape
    return {"values": len(part.takes), "points": len(part.emulator.z), "degree": shape.degree, "reach": shape.reach} | {
        "contrasts": [int(c) for c in part.gives],
        **numbers,
    }


def _scores(found: Fit) -> dict[str, Any]:
    """Means and SDs of all moved scores, on the emulator and exact: what the exam's draws are set beside."""
    flat = found.sample.flat
    numbers = {
        "mean": found.exact.mean(),
        "sd": found.exact.sd(),
        "mean_emulated": flat.mean(axis=0),
        "sd_emulated": flat.std(axis=0),
    }
    names = found.asking.addresses
    return {"scores": {a: {n: round(float(v[i]), 3) for n, v in numbers.items()} for i, a in enumerate(names)}}


def _open(names: tuple[str, ...], z: Floats) -> list[dict[str, Any]]:
    """The combinations of values that stayed most open."""
    return [
        {"ratio": round(d.ratio, 3), "weights": {n: round(w, 3) for n, w in d.weights}}
        for d in directions(names, z, most=3)
    ]
