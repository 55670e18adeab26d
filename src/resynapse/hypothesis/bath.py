"""A slice in a bath: receptors and circuit alone, at a fixed concentration of a drug."""

from __future__ import annotations

from ..compound.library import compound
from ..core.chain import Chain
from ..core.errors import RequestError
from ..core.event import Happening, Level

BATH = "bath"
_ROOMS = ("receptor", "circuit")


def bath_chain(chain: Chain) -> Chain:
    """The receptor and the circuit of a chain, with the concentrations around them as inputs."""
    rooms = {slot: chain.stages[slot] for slot in _ROOMS}
    written = {p.name for stage in rooms.values() for p in stage.writes}
    outside = {p.name: p for stage in rooms.values() for p in stage.reads if p.name not in written}
    return Chain(rooms, tuple(outside.values()))


def bath_levels(chain: Chain, drug: str, dose: str) -> tuple[Happening, ...]:
    """A drug at a constant concentration such as `1 umol/L`, each mirror form at its share.

    **Raises:** `RequestError` for another unit.
    """
    amount, _, unit = dose.partition(" ")
    if unit != "umol/L":
        raise RequestError("a bath is given in umol/L", given=dose, then="write it such as `1 umol/L`")
    given = compound(drug)
    shares = {"s": given.fraction_s.value, "r": given.fraction_r.value}
    return tuple(Level(f"ce_{given.substance}_{e}", 0.0, float(amount) * v) for e, v in shares.items() if v > 0)
