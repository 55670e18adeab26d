"""Life: stress and what else happens beside the drug."""

from .fluctuation import Loads, fluctuation, fluctuations
from .load import load_levels
from .stress import StressLoad

__all__ = ["Loads", "StressLoad", "fluctuation", "fluctuations", "load_levels"]
