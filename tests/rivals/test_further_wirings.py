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
TABLETS = Experiment("human", "escitalopram", "po", "10 mg")
REGIONS = ["spine_density", "spine_density_hippocampus", "spine_density_reward", "spine_density_amygdala"]


@cache
def rival(name, species="mouse"):
    slot, made = SIBLINGS[name]
    return anchored(default_chain(species).replace(**{slot: made(species)}))


def test_stress_takes_spines_from_cortex_and_hippocampus_and_adds_them_elsewhere():
    ill = Experiment(drug=None).follow(rival("regional"), [0.0], REGIONS)
    prefrontal, hippocampus, reward, amygdala = (float(ill[p][0]) for p in REGIONS)
    assert 0.6 < prefrontal < 0.85
    assert hippocampus < 1.0 < min(reward, amygdala)


def test_a_dose_restores_prefrontal_spines_more_than_hippocampal_and_no_reward_spines():
    found = Experiment().follow(rival("regional"), [0.0, 72.0], REGIONS)
    gained = {p: float(v[1] - v[0]) for p, v in found.items()}
    assert gained["spine_density"] > gained["spine_density_hippocampus"] > 0.02
    assert gained["spine_density_reward"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", ["regional", "opioid_gated"])
def test_a_sibling_leaves_the_default_mood_as_it_was(name):
    times, tolerance = [24.0, 72.0], 1e-9 if name == "regional" else 2e-3
    usual = Experiment().follow(anchored(default_chain("mouse")), times, ["despair"])["despair"]
    np.testing.assert_allclose(Experiment().follow(rival(name), times, ["despair"])["despair"], usual, atol=tolerance)


@pytest.mark.parametrize("made", [depletable_chain, neurogenic_chain])
def test_without_depletion_and_without_weight_the_slow_chain_is_unchanged(made):
    times = [168.0, 1008.0]
    usual = TABLETS.follow(anchored(slow_chain()), times, ["despair"])["despair"]
    np.testing.assert_allclose(TABLETS.follow(made(), times, ["despair"])["despair"], usual, rtol=1e-8)


def test_newborn_neurons_rise_over_weeks_of_tablets_and_hardly_after_ketamine():
    tablets = TABLETS.follow(neurogenic_chain(), [24.0, 1008.0], ["newborn_neurons"])["newborn_neurons"]
    ketamine = INFUSION.follow(neurogenic_chain(), [24.0, 336.0], ["newborn_neurons"])["newborn_neurons"]
    rest = float(TABLETS.control.follow(neurogenic_chain(), [1.0], ["newborn_neurons"])["newborn_neurons"][0])
    assert rest < 0.8
    assert abs(tablets[0] - rest) < 0.005 < 0.1 < tablets[1] - rest
    assert np.abs(ketamine - rest).max() < 0.02


def test_newborn_neurons_do_to_mood_what_their_weight_says():
    weighed = anchored(neurogenic_chain().with_values({"mood.w_newborn": 1.0}))
    late = [TABLETS.follow(chain, [1008.0], ["despair"])["despair"][0] for chain in (neurogenic_chain(), weighed)]
    assert late[1] < late[0] - 0.02
    early = [INFUSION.follow(chain, [24.0], ["despair"])["despair"][0] for chain in (neurogenic_chain(), weighed)]
    assert early[1] > early[0]


HEALTHY = Someone(rho=0.4, load=0.0)
VULNERABLE = Someone(rho=0.8, load=0.25)


def test_depletion_leaves_healthy_people_well_and_tips_some_near_the_edge():
    found = depleted(depletable_chain(), [HEALTHY, Someone(0.8, 0.0), Someone(0.8, 0.15), VULNERABLE])
    assert found.before.max() < 0.5
    assert (found.during[:3] < 0.5).all() and found.during[0] < 0.2
    assert found.fell_ill.tolist() == [False, False, False, True]
    assert found.stayed_ill.tolist() == [False, False, False, True]


def test_where_monoamines_are_all_there_is_depletion_makes_everybody_ill():
    found = depleted(hypothesis("monoamine_only").chain("human"), [HEALTHY, VULNERABLE])
    assert found.fell_ill.all()
    assert not found.stayed_ill[0]


def test_depletion_takes_back_what_tablets_gave():
    on = TABLETS.follow(depletable_chain(), [1008.0], ["despair", "monoamine_drive"])
    empty = replace(TABLETS, under=(("monoamine.store_left", 0.2),))
    off = empty.follow(depletable_chain(), [1008.0], ["despair", "monoamine_drive"])
    assert off["monoamine_drive"][0] < 0.0 < on["monoamine_drive"][0]
    assert off["despair"][0] > on["despair"][0] + 0.2


def test_depletion_needs_stores():
    with pytest.raises(WiringError, match="DepletableMonoamine"):
        depleted(slow_chain(), [HEALTHY])


def test_an_antagonist_shuts_the_gate_and_nothing_else():
    chain = rival("opioid_gated", "human")
    blocked = replace(INFUSION, under=(("mood.mu_free", 0.05),))
    ports = ["despair", "opioid_gate", "cadss_total", "glutamate_pfc", "spine_density"]
    free, shut = (e.follow(chain, [1.0, 24.0], ports) for e in (INFUSION, blocked))
    assert shut["opioid_gate"].max() < 0.3
    assert 1.0 - shut["despair"][1] < 0.3 * (1.0 - free["despair"][1])
    np.testing.assert_allclose(shut["cadss_total"], free["cadss_total"], atol=1e-9)
    np.testing.assert_allclose(shut["glutamate_pfc"], free["glutamate_pfc"], atol=1e-9)


def test_an_antagonist_makes_nobody_ill():
    well = Experiment("human", drug=None, stress=0.0, under=(("mood.mu_free", 0.05),))
    assert abs(well.follow(rival("opioid_gated", "human"), [24.0], ["despair"])["despair"][0]) < 0.01


def test_the_gate_opens_with_the_burst():
    found = Experiment().follow(rival("opioid_gated"), [0.0, 1.0, 24.0], ["opioid_gate", "opioid_release"])
    assert found["opioid_gate"][1] > found["opioid_gate"][0] == pytest.approx(1.0)
    assert found["opioid_release"][1] > 1.1
    assert found["opioid_gate"][2] == pytest.approx(1.0, abs=0.01)


CHAINS = {
    "regional": lambda: rival("regional"),
    "opioid_gated": lambda: rival("opioid_gated"),
    "depletable": depletable_chain,
    "neurogenic": neurogenic_chain,
}


@pytest.mark.parametrize("name", sorted(CHAINS))
def test_the_march_gives_the_numbers_of_the_cascade(name):
    chain = CHAINS[name]()
    experiment = Experiment() if name in SIBLINGS else INFUSION
    load, times = float(median_load(chain)), np.array([0.5, 2.0, 12.0])
    weight = 0.025 if experiment.species == "mouse" else 70.0
    held = chain.with_values({"body.weight": weight})
    happenings = (Level("load", 0.0, load), *experiment.happenings(held, weight, 12.0))
    doses, start = protocol(held.external, [happenings]), own_resting_state(held, {"load": load}, "ill")
    solution = solve(held, doses, start, (0.0, 12.0))
    found = march(held, doses, start, (0.0, 12.0), times)
    expected = {port: v for port, v in solution.at(times).items() if port in found.signals}
    assert max(scaled_errors(found.signals, expected, held.wiring.ports).values()) < 1e-9


def test_which_blend_a_chain_is():
    assert drives_of(default_chain("mouse")) == {"activity": 1, "eef2": 1, "hnk": 1, "trkb": 0, "habenula": 1}
    mixed = drives_of(hypothesis("mixture").chain("mouse"))
    assert mixed == {"activity": 1, "eef2": 1, "hnk": 0, "trkb": 0, "habenula": 0.5}
