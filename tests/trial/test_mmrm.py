"""MMRM against closed forms, against itself in other units and orders, and where it has to give up."""

import numpy as np
import pytest
from scipy import stats

from resynapse.core.errors import RequestError
from resynapse.trial.analysis import (
    Ancova,
    HeterogeneousAutoregressive,
    HeterogeneousCompoundSymmetry,
    HeterogeneousToeplitz,
    KenwardRoger,
    Mmrm,
    Satterthwaite,
    Unstructured,
    Visits,
)
from resynapse.trial.analysis.effects import over_time
from resynapse.trial.analysis.likelihood import at, derivatives, seconds
from resynapse.trial.analysis.moments import gather

STRUCTURES = [
    Unstructured(),
    HeterogeneousToeplitz(),
    HeterogeneousAutoregressive(),
    HeterogeneousCompoundSymmetry(),
]
ASKED = Mmrm("ketamine", "midazolam", "day 28")


def complete(seed=3, people=30):
    chance = np.random.default_rng(seed)
    arm = np.where(np.arange(people) % 3, "ketamine", "midazolam")
    baseline = chance.normal(33.0, 5.0, people)
    score = chance.normal(0.0, 8.0, (people, 3)) + 4.0 * chance.normal(size=(people, 1)) + baseline[:, None]
    return Visits(arm, score, ("day 14", "day 21", "day 28"), {"baseline": baseline})


@pytest.fixture
def trial(null_trials):
    return null_trials.repeated(11)


def numbers(estimate):
    return [estimate.estimate, estimate.se, estimate.df, estimate.low, estimate.high, estimate.p]


@pytest.mark.parametrize("freedom", [Satterthwaite(), KenwardRoger()])
def test_on_complete_data_each_visit_is_an_analysis_of_covariance(freedom):
    data = complete()
    found = Mmrm("ketamine", "midazolam", "day 28", freedom=freedom).at_every_visit(data)
    for visit, estimate in found.items():
        np.testing.assert_allclose(
            numbers(estimate), numbers(Ancova("ketamine", "midazolam").analyse(data.at(visit))), rtol=1e-6
        )


def test_without_covariates_it_is_students_t_test():
    data = complete()
    found = Mmrm("ketamine", "midazolam", "day 21", by_visit=()).analyse(data)
    one, other = (data.score[data.arm == arm, 1] for arm in ("ketamine", "midazolam"))
    expected = stats.ttest_ind(one, other)
    bounds = expected.confidence_interval()
    assert found.p == pytest.approx(expected.pvalue, rel=1e-7)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high), rel=1e-7)
    assert found.df == pytest.approx(28.0, rel=1e-7)


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda s: s.name)
def test_derivatives_are_those_of_the_likelihood(trial, structure):
    moments = gather(over_time(trial, "midazolam", ("baseline",), ()), trial.score)
    theta = structure.start(moments.residual_covariance())
    here = derivatives(moments, structure, at(moments, structure, theta))
    step = 1e-5 * np.eye(theta.size)
    beside = [[at(moments, structure, theta + side * move) for side in (1, -1)] for move in step]
    np.testing.assert_allclose([(up.deviance - down.deviance) / 2e-5 for up, down in beside], here.gradient, atol=1e-5)
    gradients = [[derivatives(moments, structure, point).gradient for point in pair] for pair in beside]
    np.testing.assert_allclose([(up - down) / 2e-5 for up, down in gradients], here.observed, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda s: s.name)
def test_kenward_and_rogers_matrices_are_derivatives_of_the_information(trial, structure):
    moments = gather(over_time(trial, "midazolam", ("baseline",), ()), trial.score)
    theta = structure.start(moments.residual_covariance())
    point = at(moments, structure, theta)
    direction = np.random.default_rng(0).normal(size=moments.effects)
    q, r = seconds(moments, structure, point, direction)
    step = 1e-5 * np.eye(theta.size)
    pulls = [[derivatives(moments, structure, at(moments, structure, theta + s * m)).p for s in (1, -1)] for m in step]
    second = np.array([(up - down) / 2e-5 for up, down in pulls])
    np.testing.assert_allclose(second @ direction @ direction, q + q.T - r, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda s: s.name)
def test_units_offsets_and_the_order_of_people_do_not_matter(trial, structure):
    asked = Mmrm("ketamine", "midazolam", "day 28", covariances=(structure,))
    plain = asked.analyse(trial)
    order = np.random.default_rng(0).permutation(trial.arm.size)
    turned = Visits(
        trial.arm[order], trial.score[order], trial.visits, {"baseline": trial.covariates["baseline"][order]}
    )
    np.testing.assert_allclose(numbers(asked.analyse(turned)), numbers(plain), rtol=1e-6)
    scaled = Visits(
        trial.arm, 1e4 * trial.score + 1e6, trial.visits, {"baseline": 1e-3 * trial.covariates["baseline"] + 7}
    )
    expected = np.array(numbers(plain)) * [1e4, 1e4, 1.0, 1e4, 1e4, 1.0]
    np.testing.assert_allclose(numbers(asked.analyse(scaled)), expected, rtol=1e-5)


