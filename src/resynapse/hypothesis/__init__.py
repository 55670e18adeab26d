"""Hypothesis: every serious explanation of how the drug works, as a chain that runs and can be wrong."""

from .drive import DRIVES, Blend, blend, drives_of
from .experiment import Experiment
from .hypothesis import Hypothesis, Prediction
from .library import hypotheses, hypothesis, names
from .siblings import SIBLINGS
from .stack import Stack, stack

__all__ = [
    "DRIVES",
    "SIBLINGS",
    "Blend",
    "Experiment",
    "Hypothesis",
    "Prediction",
    "Stack",
    "blend",
    "drives_of",
    "hypotheses",
    "hypothesis",
    "names",
    "stack",
]
