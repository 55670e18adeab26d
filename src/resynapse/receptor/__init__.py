"""Receptor: from concentrations to occupancy."""

from .binding import CompetitiveBinding
from .mixture import Mixture, TrappingMixture
from .trapping import TrappingBlock
from .uptake import MonoamineUptake

__all__ = ["CompetitiveBinding", "Mixture", "MonoamineUptake", "TrappingBlock", "TrappingMixture"]
