"""Every rival on the clinic's rows: `python -m resynapse.calibrate.stages.clinic.rivals [NAME ...] [--again]`.

Those on file whose rows, priors and method are today's are left alone; with `--again` they are run anew.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

from .....core.solver import keep_compiled_code
from ....posterior import calibration, calibrations, keep
from .rival import calibrated, known, rival
from .today import fits_today


def main(words: list[str]) -> None:
    """Run what is asked for, one after the other, each stored as soon as it is there."""
    again, asked = "--again" in words, [w for w in words if not w.startswith("--")] or list(known())
    for place, name in enumerate(asked, 1):
        who = rival(name)
        tell = partial(_tell, f"{place}/{len(asked)} {name}")
        if not again and who.run in calibrations() and fits_today(calibration(who.run)):
            tell("on file")
            continue
        found = calibrated(who, tell=tell)
        keep(found)
        tell(f"stored ({found.digest}), {_words(found.record.more)}")


def _words(more: Mapping[str, Any]) -> str:
    right, bridge = more["settled"], more["bridge"]
    return (
        f"{more['cpu_seconds']} CPU s, Pareto k {right['pareto_k']}, {right['effective_draws']} effective draws, "
        f"worst R-hat {bridge['worst_rhat_of_groups']}"
    )


def _tell(where: str, words: str) -> None:
    print(f"{where}: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    keep_compiled_code()
    main(sys.argv[1:])
