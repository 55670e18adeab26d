"""The fast path: a march of thousands of people by a kernel printed from the traced chain."""

from .march import March, march

__all__ = ["March", "march"]
