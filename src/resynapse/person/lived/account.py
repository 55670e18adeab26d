"""What came of many lives: resistance and remission by step, two quantities that are not one rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .judgement import believed
from .lives import START, Lives, outcome_of
from .together import Estimate, Together, share, together

WHO = {
    "load": "mean load of life",
    "rho": "rumination",
    "sensitivity": "sensitivity to monoamines",
    "movable_share": "movable share of the score",
    "nonspecific": "own nonspecific improvement",
    "qids_baseline": "QIDS at the start",
    "age": "age",
}


@dataclass(frozen=True)
class Account:
    """What came of some lives.

    **Arguments:** `starters` is how many started; `remission` and `response` are shares of those who entered each step,
    `entered` shares of the starters; `resistant` is the share of starters whom two adequate courses failed,
    `failed_any` whom two courses failed, adequate or not; `first_response` is the response to a first adequate course;
    `adequate` shares of adequate courses; `failures` how failing goes together, `through_chain` how it would if
    nonspecific improvement were no trait of the person; `who` compares resistant people with
    the others: mean of each, and their difference over the common SD.
    """

    starters: int
    remission: tuple[Estimate, ...]
    response: tuple[Estimate, ...]
    entered: tuple[float, ...]
    resistant: Estimate
    failed_any: Estimate
    first_response: Estimate
    adequate: tuple[float, ...]
    failures: Together
    through_chain: Together
    who: Mapping[str, tuple[float, float, float]]

    @property
    def record(self) -> dict[str, Any]:
        """Everything as plain data."""
        return asdict(self)


def account(lives: Lives, seed: int) -> Account:
    """What came of these lives.

    The correlation is taken over everybody with two adequate courses, also those whom the first had helped: in a
    model it is known what a second course would have done.

    **Raises:** `RequestError` when so few lived that nothing can be correlated.
    """
    steps = range(lives.entered.shape[1])
    both = lives.adequate[:, 0] & lives.adequate[:, 1]
    course = (lives.relative, lives.left, lives.covariates[START])
    strangers = outcome_of(believed().strangers, lives.numbers, seed, course).responded
    return Account(
        len(lives.numbers),
        tuple(share(lives.remitted[lives.entered[:, k], k]) for k in steps),
        tuple(share(lives.responded[lives.entered[:, k], k]) for k in steps),
        tuple(float(v) for v in lives.entered.mean(axis=0)),
        share(lives.resistant),
        share(np.asarray((lives.entered & ~lives.responded).sum(axis=1) >= 2)),
        share(lives.responded[lives.adequate[:, 0], 0]),
        tuple(float(v) for v in lives.adequate.mean(axis=0)),
        together(~lives.responded[both, 0], ~lives.responded[both, 1]),
        together(~strangers[both, 0], ~strangers[both, 1]),
        {name: _apart(lives, name) for name in WHO if name in lives.covariates},
    )


def _apart(lives: Lives, name: str) -> tuple[float, float, float]:
    """Means of the resistant and of the others, and their difference over the SD of all."""
    values, who = lives.covariates[name], lives.resistant
    means = [float(values[flags].mean()) if flags.any() else float("nan") for flags in (who, ~who)]
    return means[0], means[1], float((means[0] - means[1]) / values.std())
