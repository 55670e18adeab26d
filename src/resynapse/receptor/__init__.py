"""Receptor: from concentrations to occupancy."""

from .binding import CompetitiveBinding
from .uptake import MonoamineUptake

__all__ = ["CompetitiveBinding", "MonoamineUptake"]
