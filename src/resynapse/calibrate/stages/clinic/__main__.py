"""Run the stage and store it: `python -m resynapse.calibrate.stages.clinic [PAGE.md FIGURE.png]`."""

from __future__ import annotations

import sys
from os.path import relpath
from pathlib import Path

from ....chains import prior_chain
from ....report.picture import saved
from ...posterior import calibration, keep
from .page import page
from .picture import picture
from .stage import Size, fitted

NAME, BEFORE = "clinic", "mechanism"


def main() -> None:
    """Fit, store, and say what was learned; with files, write the page's generated part and its figure."""
    found = fitted(prior_chain(), NAME, Size(), tell=_tell, before=calibration(BEFORE))
    posterior = found.posterior
    print(f"stored in {keep(posterior)} ({posterior.digest}); converged: {posterior.record.converged}")
    files = [Path(name) for name in sys.argv[1:3]]
    if len(files) == 2:
        print("drawn:", saved(picture(posterior), files[1]))
    text = page(posterior, Path(relpath(files[1], files[0].parent)).as_posix() if len(files) == 2 else "")
    print(text)
    for file in files[:1]:
        file.write_text(text, encoding="utf-8")


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
