"""The numbers that the project is judged by stay where they are until somebody says that they move."""

from __future__ import annotations

import tomllib

import pytest
from tools import baseline

pytestmark = pytest.mark.slow


def test_headline_numbers_are_those_on_file():
    found, told = baseline.computed(), tomllib.loads(baseline.FILE.read_text("utf-8"))
    moved = {
        name: (entry["value"], found[name])
        for name, entry in told.items()
        if abs(found[name] - entry["value"]) > entry["tolerance"]
    }
    assert not moved, f"{moved}; if this is meant: `make baseline`, and review the difference"


def test_the_file_is_what_the_tool_writes():
    told = tomllib.loads(baseline.FILE.read_text("utf-8"))
    assert list(told) == list(baseline.HEADLINES)
    assert baseline.written(baseline.held()) == baseline.FILE.read_text("utf-8")
