"""Every combination of event semantics against closed forms written out here, an adaptive solver and libroadrunner.

The judge below knows nothing of the package: it reads the same records, writes every implied dose out, and moves a
depot and a central compartment from event to event by their closed form.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from jaxtyping import Array
from scipy.integrate import solve_ivp

from resynapse.body.route import Delivery
from resynapse.core.chain import Chain
from resynapse.core.parameter import parameter
from resynapse.core.port import Port
from resynapse.core.stage import AbstractLinearStage
from resynapse.dose import known_carrying, read_table
from resynapse.simulation import Subject, certified, follow, gather
from resynapse.timeline import own_values, timeline

MASS = 237.73
CL, V, KA, SHARE, LAG, OVER, RATE = 12.0, 40.0, 1.1, 0.6, 1.25, 2.5, 20.0
TIMES = np.array([0.0, 0.4, 1.0, 2.2, 3.7, 5.0, 7.999, 8.0, 9.9, 12.0, 13.5, 16.0, 20.5, 24.0, 31.0, 40.0])
END = 40.0
INPUTS = ("central", "depot", "zero", "rated")


class Small(AbstractLinearStage):
    """A depot and a central compartment, with a share, a lag, a duration and a rate of their own."""

    weight: Array = parameter("kg", "body weight", (1.0, 300.0))
    cl: Array = parameter("L/h", "clearance at 70 kg")
    v: Array = parameter("L", "volume at 70 kg")
    ka: Array = parameter("1/h", "absorption rate")

    @property
    def reads(self):
        return tuple(Port(f"{name}_ketamine_s", "umol/h") for name in INPUTS)

    @property
    def writes(self):
        return (Port("amount", "umol", rest=0.0, range=(0.0, 100.0)),)

    @property
    def routes(self):
        return {
            "iv": (Delivery("central_ketamine"),),
            "oral": (Delivery("depot_ketamine", share=SHARE, lag=LAG),),
            "sublingual": (Delivery("zero_ketamine", over=OVER),),
            "im": (Delivery("rated_ketamine", rate=RATE * 1000 / MASS),),
        }

    def initial(self, ill=False):
        return {"depot": 0.0, "central": 0.0}

    def rates(self, t, state, inputs):
        u = {name: inputs[f"{name}_ketamine_s"] for name in INPUTS}
        k = self.cl * (self.weight / 70) ** 0.75 / (self.v * self.weight / 70)
        absorbed = self.ka * state["depot"]
        return {
            "depot": u["depot"] - absorbed,
            "central": u["central"] + u["zero"] + u["rated"] + absorbed - k * state["central"],
        }

    def outputs(self, t, state, inputs):
        return {"amount": state["central"]}


# The judge


@dataclass
class Given:
    """Something that enters: when, how much, over how long, where, and the record that ordered it."""

    start: float
    amount: float
    over: float
    target: str
    order: tuple[float, int]
    tail: bool = False


@dataclass
class Judge:
    """One person's records, worked through by hand."""

    records: list[dict[str, Any]]
    forward: bool
    given: list[Given] = field(default_factory=list)

    def amounts(self, times):
        for i, record in enumerate(self.records):
            self._order(i, record)
        stops = [(r["TIME"], i) for i, r in enumerate(self.records) if r["EVID"] in (3, 4) or r.get("SS") in (1, 3)]
        self.given = [g for g in (self._cut(g, stops) for g in self.given) if g]
        state, now, found = np.zeros(2), 0.0, []
        turns = [(r["TIME"], 0, i) for i, r in enumerate(self.records) if r["EVID"] in (3, 4) or r.get("SS")]
        for time, look, i in sorted([*turns, *((t, 1, -1) for t in times)]):
            state = self._moved(state, now, time, self.given)
            now = time
            if look:
                pulses = [g for g in self.given if g.over == 0 and g.start == time]
                found.append((state + _pulse(pulses))[1])
            else:
                state = self._turned(state, i)
        return np.array(found)

    def _order(self, i, record):
        if record["EVID"] not in (1, 4) or record.get("AMT", 0) == 0:
            return
        lag, one = self._one(record)
        for k in range(1 + record.get("ADDL", 0)):
            start = record["TIME"] + lag + k * record.get("II", 0)
            self.given.append(Given(start, *one, (record["TIME"], i)))
        over_end = lag + one[1] - record.get("II", 0)
        if record.get("SS") and over_end > 0:
            rest = (one[0] * over_end / one[1], over_end, one[2])
            self.given.append(Given(record["TIME"], *rest, (record["TIME"], i), tail=True))

    def _one(self, record):
        """Lag, and (amount, duration, target) of one dose of a record."""
        amount, where = record["AMT"] * 1000 / MASS, record.get("CMT") or record["ROUTE"]
        if where in ("oral", "depot_ketamine", "2"):
            held = record.get("RATE", 0)
            over = SHARE * record["AMT"] / held if held else record.get("DUR", 0.0)
            return LAG, (SHARE * amount, over, "depot")
        if where == "sublingual" or record.get("RATE") == -2:
            return 0.0, (amount, OVER, "central")
        if where == "im" or record.get("RATE") == -1:
            return 0.0, (amount, record["AMT"] / RATE, "central")
        over = record["AMT"] / record["RATE"] if record.get("RATE") else record.get("DUR", 0.0)
        return 0.0, (amount, over, "central")

    def _cut(self, g, stops):
        stop = min((t for t, i in stops if (t, i) > g.order), default=np.inf)
        if g.start >= stop:
            return None
        left = min(g.over, stop - g.start)
        return Given(g.start, g.amount * (left / g.over if g.over else 1.0), left, g.target, g.order, g.tail)

    def _turned(self, state, i):
        record = self.records[i]
        state = np.zeros(2) if record["EVID"] in (3, 4) else state
        if not record.get("SS"):
            return state
        k = _k(record["WT"])
        if record["AMT"] == 0:
            steady = np.array([0.0, record["RATE"] * 1000 / MASS / k])
        else:
            lag, one = self._one(record)
            past = [Given(lag + n * record["II"], *one, (0, 0)) for n in range(-90, 0)]
            steady = self._moved(np.zeros(2), -90.0 * record["II"], 0.0, past, k)
        return steady + (state if record["SS"] == 2 else 0)

    def _moved(self, state, begin, end, given, k=None):
        edges = {
            begin,
            end,
            *(t for g in given for t in (g.start, g.start + g.over)),
            *(r["TIME"] for r in self.records),
        }
        inside = sorted(t for t in edges if begin <= t <= end)
        for a, b in itertools.pairwise(inside):
            state = state + _pulse([g for g in given if g.over == 0 and g.start == a])
            running = [g for g in given if g.over > 0 and g.start < (a + b) / 2 < g.start + g.over]
            rates = {w: sum(g.amount / g.over for g in running if g.target == w) for w in ("depot", "central")}
            state = _closed(state, rates, k or _k(self._weight(a)), b - a)
        return state

    def _weight(self, time):
        """The weight that holds just after `time`."""
        if self.forward:
            return [r["WT"] for r in self.records if r["TIME"] <= time][-1]
        later = [r["WT"] for r in self.records if r["TIME"] > time]
        return later[0] if later else self.records[-1]["WT"]


