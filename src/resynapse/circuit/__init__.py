"""Circuit: from occupancy to the prefrontal glutamate burst."""

from .disinhibition import Disinhibition
from .undisturbed import Undisturbed

__all__ = ["Disinhibition", "Undisturbed"]
