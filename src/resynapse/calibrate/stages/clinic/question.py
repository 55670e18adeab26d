"""What a chain is asked in this stage: which of its values are fitted, on whom, under which regimens."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ....core.chain import Chain
from ...inference.emulator import design
from ...inference.prior import Law, values_at
from ...posterior import Posterior
from .arms import Evidence
from .latent import Followed, despair
from .laws import laws
from .nodes import Nodes, chosen, features, first
from .screening import Follow, chained, doubted, effects, picked
from .surrogate import Asked, relief

Floats = NDArray[np.float64]
MakeChain = Callable[[], Chain]
_MANY, _DRAWS, _FEW = 1024, 6, 32


def followed(told: Evidence, who: Mapping[str, Nodes]) -> tuple[Followed, ...]:
    """Every regimen with its people and hours."""
    return tuple(
        Followed(name, given, who[told.given_to[name]], tuple(24.0 * d for d in told.days(name)))
        for name, given in told.regimens.items()
    )


def screened(chain: Chain, told: Evidence, every: Mapping[str, Law], count: int, seed: int) -> dict[str, float]:
    """The values of this chain that move the arms' means most, with the size of what each adds to those before."""
    known = {a: law for a, law in every.items() if a not in laws().held}
    return picked(effects(group_means(chain, told, _FEW), known, chain, seed), count)


def group_means(chain: Chain, told: Evidence, count: int) -> Follow:
    """What gives the mean relief of the first people under every regimen and look (draws x outputs)."""
    asked = followed(told, {name: first(of, count) for name, of in told.populations.items()})
    worst = float(chain.parameters["scale.worst"])

    def means(drawn: Mapping[str, Floats]) -> Floats:
        found = [relief(1.0 - v, worst) for v in despair(chain, asked, drawn, {}).values()]
        return np.concatenate([(r[..., 1:] - r[..., :1]).mean(axis=1) for r in found], axis=1)

    return means


def people(
    chain: Chain, told: Evidence, known: tuple[Mapping[str, Law], Mapping[str, Law]], count: int
) -> dict[str, Nodes]:
    """Few people of every population whose means are those of many, at some draws of the prior."""
    values, spreads = known
    z = design(len(values) + len(spreads), _DRAWS, 1)
    drawn, differ = values_at(values, z[:, : len(values)], chain), values_at(spreads, z[:, len(values) :])
    found = {}
    for name, of in told.populations.items():
        everybody = first(of, _MANY)
        asked = tuple(
            f for f in followed(told, dict.fromkeys(told.populations, everybody)) if told.given_to[f.name] == name
        )
        worst = float(chain.parameters["scale.worst"])
        seen = [relief(1.0 - v, worst) for v in despair(chain, asked, drawn, differ).values()]
        found[name] = chosen(of, features(seen), count)
    return found


def asked(
    chain: Chain, told: Evidence, size: tuple[int, int], seed: int, before: Posterior | None = None
) -> tuple[Asked, dict[str, float]]:
    """The question put to a chain, and the sizes by which its values were picked.

    **Arguments:** `size` is how many values are fitted, on how many people; `before` is an earlier stage, whose
    posterior is what is thought before this one.
    """
    values, nodes = size
    every, open_spreads = chained(doubted(chain), before), laws().spreads
    sizes = screened(chain, told, every, values, seed)
    known = {a: every[a] for a in sizes}
    spreads = {a: law for a, law in open_spreads.items() if a in chain.declared}
    who = people(chain, told, (known, spreads), nodes)
    worst = float(chain.parameters["scale.worst"])
    return Asked(chain, followed(told, who), known, spreads, worst), sizes
