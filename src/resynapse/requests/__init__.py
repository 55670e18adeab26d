"""Requests: the one bridge from the command line and notebooks to the library, one module a kind of question."""

from __future__ import annotations

from ..core.lazy import lazily

_HOME = {"FitIndividual": "individuals", "Simulate": "simulate", "SimulatePeople": "people"}

__all__ = list(_HOME)
__getattr__ = lazily(__name__, _HOME)
