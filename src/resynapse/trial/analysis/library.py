"""statsmodels, asked for only when an analysis needs it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ...core.errors import RequestError


def statsmodels(module: str) -> Any:
    """A module of statsmodels.

    **Raises:** `RequestError` when statsmodels is not installed.
    """
    try:
        return import_module(f"statsmodels.{module}")
    except ImportError as failure:
        raise RequestError(
            "this analysis needs statsmodels, which is not installed",
            given="the extra `trial` is missing",
            then='pip install "resynapse[trial]"',
        ) from failure
