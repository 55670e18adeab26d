"""Stored answers, computed anew: `python -m resynapse.qualify.ledger.refresh [C01 ...]`, or those that are outdated."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ...core.solver import keep_compiled_code
from ..answering.terms import Terms
from ..answers import WAYS, answer
from ..claims import claim
from .stored import RUNS, store, stored

Tell = Callable[[str], None]


def refreshed(ids: Sequence[str], terms: Terms | None = None, folder: Path = RUNS, tell: Tell = print) -> list[Path]:
    """Ask these claims again and keep the answers.

    **Raises:** `RequestError` as `answer`.
    """
    keep_compiled_code()
    written = []
    for id in ids:
        begun = time.monotonic()
        written.append(store(answer(id, terms), folder))
        tell(f"{id}: {time.monotonic() - begun:.0f} s")
    return written


def outdated(folder: Path = RUNS) -> tuple[str, ...]:
    """Claims whose stored answer is missing or hangs on what has changed."""
    kept = {id: stored(id, folder) for id in sorted(WAYS)}
    return tuple(id for id, one in kept.items() if one is None or one.stale)


def main() -> None:
    """Refresh the claims that are named, or those that are outdated."""
    named = tuple(claim(word).id for word in sys.argv[1:])
    ids = named or outdated()
    refreshed(ids)
    print(f"{len(ids)} answers computed")


if __name__ == "__main__":
    main()
