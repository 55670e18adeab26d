"""Synapse: from the burst to BDNF, AMPA receptors and spines."""

from .monoamine import SlowMonoamine
from .monoaminergic import MonoaminergicPlasticity
from .plasticity import Plasticity

__all__ = ["MonoaminergicPlasticity", "Plasticity", "SlowMonoamine"]
