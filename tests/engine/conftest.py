"""Invented tasks lie where spawned workers find them; runs are small."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TASKS = Path(__file__).parent / "tasks"
sys.path.insert(0, str(TASKS))


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 120 invented people in five shards."""
    from invented import Invented

    from resynapse.engine import Serial, Work, run

    folder = tmp_path_factory.mktemp("engine") / "whole"
    run(Work(Invented(), 120, 24, {"people": (), "visits": ("time_h",)}), folder, Serial())
    return folder
