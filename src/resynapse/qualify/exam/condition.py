"""Draws every explanation anew from its posterior: `python -m resynapse.qualify.exam.condition [NAME ...]`.

It takes about a minute of one processor for each explanation, and writes `posterior.npz` and `posterior.json`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from ...calibrate.questions.question import questions
from ...calibrate.questions.sitting import Candidate
from ...core.errors import RequestError, nearest
from ...core.solver import keep_compiled_code
from .blending import open_blend
from .exam import named
from .posterior import conditioned
from .recorded import FOLDER, keep
from .tempering import Plan

SEED = 1


def candidates(names: Sequence[str]) -> tuple[Candidate, ...]:
    """Explanations by name, all of them and the open blend when none is named.

    **Raises:** `RequestError` with the nearest name for one that is not on file.
    """
    everybody = {c.name: c for c in (*named(None), open_blend())}
    for name in names:
        if name not in everybody:
            near = nearest(name, everybody)
            raise RequestError("no such explanation on file", given=name, allowed=tuple(everybody), nearest=near)
    return tuple(everybody[n] for n in dict.fromkeys(names or everybody))


def condition(names: Sequence[str], plan: Plan | None = None) -> None:
    """Condition explanations on the seen build observations, each kept as soon as it is done."""
    for who in candidates(names):
        clock = time.perf_counter()
        found = conditioned(who, questions(), SEED, plan, _tell)
        keep(who, found, questions(), SEED, FOLDER)
        state = "converged" if found.converged else "NOT converged"
        _tell(f"{who.name}: {state} after {time.perf_counter() - clock:.0f} s, ratio {found.disagreement:.2f}")


def _tell(word: str) -> None:
    print(word, file=sys.stderr, flush=True)


if __name__ == "__main__":
    keep_compiled_code()
    condition(sys.argv[1:])
