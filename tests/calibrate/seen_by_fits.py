"""What every fit of `calibrate` sees, as one hash a function: run on a copy of the package, it tells what moved.

A module of a fit offers its evidence by a function without arguments called `evidence`, `wanted` or `curve`. Misfits
and likelihoods are asked at one trial value, and the quickest fit is fitted.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

DATA = ("evidence", "wanted", "curve")


def data_functions() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every function of `calibrate` that offers evidence."""
    import resynapse

    package = Path(resynapse.__file__).parent
    for path in sorted((package / "calibrate").rglob("*.py")):
        if not any(f"def {name}()" in path.read_text("utf-8") for name in DATA):
            continue
        module = import_module(".".join(path.relative_to(package.parent).with_suffix("").parts))
        yield from ((f"{module.__name__}.{n}", getattr(module, n)) for n in DATA if callable(getattr(module, n, None)))


def misfits() -> dict[str, Callable[[], Any]]:
    """Misfits and likelihoods at one trial value, by name."""
    from resynapse.calibrate import laboratory, placebo, rhinitis
    from resynapse.calibrate.questions.likelihood import asked_of
    from resynapse.calibrate.questions.question import questions

    middle = np.array([placebo.PRIOR[name][0] for name in placebo.FREE])
    return {
        "misfits and result of rhinitis": rhinitis.fit_rhinitis,
        "misfit of the laboratory": lambda: laboratory.misfits(np.array([[1.1, 0.9, 1.2, 0.8]])),
        "misfit of the placebo layer": lambda: placebo.misfit(middle, placebo.wanted()),
        "questions of the exam": lambda: [(q.id, q.seen) for q in asked_of(questions())],
    }


def kept_for_verification() -> list[Any]:
    """Everything of role `verify`: what has to move when it is poisoned."""
    from resynapse.evidence import library

    return [(o.row, o.value, o.low, o.high, o.direction) for o in library().verify]


def hashed(found: Any) -> str:
    """A hash of what a function returned, addresses in memory left out."""
    np.set_printoptions(threshold=sys.maxsize, precision=17)
    return hashlib.sha256(re.sub(r" at 0x[0-9a-f]+", "", repr(found)).encode()).hexdigest()[:16]


def main() -> None:
    """Print the hashes as JSON."""
    from resynapse.core.solver import keep_compiled_code

    keep_compiled_code()
    told = {name: hashed(function()) for name, function in data_functions()}
    told |= {name: hashed(function()) for name, function in misfits().items()}
    print(json.dumps({**told, "verify": hashed(kept_for_verification())}))


if __name__ == "__main__":
    main()