def _pulse(given):
    return np.array([sum(g.amount for g in given if g.target == w) for w in ("depot", "central")])


def _closed(state, rates, k, t):
    """Depot and central amounts after `t` hours of constant input."""
    depot, central = state
    level = rates["depot"] / KA
    flow = rates["central"] + rates["depot"]
    ea, ek = np.exp(-KA * t), np.exp(-k * t)
    absorbed = KA * (depot - level) * (ek - ea) / (KA - k)
    return np.array([level + (depot - level) * ea, central * ek + flow / k * (1 - ek) + absorbed])


def _k(weight):
    return CL * (weight / 70) ** 0.75 / (V * weight / 70)


# The cases

KINDS = {
    "bolus": {"ROUTE": "iv"},
    "infusion by rate": {"ROUTE": "iv", "RATE": 20.0},
    "infusion by duration": {"ROUTE": "iv", "DUR": 3.0},
    "depot with share and lag": {"ROUTE": "oral"},
    "depot infused at a rate": {"CMT": "depot_ketamine", "RATE": 8.0},
    "depot infused over a time": {"CMT": "2", "DUR": 7.5},
    "the theory's duration": {"ROUTE": "sublingual", "RATE": -2.0},
    "the theory's rate": {"CMT": "4", "RATE": -1.0},
}
PATTERNS = {
    "once": {},
    "additional": {"ADDL": 2, "II": 8.0},
    "steady": {"SS": 1, "II": 8.0},
    "steady and more": {"SS": 1, "II": 8.0, "ADDL": 2},
    "steady, added": {"SS": 2, "II": 8.0, "ADDL": 1},
    "steady as a guess": {"SS": 3, "II": 8.0, "ADDL": 1},
}
BREAKS = {
    "none": (),
    "reset": ({"EVID": 3},),
    "reset and dose": ({"EVID": 4, "AMT": 30.0, "ROUTE": "oral", "ADDL": 1, "II": 9.0},),
    "steady midway": ({"EVID": 1, "AMT": 25.0, "DUR": 1.0, "SS": 1, "II": 6.0, "ROUTE": "iv"},),
    "added midway": ({"EVID": 1, "AMT": 25.0, "SS": 2, "II": 12.0, "ROUTE": "oral"},),
    "constant infusion": ({"EVID": 1, "AMT": 0.0, "RATE": 15.0, "SS": 1, "ROUTE": "iv"},),
}
WEIGHTS = {"constant": (70.0, 70.0, 70.0), "changing": (70.0, 95.0, 52.0)}
COLUMNS = ("TIME", "AMT", "RATE", "DUR", "EVID", "ADDL", "II", "SS", "CMT", "ROUTE", "WT")
CASES = list(itertools.product(KINDS, PATTERNS, BREAKS, WEIGHTS))


