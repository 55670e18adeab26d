"""Names that are imported when they are used, so that a light command stays light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def lazily(package: str, home: Mapping[str, str]) -> Callable[[str], object]:
    """A module's `__getattr__` that imports each name from its home: a module of `package`, by relative name."""

    def get(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{home[name]}", package), name)

    return get
