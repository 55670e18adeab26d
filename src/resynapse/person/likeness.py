"""Making people of one population stand for another: targets from what was measured of the other one."""

from __future__ import annotations

from collections.abc import Iterator

from .covariate import Covariate
from .law import LevelsLaw, LognormalLaw, NormalLaw
from .population import Population
from .target import Moments, Share, Target


def measured_targets(of: Population) -> tuple[Target, ...]:
    """What was measured of a population as targets for weights: means with SDs, and shares.

    Assumptions are left out, and laws that hang on another covariate: they would be matched as if somebody had seen
    them.
    """
    known = of.specification.covariate.items()
    return tuple(t for name, c in known if c.origin != "assumed_here" for t in _targets(name, c))


def _targets(name: str, covariate: Covariate) -> Iterator[Target]:
    law = covariate.law
    if isinstance(law, NormalLaw | LognormalLaw):
        yield Moments(name, law.mean, law.sd)
    elif isinstance(law, LevelsLaw):
        values = law.values or range(len(law.shares))
        shares = list(zip(values, law.shares, covariate.levels, strict=True))
        yield from (Share(name, float(value), share, word) for value, share, word in shares[:-1])
