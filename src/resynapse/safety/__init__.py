"""Safety: what is felt and measured in the chair."""

from .acute import AcuteEffects
from .perception import Perception

__all__ = ["AcuteEffects", "Perception"]
