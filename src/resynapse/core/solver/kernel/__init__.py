"""The fast path: a march of thousands of people by a kernel printed from the traced chain."""

from .march import March, march
from .tangent import Direction, march_tangent

__all__ = ["Direction", "March", "march", "march_tangent"]
