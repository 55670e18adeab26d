"""Chains with the slow monoamine limb: tablets beside ketamine, or tablets alone over months and years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from .body.tablets import Tablets
from .chains import anchored, default_chain, own_set
from .circuit.undisturbed import Undisturbed
from .compound.antidepressant import antidepressants
from .core.calibrated import CALIBRATED, UNCALIBRATED
from .core.chain import Chain
from .core.parameter import ParameterSet, read_grouped, read_set, values_for
from .core.port import Port
from .core.stage import AbstractStage
from .life.stress import EXTERNAL
from .receptor.uptake import MonoamineUptake
from .synapse.monoamine import SlowMonoamine
from .synapse.monoaminergic import MonoaminergicPlasticity

HURRIED = ("synapse.tau_b", "synapse.tau_m", "synapse.tau_a", "mood.tau_d", "mood.tau_ideation", "mood.tau_anhedonia")


@cache
def slow_chain(body: str | None = None, calibration: str = CALIBRATED) -> Chain:
    """The default human chain with tablets, their uptake sites and the slow drive on the synapse: it takes both kinds.

    **Arguments:** `body` names another theory of ketamine's body.

    **Raises:** `RequestError` as `default_chain` does.
    """
    fast, limb = default_chain("human", body, calibration), _limb(calibration)
    tablets = _tablets()
    return Chain({**fast.stages, "tablets": tablets, **limb}, (*fast.external, *tablets.reads))


@cache
def course_chain(calibration: str = UNCALIBRATED) -> Chain:
    """The same slow rooms with nothing fast before them: plasma levels of slow antidepressants come from outside.

    Over months of tablets the body is left out: the limb feels the mean level, and the grid need not see each tablet.
    """
    fast, limb = default_chain("human", None, calibration), _limb(calibration)
    kept = {slot: fast.stages[slot] for slot in ("brain", "life", "mood", "scale")}
    levels: tuple[Port, ...] = limb["uptake"].reads
    return anchored(Chain({"circuit": Undisturbed(), **limb, **kept}, (*levels, *EXTERNAL)))


@cache
def tablet_chain(calibration: str = UNCALIBRATED) -> Chain:
    """The slow rooms with tablets before them: from what is swallowed day by day to mood, and nothing fast."""
    course, tablets = course_chain(calibration), _tablets()
    return Chain({"tablets": tablets, **course.stages}, (*tablets.reads, *EXTERNAL))


def unhurried(chain: Chain, hours: float) -> Chain:
    """The chain with every time constant of hours raised to at least `hours`, so that steps of that size can follow.

    What moves within hours follows what moves over weeks almost at once; that it follows a little later is the error.
    """
    return chain.with_values({a: max(hours, float(chain.parameters[a])) for a in HURRIED})


def mean_levels(chain: Chain, drug: str, mg_per_day: Any) -> dict[str, Any]:
    """Mean plasma level (ng/mL) at steady state of a drug and its metabolites, by ligand: dose a day over clearance.

    **Arguments:** `chain` has a slot `tablets`, with or without a person axis on its clearances.
    """
    tablets: Any = chain.stages["tablets"]
    mine = [ligand for ligand, parent in tablets.parent if parent == drug]
    return {ligand: 1000.0 / 24.0 * mg_per_day / tablets.cl[ligand,] for ligand in mine}


@cache
def tablets_chain() -> Chain:
    """The tablets alone: from what is swallowed to plasma levels."""
    stage = _tablets()
    return Chain({"tablets": stage}, stage.reads)


def _limb(calibration: str) -> dict[str, AbstractStage]:
    return {
        "uptake": _uptake(calibration),
        "monoamine": SlowMonoamine.load(own_set("synapse", "human_monoamine", calibration)),
        "synapse": MonoaminergicPlasticity.load(own_set("synapse", "human_monoaminergic", calibration)),
    }


def _tablets() -> Tablets:
    sets = [read_grouped(drug.kinetics, "human") for drug in antidepressants().values()]
    parent = tuple((ligand, drug.name) for drug in antidepressants().values() for ligand in drug.ligands)
    tables = {name: _table(sets, name) for name in ("ka", "cl", "half_life")}
    return Tablets(parent=parent, provenance=tuple(sets), **tables)  # type: ignore[arg-type]


def _uptake(calibration: str) -> MonoamineUptake:
    own = read_set(own_set("receptor", "human_uptake", calibration))
    sets = [read_grouped(drug.uptake, "human") for drug in antidepressants().values()]
    ec50 = {tuple(name.split(".")): entry.value for s in sets for name, entry in s.entries.items()}
    made: Mapping[str, Any] = values_for(MonoamineUptake, own)
    return MonoamineUptake(ec50=ec50, provenance=(own, *sets), **made)  # type: ignore[arg-type]


def _table(sets: Iterable[ParameterSet], group: str) -> dict[tuple[str, ...], Any]:
    """The values of one group, `[group.ligand]`, of all sets."""
    named = ((name.partition("."), entry) for s in sets for name, entry in s.entries.items())
    return {(ligand,): entry.value for (head, _, ligand), entry in named if head == group}
