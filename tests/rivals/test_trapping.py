"""Trapping block: it agrees with the competitive theory where it must, differs where it says, and is solved exactly."""

from __future__ import annotations

from dataclasses import replace

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.chains import default_chain, median_load
from resynapse.core.event import Level
from resynapse.core.solver import certify, protocol, rest, solve
from resynapse.hypothesis import SIBLINGS, Experiment
from resynapse.receptor.binding import POOLS

CONCENTRATIONS = (0.01, 0.4, 1.0, 10.0, 60.0)


@pytest.fixture(scope="module")
def stage():
    return SIBLINGS["trapping"][1]("mouse")


@pytest.fixture(scope="module")
def two(stage):
    """The same stage with a second drug, as tight as racemic ketamine and trapped like lanicemine."""
    affinities = {**stage.affinities, ("other", "nmdar"): stage.racemate}
    return replace(stage, affinities=affinities, family=(*stage.family, ("other", "lanicemine")))


def inputs(stage, **given):
    """Concentrations of all ligands, zero unless given."""
    return {p.name: jnp.asarray(given.get(p.name, 0.0)) for p in stage.reads}


def racemate(c):
    return {"ce_ketamine_s": c / 2, "ce_ketamine_r": c / 2}


def settled(stage, given, hours=2000.0):
    """The states after a long time at constant concentrations, by an implicit adaptive solver."""
    return _settled(replace(stage, provenance=()), given, jnp.asarray(hours))


@eqx.filter_jit
def _settled(stage, given, hours):
    term = diffrax.ODETerm(lambda t, y, held: held[0].rates(t, y, held[1]))
    found = diffrax.diffeqsolve(
        term,
        diffrax.Kvaerno5(),
        0.0,
        hours,
        1e-4,
        stage.initial(),
        args=(stage, given),
        stepsize_controller=diffrax.PIDController(rtol=1e-10, atol=1e-12),
        max_steps=20_000,
    )
    return {name: v[-1] for name, v in found.ys.items()}


@pytest.mark.parametrize("c", CONCENTRATIONS)
def test_ketamine_at_equilibrium_is_the_competitive_theory(stage, c):
    usual = default_chain("mouse").stages["receptor"].outputs(jnp.zeros(()), {}, inputs(stage, **racemate(c)))
    found = stage.outputs(jnp.zeros(()), settled(stage, inputs(stage, **racemate(c))), inputs(stage, **racemate(c)))
    assert found.keys() == usual.keys()
    for port, value in usual.items():
        np.testing.assert_allclose(found[port], value, rtol=1e-7, err_msg=port)


@pytest.mark.parametrize("activity", [0.003, 0.2])
def test_activity_decides_how_fast_and_not_how_much(stage, activity):
    given = inputs(stage, **racemate(1.0))
    own = replace(stage, activity_resting=jnp.asarray(activity))
    rate = activity * float(stage.k_on) * (1.0 + float(stage.k_resting))
    early = settled(own, given, hours=0.1)["resting_ketamine"]
    np.testing.assert_allclose(early, 0.5 * (1.0 - np.exp(-rate * 0.1)), rtol=1e-6)
    np.testing.assert_allclose(settled(own, given)["resting_ketamine"], 0.5, rtol=1e-7)


def test_what_is_trapped_less_blocks_less_and_least_where_activations_are_brief(two):
    same = {"ce_other": 1.0}
    found = settled(two, inputs(two, **same))
    for pool in POOLS:
        ketamine = float(two.at_equilibrium({"ketamine": jnp.asarray(1.0)})[pool])
        other = float(two.at_equilibrium({"lanicemine": jnp.asarray(1.0)})[pool])
        np.testing.assert_allclose(found[f"{pool}_lanicemine"], other, rtol=1e-7)
        assert other < ketamine
    lost = {pool: float(two.apparent(pool, "lanicemine") / two.apparent(pool, "ketamine")) for pool in POOLS}
    assert lost["interneuron"] < lost["resting"] < lost["pyramidal"]
    np.testing.assert_allclose(lost["pyramidal"], (1 + 0.46 * 10) / (1 + 0.14 * 10), rtol=1e-12)


