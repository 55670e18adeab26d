"""Rival theories of single rooms, loaded with their values for one species: what a hypothesis puts into a slot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..chains import default_chain, set_path
from ..circuit.braked import BrakedBurst
from ..circuit.mean_field import MeanField
from ..core.parameter import Species, read_grouped, read_set, values_for
from ..core.stage import AbstractStage
from ..mood.opioid_gated import OpioidGated
from ..receptor.trapping import TrappingBlock
from ..synapse.crowded import CrowdedPlasticity
from ..synapse.extrasynaptic import ExtrasynapticPlasticity
from ..synapse.inflamed import InflamedPlasticity
from ..synapse.regional import RegionalPlasticity

Sibling = Callable[[Species], AbstractStage]


def trapping_block(species: Species) -> AbstractStage:
    """The trapping, use-dependent receptor, with the ligands and affinities of the default one."""
    default: Any = default_chain(species).stages["receptor"]
    own = read_set(set_path("receptor", f"{species}_trapping"))
    shares = read_grouped(Path(str(files("resynapse"))) / "compound" / "trapping.toml", species)
    made: Mapping[str, Any] = values_for(TrappingBlock, own)
    trapped: Any = {(name.removeprefix("trapped."),): entry.value for name, entry in shares.entries.items()}
    return TrappingBlock(
        affinities=default.affinities,
        trapped=trapped,
        family=tuple((ligand, "ketamine") for ligand in default.ligands),
        provenance=(own, *default.provenance[1:], shares),
        **made,
    )


def mean_field(species: Species) -> AbstractStage:
    """The prefrontal circuit of pyramidal, PV and SOM cells."""
    return MeanField.load(set_path("circuit", f"{species}_mean_field"))


def braked_burst(species: Species) -> AbstractStage:
    """The closed-form circuit whose release a brake holds down when a burst lasts."""
    return BrakedBurst.load(set_path("circuit", f"{species}_braked"))


def crowded_plasticity(species: Species) -> AbstractStage:
    """The synapse with room for only so many AMPA receptors."""
    return CrowdedPlasticity.load(set_path("synapse", f"{species}_crowded"))


def extrasynaptic_plasticity(species: Species) -> AbstractStage:
    """The synapse that tonic receptors hold back."""
    return ExtrasynapticPlasticity.load(set_path("synapse", f"{species}_extrasynaptic"))


def inflamed_plasticity(species: Species) -> AbstractStage:
    """The synapse that inflammation wears down."""
    return InflamedPlasticity.load(set_path("synapse", f"{species}_inflamed"))


def regional_plasticity(species: Species) -> AbstractStage:
    """The synapse with spines of hippocampus, reward and amygdala beside the prefrontal ones."""
    return RegionalPlasticity.load(set_path("synapse", f"{species}_regional"))


def opioid_gated(species: Species) -> AbstractStage:
    """The mood that relief reaches through a gate of mu receptors."""
    return OpioidGated.load(set_path("mood", f"{species}_opioid"))


SIBLINGS: Mapping[str, tuple[str, Sibling]] = {
    "trapping": ("receptor", trapping_block),
    "mean_field": ("circuit", mean_field),
    "braked": ("circuit", braked_burst),
    "crowded": ("synapse", crowded_plasticity),
    "extrasynaptic": ("synapse", extrasynaptic_plasticity),
    "inflamed": ("synapse", inflamed_plasticity),
    "regional": ("synapse", regional_plasticity),
    "opioid_gated": ("mood", opioid_gated),
}