def test_exchanged_arms_turn_the_sign_and_new_names_change_nothing(trial):
    plain, turned = ASKED.analyse(trial), Mmrm("midazolam", "ketamine", "day 28").analyse(trial)
    np.testing.assert_allclose(
        [turned.estimate, turned.low, turned.p], [-plain.estimate, -plain.high, plain.p], rtol=1e-6
    )
    renamed = Visits(np.where(trial.arm == "ketamine", "a", "z"), trial.score, ("1", "2", "3", "4"), trial.covariates)
    np.testing.assert_allclose(numbers(Mmrm("a", "z", "4").analyse(renamed)), numbers(plain), rtol=1e-6)


def test_people_without_any_score_change_nothing_and_are_not_counted(trial):
    nobody = Visits(
        np.append(trial.arm, "ketamine"),
        np.vstack([trial.score, np.full(4, np.nan)]),
        trial.visits,
        {"baseline": np.append(trial.covariates["baseline"], 20.0)},
    )
    found = ASKED.analyse(nobody)
    np.testing.assert_allclose(numbers(found), numbers(ASKED.analyse(trial)), rtol=1e-6)
    assert found.n == {"ketamine": 30, "midazolam": 30}


def test_adjusted_means_differ_by_the_difference(trial):
    means, difference = ASKED.means(trial), ASKED.analyse(trial)
    gap = means["ketamine", "day 28"].estimate - means["midazolam", "day 28"].estimate
    assert gap == pytest.approx(difference.estimate, rel=1e-9)


def test_a_third_arm_lends_its_people_to_the_covariance(null_trials):
    data = null_trials.repeated(5, people=90)
    three = Visits(np.tile(["ketamine", "midazolam", "esketamine"], 30), data.score, data.visits, data.covariates)
    assert ASKED.analyse(three).n == {"esketamine": 30, "ketamine": 30, "midazolam": 30}


def test_the_order_of_covariances_is_kept_and_a_fall_back_is_said(trial):
    score = trial.score.copy()
    score[:30, 0] = np.nan
    score[30:, 3] = np.nan  # nobody has both the first and the last visit
    parted = Visits(trial.arm, score, trial.visits, trial.covariates)
    found = ASKED.analyse(parted)
    assert (
        "heterogeneous AR(1) covariance (fall-back; unstructured: visits at which nobody came to both" in found.method
    )
    assert "heterogeneous Toeplitz: visits" in found.method
    with pytest.raises(RequestError, match="no covariance between visits could be fitted"):
        Mmrm("ketamine", "midazolam", "day 28", covariances=(Unstructured(),)).analyse(parted)


def test_too_few_people_for_the_covariance_are_refused():
    data = complete(people=4)
    with pytest.raises(RequestError, match=r"unstructured: 3 degrees of freedom.*heterogeneous compound symmetry: 3"):
        Mmrm("ketamine", "midazolam", "day 28").analyse(data)


def altered(data, **changes):
    whole = {"arm": data.arm, "score": data.score, "visits": data.visits, "covariates": dict(data.covariates)}
    return Visits(**whole | changes)


@pytest.mark.parametrize(
    ("asked", "changes", "words"),
    [
        (Mmrm("ketamine", "midazolam", "day 82"), {}, ["no such visit", "nearest: day 28"]),
        (Mmrm("ketamin", "midazolam", "day 28"), {}, ["nobody is in this arm", "nearest: ketamine"]),
        (Mmrm("ketamine", "ketamine", "day 28"), {}, ["compared with itself"]),
        (Mmrm("ketamine", "midazolam", "day 28", ("base",)), {}, ["no such covariate", "nearest: baseline"]),
        (ASKED, {"covariates": {"baseline": np.full(30, 33.0)}}, ["design is singular", "baseline at day 14"]),
        (ASKED, {"score": np.zeros((30, 3))}, ["do not vary"]),
        (ASKED, {"score": np.where(np.arange(3) == 2, np.nan, complete().score)}, ["nobody has a score", "day 28"]),
        (Mmrm("ketamine", "midazolam", "day 28", level=95.0), {}, ["between 0 and 1"]),
    ],
)
def test_what_cannot_be_estimated_is_refused(asked, changes, words):
    with pytest.raises(RequestError) as refusal:
        asked.analyse(altered(complete(), **changes))
    assert all(word in " ".join(str(refusal.value).split()) for word in words)


@pytest.mark.parametrize(
    "changes",
    [
        {"score": np.zeros((30, 2))},
        {"score": np.full((30, 3), np.inf)},
        {"covariates": {"baseline": np.full(30, np.nan)}},
    ],
)
def test_data_that_do_not_fit_together_are_refused(changes):
    with pytest.raises(RequestError):
        altered(complete(), **changes)


def test_the_result_can_be_read(trial):
    text = str(ASKED.analyse(trial))
    assert text.startswith("ketamine less midazolam at day 28: ")
    assert "unstructured covariance, Kenward-Roger degrees of freedom; people: ketamine 30, midazolam 30" in text
    assert "missing at random" in text
