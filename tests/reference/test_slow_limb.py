"""The slow monoamine limb: closed forms, the same numbers without a slow drug, and how well its shortcuts hold."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.body.tablets import daily, evenly
from resynapse.chains import default_chain, prior_chain
from resynapse.compound.antidepressant import antidepressants
from resynapse.core.chain import Chain
from resynapse.core.event import Infusion, Level
from resynapse.core.solver import GridPlan, protocol, rest
from resynapse.core.solver.kernel.march import march
from resynapse.person.lived.course_of_life import PLAN, WEEK, slow_motion
from resynapse.slow_chains import course_chain, mean_levels, slow_chain, tablet_chain, tablets_chain

LOAD = 0.6
WEEKS = WEEK * np.arange(7)


def ill(chain: Chain):
    return rest(chain, {"load": LOAD}).state


def course(chain: Chain, happenings, times, ports=("madrs_total",), plan=PLAN):
    together = protocol(chain.external, [[Level("load", 0.0, LOAD), *happenings]])
    found = march(chain, together, ill(chain), (0.0, float(times[-1])), times, ports, plan)
    return {port: value[0] for port, value in found.signals.items()}


def level(drug: str, mg: float, weeks: int = 6):
    means = mean_levels(tablets_chain(), drug, mg)
    return [Level(f"cp_{ligand}", 0.0, float(c), WEEK * weeks) for ligand, c in means.items()]


def plasma(happenings, times, ligand):
    chain = tablets_chain()
    together = protocol(chain.external, [happenings])
    port = f"cp_{ligand}"
    return march(chain, together, chain.initial(), (0.0, float(times[-1]) + 1.0), times, (port,)).signals[port][0]


def test_one_tablet_is_bateman():
    hours = np.array([1.0, 6.0, 24.0, 96.0])
    ka, k, cl = 0.8, np.log(2) / 33.0, 25.2
    wanted = 1000.0 * 40.0 * k / cl * ka / (ka - k) * (np.exp(-k * hours) - np.exp(-ka * hours))
    np.testing.assert_allclose(plasma(daily("citalopram", 40.0, 0.0, 1), hours, "citalopram"), wanted, rtol=1e-9)


@pytest.mark.parametrize("drug", antidepressants())
def test_lasting_tablets_come_to_the_mean_level(drug):
    for ligand, mean in mean_levels(tablets_chain(), drug, 30.0).items():
        found = plasma([evenly(drug, 30.0, 0.0, 125.0)], np.array([2999.0]), ligand)
        assert float(found[0]) == pytest.approx(float(mean), rel=2e-3)


def test_a_metabolite_lives_off_its_parent():
    times = np.linspace(0.0, 2399.0, 4000)
    found = plasma(daily("fluoxetine", 20.0, 0.0, 1), times, "norfluoxetine")
    assert np.trapezoid(found, times) == pytest.approx(1000.0 * 20.0 / 10.1, rel=2e-3)


def test_half_of_a_site_at_the_half_effective_level_and_ligands_share_it():
    chain = course_chain()
    both = [Level("cp_fluoxetine", 0.0, 41.0), Level("cp_norfluoxetine", 0.0, 41.0)]
    one = course(chain, both[:1], np.array([24.0]), ("inhibition_sert",))["inhibition_sert"]
    two = course(chain, both, np.array([24.0]), ("inhibition_sert",))["inhibition_sert"]
    assert one == pytest.approx(0.5)
    assert two == pytest.approx(2.0 / 3.0)


def test_monoamine_oxidase_is_lost_and_made_anew_as_the_closed_form_says():
    chain, tau = course_chain(), float(course_chain().parameters["uptake.tau_mao"])
    load, days = 9.0, np.array([24.0, 240.0, 960.0, 1200.0, 2400.0])
    half = float(chain.parameters["uptake.ec50.tranylcypromine.mao"])
    found = course(chain, [Level("cp_tranylcypromine", 0.0, load * half, 960.0)], days, ("inhibition_mao",))
    down = 1.0 - (1.0 + load * np.exp(-(1.0 + load) * days[:3] / tau)) / (1.0 + load)
    up = down[2] * np.exp(-(days[3:] - 960.0) / tau)
    np.testing.assert_allclose(found["inhibition_mao"], [*down, *up], rtol=1e-6)


def test_the_slow_drive_is_one_exponential():
    chain, times = course_chain(), np.array([12.0, 48.0, 168.0, 672.0])
    found = course(chain, [Level("cp_citalopram", 0.0, 9.9)], times, ("monoamine_drive", "monoamine_tone"))
    tone, tau = 1.0 - np.exp(-0.5), float(chain.parameters["monoamine.tau_v"])
    np.testing.assert_allclose(found["monoamine_tone"], tone, rtol=1e-9)
    np.testing.assert_allclose(found["monoamine_drive"], tone * (1.0 - np.exp(-times / tau)), rtol=1e-6)


def test_without_a_slow_drug_the_chain_is_the_default_one():
    fast, slow, times = default_chain(), slow_chain(), np.linspace(0.0, 96.0, 33)
    ports = tuple(p.name for p in fast.wiring.ports if p.name not in {e.name for e in fast.external})
    given = [Infusion(f"iv_ketamine_{e}", 0.0, 73.6, 0.667) for e in "sr"]
    found, wanted = (course(chain, given, times, ports, GridPlan()) for chain in (slow, fast))
    for port in ports:
        np.testing.assert_allclose(found[port], wanted[port], rtol=1e-12, atol=1e-12, err_msg=port)


def test_the_course_chain_lives_as_the_uncalibrated_default_where_nothing_is_taken():
    ports = ("despair", "stress", "spine_density", "madrs_total")
    times, change = WEEK * np.arange(1, 5), [Level("load", WEEK, 0.2, 2.0 * WEEK)]
    found = course(course_chain(), change, times, ports, GridPlan())
    wanted = course(prior_chain(), change, times, ports, GridPlan())
    for port in ports:
        np.testing.assert_allclose(found[port], wanted[port], rtol=1e-9, atol=1e-9)


def test_mean_levels_stand_in_for_daily_tablets():
    real, even, mean = (
        course(tablet_chain(), daily("citalopram", 30.0, 0.0, 42), WEEKS, plan=GridPlan())["madrs_total"],
        course(tablet_chain(), [evenly("citalopram", 30.0, 0.0, 42.0)], WEEKS, plan=GridPlan())["madrs_total"],
        course(course_chain(), level("citalopram", 30.0), WEEKS, plan=GridPlan())["madrs_total"],
    )
    np.testing.assert_allclose(even, real, atol=0.1)
    np.testing.assert_allclose(even[4:], real[4:], atol=0.02)
    assert np.abs(mean - real)[1] < 0.3
    assert np.abs(mean - real)[4:].max() < 0.1


def test_steps_of_an_hour_are_enough_and_what_is_unhurried_is_hardly_late():
    quiet = course_chain().with_values({"brain.k_off": 0.1})
    exact = course(quiet, level("citalopram", 40.0), WEEKS, plan=GridPlan())["madrs_total"]
    shortcut = course(slow_motion(), level("citalopram", 40.0), WEEKS)["madrs_total"]
    halved = course(slow_motion(), level("citalopram", 40.0), WEEKS, plan=PLAN.halved)["madrs_total"]
    np.testing.assert_allclose(shortcut, halved, atol=34e-4)
    np.testing.assert_allclose(shortcut, exact, atol=0.05)


def test_one_chain_takes_tablets_and_ketamine_together():
    chain, times = slow_chain(), np.array([24.0 * 15])
    tablets = [evenly("escitalopram", 15.0, 0.0, 20.0)]
    infusion = [Infusion(f"iv_ketamine_{e}", 336.0, 73.6, 0.667) for e in "sr"]
    falls = [
        34.0 - course(chain, h, times, plan=GridPlan())["madrs_total"][0]
        for h in (tablets, infusion, tablets + infusion)
    ]
    assert 0.5 < falls[0] < falls[2]
    assert 0.5 < falls[1] < falls[2]


@pytest.mark.parametrize("drug", antidepressants())
def test_every_drug_helps_slowly_and_to_the_same_order(drug):
    reached = antidepressants()[drug].reached.value
    fall = 34.0 - course(slow_motion(), level(drug, reached, 12), WEEK * np.array([1.0, 2.0, 6.0, 12.0]))["madrs_total"]
    assert 0.0 < fall[0] < fall[1] < fall[2] < fall[3] + 1e-6
    assert 2.0 < fall[2] < 9.0


def test_more_is_not_less():
    falls = [
        34.0 - course(slow_motion(), level("citalopram", mg), WEEKS)["madrs_total"][-1] for mg in (0.0, 5.0, 20.0, 60.0)
    ]
    assert falls[0] == pytest.approx(0.0, abs=1e-6)
    assert falls == sorted(falls)
