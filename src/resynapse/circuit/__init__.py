"""Circuit: from occupancy to the prefrontal glutamate burst."""

from .balance import Balance
from .braked import BrakedBalance, BrakedBurst
from .disinhibition import Disinhibition
from .mean_field import MeanField
from .undisturbed import Undisturbed

__all__ = ["Balance", "BrakedBalance", "BrakedBurst", "Disinhibition", "MeanField", "Undisturbed"]
