"""Endpoints of a course: response, remission, relapse, by rules that are data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ..compound.fact import Fact, read_facts
from ..core.source import source

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """When a score counts as response, remission and relapse.

    **Arguments:** `port` is the score, higher being worse; `response` is the share of the first value by which it must
    have fallen; `remission` the highest score in remission; `relapse` the lowest score in relapse, which must be there
    at every visit until the first one that is at least `confirmed_after` days later, and at that one.
    """

    port: str
    response: float
    remission: float
    relapse: float
    confirmed_after: float

    def responds(self, scores: Floats) -> Flags:
        """At which visits (people x visits) somebody is in response; the first visit is the baseline."""
        return scores <= (1.0 - self.response) * scores[:, :1]

    def remits(self, scores: Floats) -> Flags:
        """At which visits somebody is in remission."""
        return scores <= self.remission

    def relapses(self, scores: Floats, times: Floats) -> Flags:
        """At which visits somebody has a score of relapse that lasts until a later visit confirms it.

        **Assumes:** the last visits, which nothing can confirm, are none.
        """
        ill = scores >= self.relapse
        later = np.searchsorted(times, times + 24.0 * self.confirmed_after - 1e-9)
        lasting = np.zeros_like(ill)
        for first, last in enumerate(later[later < len(times)]):
            lasting[:, first] = ill[:, first : last + 1].all(axis=1)
        return lasting

    def endpoints(self, scores: Floats, times: Floats) -> dict[str, NDArray[np.generic]]:
        """What became of each person (scores are people x visits at `times`, in h), by the name of the endpoint.

        `responded`, `remitted`: at some visit. `response_h`: the first such visit, NaN without one. `relapsed`: a
        visit after the first response at which the rule of relapse holds. `relapse_after_h`: hours from response to
        relapse, or, for who has not relapsed, to the last visit, where they are censored; NaN without response.
        `change`: last visit less first; `best_change`: the largest fall.
        """
        response, ill = self.responds(scores), self.relapses(scores, times)
        first = _first(response, times)
        since = ill & (times > first[:, None])
        relapse = _first(since, times)
        relapsed = np.isfinite(relapse)
        fallen = scores - scores[:, :1]
        return {
            "change": fallen[:, -1],
            "best_change": fallen.min(axis=1),
            "responded": response.any(axis=1),
            "remitted": self.remits(scores).any(axis=1),
            "response_h": first,
            "relapsed": relapsed,
            "relapse_after_h": np.where(relapsed, relapse, times[-1]) - first,
        }


@cache
def rules() -> Mapping[str, Rule]:
    """The rules on file, by port."""
    return {port: Rule(port, **{k: fact.value for k, fact in facts.items()}) for port, facts in rule_facts().items()}


@cache
def rule_facts() -> Mapping[str, Mapping[str, Fact]]:
    """The numbers of the rules with their provenance, by port."""
    raw = tomllib.loads((files(__package__) / "endpoints.toml").read_text(encoding="utf-8"))
    found = {port: read_facts(tables, f"endpoints.toml: [{port}]") for port, tables in raw.items()}
    for fact in (fact for facts in found.values() for fact in facts.values()):
        source(fact.source)
    return found


def _first(flags: Flags, times: Floats) -> Floats:
    """The time of the first visit with a flag; NaN where there is none."""
    return np.where(flags.any(axis=1), times[flags.argmax(axis=1)], np.nan)
