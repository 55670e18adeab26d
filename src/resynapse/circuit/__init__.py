"""Circuit: from occupancy to the prefrontal glutamate burst."""

from .balance import Balance
from .disinhibition import Disinhibition
from .mean_field import MeanField
from .undisturbed import Undisturbed

__all__ = ["Balance", "Disinhibition", "MeanField", "Undisturbed"]
