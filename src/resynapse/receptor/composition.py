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
    magnesium about, and `bare` without any; `pools` gives the share of each subunit in each pool.

    `relief` is how far depolarisation has driven magnesium out, 0 (all there) to 1 (none): half-blocking
    concentrations move between the two by equal ratios, which is assumed.
    """

    half: Mapping[str, Fact]
    bare: Mapping[str, Fact]
    pools: Mapping[str, Mapping[str, Fact]]

    def blocked(self, pool: str, c: float, relief: float = 0.0) -> float:
        r"""The share of a pool that is blocked at a concentration (umol/L): $\sum_k f_k c / (c + K_k)$."""
        shares = {name: fact.value for name, fact in self.pools[pool].items()}
        held = {name: c / (c + self.half_of(name, relief)) for name in shares}
        return sum(share * held[name] for name, share in shares.items()) / sum(shares.values())

    def half_of(self, subunit: str, relief: float = 0.0) -> float:
        r"""What half blocks receptors with one subunit (umol/L): $K_{Mg}^{1-r} K_0^{r}$."""
        return float(self.half[subunit].value ** (1.0 - relief) * self.bare[subunit].value ** relief)

    def half_blocking(self, pool: str, relief: float = 0.0) -> float:
        """The concentration (umol/L) that blocks half of a pool, exactly."""
        values = [self.half_of(name, relief) for name in SUBUNITS]
        return float(brentq(lambda c: self.blocked(pool, c, relief) - 0.5, min(values) / 2.0, 2.0 * max(values)))

    def relief_needed(self, pool: str, k: float) -> float | None:
        """How far magnesium has to be driven out for a pool to be half blocked at `k` (umol/L); None if never."""
        if not self.half_blocking(pool, 1.0) <= k <= self.half_blocking(pool, 0.0):
            return None
        return float(brentq(lambda r: self.half_blocking(pool, r) - k, 0.0, 1.0))

    def mixture(self, c: float, relief: Mapping[str, float] | None = None) -> float:
        """The share of interneuron and pyramidal receptors, half and half, that is blocked (umol/L)."""
        driven = relief or {}
        return 0.5 * sum(self.blocked(pool, c, driven.get(pool, 0.0)) for pool in ("interneuron", "pyramidal"))


@cache
def composition() -> Composition:
    """The composition on file (`receptor/composition.toml`)."""
    raw = tomllib.loads((files(__package__) / "composition.toml").read_text(encoding="utf-8"))
    half, bare = (read_facts(raw[kind], f"composition.toml: {kind}") for kind in ("half", "bare"))
    pools = {name: read_facts(tables, f"composition.toml: {name}") for name, tables in raw["pool"].items()}
    for fact in [*half.values(), *bare.values(), *(f for shares in pools.values() for f in shares.values())]:
        source(fact.source)
    return Composition(half, bare, pools)