def test_two_drugs_compete_for_one_site(two):
    given = inputs(two, **racemate(1.0), ce_other=2.0)
    found = settled(two, given)
    wanted = two.at_equilibrium({"ketamine": jnp.asarray(1.0), "lanicemine": jnp.asarray(2.0)})
    for pool in POOLS:
        np.testing.assert_allclose(two.outputs(jnp.zeros(()), found, given)[f"occupancy_nmdar_{pool}"], wanted[pool])


def test_fully_trapped_drugs_are_all_alike(two):
    full = replace(two, trapped={key: jnp.ones(()) for key in two.trapped})
    for pool in POOLS:
        np.testing.assert_allclose(full.apparent(pool, "lanicemine"), full.apparent(pool, "ketamine"))


def test_block_of_silent_channels_outlasts_the_drug(stage):
    held = {**stage.initial(), "resting_ketamine": jnp.asarray(0.5), "interneuron_ketamine": jnp.asarray(0.5)}
    rates = stage.rates(jnp.zeros(()), held, inputs(stage))
    half_life = {pool: np.log(2) * 0.5 / -float(rates[f"{pool}_ketamine"]) for pool in ("resting", "interneuron")}
    assert 0.5 < half_life["resting"] < 2.0
    assert half_life["interneuron"] < 0.25


@pytest.mark.parametrize(("species", "dose"), [("mouse", "10 mg/kg"), ("rat", "200 mg/kg")])
def test_the_protocol_grid_follows_a_stiff_adaptive_solver(species, dose):
    chain = default_chain(species).replace(receptor=SIBLINGS["trapping"][1](species))
    experiment = Experiment(species, dose=dose)
    load = float(median_load(chain))
    doses = protocol(chain.external, [(Level("load", 0.0, load), *experiment.happenings(chain, 0.025, 8.0))])
    one = chain.with_values({"body.weight": [0.025]})
    course = solve(one, doses, rest(one, {"load": load}).state, (0.0, 8.0))
    times = np.array([0.05, 0.25, 1.0, 4.0, 8.0])
    found, grid = course.at(times), np.linspace(0.0, 8.0, 4001)
    seen = course.at(grid)
    stage = chain.stages["receptor"]
    ports = [p.name for p in stage.reads]
    smooth = diffrax.CubicInterpolation(
        grid, diffrax.backward_hermite_coefficients(grid, jnp.stack([jnp.asarray(seen[p][0]) for p in ports], axis=1))
    )
    term = diffrax.ODETerm(lambda t, y, _: stage.rates(t, y, dict(zip(ports, smooth.evaluate(t), strict=True))))
    stiff = diffrax.diffeqsolve(
        term,
        diffrax.Kvaerno5(),
        0.0,
        8.0,
        1e-4,
        stage.initial(),
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=1e-8, atol=1e-10),
        max_steps=100_000,
    )
    for pool in POOLS:
        exact = np.asarray(stiff.ys[f"{pool}_ketamine"])
        np.testing.assert_allclose(found[f"occupancy_nmdar_{pool}"][0], exact, atol=3e-4)
    if dose == "10 mg/kg":
        assert max(certify(course, course.check_times).values()) < 1e-4


def test_a_chain_with_it_still_relieves_at_a_day():
    chain = default_chain("mouse").replace(receptor=SIBLINGS["trapping"][1]("mouse"))
    usual = Experiment().follow(default_chain("mouse"), [24.0], ["despair"])["despair"]
    trapped = Experiment().follow(chain, [24.0], ["despair"])["despair"]
    np.testing.assert_allclose(trapped, usual, atol=0.1)
    assert jax.tree.leaves(trapped)[0] < 0.5
