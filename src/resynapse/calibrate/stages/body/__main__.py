"""Run the body's calibration and store it: `python -m resynapse.calibrate.stages.body [FIGURE.png]`."""

from __future__ import annotations

import sys
from pathlib import Path

from ....report.picture import saved
from ...posterior import keep
from .fit import fit
from .picture import picture


def main() -> None:
    """Fit, store, and say what was learned and what was not."""
    found = fit(tell=lambda words: print(words, file=sys.stderr, flush=True))
    posterior, record = found.posterior, found.posterior.record
    print(f"stored in {keep(posterior)} ({posterior.digest}); converged: {record.converged}")
    for address, mean in posterior.means.items():
        print(f"{address:30s} {mean:10.4g} +- {posterior.sds[address]:.3g}   before: {record.priors[address]}")
    print("not identified:", ", ".join(record.not_identified) or "nothing")
    print("strained:", record.more["strained"], "worst:", record.more["worst"], "divergences:", record.divergences)
    print("study effects (log, mean and SD):", record.more["study_effects"])
    for file in sys.argv[1:2]:
        print("drawn:", saved(picture(posterior), Path(file)))


if __name__ == "__main__":
    main()
