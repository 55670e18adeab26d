"""Linear blocks: closed forms, every human body against an adaptive solver and libroadrunner, any step length."""

from __future__ import annotations

from decimal import Decimal, getcontext
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.body import Kpk1
from resynapse.chains import BODIES, body_chain, happenings
from resynapse.compound.library import compound
from resynapse.core.chain import Chain
from resynapse.core.event import Impulse, Infusion
from resynapse.core.port import Port
from resynapse.core.solver import GridPlan, oracle, protocol, solve
from resynapse.core.solver.linear import coefficients
from resynapse.core.stage import AbstractLinearStage

DOSE = Port("dose", "umol/h")
NAMES = ("first", "second", "third")
TIMES = np.array([0.0, 0.01, 0.25, 1.0, 1.5, 3.999, 4.0, 7.3, 12.0, 23.9, 24.0])
END = 24.0


class Three(AbstractLinearStage):
    """Three compartments; `flow[i][j]` is the rate constant from i to j, the last column what leaves for good."""

    flow: Any = eqx.field(converter=lambda flow: jax.tree.map(lambda k: jnp.asarray(k, dtype=float), flow))

    @property
    def reads(self):
        return (DOSE,)

    @property
    def writes(self):
        return tuple(Port(name, "umol") for name in NAMES)

    def initial(self, ill=False):
        return dict.fromkeys(NAMES, jnp.zeros(()))

    def rates(self, t, state, inputs):
        x = [state[n] for n in NAMES]
        gain = [
            sum((self.flow[i][j] * x[i] for i in range(3)), jnp.zeros(())) - sum(self.flow[j]) * x[j] for j in range(3)
        ]
        return {n: g + (inputs["dose"] if n == "first" else 0.0) for n, g in zip(NAMES, gain, strict=True)}

    def outputs(self, t, state, inputs):
        return dict(state)


def one(k):
    return ((0, 0, 0, k), (0, 0, 0, 1.0), (0, 0, 0, 1.0))


def mammillary(k, k12, k21, k13, k31):
    return ((0, k12, k13, k), (k21, 0, 0, 0), (k31, 0, 0, 0))


def in_a_row(k1, k2, k3):
    return ((0, k1, 0, 0), (0, 0, k2, 0), (0, 0, 0, k3))


def course(flow, doses, times=TIMES):
    chain = Chain({"body": Three(flow)}, (DOSE,))
    solved = solve(chain, protocol((DOSE,), [doses]), chain.initial(), (0.0, END))
    return {name: value[0] for name, value in solved.at(times).items()}


def expected(terms, doses, times=TIMES):
    """Superposed responses of a sum of exponentials `sum(w exp(-r t))` to impulses and infusions."""
    total = np.zeros_like(times)
    for dose in doses:
        since = times - dose.start
        for weight, rate in terms:
            if isinstance(dose, Impulse):
                total += np.where(since >= 0, dose.amount * weight * np.exp(-rate * np.maximum(since, 0.0)), 0.0)
            else:
                running, after = np.clip(since, 0.0, dose.duration), np.maximum(since - dose.duration, 0.0)
                height = dose.amount / dose.duration * weight / rate
                total += height * -np.expm1(-rate * running) * np.exp(-rate * after)
    return total


DOSES = {
    "bolus": [Impulse("dose", 0.0, 100.0)],
    "infusion": [Infusion("dose", 0.25, 100.0, 0.75)],
    "repeated": [Impulse("dose", 4.0 * i, 30.0) for i in range(4)] + [Infusion("dose", 6.0, 50.0, 2.0)],
}


@pytest.mark.parametrize("doses", DOSES.values(), ids=DOSES.keys())
@pytest.mark.parametrize("k", [0.02, 0.7, 40.0])
def test_one_compartment(doses, k):
    found, wanted = course(one(k), doses)["first"], expected([(1.0, k)], doses)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("doses", DOSES.values(), ids=DOSES.keys())
