"""A regimen for many people: slots on the time axis that all share, and what each person gets in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .core.chain import Chain
from .core.errors import RequestError
from .core.event import Happening
from .core.solver.cascade import coefficients_of
from .dose import Regimen
from .dose.regimen import read_dose
from .timeline import given_by

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slots:
    """The doses of a regimen in a chain.

    **Arguments:** `regimen`; `happenings` have unit amount; `per_mg` is what one milligram of base brings into each of
    them, and `dose` tells which dose each belongs to (0 the first).
    """

    regimen: Regimen
    happenings: tuple[Happening, ...]
    per_mg: Floats
    dose: NDArray[np.int64]

    def milligrams(self, weights: Floats) -> Floats:
        """One dose (mg of base) of people of these weights (kg).

        **Raises:** `EventError` when somebody's weight or amount is not believable.
        """
        for weight in (float(weights.min()), float(weights.max())):
            self.regimen.amount_mg(weight)
        words = read_dose(self.regimen.dose, self.regimen.compound)
        return words.mg * weights if words.per_kg else np.full(len(weights), words.mg)

    def amounts(self, weights: Floats) -> Floats:
        """What people of these weights get, with shape people x slots."""
        return np.asarray(self.milligrams(weights)[:, None] * self.per_mg)

    @cached_property
    def ports(self) -> tuple[str, ...]:
        """The input ports that are used."""
        return tuple(dict.fromkeys(h.port for h in self.happenings))

    @property
    def doses(self) -> int:
        """How many doses there are."""
        return int(self.dose.max(initial=-1)) + 1


def slots(chain: Chain, regimen: Regimen, weight: float) -> Slots:
    """The slots of a regimen.

    **Arguments:** `weight` (kg) is that of somebody typical; no time hangs on it.

    **Assumes:** times that belong to the theory (how long a swallowed dose enters) are its typical ones for everybody.

    **Raises:** `RequestError` when slots could not be shared: a spray dosed per kg takes a number of devices that
    differs between people, and a theory with a rate of entry of its own makes durations hang on amounts.
    """
    _check_shared(chain, regimen)
    mg = regimen.amount_mg(weight)
    found = [(k, h) for k, event in enumerate(regimen.events(weight)) for h in given_by(chain, event)]
    return Slots(
        regimen,
        tuple(replace(h, amount=1.0) for _, h in found),
        np.array([h.amount / mg for _, h in found]),
        np.array([k for k, _ in found], dtype=np.int64),
    )


def entry_only(chain: Chain, given: Slots, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Those parameters that only change how much of a dose enters, for all ports in use.

    They can differ from dose to dose on slots that people share: the amounts take them up.
    """
    return tuple(a for a in addresses if _scales_entry(chain, given, a))


def entered(own: Chain, other: Chain, given: Slots) -> Floats:
    """By what the amounts in each slot must be multiplied in `own` chains to enter as they do in `other` ones.

    Shape people x slots. Both chains must differ by parameters that change entry alone.
    """
    here, there = _entry(own), _entry(other)
    ratio = {port: there[port] / here[port] for port in given.ports}
    return np.stack([np.broadcast_to(ratio[h.port], ratio[given.ports[0]].shape) for h in given.happenings], axis=-1)


def _scales_entry(chain: Chain, given: Slots, address: str) -> bool:
    low, high = chain.declared[address].range
    value = float(chain.parameters[address])
    moved = chain.with_values({address: 0.9 * value if 1.1 * value > high or 0.9 * value >= low else 1.1 * value})
    return all(
        np.array_equal(a, c) and _proportional(np.asarray(b), np.asarray(d), block.ports, given.ports)
        for block, (a, b), (c, d) in zip(
            chain.wiring.blocks, coefficients_of(chain), coefficients_of(moved), strict=True
        )
    )


def _proportional(b: Floats, d: Floats, ports: tuple[str, ...], used: tuple[str, ...]) -> bool:
    """Whether what enters by the used ports is spread over the states as before, only more or less of it."""
    columns = [i for i, port in enumerate(ports) if port in used]
    return all(
        np.allclose(b[:, i] * d[:, i].sum(), d[:, i] * b[:, i].sum(), rtol=1e-12, atol=0.0)
        and (b[:, i].sum() != 0.0 or not d[:, i].any())
        for i in columns
    )


def _entry(chain: Chain) -> Mapping[str, Floats]:
    """What enters in all by each port, per unit, with a leading person axis where parameters have one."""
    found: dict[str, Floats] = {}
    for block, (_, b) in zip(chain.wiring.blocks, coefficients_of(chain), strict=True):
        for i, port in enumerate(block.ports):
            found[port] = found.get(port, np.zeros(())) + np.asarray(b)[..., i].sum(axis=-1)
    return found


def _check_shared(chain: Chain, regimen: Regimen) -> None:
    route = regimen.route.strip().lower()
    if regimen.compound.device is not None and route == "nasal" and read_dose(regimen.dose, regimen.compound).per_kg:
        raise RequestError(
            "a spray comes in devices, and people of different weight would take different numbers of them",
            where="dose",
            given=regimen.dose,
            then='give everybody one dose, such as "84 mg"',
        )
    routes = getattr(chain.stages["body"], "routes", {})
    if any(way.rate is not None for way in routes.get(route, ())):
        raise RequestError("this body's own rate of entry makes durations differ between people", given=route)
