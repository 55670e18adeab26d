"""The hypotheses on file: one module each in `claims/`, found by its name."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ..core.errors import RequestError, nearest
from . import claims
from .hypothesis import Hypothesis


def names() -> tuple[str, ...]:
    """The names of all hypotheses on file, in alphabetical order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(claims.__path__)))


@cache
def hypothesis(name: str) -> Hypothesis:
    """The hypothesis called `name`.

    **Raises:** `RequestError` with the nearest name when there is none; `WiringError` when it does not fit the chain.
    """
    if name not in names():
        raise RequestError("no such hypothesis on file", given=name, allowed=names(), nearest=nearest(name, names()))
    found: Hypothesis = import_module(f"{claims.__name__}.{name}").HYPOTHESIS
    if found.name != name:
        raise RequestError("a hypothesis is called like its file", where=f"claims/{name}.py", given=found.name)
    return found


def hypotheses() -> tuple[Hypothesis, ...]:
    """All hypotheses on file, in alphabetical order."""
    return tuple(hypothesis(name) for name in names())