def records(kind, pattern, interruption, weights):
    first, middle, last = WEIGHTS[weights]
    opening = {"TIME": 0.0, "EVID": 1, "AMT": 15.0, "ROUTE": "iv", "WT": first}
    dose = {"TIME": 2.0, "EVID": 1, "AMT": 40.0, **KINDS[kind], **PATTERNS[pattern], "WT": first}
    broken = [{"TIME": 9.0, **b, "WT": middle} for b in BREAKS[interruption]]
    return [opening, dose, *broken, {"TIME": 14.0, "EVID": 2, "WT": middle}, {"TIME": END, "EVID": 0, "WT": last}]


def table(cases):
    lines = [",".join(("ID", "DRUG", *COLUMNS))]
    for i, case in enumerate(cases):
        lines += [",".join([str(i), "esketamine", *(str(r.get(c, ".")) for c in COLUMNS)]) for r in records(*case)]
    return "\n".join(lines)


def simulated(cases, tmp_path, carrying):
    path = tmp_path / "cases.csv"
    path.write_text(table(cases), encoding="utf-8")
    body = Small(weight=70.0, cl=CL, v=V, ka=KA)
    chain = Chain({"body": body}, body.reads)
    people = read_table(path, carrying=known_carrying(carrying)).people
    lives = [(p, timeline(chain, p)) for p in people]
    subjects = [Subject(p.id, life.happenings, own_values(chain, p), life.turns) for p, life in lives]
    solutions = follow(chain, subjects, chain.initial(), (0.0, END))
    return np.asarray(gather(solutions, subjects, chain, TIMES).signals["amount"]), solutions


@pytest.fixture(scope="module", params=["nocb", "locf"])
def grid(request, tmp_path_factory):
    found, solutions = simulated(CASES, tmp_path_factory.mktemp("grid"), request.param)
    judged = np.array([Judge(records(*case), request.param == "locf").amounts(TIMES) for case in CASES])
    return found, judged, solutions


def test_there_are_at_least_two_hundred_cases_and_none_is_flat(grid):
    _, judged, _ = grid
    assert len(CASES) >= 200
    assert (judged.max(axis=1) > 10).all()
    assert len({tuple(np.round(row, 6)) for row in judged}) > 300


def test_every_case_equals_its_closed_form(grid):
    found, judged, _ = grid
    errors = np.abs(found - judged).max(axis=1) / judged.max(axis=1)
    worst = int(errors.argmax())
    assert errors[worst] < 1e-9, f"{CASES[worst]}: {errors[worst]:.2g}\n{found[worst]}\n{judged[worst]}"


def test_every_grid_is_certified(grid):
    *_, solutions = grid
    assert max(certified(solutions[::9])[1].values()) < 1e-10


