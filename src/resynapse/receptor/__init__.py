"""Receptor: from concentrations to occupancy."""

from .binding import CompetitiveBinding

__all__ = ["CompetitiveBinding"]
