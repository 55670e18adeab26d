"""Whether a run on file is of today's rows and laws."""

from __future__ import annotations

from ....posterior import PLACEBO, Posterior
from ..arms import evidence
from ..laws import laws
from ..recording import rows_told


def fits_today(found: Posterior) -> bool:
    """Whether the rows that a run saw, and what was thought before of the measured score, are still those on file."""
    score = {name if "." in name else f"{PLACEBO}{name}": law.told for name, law in laws().score.items()}
    priors = found.record.priors
    told = {a: words for a, words in priors.items() if a.startswith(PLACEBO) or "scale." in a}
    return found.record.data == rows_told(evidence()) and told == score
