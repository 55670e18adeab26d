"""Receptor: from concentrations to occupancy."""

from .binding import CompetitiveBinding
from .trapping import TrappingBlock
from .uptake import MonoamineUptake

__all__ = ["CompetitiveBinding", "MonoamineUptake", "TrappingBlock"]
