"""A small experiment on a chain: one animal or person, one regimen, under a load of life, with blockers as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.tablets import evenly
from ..chains import median_load
from ..compound.antidepressant import antidepressants
from ..core.chain import Chain
from ..core.event import Happening, Level
from ..core.parameter import Species
from ..core.solver import protocol, rest
from ..core.solver.kernel.march import march
from ..dose import Person, Regimen
from ..timeline import timeline

Floats = NDArray[np.float64]
WEIGHT: Mapping[str, float] = {"human": 70.0, "rat": 0.25, "mouse": 0.025}


@dataclass(frozen=True)
class Experiment:
    """What is done to whom.

    **Arguments:** `drug`, `route`, `dose` and `over` are words as in a regimen (a slow antidepressant: mg swallowed a
    day); no drug is a vehicle. `stress` is the resting stress before the dose, 1 the depressed state and 0 health;
    `under` are values of the chain for the whole experiment, by dotted address: blockers and knock-outs.
    """

    species: Species = "mouse"
    drug: str | None = "ketamine"
    route: str = "ip"
    dose: str = "10 mg/kg"
    over: str | None = None
    stress: float = 1.0
    under: tuple[tuple[str, float], ...] = ()

    @property
    def control(self) -> Experiment:
        """The same with a vehicle in place of the drug."""
        return replace(self, drug=None)

    @property
    def words(self) -> str:
        """The experiment in one line."""
        over = f" over {self.over}" if self.over else ""
        given = f"{self.drug} {self.dose} {self.route}{over}" if self.drug else "vehicle"
        who = self.species if self.stress else f"unstressed {self.species}"
        held = "".join(f", {address} = {value:g}" for address, value in self.under)
        return f"{who}, {given}{held}"

    def follow(self, chain: Chain, times: Sequence[float], ports: Sequence[str]) -> dict[str, Floats]:
        """Some ports of the chain at `times` (h) after the dose.

        **Raises:** as `Chain.with_values` for an unknown address in `under`; `RequestError` for an unknown port;
        `EventError` for what cannot be given.
        """
        weight = WEIGHT[self.species]
        load = float(median_load(chain)) * self.stress
        held = chain.with_values({"body.weight": weight, **dict(self.under)})
        doses = protocol(chain.external, [(Level("load", 0.0, load), *self.happenings(chain, weight, max(times)))])
        start = rest(held, {"load": load}, "ill" if self.stress else "well").state
        found = march(held, doses, start, (0.0, float(max(times))), np.asarray(times, dtype=float), tuple(ports))
        return {port: found.signals[port][0] for port in ports}

    def happenings(self, chain: Chain, weight: float, until: float) -> tuple[Happening, ...]:
        """What the drug does to the chain's inputs up to some hour, in somebody of this weight (kg)."""
        if self.drug is None:
            return ()
        if self.drug in antidepressants():
            return (evenly(self.drug, float(self.dose.split()[0]), 0.0, until / 24.0),)
        days: Any = until / 24.0
        regimen = Regimen(self.drug, self.route, self.dose, self.over, "once", days, self.species)
        return timeline(chain, Person("one", tuple(regimen.events(weight)), {"weight": weight}, ())).happenings
