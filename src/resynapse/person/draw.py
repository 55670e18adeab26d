"""Drawing people: parameter values between persons and occasions, from the spreads that stand beside the values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..core.chain import Chain
from ..core.chance import Chance, normals
from ..core.errors import ParameterError, nearest
from ..core.parameter import ParameterSet
from ..core.variability import Kind, Spread

Floats = NDArray[np.float64]
Size = float | Floats


@dataclass(frozen=True)
class Spreads:
    """How far the values of a chain differ, on their normal scales.

    **Arguments:** `spread` by dotted address; `covariance` by pairs of addresses.
    """

    spread: Mapping[str, Spread]
    covariance: Mapping[tuple[str, str], float]

    @property
    def factor(self) -> Floats:
        r"""The lower factor $L$ of the covariance matrix $\Omega = L L^T$, in the order of the spreads.

        **Raises:** `ParameterError` when no people could have these spreads and covariances together.
        """
        order = list(self.spread)
        omega = np.diag([s.omega**2 for s in self.spread.values()])
        for (a, b), value in self.covariance.items():
            omega[order.index(a), order.index(b)] = omega[order.index(b), order.index(a)] = value
        try:
            return np.asarray(np.linalg.cholesky(omega)) if order else omega.reshape(0, 0)
        except np.linalg.LinAlgError as failure:
            raise ParameterError(
                "these spreads and covariances fit no people",
                where=", ".join(f"{a} and {b}" for a, b in self.covariance) or ", ".join(order),
                given="a covariance matrix that is not positive definite",
                then="each covariance must be smaller than the product of the two standard deviations",
            ) from failure


def drawn_people(
    chain: Chain,
    people: Iterable[int],
    seed: int,
    also: Mapping[str, Spread | Size] | None = None,
    chance: Chance = normals,
) -> dict[str, Floats]:
    r"""Values of many people by dotted address, ready for `Chain.with_values`.

    $\theta_k = g^{-1}(g(\theta) + \eta_k)$ with $\eta \sim N(0, \Omega)$ and $g$ the logarithm, the logit or the
    identity; $\theta$ is the chain's own value. A person's draw hangs on `seed` and on the person's number, never on
    who else is drawn, in which order, or which other values differ.

    **Arguments:** `people` are the numbers of the people; `also` gives further spreads by address, such as that of
    `body.weight`, around the chain's own value, or, as a number (one for all, or one a person), another standard
    deviation on the normal scale of the value's own spread; `chance` gives the deviates.

    **Assumes:** a value drawn beyond its declared range lies at the edge of that range; another standard deviation
    leaves the correlations on file as they are.

    **Raises:** `ParameterError` for an unknown address, a typical value that fits no such spread, or covariances that
    are not positive definite.
    """
    own = spreads_of(chain)
    more = {a: s if isinstance(s, Spread) else own.spread.get(a) or _unit(chain, a) for a, s in (also or {}).items()}
    spreads = Spreads({**own.spread, **more}, own.covariance)
    wider = {a: _times(s, more[a], a) for a, s in (also or {}).items() if not isinstance(s, Spread)}
    return _moved(chain, spreads, [chance((seed, "between people", a), people) for a in spreads.spread], wider)


def drawn_occasion(
    chain: Chain, people: Iterable[int], seed: int, occasion: int, also: Mapping[str, Spread] | None = None
) -> dict[str, Floats]:
    """Values of the same people on one occasion, around each person's own values in `chain`.

    **Arguments:** `chain` holds the people's own values (or one for all); `occasion` is the number of the occasion;
    `also` gives further spreads by address.

    **Raises:** as `drawn_people` does.
    """
    spreads = Spreads({**dict(_occasions(chain)), **(also or {})}, {})
    return _moved(chain, spreads, [normals((seed, "occasion", occasion, a), people) for a in spreads.spread])


def spreads_of(chain: Chain) -> Spreads:
    """What the parameter sets of a chain say of spreads between people."""
    tied: dict[tuple[str, str], float] = {}
    for slot, chosen in _sets(chain):
        tied |= {(f"{slot}.{c.between[0]}", f"{slot}.{c.between[1]}"): c.value for c in chosen.covariances}
    found = {f"{slot}.{n}": e.spread for slot, chosen in _sets(chain) for n, e in chosen.entries.items() if e.spread}
    return Spreads(found, tied)


def kind_of(chain: Chain, address: str) -> Kind:
    """The scale on which people differ in a value: as its file says, else by what the value may be.

    A share differs on the logit, what cannot be negative on the logarithm, anything else as it is.

    **Raises:** `ParameterError` with the nearest address.
    """
    told, declared = spreads_of(chain).spread.get(address), chain.declared
    if told is not None:
        return told.kind
    if address not in declared:
        raise ParameterError("no parameter has this address", given=address, nearest=nearest(address, declared))
    low, high = declared[address].range
    return "normal" if low < 0.0 else "logitnormal" if (low, high) == (0.0, 1.0) else "lognormal"


def _unit(chain: Chain, address: str) -> Spread:
    """A spread of one on the normal scale of a value that has none on file."""
    return Spread(kind=kind_of(chain, address), sd=1.0)


def _times(size: Size, known: Spread, where: str) -> Size:
    """By what the deviates of a spread are multiplied so that their standard deviation is `size`."""
    if not (np.asarray(size) >= 0.0).all():
        raise ParameterError("a spread between people is not negative", where=where, given=size)
    return size / known.omega


def _occasions(chain: Chain) -> Iterator[tuple[str, Spread]]:
    for slot, chosen in _sets(chain):
        yield from ((f"{slot}.{n}", e.occasion) for n, e in chosen.entries.items() if e.occasion)


def _sets(chain: Chain) -> Iterator[tuple[str, ParameterSet]]:
    for slot, stage in chain.stages.items():
        yield from ((slot, chosen) for chosen in stage.provenance)


def _moved(
    chain: Chain, spreads: Spreads, free: Sequence[Floats], wider: Mapping[str, Size] | None = None
) -> dict[str, Floats]:
    """The chain's values, moved on their normal scales by correlated deviates, some of which are made `wider`."""
    known, declared = chain.parameters, chain.declared
    for address in spreads.spread.keys() - declared.keys():
        raise ParameterError("no parameter has this address", given=address, nearest=nearest(address, declared))
    found: dict[str, Floats] = {}
    for (address, spread), move in zip(spreads.spread.items(), tied(spreads.factor, free), strict=True):
        typical = np.asarray(known[address], dtype=np.float64)
        _check_fits(spread, typical, f"{address} ({declared[address].unit})")
        move = move * wider[address] if wider and address in wider else move
        found[address] = np.clip(_shifted(spread, typical, move), *declared[address].range)
    return found


def tied(factor: Floats, free: Sequence[Floats]) -> list[Floats]:
    """Correlated deviates $L z$, column by column: a matrix product may round by how many people there are."""
    rows = [[weight * z for weight, z in zip(row, free, strict=True) if weight] for row in factor]
    return [reduce(np.add, row) for row in rows]


def _shifted(spread: Spread, typical: Floats, move: Floats) -> Floats:
    """The typical value, moved on the spread's normal scale."""
    if spread.kind == "lognormal":
        return np.asarray(typical * np.exp(move))
    if spread.kind == "logitnormal":
        return np.asarray(typical / (typical + (1.0 - typical) * np.exp(-move)))
    return typical + move


def _check_fits(spread: Spread, typical: Floats, where: str) -> None:
    low, high = {"lognormal": (0.0, np.inf), "logitnormal": (0.0, 1.0), "normal": (-np.inf, np.inf)}[spread.kind]
    if not ((typical > low) & (typical < high)).all():
        raise ParameterError(f"a {spread.kind} spread does not fit this value", where=where, given=f"{typical}")
