"""What all tests share: a process does not run out of memory maps, of which every compiled function takes some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

MAPS = Path("/proc/self/maps")
MANY = 30_000  # Linux allows 65,530 a process, and ends it with an abort beyond


@pytest.fixture(autouse=True, scope="module")
def _few_maps() -> Iterator[None]:
    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > MANY:
        import jax

        jax.clear_caches()
