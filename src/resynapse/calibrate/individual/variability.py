"""How people differ: from standard normal numbers to parameter values, by the spreads of a parameter set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...core.chain import Chain
from ...core.errors import ParameterError
from ...core.parameter import Entry, ParameterSet
from ...core.units import convert

Floats = NDArray[np.float64]
_SMALLEST_EIGENVALUE = -1e-9


class Variability(eqx.Module):
    r"""What differs between people, and how far: one random effect (eta) for every parameter that has a spread.

    $\eta = D\,C^{1/2} z$ with $z \sim N(0, I)$, D the standard deviations and C the correlations; the symmetric root
    exists also when two effects are one and the same. The value is $\theta e^{\eta}$ (lognormal),
    $\mathrm{logit}^{-1}(\mathrm{logit}\,\theta + \eta)$ (logitnormal) or $\theta + \eta$ (normal).

    **Arguments:** `addresses` are parameters such as `body.v1`; `kinds` the scale of each; `typical` their typical
    values; `omega` the covariance matrix of the etas.

    **Leaves out:** differences between occasions of one person; their variance is added to the one between people.
    """

    addresses: tuple[str, ...] = eqx.field(static=True)
    kinds: tuple[str, ...] = eqx.field(static=True)
    typical: Array
    omega: Array
    root: Array

    def __init__(self, addresses: Sequence[str], kinds: Sequence[str], typical: Floats, omega: Floats):
        self.addresses, self.kinds = tuple(addresses), tuple(kinds)
        self.typical = jnp.asarray(typical, dtype=jnp.float64)
        self.omega = jnp.asarray(omega, dtype=jnp.float64).reshape(len(self.addresses), len(self.addresses))
        self.root = jnp.asarray(_root(np.asarray(self.omega), self.addresses))

    @property
    def size(self) -> int:
        """Number of random effects."""
        return len(self.addresses)

    @property
    def sd(self) -> Floats:
        """Standard deviation of every eta between people."""
        return np.sqrt(np.diag(np.asarray(self.omega)))

    def eta(self, z: Array) -> Array:
        """The random effects that belong to standard normal numbers `z`."""
        return self.root @ z

    def values(self, z: Array) -> dict[str, Array]:
        """Parameter values by address for standard normal numbers `z`; zeros give the typical person."""
        return self.around(self.eta(z))

    def around(self, eta: Array) -> dict[str, Array]:
        """Parameter values by address for random effects `eta`."""
        effects = zip(self.addresses, self.kinds, self.typical, eta, strict=True)
        return {address: _value(kind, typical, e) for address, kind, typical, e in effects}

    def centred(self, chain: Chain) -> Variability:
        """The same spreads around the values of another chain."""
        typical = np.array([float(chain.parameters[a]) for a in self.addresses])
        return Variability(self.addresses, self.kinds, typical, np.asarray(self.omega))

    def only(self, addresses: Sequence[str]) -> Variability:
        """The same spreads, of some parameters only."""
        kept = [i for i, a in enumerate(self.addresses) if a in set(addresses)]
        block = np.asarray(self.omega)[np.ix_(kept, kept)]
        names, kinds = ([words[i] for i in kept] for words in (self.addresses, self.kinds))
        return Variability(names, kinds, np.asarray(self.typical)[kept], block)


@dataclass(frozen=True)
class _Effect:
    name: str
    kind: str
    sd: float


def variability(chain: Chain, slot: str = "body") -> Variability:
    """The spreads between people of one room's parameter set, around the chain's own typical values.

    **Raises:** `ParameterError` when the set has no spread, mixes scales, or its covariances contradict its variances.
    """
    (chosen, *_) = chain.stages[slot].provenance
    found = [_effect(chosen, name, chain.declared[f"{slot}.{name}"].unit) for name in _spreading(chosen)]
    if not found:
        raise ParameterError(
            "this set says nothing of differences between people",
            where=chosen.path.name,
            then="choose another theory (--body), or give its parameters a `spread`",
        )
    addresses = [f"{slot}.{e.name}" for e in found]
    typical = np.array([float(chain.parameters[a]) for a in addresses])
    return Variability(addresses, [e.kind for e in found], typical, _omega(chosen, found))


def _spreading(chosen: ParameterSet) -> list[str]:
    return [name for name, entry in chosen.entries.items() if entry.spread or entry.occasion]


def _effect(chosen: ParameterSet, name: str, unit: str) -> _Effect:
    entry = chosen.entries[name]
    given = [s for s in (entry.spread, entry.occasion) if s]
    kinds = {s.kind for s in given}
    if len(kinds) > 1:
        where = f"{chosen.path.name}: [{name}]"
        raise ParameterError("spread and occasion of one parameter need one scale", where=where, given=sorted(kinds))
    sd = float(np.sqrt(sum(s.omega**2 for s in given)))
    return _Effect(name, given[0].kind, sd * _scale(entry, given[0].kind, unit))


def _scale(entry: Entry, kind: str, unit: str) -> float:
    """A normal spread has the unit of its value; the other scales have none."""
    return convert(1.0, entry.unit, unit, ParameterError, "spread") if kind == "normal" else 1.0


def _omega(chosen: ParameterSet, found: list[_Effect]) -> Floats:
    omega = np.diag([e.sd**2 for e in found])
    index = {e.name: i for i, e in enumerate(found)}
    for covariance in chosen.covariances:
        i, j = (index[name] for name in covariance.between)
        omega[i, j] = omega[j, i] = covariance.value
    return omega


def _root(omega: Floats, addresses: tuple[str, ...]) -> Floats:
    """Standard deviations times the symmetric root of the correlations."""
    sd = np.sqrt(np.diag(omega))
    safe = np.where(sd > 0, sd, 1.0)
    weights, vectors = np.linalg.eigh(omega / np.outer(safe, safe))
    if len(weights) and weights[0] < _SMALLEST_EIGENVALUE:
        raise ParameterError(
            "these covariances contradict the variances: the matrix is not positive semidefinite",
            given=f"smallest eigenvalue of the correlations {weights[0]:.3g}",
            where=", ".join(addresses),
        )
    return safe[:, None] * (vectors * np.sqrt(np.maximum(weights, 0.0))) @ vectors.T


def _value(kind: str, typical: Array, eta: Array) -> Array:
    if kind == "lognormal":
        return typical * jnp.exp(eta)
    if kind == "logitnormal":
        return jax.nn.sigmoid(jnp.log(typical) - jnp.log1p(-typical) + eta)
    return typical + eta
