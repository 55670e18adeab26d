"""Runs the stage and stores it: `python -m resynapse.calibrate.stages.mechanism`."""

from __future__ import annotations

import sys
import time

from ....core.solver import keep_compiled_code
from ...posterior import keep
from .fit import fitted_wiring
from .run import posterior


def main() -> None:
    """Fit, store under `calibrate/runs/mechanism`, and say how it went."""
    keep_compiled_code()
    clock = time.process_time()
    found = posterior(fitted_wiring(tell=_tell))
    where = keep(found)
    state = "converged" if found.record.converged else "NOT converged"
    _tell(f"{state}, digest {found.digest}, {time.process_time() - clock:.0f} s of processor time, {where}")


def _tell(word: str) -> None:
    print(word, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
