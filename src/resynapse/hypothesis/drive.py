"""The drives of the chain that a hypothesis turns up or down, each by one weight, and blends of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..core.chain import Chain
from ..core.errors import RequestError, nearest
from .siblings import Sibling, extrasynaptic_plasticity


@dataclass(frozen=True)
class Drive:
    """One way from the drug to mood.

    **Arguments:** `address` is the parameter that scales it, `full` its value at weight 1; `stages` are the slots that
    another stage has to fill for the drive to exist.
    """

    meaning: str
    address: str
    full: float
    stages: Mapping[str, Sibling] = field(default_factory=dict)


DRIVES: Mapping[str, Drive] = MappingProxyType(
    {
        "activity": Drive("the glutamate burst releases BDNF", "synapse.weight_activity", 1.0),
        "eef2": Drive("block at rest frees the translation of BDNF", "synapse.weight_eef2", 1.0),
        "hnk": Drive("(2R,6R)-HNK drives AMPA receptors and BDNF", "synapse.weight_hnk", 1.0),
        "trkb": Drive("the drug binds TrkB and amplifies BDNF", "synapse.weight_trkb", 3.0),
        "habenula": Drive("block enters bursting habenula cells and stays", "brain.k_on", 6.0),
        "tonic": Drive(
            "block of tonic receptors frees mTORC1",
            "synapse.weight_tonic",
            1.0,
            {"synapse": extrasynaptic_plasticity},
        ),
    }
)


@dataclass(frozen=True)
class Blend:
    """What some drives, each at its weight, ask of a chain: other stages in slots, and values by dotted address."""

    stages: Mapping[str, Sibling]
    values: Mapping[str, float]


def blend(weights: Mapping[str, float]) -> Blend:
    """Drives at their weights (0 off, 1 as when alone); a drive that is not named is off.

    **Raises:** `RequestError` for an unknown drive, with the nearest, or a weight below 0.
    """
    for name, weight in weights.items():
        if name not in DRIVES:
            raise RequestError("no such drive", given=name, allowed=DRIVES, nearest=nearest(name, DRIVES))
        if not 0.0 <= weight < float("inf"):
            raise RequestError("the weight of a drive is a number, 0 or more", where=name, given=weight)
    used = [DRIVES[name] for name, weight in weights.items() if weight > 0]
    stages = {slot: stage for drive in used for slot, stage in drive.stages.items()}
    here = {name: drive for name, drive in DRIVES.items() if drive.stages.keys() <= stages.keys()}
    return Blend(stages, {d.address: d.full * weights.get(name, 0.0) for name, d in here.items()})


def drives_of(chain: Chain) -> dict[str, float]:
    """The weight of every drive that a chain has, by name: which blend it is."""
    values = chain.parameters
    return {name: float(values[d.address]) / d.full for name, d in DRIVES.items() if d.address in values}
