"""The fast path: a march of thousands of people by a kernel printed from the traced chain."""

from .march import March, certify_march, march
from .tangent import Direction, march_tangent

__all__ = ["Direction", "March", "certify_march", "march", "march_tangent"]
