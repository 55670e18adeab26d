"""Brain: the lateral habenula."""

from .habenula import Habenula

__all__ = ["Habenula"]
