"""The stage *mood, person and placebo*: clinical rows, a chain's values, differences between people, belief."""

from .stage import Fitted, Size, calibrated, fitted

__all__ = ["Fitted", "Size", "calibrated", "fitted"]
