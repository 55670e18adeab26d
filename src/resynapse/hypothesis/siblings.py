"""Rival theories of single rooms, loaded with their values for one species: what a hypothesis puts into a slot.

A value that a sibling shares with the default room of a person is calibrated with it; its own stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from ..chains import default_chain, own_set
from ..circuit.braked import BrakedBurst
from ..circuit.mean_field import MeanField
from ..core.calibrated import CALIBRATED
from ..core.parameter import Species, read_grouped, read_set, values_for
from ..core.stage import AbstractStage
from ..mood.opioid_gated import OpioidGated
from ..receptor.trapping import TrappingBlock
from ..synapse.crowded import CrowdedPlasticity
from ..synapse.extrasynaptic import ExtrasynapticPlasticity
from ..synapse.inflamed import InflamedPlasticity
from ..synapse.regional import RegionalPlasticity


class Sibling(Protocol):
    """What loads a rival theory for one species, its shared values as a calibration left them."""

    def __call__(self, species: Species, calibration: str = CALIBRATED) -> AbstractStage:
        """The stage."""


def trapping_block(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The trapping, use-dependent receptor, with the ligands and affinities of the default one."""
    default: Any = default_chain(species, None, calibration).stages["receptor"]
    own = read_set(own_set("receptor", f"{species}_trapping", calibration))
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


def mean_field(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The prefrontal circuit of pyramidal, PV and SOM cells."""
    return MeanField.load(own_set("circuit", f"{species}_mean_field", calibration))


def braked_burst(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The closed-form circuit whose release a brake holds down when a burst lasts."""
    return BrakedBurst.load(own_set("circuit", f"{species}_braked", calibration))


def crowded_plasticity(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The synapse with room for only so many AMPA receptors."""
    return CrowdedPlasticity.load(own_set("synapse", f"{species}_crowded", calibration))


def extrasynaptic_plasticity(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The synapse that tonic receptors hold back."""
    return ExtrasynapticPlasticity.load(own_set("synapse", f"{species}_extrasynaptic", calibration))


def inflamed_plasticity(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The synapse that inflammation wears down."""
    return InflamedPlasticity.load(own_set("synapse", f"{species}_inflamed", calibration))


def regional_plasticity(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The synapse with spines of hippocampus, reward and amygdala beside the prefrontal ones."""
    return RegionalPlasticity.load(own_set("synapse", f"{species}_regional", calibration))


def opioid_gated(species: Species, calibration: str = CALIBRATED) -> AbstractStage:
    """The mood that relief reaches through a gate of mu receptors."""
    return OpioidGated.load(own_set("mood", f"{species}_opioid", calibration))


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
