"""Printed elementary functions against NumPy, over the whole range of doubles and at every edge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from resynapse.core.solver.kernel import vector_math
from resynapse.core.solver.kernel.lanes import Code
from resynapse.core.solver.kernel.machine import compiled

_WIDTH = 8
_DRAW = np.random.default_rng(7)
_SIZES = 10.0 ** _DRAW.uniform(-320.0, 308.0, 20_000)
_NEAR = _DRAW.normal(0.0, 3.0, 20_000)
_WIDE = _DRAW.uniform(-750.0, 715.0, 20_000)
_SMALL = [5e-324, -5e-324, 1e-310, 2.2e-308]
_LARGE = [1.7e308, -1.7e308, 709.78, 709.79, -708.5, -745.1, -745.2, 1e300, -1e300]
_EDGES = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, *_SMALL, *_LARGE])
_EVERYWHERE = np.concatenate([_SIZES, -_SIZES, _NEAR, _WIDE, _EDGES])


def run(function: Callable, x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """What the printed function makes of an array."""
    code = Code(_WIDTH)
    with code.count("%first", "%last") as i:
        given = [code.load(base, i) for base in ("%x", "%y")[: 1 if y is None else 2]]
        code.store("%x", i, function(*given))
    printed = compiled(code.text("f", "i64 %first, i64 %last, ptr %x, ptr %y"), "f")
    held = [np.concatenate([v, np.ones(-len(v) % _WIDTH)]) for v in (x, x if y is None else y)]
    printed.call(0, len(held[0]) // _WIDTH, *(v.ctypes.data for v in held))
    return held[0][: len(x)]


def units_off(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest error in units of the last place; endless where an edge is wrong."""
    alike = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(all="ignore"):
        off = np.abs(found - expected) / np.spacing(np.abs(expected))
    return float(np.nan_to_num(np.where(alike, 0.0, off), nan=np.inf).max())


@pytest.mark.parametrize(
    ("name", "most"), [("exp", 2), ("expm1", 3), ("log", 2), ("log1p", 2), ("tanh", 4), ("sqrt", 1), ("sign", 0)]
)
def test_function_is_right_to_the_last_places_everywhere(name: str, most: int):
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(_EVERYWHERE)
    assert units_off(run(getattr(vector_math, name), _EVERYWHERE), expected) <= most


def test_logistic():
    with np.errstate(all="ignore"):
        assert units_off(run(vector_math.logistic, _EVERYWHERE), 1.0 / (1.0 + np.exp(-_EVERYWHERE))) <= 5


def test_power_everywhere_and_at_its_edges():
    x, y = (v.ravel() for v in np.meshgrid(_EDGES, _EDGES))
    x = np.concatenate([x, np.abs(_NEAR), _SIZES, _SIZES])
    y = np.concatenate([y, _WIDE / 50.0, _NEAR / 3.0, np.round(_NEAR)])
    with np.errstate(all="ignore"):
        assert units_off(run(vector_math.power, x, y), np.power(x, y)) <= 4


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_larger_and_smaller_pass_on_what_is_not_a_number(name: str):
    x, y = (v.ravel() for v in np.meshgrid(_EDGES, _EDGES))
    assert units_off(run(getattr(vector_math, name), x, y), getattr(np, name)(x, y)) == 0
