"""People: populations on file, and values that differ between persons and occasions, nobody's hanging on the others."""

from .draw import drawn_occasion, drawn_people
from .people import People
from .population import Population, population, populations
from .specification import read_specification
from .target import Mean, Moments, Quantile, Share
from .weighted import Weights, weighted

__all__ = [
    "Mean",
    "Moments",
    "People",
    "Population",
    "Quantile",
    "Share",
    "Weights",
    "drawn_occasion",
    "drawn_people",
    "population",
    "populations",
    "read_specification",
    "weighted",
]
