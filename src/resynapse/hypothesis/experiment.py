"""A small experiment on a chain: one animal or person, what is given, a load of life, blockers and manipulations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ..body.tablets import evenly
from ..chains import median_load
from ..company import companions, company_happenings, with_company
from ..compound.antidepressant import antidepressants
from ..core.chain import Chain
from ..core.errors import EventError, RequestError, nearest
from ..core.event import Happening, Level
from ..core.parameter import Species
from ..core.solver import GridPlan, Protocol, own_resting_state, protocol
from ..core.solver.kernel.march import march
from ..core.units import convert, split
from ..dose import Person, Regimen
from ..life.manipulation import manipulation
from ..timeline import timeline
from .bath import BATH, bath_chain, bath_levels
from .legs import before, cut, holding, legs_of

Floats = NDArray[np.float64]
Under = tuple[str, float] | str
WEIGHT: Mapping[str, float] = {"human": 70.0, "rat": 0.25, "mouse": 0.025}
_FIRST = 1.0  # hours: what is read at the dose or before it still needs a regimen that lasts


@dataclass(frozen=True)
class Given:
    """Another drug, in the words of a regimen, `at_h` hours after the first dose (before it: negative)."""

    drug: str
    dose: str
    route: str = "ip"
    over: str | None = None
    at_h: float = 0.0

    @property
    def words(self) -> str:
        """What was given, in a few words."""
        when = f" at {self.at_h:g} h" if self.at_h else ""
        return f"{self.drug} {self.dose} {self.route}{when}"


@dataclass(frozen=True)
class Experiment:
    """What is done to whom.

    **Arguments:** `drug`, `route`, `dose` and `over` are words as in a regimen (a slow antidepressant: mg swallowed a
    day; route `bath`: umol/L around a slice, of which receptors and circuit alone are asked); no drug is a vehicle.
    `beside` are other drugs. `stress` is the resting stress before the dose, 1 the depressed state and 0 health.
    `under` are values of the chain for the whole experiment, by dotted address (blockers, knock-outs), and names of
    manipulations, which know when they begin and end.
    """

    species: Species = "mouse"
    drug: str | None = "ketamine"
    route: str = "ip"
    dose: str = "10 mg/kg"
    over: str | None = None
    stress: float = 1.0
    under: tuple[Under, ...] = ()
    beside: tuple[Given, ...] = ()

    def __post_init__(self) -> None:
        if self.species not in WEIGHT:
            near = nearest(self.species, WEIGHT)
            raise RequestError("no such species", given=self.species, allowed=tuple(WEIGHT), nearest=near)
        if not 0.0 <= self.stress < np.inf:
            raise RequestError("resting stress is 0 (health) or more", where="stress", given=self.stress)

    @property
    def control(self) -> Experiment:
        """The same with a vehicle in place of the drug."""
        route = BATH if self.route == BATH else "ip"
        return replace(self, drug=None, route=route, dose="10 mg/kg", over=None)

    @property
    def words(self) -> str:
        """The experiment in one line."""
        over = f" over {self.over}" if self.over else ""
        given = f"{self.drug} {self.dose} {self.route}{over}" if self.drug else "vehicle"
        who = self.species if self.stress else f"unstressed {self.species}"
        held = "".join(f", {u}" if isinstance(u, str) else f", {u[0]} = {u[1]:g}" for u in self.under)
        others = "".join(f", beside {g.words}" for g in self.beside)
        return f"{who}, {given}{held}{others}"

    def follow(
        self, chain: Chain, times: Sequence[float], ports: Sequence[str], plan: GridPlan | None = None
    ) -> dict[str, Floats]:
        """Some ports of the chain at `times` (h) after the dose, in the order in which they are asked for.

        Where the chain's values carry a leading axis of draws (or people), so do the courses: draws x times. `plan`
        asks for a finer grid, which drawn time constants may need.

        **Raises:** as `Chain.with_values` for an unknown address in `under`; `RequestError` for an unknown port,
        manipulation or drug, or times before anything is done; `EventError` for what cannot be given.
        """
        asked = np.asarray(times, dtype=float)
        if not (asked.size and np.isfinite(asked).all()):
            raise RequestError("an experiment is read at hours", where="times", given=times, allowed="one or more")
        order = np.argsort(asked, kind="stable")  # legs follow each other, and so do the times that they are read at
        rising = self._courses(chain, asked[order], tuple(ports), plan)
        found = {port: course[:, np.argsort(order)] for port, course in rising.items()}
        return found if draws_of(chain) else {port: course[0] for port, course in found.items()}

    def _courses(self, chain: Chain, times: Floats, ports: tuple[str, ...], plan: GridPlan | None) -> dict[str, Floats]:
        """The courses with a leading axis, leg after leg."""
        joined = with_company(chain, self.company)
        whole = bath_chain(joined) if self.route == BATH else joined
        whole = whole.with_values(self.weighed(whole))
        holds, until = holding(self.under, whole, self.species), float(max(times))
        legs = legs_of(holds, self.begins, until)
        if times[0] < legs[0].begin:
            allowed = f"{legs[0].begin:g} h and later"
            raise RequestError("nothing is done so early", where="times", given=float(times[0]), allowed=allowed)
        doses = self.doses(whole, until, legs[0].begin)
        state = self.start(whole.with_values(dict(before(holds))), self.load(whole))
        parts = []
        for leg in legs:
            span, seen = (leg.begin, leg.end), times[leg.asks(times)]
            found = march(whole.with_values(dict(leg.holds)), doses, cut(state, leg.cuts), span, seen, ports, plan)
            parts.append(found.signals)
            state = state if leg.last else found.last_state
        return {port: np.concatenate([p[port] for p in parts], axis=1) for port in ports}

    @property
    def others(self) -> tuple[Given, ...]:
        """Every other drug: those beside, and those that a manipulation gives."""
        named = [manipulation(u) for u in self.under if isinstance(u, str)]
        return (*self.beside, *(Given(g.drug, g.dose, g.route, None, g.at_h) for m in named for g in m.given))

    @property
    def company(self) -> tuple[str, ...]:
        """The drugs that the chain needs company for."""
        named = (*((self.drug,) if self.drug else ()), *(g.drug for g in self.others))
        return tuple(name for name in named if name in companions())

    @property
    def begins(self) -> float:
        """When the first thing is given (h): 0, or earlier."""
        return min([0.0, *(g.at_h for g in self.others)])

    def weighed(self, chain: Chain) -> dict[str, float]:
        """The weight of this species, where the chain has a body."""
        return {"body.weight": WEIGHT[self.species]} if "body" in chain.stages else {}

    def load(self, chain: Chain) -> Any:
        """The load of life that keeps the resting stress; one a draw."""
        return median_load(chain) * self.stress if "life" in chain.stages else None

    def start(self, held: Chain, load: Any) -> Any:
        """The resting state before anything is given."""
        external = {} if load is None else {"load": load}
        return own_resting_state(held, external, "ill" if self.stress else "well")

    def doses(self, chain: Chain, until: float, begin: float = 0.0) -> Protocol:
        """What happens, as a protocol with a row for each draw of the chain."""
        weight, count = WEIGHT[self.species], max(1, draws_of(chain))
        given = [self.happenings(one_draw(chain, i), weight, until) for i in range(min(count, 2))]
        if len(set(given)) > 1:
            given = [self.happenings(one_draw(chain, i), weight, until) for i in range(count)]
        rows = given if len(given) == count else given[:1] * count
        load = self.load(chain)
        loads = np.zeros(count) if load is None else np.broadcast_to(np.asarray(load), (count,))
        levels: list[list[Happening]] = [[] if load is None else [Level("load", begin, float(v))] for v in loads]
        return protocol(chain.external, [[*own, *row] for own, row in zip(levels, rows, strict=True)])

    def happenings(self, chain: Chain, weight: float, until: float) -> tuple[Happening, ...]:
        """What the drugs do to the chain's inputs up to some hour, in somebody of this weight (kg)."""
        others = tuple(h for g in self.others for h in self._given(chain, g, weight, until))
        if self.drug is None:
            return others
        if self.route == BATH:
            return (*bath_levels(chain, self.drug, self.dose), *others)
        return (*self._given(chain, Given(self.drug, self.dose, self.route, self.over), weight, until), *others)

    def _given(self, chain: Chain, given: Given, weight: float, until: float) -> tuple[Happening, ...]:
        """What one drug does to the chain's inputs."""
        if given.drug in companions():
            return company_happenings(chain, given.drug, given.route, given.dose, given.at_h, given.over, weight)
        if given.drug in antidepressants():
            number, unit = split(given.dose, EventError, "dose")
            mg = convert(number, unit or "mg", "mg", EventError, "dose")
            return (evenly(given.drug, mg, 0.0, until / 24.0),)
        days: Any = max(until, _FIRST) / 24.0
        regimen = Regimen(given.drug, given.route, given.dose, given.over, "once", days, self.species)
        events = tuple(replace(e, time_h=e.time_h + given.at_h) for e in regimen.events(weight))
        return timeline(chain, Person("one", events, {"weight": weight}, ())).happenings


def draws_of(chain: Chain) -> int:
    """How many draws (or people) the values of a chain carry; 0 where each value is one number."""
    return max((len(v) for v in jax.tree.leaves(chain) if np.ndim(v)), default=0)


def one_draw(chain: Chain, number: int) -> Chain:
    """The chain with the values of one draw."""
    chosen: Chain = jax.tree.map(lambda v: np.asarray(v)[number] if np.ndim(v) else v, chain)
    return chosen


__all__ = ["WEIGHT", "Experiment", "Floats", "Given", "draws_of", "one_draw"]
