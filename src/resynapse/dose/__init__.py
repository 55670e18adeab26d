"""From a regimen, in words or as a table, to a plain list of doses for each person."""

from .covariates import known_carrying
from .event import CovariateChange, DoseEvent, Measurement, Person, Repeated, Reset
from .in_turn import InTurn, Part
from .regimen import Regimen
from .schedule import schedule_times
from .table import Table, read_table

__all__ = [
    "CovariateChange",
    "DoseEvent",
    "InTurn",
    "Measurement",
    "Part",
    "Person",
    "Regimen",
    "Repeated",
    "Reset",
    "Table",
    "known_carrying",
    "read_table",
    "schedule_times",
]
