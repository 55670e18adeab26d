"""Follow a dose of ketamine, or of another antidepressant, from the body to the synapse, the brain and mood.

Nothing heavy is imported until a name is used.
"""

from __future__ import annotations

from .core.lazy import lazily

__version__ = "0.5.0"

_HOME = {
    "FitIndividual": "requests.individuals",
    "Simulate": "requests.simulate",
    "SimulatePeople": "requests.people",
    "claims": "qualify.claims",
    "load_result": "result",
    "simulate": "requests.simulate",
}

__all__ = ["FitIndividual", "Simulate", "SimulatePeople", "__version__", "claims", "load_result", "simulate"]
__getattr__ = lazily(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted(__all__)
