"""Where the usual grid is too coarse, a run is solved on a finer one instead of being refused."""

from __future__ import annotations

import json

import pytest

from resynapse import Simulate
from resynapse.core.solver import BUDGET

HARD = {"species": "mouse", "drug": "ketamine", "route": "ip", "dose": "30 mg/kg", "stress": "1", "days": 1.0}


@pytest.mark.slow
def test_a_mouse_given_much_at_once_is_solved_on_a_finer_grid() -> None:
    told: list[str] = []
    tree = Simulate(**HARD, ports=("lhb_output", "despair"), times=(0, 1, 24)).run(told.append)
    assert any("halved grid" in line for line in told)
    errors = json.loads(tree.attrs["numerical_error"])
    assert 0.0 < max(errors.values()) <= BUDGET
