"""Every question is asked once a process, with few draws and people."""

from __future__ import annotations

from functools import cache

import pytest

from resynapse.qualify.answering.terms import Terms
from resynapse.qualify.weighing.questions import QUESTIONS

FEW = Terms(draws=24, seed=3, people=20)


@cache
def _weighed(key: str):
    return QUESTIONS[key].answer(FEW)


@pytest.fixture(scope="session")
def weighed():
    """The answer to a question with few draws."""
    return _weighed
