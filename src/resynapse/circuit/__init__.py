"""Circuit: from occupancy to the prefrontal glutamate burst."""

from .disinhibition import Disinhibition

__all__ = ["Disinhibition"]
