"""With what numbers are made: the versions on which their last bits hang."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from .. import __version__

_PACKAGES = ("duckdb", "equinox", "jax", "jaxlib", "llvmlite", "numpy", "scipy")


@cache
def identity() -> dict[str, str]:
    """Version of this package, of Python, and of the libraries that compute; and the kind of machine."""
    python = ".".join(platform.python_version_tuple()[:2])
    own = {"resynapse": __version__, "python": python, "machine": platform.machine()}
    return own | {name: _version(name) for name in _PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
