"""What a chain is asked in this stage: which of its values are fitted, on whom, under which regimens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....core.chain import Chain
from ...inference.emulator import design
from ...inference.prior import Law, values_at
from .arms import Evidence
from .latent import Followed, despair
from .laws import laws
from .nodes import Nodes, chosen, features, first
from .screening import doubted, effects, picked
from .surrogate import Asked, relief

Floats = NDArray[np.float64]
MakeChain = Callable[[], Chain]
_MANY, _DRAWS = 1024, 6


@dataclass(frozen=True)
class Few:
    """How values are screened: on so many people of each population, at so many points of the prior.

    **Arguments:** `chosen` are values that an explanation has set itself: they are not drawn.
    """

    people: int = 32
    bases: int = 4
    chosen: tuple[str, ...] = ()


def followed(told: Evidence, who: Mapping[str, Nodes]) -> tuple[Followed, ...]:
    """Every regimen with its people and hours."""
    return tuple(
        Followed(name, given, who[told.given_to[name]], tuple(24.0 * d for d in told.days(name)))
        for name, given in told.regimens.items()
    )


def screened(chain: Chain, told: Evidence, count: int, seed: int, few: Few | None = None) -> dict[str, float]:
    """The values of this chain that move the arms' means most, with the size of what each adds to those before.

    **Arguments:** `few` says on how many people and where, and what is not drawn.
    """
    how = few or Few()
    asked = followed(told, {name: first(of, how.people) for name, of in told.populations.items()})
    worst = float(chain.parameters["scale.worst"])

    def means(drawn: Mapping[str, Floats]) -> Floats:
        found = [relief(1.0 - v, worst) for v in despair(chain, asked, drawn, {}).values()]
        return np.concatenate([(r[..., 1:] - r[..., :1]).mean(axis=1) for r in found], axis=1)

    known = {a: law for a, law in doubted(chain).items() if a not in {*laws().held, *how.chosen}}
    return picked(effects(means, known, chain, seed, how.bases), count)


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


def asked(chain: Chain, told: Evidence, values: int, nodes: int, seed: int) -> tuple[Asked, dict[str, float]]:
    """The question put to a chain, and the sizes by which its values were picked."""
    sizes = screened(chain, told, values, seed)
    every, open_spreads = doubted(chain), laws().spreads
    known = {a: every[a] for a in sizes}
    spreads = {a: law for a, law in open_spreads.items() if a in chain.declared}
    who = people(chain, told, (known, spreads), nodes)
    worst = float(chain.parameters["scale.worst"])
    return Asked(chain, followed(told, who), known, spreads, worst), sizes
