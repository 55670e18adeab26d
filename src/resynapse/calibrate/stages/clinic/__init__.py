"""The stage *mood, person and placebo*: from clinical rows to a chain's values, differences between people, and belief."""

from .stage import Fitted, Size, calibrated, fitted

__all__ = ["Fitted", "Size", "calibrated", "fitted"]
