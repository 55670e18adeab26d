"""The numbers that the project is judged by stay where they are until somebody says that they move."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def baseline():
    """The tool that writes the file."""
    spec = importlib.util.spec_from_file_location("baseline", ROOT / "tools" / "baseline.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["baseline"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["baseline"]


def test_headline_numbers_are_those_on_file(baseline):
    found, told = baseline.computed(), tomllib.loads(baseline.FILE.read_text("utf-8"))
    moved = {
        name: (entry["value"], found[name])
        for name, entry in told.items()
        if abs(found[name] - entry["value"]) > entry["tolerance"]
    }
    assert not moved, f"{moved}; if this is meant: `make baseline`, and review the difference"


def test_the_file_is_what_the_tool_writes(baseline):
    told = tomllib.loads(baseline.FILE.read_text("utf-8"))
    assert list(told) == list(baseline.HEADLINES)
    assert baseline.written(baseline.held()) == baseline.FILE.read_text("utf-8")
