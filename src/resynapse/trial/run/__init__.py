"""Trials that run: a design laid out in time, people from the bank, replicates, analyses, and what many of them say."""

from .plan import Plan, plan, scaled
from .replicate import Replicate, Switches, Trial, World

__all__ = ["Plan", "Replicate", "Switches", "Trial", "World", "plan", "scaled"]
