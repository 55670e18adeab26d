"""Pools from subunits: what half blocks a mixture of NMDA receptors that hold GluN2A, B, C or D."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from scipy.optimize import brentq

from ..compound.fact import Fact, read_facts
from ..core.source import source

SUBUNITS = ("glun2a", "glun2b", "glun2c", "glun2d")


@dataclass(frozen=True)
class Composition:
    """What is on file of subunits.

    **Arguments:** `half` is the racemic ketamine (umol/L) that half blocks a receptor with each subunit, with
    magnesium about; `pools` gives the share of each subunit in each pool.
    """

    half: Mapping[str, Fact]
    pools: Mapping[str, Mapping[str, Fact]]

    def blocked(self, pool: str, c: float) -> float:
        r"""The share of a pool that is blocked at a concentration (umol/L): $\sum_k f_k c / (c + K_k)$."""
        shares = {name: fact.value for name, fact in self.pools[pool].items()}
        return sum(share * c / (c + self.half[name].value) for name, share in shares.items()) / sum(shares.values())

    def half_blocking(self, pool: str) -> float:
        """The concentration (umol/L) that blocks half of a pool, exactly."""
        values = [fact.value for fact in self.half.values()]
        return float(brentq(lambda c: self.blocked(pool, c) - 0.5, min(values) / 2.0, 2.0 * max(values), xtol=1e-12))

    def mixture(self, c: float) -> float:
        """The share of interneuron and pyramidal receptors, half and half, that is blocked (umol/L)."""
        return 0.5 * (self.blocked("interneuron", c) + self.blocked("pyramidal", c))


@cache
def composition() -> Composition:
    """The composition on file (`receptor/composition.toml`)."""
    raw = tomllib.loads((files(__package__) / "composition.toml").read_text(encoding="utf-8"))
    half = read_facts(raw["half"], "composition.toml: half")
    pools = {name: read_facts(tables, f"composition.toml: {name}") for name, tables in raw["pool"].items()}
    for fact in [*half.values(), *(f for shares in pools.values() for f in shares.values())]:
        source(fact.source)
    return Composition(half, pools)
