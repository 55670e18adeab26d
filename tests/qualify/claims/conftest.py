"""Answers are asked for once a process, with few draws, and every one is looked at in the same way."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import pytest

from resynapse.evidence import library
from resynapse.qualify.answering.terms import Terms
from resynapse.qualify.answers import TRIALS, WAYS, WEIGHED, answer

WITHOUT_ROWS = ("C20", "C33", "C46", "C47", "C53")
FEW = {"C38": 60}
A_BANK = {TRIALS: 200, WEIGHED: 24}


@cache
def _asked(id: str):
    words, room = WAYS[id].words, WAYS[id].room
    people = FEW.get(id, A_BANK.get(room))
    return answer(id, Terms(24 if "draws" in words else None, 3, people))


@pytest.fixture(scope="session")
def asked():
    """The answer to a claim with few draws."""
    return _asked


@pytest.fixture(scope="session")
def whole():
    """Looks at what every answer must have: sentences, doubt, finite numbers, joined evidence, a figure."""

    def look(id: str) -> None:
        found = _asked(id)
        _told(found)
        _joined(found, id)
        _drawn(found, id)

    return look


def _told(found) -> None:
    assert len(found.sentences) == 3
    assert all(s.endswith(".") and "nan" not in s for s in found.sentences)
    assert "seed 3" in found.uncertainty
    numbers = _numbers(json.loads(json.dumps(found.record, allow_nan=False)))
    assert len(numbers) > 3
    assert all(map(math.isfinite, numbers))
    assert found.verdict.startswith("answered")
    assert "not medical advice" in found.text


def _joined(found, id: str) -> None:
    known = {(o.study.name, o.row, o.quantity, o.value, o.direction, o.mark) for o in library()}
    observed = found.record["observed"]
    assert bool(observed) != (id in WITHOUT_ROWS)
    for o in observed:
        assert (o["study"], o["row"], o["quantity"], o["value"], o["direction"], o["mark"]) in known


def _drawn(found, id: str) -> None:
    figure = found.draw()
    words = " ".join(" ".join(t.get_text() for t in figure.texts).split())
    assert id in words
    assert "Not medical advice" in words
    assert all(axis.get_xlabel() for axis in figure.axes)


def _numbers(record: Any) -> list[float]:
    if isinstance(record, dict):
        return [n for name, v in record.items() if name != "observed" for n in _numbers(v)]
    if isinstance(record, list):
        return [n for v in record for n in _numbers(v)]
    return [float(record)] if isinstance(record, int | float) else []
