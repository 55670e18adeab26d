"""Synapse: from the burst to BDNF, AMPA receptors and spines."""

from .plasticity import Plasticity

__all__ = ["Plasticity"]
