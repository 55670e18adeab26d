"""Rivals on the clinic's rows: the quicker road finds a posterior that is known, and stored runs are of today."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.calibrate.inference.prior import priors
from resynapse.calibrate.posterior import calibration, calibrations
from resynapse.calibrate.stages.clinic.arms import evidence
from resynapse.calibrate.stages.clinic.near import top_of
from resynapse.calibrate.stages.clinic.nodes import first
from resynapse.calibrate.stages.clinic.question import followed
from resynapse.calibrate.stages.clinic.rivals.bridge import GROUPS, bridged
from resynapse.calibrate.stages.clinic.rivals.rival import DEFAULT, known, rival, run_of
from resynapse.calibrate.stages.clinic.rivals.shared import Shared
from resynapse.calibrate.stages.clinic.rivals.today import fits_today
from resynapse.calibrate.stages.clinic.stage import posing
from resynapse.calibrate.stages.clinic.surrogate import Asked, emulated, still
from resynapse.core.errors import RequestError
from resynapse.hypothesis.library import names


def bent(z):
    """A prior of 1 in each direction, and measurements that bend the two first and leave a long tail."""
    return -0.5 * (z**2).sum() - 0.5 * ((jnp.exp(0.6 * z[0]) + z[1] - 1.5) / 0.4) ** 2 - 0.5 * ((z[2] - 1.0) / 0.2) ** 2


@pytest.fixture(scope="module")
def found():
    some = jax.jit(jax.vmap(jax.value_and_grad(bent)))

    def of(z):
        high, slope = some(jnp.asarray(z))
        return np.asarray(high), np.asarray(slope)

    def up(z):
        high, slope = of(z[None])
        return float(high[0]), slope[0]

    top = top_of(up, [np.full(3, 0.1)])
    return top, bridged(of, top, 2000, 3)


def test_annealed_draws_follow_a_posterior_that_is_no_normal_law(found):
    grid = np.linspace(-5, 5, 801)
    a, b = np.meshgrid(grid, grid, indexing="ij")
    weight = np.exp(-0.5 * (a**2 + b**2) - 0.5 * ((np.exp(0.6 * a) + b - 1.5) / 0.4) ** 2)
    weight /= weight.sum()
    z = found[1].z
    for own, column in ((a, 0), (b, 1)):
        mean, sd = (weight * own).sum(), np.sqrt((weight * own**2).sum() - (weight * own).sum() ** 2)
        assert z[:, column].mean() == pytest.approx(mean, abs=0.1)
        assert z[:, column].std() == pytest.approx(sd, rel=0.1)
    assert z[:, 2].mean() == pytest.approx(1.0 / 1.04, abs=0.02)


def test_groups_never_mix_and_agree(found):
    groups = found[1].groups
    assert groups.shape == (GROUPS, 500, 3)
    assert np.ptp(groups.mean(axis=1), axis=0).max() < 0.35
    assert found[1].temperatures[-1] == 1.0


def test_the_normal_law_is_the_curvature_at_the_top(found):
    top, _ = found
    assert np.allclose(np.linalg.inv(top.wide @ top.wide.T), top.precision, rtol=1e-3, atol=0.02)
    z = top.draws(4000, 1)
    assert np.cov(z.T) == pytest.approx(np.linalg.inv(top.precision), abs=0.08)
    assert float(top.log_density(top.at[None])[0]) == pytest.approx(0.0)


def test_every_explanation_with_a_human_chain_is_known():
    assert set(known()) == {DEFAULT, *names()}
    assert "brain.k_on" in rival("expectancy_only").chosen
    assert rival(DEFAULT).chosen == ()
    with pytest.raises(RequestError) as refused:
        rival("expectancy")
    assert refused.value.nearest == "expectancy_only"


@pytest.fixture(scope="module")
def trial():
    """One small trial, and who stands for many in it."""
    told = evidence()
    arms = {k: a for k, a in told.arms.items() if k[0] == "murrough2013a"}
    rows = tuple(r for r in told.rows if r.study == "murrough2013a")
    few = replace(told, arms=arms, rows=rows, regimens={"iv05": told.regimens["iv05"]}, also={"iv05": ()})
    return few, {name: first(of, 16) for name, of in few.populations.items()}


def question(name, trial, values=()):
    """What a chain is asked in it."""
    chain = rival(name).chain
    return Asked(chain, followed(*trial), priors(chain, values), {}, float(chain.parameters["scale.worst"]))


def test_a_drug_that_moves_nobody_needs_no_stand_in(trial):
    asked = question("expectancy_only", trial)
    posed = posing(still(asked), trial[0])
    assert np.abs(np.asarray(posed.relieved(jnp.zeros(posed.size)))).max() < 1e-3
    assert asked.told(np.zeros((5, 0))).shape[0] == 5


def test_one_program_says_of_every_chain_what_its_own_density_says(trial):
    stand_in = emulated(question(DEFAULT, trial, ("receptor.k_interneuron", "mood.w_l")), 24, 1)
    own = posing(stand_in, trial[0])
    every = Shared(posing(still(question(DEFAULT, trial)), trial[0]), trial[1], 4)
    z = np.random.default_rng(2).standard_normal((3, every.size))
    numbers, mine = every.numbers(stand_in), every.own(z, 2)
    high, slope = every.slopes(numbers, z)
    alone = np.asarray(jax.jit(jax.vmap(own.log_density))(jnp.asarray(mine)))
    assert high == pytest.approx(alone - 0.5 * (z[:, 2:4] ** 2).sum(axis=1))
    assert slope[:, 2:4] == pytest.approx(-z[:, 2:4])
    likely = every.log_likelihood(z, every.relieved(numbers, z))
    assert likely == pytest.approx(alone + 0.5 * (mine**2).sum(axis=1))


@pytest.mark.parametrize("name", [n for n in known() if run_of(n) in calibrations()])
def test_runs_on_file_are_of_todays_rows(name):
    run = calibration(run_of(name))
    assert run.record.method == "smc"
    assert run.record.more["of"] == name
    assert fits_today(run)
    assert {row.row for row in run.record.data} == {row.id for row in evidence().rows}
    assert not set(rival(name).chosen) & set(run.addresses)