@pytest.mark.parametrize("case", CASES[5::23], ids=" | ".join)
def test_the_judge_equals_an_adaptive_solution(case):
    judge = Judge(records(*case), forward=False)
    exact = judge.amounts(TIMES)

    def moved(state, begin, end, given, k=None):
        edges = sorted(
            {begin, end, *(t for g in given for t in (g.start, g.start + g.over)), *(r["TIME"] for r in judge.records)}
        )
        for a, b in itertools.pairwise([t for t in edges if begin <= t <= end]):
            state = state + _pulse([g for g in given if g.over == 0 and g.start == a])
            running = [g for g in given if g.over > 0 and g.start < (a + b) / 2 < g.start + g.over]
            inputs = [sum(g.amount / g.over for g in running if g.target == w) for w in ("depot", "central")]
            rate = k or _k(judge._weight(a))

            def slope(_, y, u=inputs, rate=rate):
                return [u[0] - KA * y[0], u[1] + KA * y[0] - rate * y[1]]

            state = (
                solve_ivp(slope, (0, b - a), state, method="DOP853", rtol=1e-10, atol=1e-12).y[:, -1]
                if b > a
                else state
            )
        return state

    judge.given, judge._moved = [], moved
    assert judge.amounts(TIMES) == pytest.approx(exact, rel=1e-7, abs=1e-7)


BY_ROADRUNNER = ("once", "additional", "steady", "steady and more")
PAST = 60  # doses written out before a steady-state record


@pytest.mark.parametrize("case", [c for c in CASES if c[1] in BY_ROADRUNNER and c[2] in ("none", "reset")][::3])
def test_the_cases_equal_libroadrunner(case, tmp_path):
    antimony, roadrunner = pytest.importorskip("antimony"), pytest.importorskip("roadrunner")
    (found,), _ = simulated([case], tmp_path, "nocb")
    judge = Judge(records(*case), forward=False)
    judge.amounts(TIMES)
    steady = case[1].startswith("steady")
    model, shift = _written(judge, steady)
    assert antimony.loadAntimonyString(model) >= 0, antimony.getLastError()
    runner = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-11, 1e-13
    runner.integrator.setValue("maximum_num_steps", 100_000)
    late = TIMES[((2.0 if steady else 0.0) < TIMES) & ~np.isin(TIMES, [g.start for g in judge.given])]
    amounts = np.asarray(runner.simulate(times=[0.0, *(late + shift)], selections=["central"]))[1:, 0]
    assert amounts == pytest.approx(found[np.isin(TIMES, late)], rel=1e-6, abs=1e-6)


def _written(judge, steady):
    """The case as a model with events: inputs that switch, amounts that jump, a rate constant that changes.

    A steady state is written out as many earlier doses, so that nobody has to know what one is. Returned with the
    time in the model at which the case begins.
    """
    given, shift = judge.given, 0.0
    if steady:
        record = judge.records[1]
        (lag, one), every = judge._one(record), record["II"]
        given = [g for g in given if g.order >= (record["TIME"], 1) and not g.tail]
        given += [Given(record["TIME"] + lag - n * every, *one, (0.0, 0)) for n in range(1, PAST)]
        shift = PAST * every
    lines = ["model case()", f"  ka = {KA}", f"  k = {_k(judge._weight(0.0))!r}", "  depot = 0; central = 0"]
    lines += ["  in_depot = 0; in_central = 0", "  depot' = in_depot - ka*depot"]
    lines += ["  central' = in_central + ka*depot - k*central"]
    resets = [r["TIME"] for r in judge.records if r["EVID"] == 3]
    for g in given:
        stop = min([g.start + g.over, *(t for t in resets if t > g.start)]) if g.over else g.start
        lines += _entering(g, shift, stop)
    for record in judge.records:
        time = record["TIME"] + shift
        lines.append(f"  at (time >= {time!r}), fromTrigger=false: k = {_k(judge._weight(record['TIME']))!r}")
        if record["EVID"] == 3:
            lines.append(f"  at (time >= {time!r}), fromTrigger=false: depot = 0, central = 0")
    return "\n".join([*lines, "end"]), shift


def _entering(g, shift, stop):
    start, free = g.start + shift, "fromTrigger=false, t0=false"
    if g.over == 0:
        return [f"  at (time >= {start!r}), {free}: {g.target} = {g.target} + {g.amount!r}"]
    name, rate = f"in_{g.target}", g.amount / g.over
    ends = ((start, "+"), (stop + shift, "-"))
    return [f"  at (time >= {t!r}), {free}: {name} = {name} {sign} {rate!r}" for t, sign in ends]
