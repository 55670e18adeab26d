"""What predictions rest on: parameters by origin, evidence by mark and role, calibrations with their diagnostics."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from ...calibrate.posterior import Posterior, calibration
from ...chains import default_chain
from ...core.chain import Chain
from ...evidence import Observation, library
from ...trial.score import facts

Record = dict[str, Any]
ORIGINS = ("measured", "estimated", "fixed_by_source", "derived", "calibrated_here", "assumed_here")
FIELDS = ("pharmacokinetics", "mechanism", "efficacy", "care")
PARTS = ("placebo", "measuring", "felt", "between")


def parameters(chain: Chain | None = None) -> Record:
    """How many values of the chain are of which origin, by room, and of how many nobody says how uncertain they are."""
    held = chain or default_chain("human")
    rooms = {
        slot: _origins(e.origin for s in stage.provenance for e in s.entries.values())
        for slot, stage in held.stages.items()
    }
    entries = [e for stage in held.stages.values() for s in stage.provenance for e in s.entries.values()]
    certain = sum(e.range is None and e.error is None for e in entries)
    whole = _origins(e.origin for e in entries)
    return {"of": len(entries), "origins": whole, "rooms": rooms, "without_uncertainty": certain}


def digests(chain: Chain | None = None) -> Record:
    """The digest of every parameter set of the chain, and of the file of roles."""
    held = chain or default_chain("human")
    sets = {f"{slot}/{s.name}": s.digest[:16] for slot, stage in held.stages.items() for s in stage.provenance}
    roles = (files("resynapse.evidence") / "data" / "roles.toml").read_bytes()
    return {"parameter_sets": sets, "roles": hashlib.sha256(roles).hexdigest()[:16]}


def evidence() -> Record:
    """Observations by role and mark, by field and role, and the groups of people that stand on both sides."""
    whole = library()
    table = {role: dict(Counter(o.mark for o in whole.select(role=role))) for role in ("build", "verify")}
    fields = {name: dict(Counter(o.role for o in whole.select(endpoint=name))) for name in FIELDS}
    return {"rows": table, "fields": fields, "shared_between_roles": sorted(whole.shared_between_roles())}


def placebo_values() -> Record:
    """Origins of the values of belief, placebo and measuring."""
    return _origins(fact.origin for name in PARTS for fact in facts(name).values())


def calibrated(name: str | None) -> list[Record]:
    """How every calibration that is used was sampled, which rows it saw, and what it could not tell."""
    return [_calibrated(calibration(part)) for part in (name or "").split("+") if part]


def _calibrated(found: Posterior) -> Record:
    told = found.record
    rhat = max((d.rhat for d in told.diagnostics.values()), default=None)
    least = min((min(d.ess_bulk, d.ess_tail) for d in told.diagnostics.values()), default=None)
    return {
        "name": found.name,
        "title": told.title,
        "method": told.method,
        "digest": found.digest,
        "seed": told.seed,
        "draws": len(found),
        "values": len(found.addresses),
        "rows": len(told.data),
        "verify_rows": verify_rows(d.row for d in told.data),
        "converged": told.converged,
        "worst_rhat": rhat,
        "least_ess": least,
        "divergences": told.divergences,
        "not_identified": list(told.not_identified),
        "notes": list(told.notes),
    }


def verify_rows(seen: Iterable[str]) -> list[str]:
    """Which rows that a fit says it saw are kept for verification; none should be.

    A row is named with its study, `pharmacokinetics/kamp2020 12`, or alone where its name stands nowhere else.
    """
    build, verify = (_names(part) for part in (library().build, library().verify))
    return sorted(set(seen) & (verify - build))


def _names(rows: Iterable[Observation]) -> set[str]:
    return {name for o in rows for name in (f"{o.study.where} {o.row}", o.row)}


def _origins(found: Iterable[str]) -> dict[str, int]:
    counts: Mapping[str, int] = Counter(found)
    return {origin: counts.get(origin, 0) for origin in ORIGINS}
