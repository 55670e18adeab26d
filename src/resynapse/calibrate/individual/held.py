"""What holds for a person between two turns: covariates set parameters, and what acts beside the drug moves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from ...body.modifier import factors
from ...core.chain import Chain
from ...core.turn import Change, Turn
from ...dose import Person
from ...timeline import own_values

_SHARE = (0.0, 1.0)


class Held(eqx.Module):
    r"""What makes a person's parameters at one time out of those that the person has otherwise.

    A factor f multiplies the person's own value. A share x moves by its odds, $x' = r x / (1 - x + r x)$, with r such
    that the typical share is multiplied by f: nobody's share exceeds 1, and x' spreads on the logit scale as x does.

    **Arguments:** all by dotted address: `values` are covariates, `factors` act on values, `odds` (r) on shares.
    """

    values: dict[str, Array]
    factors: dict[str, Array]
    odds: dict[str, Array]

    def on(self, chain: Chain) -> Chain:
        """The chain of a person to whom this happens; random effects that the chain holds keep acting."""
        chain = chain.with_values(self.values)
        now = chain.parameters
        times = {a: now[a] * f for a, f in self.factors.items()}
        shares = {a: r * now[a] / (1.0 - now[a] + r * now[a]) for a, r in self.odds.items()}
        return chain.with_values({**times, **shares})


def held(chain: Chain, person: Person, turns: Sequence[Turn]) -> tuple[Held, ...]:
    """What holds at first, and after each of the person's turns.

    **Raises:** `RequestError` for a modifier that is unknown or that this body cannot be given; `ParameterError` when
    a typical value leaves its declared range.
    """
    now, moved = replace(person, events=()), iter(sorted(person.changes, key=lambda c: (c.time_h, c.row or 0)))
    found = [_held(chain, now)]
    for turn in turns:
        if isinstance(turn, Change):
            change = next(moved)
            now = replace(now, covariates={**now.covariates, **change.covariates}, modifiers=change.modifiers)
        found.append(_held(chain, now) if isinstance(turn, Change) else found[-1])
    return tuple(found)


def _held(chain: Chain, person: Person) -> Held:
    """What holds for a person who stays like this, preparations apart."""
    chain.with_values(own_values(chain, person))
    values = own_values(chain, replace(person, modifiers=()))
    acting = factors(chain, person.modifiers)
    odds = {a: _odds(float(chain.parameters[a]), f) for a, f in acting.items() if _is_share(chain, a, f)}
    times = {a: f for a, f in acting.items() if a not in odds}
    return Held(*({a: jnp.asarray(v) for a, v in words.items()} for words in (values, times, odds)))


def _is_share(chain: Chain, address: str, factor: float) -> bool:
    """Whether a parameter is a share that neither is nor becomes nothing or the whole."""
    typical = float(chain.parameters[address])
    return chain.declared[address].range == _SHARE and 0.0 < typical < 1.0 and 0.0 < typical * factor < 1.0


def _odds(typical: float, factor: float) -> float:
    r"""The ratio of odds that multiplies the typical share by a factor."""
    moved = typical * factor
    return moved * (1.0 - typical) / ((1.0 - moved) * typical)
