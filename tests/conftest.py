"""What all tests share: compiled code is kept, long files come first, a process does not run out of memory maps.

Every compiled function takes some maps; Linux ends a process that has too many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

MAPS = Path("/proc/self/maps")
MANY = 30_000  # Linux allows 65,530 a process, and ends it with an abort beyond


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, then those with many: nobody begins a long file when the others are done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    many = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -many[item.path]))


@pytest.fixture(autouse=True, scope="session")
def _compiled_once(pytestconfig: pytest.Config) -> None:
    """What the other worker compiled, or an earlier run, or this one before maps were freed, is read and not made anew.

    It is found by the hash of the program, so that changed code is compiled again. `make clean` takes it away.
    """
    kept = getattr(pytestconfig, "cache", None)
    if kept is None:
        return
    import jax

    jax.config.update("jax_compilation_cache_dir", str(kept.mkdir("compiled")))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.jit(lambda x: x + 1)(0.0)  # whoever compiles first decides on the folder


@pytest.fixture(autouse=True, scope="module")
def _few_maps() -> Iterator[None]:
    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > MANY:
        import jax

        jax.clear_caches()
