"""Regional spines, newborn neurons, depletion and the opioid gate: what each adds, and where it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from resynapse.chains import anchored, default_chain, median_load
from resynapse.core.errors import WiringError
from resynapse.core.event import Level
from resynapse.core.solver import own_resting_state, protocol, scaled_errors, solve
from resynapse.core.solver.kernel.march import march
from resynapse.hypothesis import SIBLINGS, Experiment, drives_of, hypothesis
from resynapse.hypothesis.bases import depletable_chain, neurogenic_chain
from resynapse.hypothesis.depletion import Someone, depleted
from resynapse.slow_chains import slow_chain

INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
LONG = [24.0, 336.0, 1008.0]
TABLETS = Experiment("human", "escitalopram", "po", "10 mg")
GATED = ["despair", "opioid_gate", "opioid_release", "glutamate_pfc", "cadss_total"]
SLOW = ["despair", "newborn_neurons"]
STORED = ["despair", "monoamine_drive"]
REGIONS = ["despair", "spine_density", "spine_density_hippocampus", "spine_density_reward", "spine_density_amygdala"]


@cache
def rival(name, species="mouse"):
    slot, made = SIBLINGS[name]
    return anchored(default_chain(species).replace(**{slot: made(species)}))


def test_stress_takes_spines_from_cortex_and_hippocampus_and_adds_them_elsewhere():
    ill = Experiment().follow(rival("regional"), [0.0, 72.0], REGIONS)
    prefrontal, hippocampus, reward, amygdala = (float(ill[p][0]) for p in REGIONS[1:])
    assert 0.6 < prefrontal < 0.85
    assert hippocampus < 1.0 < min(reward, amygdala)


def test_a_dose_restores_prefrontal_spines_more_than_hippocampal_and_no_reward_spines():
    found = Experiment().follow(rival("regional"), [0.0, 72.0], REGIONS)
    gained = {p: float(v[1] - v[0]) for p, v in found.items()}
    assert gained["spine_density"] > gained["spine_density_hippocampus"] > 0.02
    assert gained["spine_density_reward"] == pytest.approx(0.0, abs=1e-6)


def test_regional_spines_leave_the_default_mood_as_it_was():
    usual = Experiment().follow(anchored(default_chain("mouse")), [72.0], ["despair"])["despair"]
    found = Experiment().follow(rival("regional"), [0.0, 72.0], REGIONS)["despair"]
    np.testing.assert_allclose(found[1:], usual, atol=1e-9)


def test_an_open_gate_leaves_the_default_mood_as_it_was_a_day_later():
    usual = INFUSION.follow(anchored(default_chain("human")), [24.0], ["despair"])["despair"]
    found = INFUSION.follow(rival("opioid_gated", "human"), [1.0, 24.0], GATED)["despair"]
    np.testing.assert_allclose(found[1:], usual, atol=2e-3)


@pytest.mark.parametrize(("made", "ports"), [(depletable_chain, STORED), (neurogenic_chain, SLOW)])
def test_without_depletion_and_without_weight_the_slow_chain_is_unchanged(made, ports):
    usual = TABLETS.follow(anchored(slow_chain()), LONG, ["despair"])["despair"]
    np.testing.assert_allclose(TABLETS.follow(made(), LONG, ports)["despair"], usual, rtol=1e-8)


def test_newborn_neurons_rise_over_weeks_of_tablets_and_hardly_after_ketamine():
    tablets, ketamine, nothing = (
        e.follow(neurogenic_chain(), LONG, SLOW)["newborn_neurons"] for e in (TABLETS, INFUSION, TABLETS.control)
    )
    rest = float(nothing[0])
    assert rest < 0.8
    assert abs(tablets[0] - rest) < 0.005 < 0.1 < tablets[-1] - rest
    assert np.abs(ketamine - rest).max() < 0.02


def test_newborn_neurons_do_to_mood_what_their_weight_says():
    weighed = anchored(neurogenic_chain().with_values({"mood.w_newborn": 1.0}))
    slow = [TABLETS.follow(chain, LONG, SLOW)["despair"][-1] for chain in (neurogenic_chain(), weighed)]
    assert slow[1] < slow[0] - 0.02
    fast = [INFUSION.follow(chain, LONG, SLOW)["despair"][0] for chain in (neurogenic_chain(), weighed)]
    assert fast[1] > fast[0]


HEALTHY = Someone(rho=0.4, load=0.0)
VULNERABLE = Someone(rho=0.8, load=0.25)
RUMINATING = tuple(Someone(rho=0.8, load=float(load)) for load in np.linspace(0.0, 0.6, 25))


def test_depletion_leaves_healthy_people_well_and_tips_some_near_the_edge():
    """Where the edge lies hangs on the values; who stands just before it falls, and who stands far from it does not."""
    found = depleted(depletable_chain(), [HEALTHY, *RUMINATING])
    well = found.before < 0.5
    assert well[:2].all() and not found.fell_ill[:2].any() and found.during[0] < 0.2
    nearest = int(np.flatnonzero(well)[-1])
    assert found.fell_ill[nearest] and found.stayed_ill[nearest]


def test_where_monoamines_are_all_there_is_depletion_makes_everybody_ill():
    found = depleted(hypothesis("monoamine_only").chain("human"), [HEALTHY, VULNERABLE])
    assert found.fell_ill.all()
    assert not found.stayed_ill[0]


def test_depletion_takes_back_what_tablets_gave():
    on = TABLETS.follow(depletable_chain(), LONG, STORED)
    empty = replace(TABLETS, under=(("monoamine.store_left", 0.2),))
    off = empty.follow(depletable_chain(), LONG, STORED)
    assert off["monoamine_drive"][-1] < 0.0 < on["monoamine_drive"][-1]
    assert off["despair"][-1] > on["despair"][-1] + 0.2


def test_depletion_needs_stores():
    with pytest.raises(WiringError, match="DepletableMonoamine"):
        depleted(slow_chain(), [HEALTHY])


def test_an_antagonist_shuts_the_gate_and_nothing_else():
    chain = rival("opioid_gated", "human")
    blocked = replace(INFUSION, under=(("mood.mu_free", 0.05),))
    free, shut = (e.follow(chain, [1.0, 24.0], GATED) for e in (INFUSION, blocked))
    assert shut["opioid_gate"].max() < 0.3
    assert 1.0 - shut["despair"][1] < 0.3 * (1.0 - free["despair"][1])
    np.testing.assert_allclose(shut["cadss_total"], free["cadss_total"], atol=1e-9)
    np.testing.assert_allclose(shut["glutamate_pfc"], free["glutamate_pfc"], atol=1e-9)


def test_an_antagonist_makes_nobody_ill():
    well = Experiment("human", drug=None, stress=0.0, under=(("mood.mu_free", 0.05),))
    assert abs(well.follow(rival("opioid_gated", "human"), [24.0], GATED)["despair"][0]) < 0.01


def test_the_gate_opens_with_the_burst():
    found = INFUSION.follow(rival("opioid_gated", "human"), [0.0, 1.0, 24.0], GATED)
    assert found["opioid_gate"][1] > found["opioid_gate"][0] == pytest.approx(1.0)
    assert found["opioid_release"][1] > 1.1
    assert found["opioid_gate"][2] == pytest.approx(1.0, abs=0.01)


def everything_of_mice():
    return rival("regional").replace(mood=SIBLINGS["opioid_gated"][1]("mouse"))


def everything_of_people():
    return neurogenic_chain().replace(monoamine=depletable_chain().stages["monoamine"])


@pytest.mark.slow
@pytest.mark.parametrize(("made", "experiment"), [(everything_of_mice, Experiment()), (everything_of_people, INFUSION)])
def test_the_march_gives_the_numbers_of_the_cascade(made, experiment):
    chain = anchored(made())
    load, times = float(median_load(chain)), np.array([0.5, 2.0])
    weight = 0.025 if experiment.species == "mouse" else 70.0
    held = chain.with_values({"body.weight": weight})
    happenings = (Level("load", 0.0, load), *experiment.happenings(held, weight, 2.0))
    doses, start = protocol(held.external, [happenings]), own_resting_state(held, {"load": load}, "ill")
    solution = solve(held, doses, start, (0.0, 2.0))
    found = march(held, doses, start, (0.0, 2.0), times)
    expected = {port: v for port, v in solution.at(times).items() if port in found.signals}
    assert max(scaled_errors(found.signals, expected, held.wiring.ports).values()) < 1e-9


def test_which_blend_a_chain_is():
    assert drives_of(default_chain("mouse")) == {"activity": 1, "eef2": 1, "hnk": 1, "trkb": 0, "habenula": 1}
    mixed = drives_of(hypothesis("mixture").chain("mouse"))
    assert mixed == {"activity": 1, "eef2": 1, "hnk": 0, "trkb": 0, "habenula": 0.5}
