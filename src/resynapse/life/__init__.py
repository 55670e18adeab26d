"""Life: stress and what else happens beside the drug."""

from .load import fluctuation, load_levels
from .stress import StressLoad

__all__ = ["StressLoad", "fluctuation", "load_levels"]
