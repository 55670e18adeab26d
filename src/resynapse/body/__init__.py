"""Body: from dose ports to plasma and effect-site concentrations."""

from .kpk1 import Kpk1
from .rodent import RodentBody
from .route import Delivery

__all__ = ["Delivery", "Kpk1", "RodentBody"]
