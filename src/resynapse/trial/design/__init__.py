"""Trial designs as documents: read, checked line by line, and refused with a reason."""

from ...core.lines import DocumentError
from .course import Dropout, Eligibility, LeadIn, Masking, Period, Relapse, Rescue, Visit
from .design import Design
from .giving import Allocation, Arm, Background, Dosing
from .outcome import Endpoint, Estimand, Multiplicity, Published
from .people import eligible
from .published import Printed, printed
from .reading import design_in, document_of, read_design
from .scale import Scale, scale, scales

__all__ = [
    "Allocation",
    "Arm",
    "Background",
    "Design",
    "DocumentError",
    "Dosing",
    "Dropout",
    "Eligibility",
    "Endpoint",
    "Estimand",
    "LeadIn",
    "Masking",
    "Multiplicity",
    "Period",
    "Printed",
    "Published",
    "Relapse",
    "Rescue",
    "Scale",
    "Visit",
    "design_in",
    "document_of",
    "eligible",
    "printed",
    "read_design",
    "scale",
    "scales",
]
