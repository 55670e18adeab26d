"""What is given: one folder per compound, with its weights, composition and dose limits, and its preparations."""

from .fact import Fact
from .formulation import Formulation, Handling, formulation, formulations
from .library import Compound, Device, compound, names

__all__ = ["Compound", "Device", "Fact", "Formulation", "Handling", "compound", "formulation", "formulations", "names"]
