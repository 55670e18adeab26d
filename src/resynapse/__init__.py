"""Follow a dose of ketamine, or of another antidepressant, from the body to the synapse, the brain and mood.

Nothing heavy is imported until a name is used.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.2.0"

_HOME = {
    "Simulate": "resynapse.requests",
    "claims": "resynapse.qualify.claims",
    "load_result": "resynapse.requests",
    "simulate": "resynapse.requests",
}

__all__ = ["Simulate", "__version__", "claims", "load_result", "simulate"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
