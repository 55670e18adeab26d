"""The bank: drug courses of people, computed once for each regimen and kept under a hash of what they hang on."""

from .bank import Bank
from .order import Order, course_of, joined

__all__ = ["Bank", "Order", "course_of", "joined"]