def test_three_compartments_around_a_centre(doses):
    k, k12, k21, k13, k31 = 1.5, 6.0, 1.2, 1.0, 0.11
    found = course(mammillary(k, k12, k21, k13, k31), doses)["first"]
    speed = np.roots(
        [1.0, -(k + k12 + k21 + k13 + k31), k * (k21 + k31) + k21 * k31 + k12 * k31 + k13 * k21, -k * k21 * k31]
    )
    others = [np.prod([m - s for m in speed if m != s]) for s in speed]
    terms = [((k21 - s) * (k31 - s) / o, s) for s, o in zip(speed, others, strict=True)]
    np.testing.assert_allclose(found, expected(terms, doses), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("gap", [0.3, 1e-4, 1e-9, 1e-13])
def test_three_compartments_in_a_row_with_nearly_equal_rates(gap):
    rates = (0.5, 0.5 * (1 + gap), 0.5 * (1 - gap))
    found = course(in_a_row(*rates), DOSES["bolus"])["third"]
    np.testing.assert_allclose(found, [bateman(rates, 100.0, t) for t in TIMES], rtol=1e-9, atol=1e-10)


def test_three_compartments_in_a_row_with_equal_rates():
    k = 0.5
    found = course(in_a_row(k, k, k), DOSES["bolus"])
    np.testing.assert_allclose(found["second"], 100.0 * k * TIMES * np.exp(-k * TIMES), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found["third"], 50.0 * (k * TIMES) ** 2 * np.exp(-k * TIMES), rtol=1e-9, atol=1e-10)


def bateman(rates, dose, t):
    """The third of three compartments in a row, in so many digits that equal rates do not cancel."""
    getcontext().prec = 80
    r, moment = [Decimal(v) for v in rates], Decimal(float(t))
    total = Decimal(0)
    for i in range(3):
        a, b = (r[j] - r[i] for j in range(3) if j != i)
        total += (-r[i] * moment).exp() / (a * b)
    return float(Decimal(dose) * r[0] * r[1] * total)


HUMAN = tuple(name for name, theory in BODIES.items() if "human" in theory.species)
GIVEN = [
    ("iv", 0.5, 35.0, 2 / 3, 1),
    ("nasal", 12.0, 56.0, 0.0, 2),
    ("oral", 18.0, 100.0, 0.0, 1),
    ("sublingual", 24.0, 50.0, 0.0, 1),
    ("im", 30.0, 30.0, 0.0, 1),
]
DOSED = {"kpk1": 21}  # signals that move; in the published theories two in plasma and one in the brain a substance


@pytest.fixture(scope="module", params=HUMAN)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def body(name):
    return body_chain("human", name)


@pytest.fixture(scope="module")
def doses(name, body):
    """By every kind of input that the theory has: infusion, devices, solution, film, needle; racemate for KPK-1."""
    drug = compound("ketamine" if BODIES[name].stage is Kpk1 else "esketamine")
    return [
        h
        for r, t, mg, d, n in GIVEN
        if r in body.stages["body"].routes
        for h in happenings(body, drug, r, {"start": t, "mg": mg, "duration": d, "devices": n})
    ]


MOMENTS = np.concatenate([np.linspace(0.0, 4.0, 81), np.linspace(4.25, 48.0, 176)])


@pytest.fixture(scope="module")
def exact(body, doses):
    return solve(body, protocol(body.external, [doses]), body.initial(), (0.0, 48.0))


@pytest.fixture(scope="module")
def plasma(exact):
    return {name: value[0] for name, value in exact.at(MOMENTS).items()}


def test_a_body_equals_the_adaptive_oracle(name, body, exact, plasma):
    reference = oracle(body, exact.protocol, body.initial(), MOMENTS, tolerance=1e-12)
    dosed = {name for name in plasma if np.abs(plasma[name]).max() > 0}
    assert len(dosed) >= DOSED.get(name, 3 * len(getattr(body.stages["body"], "substances", ())))
    peaks = {name: np.abs(np.asarray(reference[name])).max() for name in dosed}
    errors = {name: np.abs(plasma[name] - np.asarray(reference[name])).max() / peaks[name] for name in dosed}
    assert max(errors.values()) < 1e-8, max(errors, key=errors.get)


def test_the_answer_does_not_depend_on_the_step_length(body, exact, plasma):
    coarse = solve(body, exact.protocol, body.initial(), (0.0, 48.0), GridPlan(first=0.5, per_octave=2, longest=3.0))
    assert coarse.grid.steps < exact.grid.steps / 4
    found = coarse.at(MOMENTS)
    errors = {k: np.abs(found[k][0] - v).max() / max(np.abs(v).max(), 1e-12) for k, v in plasma.items()}
    assert max(errors.values()) < 1e-9, max(errors, key=errors.get)


def test_a_body_equals_libroadrunner(body, doses, plasma):
    antimony, roadrunner = pytest.importorskip("antimony"), pytest.importorskip("roadrunner")
    block = next(b for b in body.wiring.blocks if {"central", "central_s"} & set(b.states))
    assert antimony.loadAntimonyString(written_in_antimony(body, block, doses)) >= 0, antimony.getLastError()
    runner = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-11, 1e-13
    runner.integrator.setValue("maximum_num_steps", 100_000)
    found = np.asarray(runner.simulate(times=list(MOMENTS), selections=list(block.states)))
    shown = shown_by(body.stages["body"], dict(zip(block.states, found.T, strict=True)))
    for port in (p for p in shown if p.endswith("_s")):
        assert np.abs(shown[port] - plasma[port]).max() < 1e-6 * plasma[port].max(), port


def shown_by(stage, states):
    """What the stage reads out of states over time; those of other blocks are taken as zero."""
    still = {k: jnp.zeros(len(MOMENTS)) for k in stage.initial()}
    return jax.vmap(lambda s: stage.readouts(jnp.zeros(()), s, {}))({**still, **states})


def written_in_antimony(body, block, doses):
    """The block as rate rules, its doses as events that change inputs or amounts."""
    a, b = (np.asarray(m) for m in coefficients(body.stages["body"], block))
    lines = ["model body()", *(f"  {p} = 0" for p in block.ports), *(f"  {x} = 0" for x in block.states)]
    for i, x in enumerate(block.states):
        terms = [
            f"{v!r}*{n}" for v, n in zip(map(float, (*a[i], *b[i])), (*block.states, *block.ports), strict=True) if v
        ]
        lines.append(f"  {x}' = {' + '.join(terms) or '0'}")
    for dose in (d for d in doses if d.port in block.ports):
        lines += infused(dose) if isinstance(dose, Infusion) else injected(dose, block, b)
    return "\n".join([*lines, "end"])


def infused(dose):
    height = dose.amount / dose.duration
    times = ((dose.start, "+"), (dose.start + dose.duration, "-"))
    return [
        f"  at (time >= {t!r}), fromTrigger=false: {dose.port} = {dose.port} {sign} {height!r}" for t, sign in times
    ]


def injected(dose, block, b):
    column = b[:, block.ports.index(dose.port)]
    gains = [f"{x} = {x} + {float(v) * dose.amount!r}" for x, v in zip(block.states, column, strict=True) if v]
    return [f"  at (time >= {dose.start!r}), fromTrigger=false: {', '.join(gains)}"]
