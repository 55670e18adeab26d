"""Which people of a population a trial lets in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .course import Eligibility

Floats = NDArray[np.float64]


def let_in(rules: Eligibility, people: Mapping[str, Floats]) -> dict[str, NDArray[np.bool_]]:
    """Who passes each rule that can be asked of these covariates, by rule.

    A rule on what the population does not have (another scale than MADRS, suicidal ideation, failures that are still
    to be lived) is not in the answer: it cannot be asked here.
    """
    asked: dict[str, NDArray[np.bool_]] = {}
    if rules.age and "age" in people:
        asked["age"] = (people["age"] >= rules.age[0]) & (people["age"] < rules.age[1] + 1.0)
    if rules.madrs_at_least is not None and "madrs_baseline" in people:
        asked["madrs_at_least"] = people["madrs_baseline"] >= rules.madrs_at_least
    failures = people.get("prior_failures") if rules.failures == "drawn" else None
    if rules.prior_failures_at_least is not None and failures is not None:
        asked["prior_failures_at_least"] = failures >= rules.prior_failures_at_least
    if rules.prior_failures_at_most is not None and failures is not None:
        asked["prior_failures_at_most"] = failures <= rules.prior_failures_at_most
    return asked


def eligible(rules: Eligibility, people: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Who passes every rule that can be asked of these covariates."""
    n = len(next(iter(people.values())))
    return np.all([np.ones(n, bool), *let_in(rules, people).values()], axis=0)
