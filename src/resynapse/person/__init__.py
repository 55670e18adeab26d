"""People: populations on file, and values that differ between persons and occasions, nobody's hanging on the others."""

from .draw import drawn_occasion, drawn_people
from .people import People
from .population import Population, population, populations
from .specification import read_specification

__all__ = [
    "People",
    "Population",
    "drawn_occasion",
    "drawn_people",
    "population",
    "populations",
    "read_specification",
]
