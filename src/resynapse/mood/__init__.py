"""Mood: from synapses and habenula to despair, ideation, anhedonia and what raters or laboratories read of them."""

from .despair import Despair
from .endpoint import Rule, rules
from .madrs import Madrs
from .rodent_assays import RodentAssays

__all__ = ["Despair", "Madrs", "RodentAssays", "Rule", "rules"]
