"""ADaM-shaped data sets of a virtual trial, with their metadata."""

from .study import Study
from .variable import DataSet, codes, datasets
from .writing import FORMATS, made, write_study

__all__ = ["FORMATS", "DataSet", "Study", "codes", "datasets", "made", "write_study"]
