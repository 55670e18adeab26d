"""What is given: one folder per compound, with its weights, composition and dose limits, each with its source."""

from .library import Compound, Device, Fact, compound, names

__all__ = ["Compound", "Device", "Fact", "compound", "names"]
