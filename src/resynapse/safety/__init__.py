"""Safety: what is felt and measured in the chair."""

from .acute import AcuteEffects

__all__ = ["AcuteEffects"]
