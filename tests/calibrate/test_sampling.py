"""The sampler gives closed-form posteriors back, says when it has not converged, and its ranks are uniform."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from resynapse.calibrate.inference.checking import Ranks, checked
from resynapse.calibrate.inference.identifiability import directions, learned
from resynapse.calibrate.inference.observed import Count, Mean
from resynapse.calibrate.inference.sampling import Begin, Plan, Target, begun, diagnostics, sampled, worst
from resynapse.core.errors import RequestError


@pytest.fixture(scope="module")
def found():
    """One run for several closed forms: a normal mean, a chance from counts, a value that nothing tells, 60 truths."""
    means, seen, data = [Mean(1.2, 0.5), Mean(0.4, 0.7)], Count(7, 20), jnp.asarray(noisy_truths()[1])

    def log_likelihood(z):
        normal = sum(d.log_density(z[0]) for d in means)
        return normal + seen.log_density(jax.scipy.stats.norm.cdf(z[1])) - 0.5 * (((data - z[3:]) / 0.8) ** 2).sum()

    names = ("mu", "chance", "idle", *(f"a{k}" for k in range(len(data))))
    return sampled(Target(names, log_likelihood), 1, Plan(warmup=300, draws=600, starts=64, dense=False))


def noisy_truths():
    chance = np.random.default_rng(7)
    truths = chance.standard_normal(60)
    return truths, truths + 0.8 * chance.standard_normal(60)


def test_normal_data_give_the_normal_posterior(found):
    precision = 1 + 1 / 0.5**2 + 1 / 0.7**2
    middle = (1.2 / 0.5**2 + 0.4 / 0.7**2) / precision
    assert found.converged
    assert found.flat[:, 0].mean() == pytest.approx(middle, abs=0.03)
    assert found.flat[:, 0].std() == pytest.approx(precision**-0.5, rel=0.06)
    assert learned(found.names, found.flat).not_identified == ("idle",)


def test_counts_give_the_beta_posterior(found):
    exact = stats.beta(8, 14)
    chance = stats.norm.cdf(found.flat[:, 1])
    assert chance.mean() == pytest.approx(exact.mean(), abs=0.01)
    assert np.quantile(chance, [0.05, 0.95]) == pytest.approx(exact.ppf([0.05, 0.95]), abs=0.02)


def test_ranks_of_the_sampler_are_uniform(found):
    ranks = (found.thinned(99)[:, 3:] < noisy_truths()[0]).sum(axis=0) / 100.0
    assert Ranks(("a",), ranks[:, None]).band().outside == ()


def test_a_run_tells_how_it_began(found):
    assert len(found.tops) == 8 and found.tops[0] - found.tops[-1] < 0.1
    assert found.saturated == 0.0 and found.z.shape == (4, 600, 63)


def test_a_start_finds_the_higher_of_two_tops():
    def two(z):
        return jnp.logaddexp(30.0 - 50 * (z[0] - 1.5) ** 2, -50 * (z[0] + 1.5) ** 2)

    starts, tops = begun(Target(("x",), two), 1, Plan(starts=256))
    assert starts == pytest.approx(np.full((4, 1), 1.5), abs=0.5)
    assert tops[0] == pytest.approx(30 - 0.5 * 1.485**2, abs=0.1)


def test_a_known_top_gives_starts_like_draws():
    covariance = np.array([[1.0, 0.6], [0.6, 0.5]])
    starts = Begin(np.array([2.0, -1.0]), covariance, (0.0,)).chains(4000, seed=1)
    assert starts.mean(axis=0) == pytest.approx([2.0, -1.0], abs=0.05)
    assert np.cov(starts.T) == pytest.approx(covariance, abs=0.06)


def test_chains_that_disagree_have_not_converged():
    chance = np.random.default_rng(1)
    apart = chance.normal(size=(4, 500, 2)) + np.array([0, 0, 0, 1.0])[:, None, None] * np.array([1.0, 0.0])
    told = diagnostics(("apart", "together"), apart)
    assert not told["apart"].good and told["together"].good
    assert worst(told).rhat == told["apart"].rhat


def test_directions_name_what_only_a_sum_tells():
    chance = np.random.default_rng(2)
    total, rest = 0.05 * chance.normal(size=4000), chance.normal(size=4000)
    z = np.stack([(total + rest) / np.sqrt(2), (total - rest) / np.sqrt(2)], axis=1)
    (open_one, known) = directions(("a", "b"), z, 2)
    assert open_one.ratio == pytest.approx(1.0, abs=0.05) and known.ratio < 0.06
    weights = dict(open_one.weights)
    assert weights["a"] * weights["b"] < 0


def conjugate(shrunk):
    def infer(data, seed):
        precision = 1 + len(data) / 0.8**2
        middle, sd = data.sum(axis=0) / 0.8**2 / precision, precision**-0.5
        return middle + shrunk * sd * np.random.default_rng(seed).standard_normal((99, 2))

    return infer


def noisy(truths, chance):
    return truths[:, None] + 0.8 * chance.standard_normal((len(truths), 5, 2))


def test_ranks_of_a_right_posterior_are_uniform():
    ranks = checked(("a", "b"), noisy, conjugate(1.0), 300, seed=1)
    assert isinstance(ranks, Ranks) and ranks.ranks.shape == (300, 2)
    assert ranks.band().outside == ()


def test_ranks_of_a_posterior_that_is_too_sure_are_not():
    assert checked(("a", "b"), noisy, conjugate(0.5), 300, seed=1).band().outside == ("a", "b")


def test_too_few_rounds_are_refused():
    with pytest.raises(RequestError, match="show nothing"):
        checked(("a",), noisy, conjugate(1.0), 5, seed=1)
