"""Fixed effects: columns of arms, visits and covariates, and what each stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from .data import Covariates, Floats, Outcome, Visits, covariate
from .moments import Design

Columns = Mapping[str, Floats]


def columns_of(covariates: Covariates, names: tuple[str, ...]) -> Columns:
    """Columns of covariates: a number as it is, words as one column for every level but the first in the alphabet."""
    return {label: column for name in names for label, column in _coded(name, covariate(covariates, name)).items()}


def arms_of(arm: NDArray[np.str_], control: str) -> Columns:
    """One column for every arm but the control."""
    return {name: (arm == name).astype(np.float64) for name in sorted(set(map(str, arm)) - {control})}


def one_time(data: Outcome, control: str, covariates: tuple[str, ...]) -> tuple[tuple[str, ...], Floats]:
    """Names and columns of an analysis of one outcome: intercept, arms, covariates."""
    columns = {"intercept": np.ones(data.arm.size)} | dict(arms_of(data.arm, control))
    columns |= dict(columns_of(data.covariates, covariates))
    return tuple(columns), np.column_stack(list(columns.values()))


def over_time(data: Visits, control: str, by_visit: tuple[str, ...], covariates: tuple[str, ...]) -> Design:
    """Visits, arms at each visit, covariates at each visit, and covariates with one effect at all visits.

    **Raises:** `RequestError` when nobody came to a visit, or a covariate is unknown.
    """
    for visit, column in zip(data.visits, data.score.T, strict=True):
        if not np.isfinite(column).any():
            raise RequestError("nobody has a score at a visit", given=visit, then="leave the visit out")
    people = data.arm.size
    crossed = {"visit": np.ones(people)} | dict(arms_of(data.arm, control))
    crossed |= dict(columns_of(data.covariates, by_visit))
    common = columns_of(data.covariates, covariates)
    names = [at(name, visit) for name in crossed for visit in data.visits] + list(common)
    return Design(tuple(names), np.concatenate([_crossed(crossed, len(data.visits)), _repeated(common, data)], axis=2))


def at(name: str, visit: str) -> str:
    """The name of an effect at a visit."""
    return f"{name} at {visit}"


def _crossed(columns: Columns, visits: int) -> Floats:
    own = np.eye(visits)
    return np.concatenate([column[:, None, None] * own for column in columns.values()], axis=2)


def _repeated(columns: Columns, data: Visits) -> Floats:
    shape = (*data.score.shape, 1)
    wide = [np.broadcast_to(column[:, None, None], shape) for column in columns.values()]
    return np.concatenate([np.empty((*data.score.shape, 0)), *wide], axis=2)


def _coded(name: str, values: NDArray[Any]) -> Columns:
    if np.issubdtype(values.dtype, np.number) or values.dtype == bool:
        return {name: values.astype(np.float64)}
    words = values.astype(np.str_)
    return {f"{name} {level}": (words == level).astype(np.float64) for level in np.unique(words)[1:]}
