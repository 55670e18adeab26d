"""What was measured, study by study, with its source and its role."""

from .amount import in_unit
from .figure import draw
from .library import Library, library
from .reading import read_library
from .study import Arm, Observation, Reading, Study

__all__ = ["Arm", "Library", "Observation", "Reading", "Study", "draw", "in_unit", "library", "read_library"]
