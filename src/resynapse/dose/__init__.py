"""From a regimen, in words or as a table, to a plain list of doses for each person."""

from .event import DoseEvent, Measurement, Person
from .regimen import Regimen
from .schedule import schedule_times
from .table import Table, read_table

__all__ = ["DoseEvent", "Measurement", "Person", "Regimen", "Table", "read_table", "schedule_times"]
