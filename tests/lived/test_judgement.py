"""What a rater writes down, and how failing hangs together."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.person.lived.judgement import Nonspecific, judged, reached
from resynapse.person.lived.together import fourfold, phi, share, tetrachoric, together

LEFT = np.full((1, 2), 4)


def one_person(falls, ends=(0.0, 0.0), start=20.0, left=LEFT):
    relative = 1.0 - np.repeat(np.array([falls]), 4, axis=1)
    return judged(np.hstack([[[1.0]], relative]), left, np.array([start]), np.array([ends]))


def test_half_is_response_and_five_points_are_remission():
    found = one_person((0.5, 0.75))
    assert found.score.tolist() == [[10.0, 5.0]]
    assert found.responded.tolist() == [[True, True]]
    assert found.remitted.tolist() == [[False, True]]
    assert found.entered.tolist() == [[True, True]]


def test_who_is_well_does_not_go_on():
    assert one_person((0.8, 0.0)).entered.tolist() == [[True, False]]


def test_nonspecific_improvement_adds_to_the_drug():
    found = one_person((0.3, 0.0), ends=(0.25, 0.5))
    np.testing.assert_allclose(found.fall, [[0.55, 0.5]])


def test_a_course_that_was_left_is_judged_when_it_was_left():
    relative = np.array([[1.0, 0.9, 0.8, 0.7, 0.6, 0.6, 0.6, 0.6, 0.6]])
    found = judged(relative, np.array([[2, 4]]), np.array([10.0]), np.zeros((1, 2)))
    np.testing.assert_allclose(found.score, [[8.0, 6.0]])


def test_improvement_approaches_its_end_from_where_the_last_course_left_it():
    found = reached(np.array([[0.4, 0.8]]), np.array([[2, 4]]), weeks=2.0)
    first = 0.4 * (1.0 - np.exp(-1.0))
    np.testing.assert_allclose(found, [[first, first + (0.8 - first) * (1.0 - np.exp(-2.0))]])


def test_a_trait_of_the_person_ties_courses_together_and_strangers_do_not():
    beside, people = Nonspecific(0.35, 0.3, 0.3, 2.0), np.arange(4000)
    tied, apart = (b.courses(people, 1, 2) for b in (beside, beside.strangers))
    assert np.corrcoef(tied.T)[0, 1] == pytest.approx(0.5, abs=0.03)
    assert np.corrcoef(apart.T)[0, 1] == pytest.approx(0.0, abs=0.04)
    assert tied.std() == pytest.approx(apart.std(), rel=0.03)


def test_the_tetrachoric_correlation_of_a_known_table():
    third, sixth = 1.0 / 3.0, 1.0 / 6.0  # cut at the medians with correlation 0.5: both with 1/4 + asin(r) / 2 pi
    table = 600.0 * np.array([[third, sixth], [sixth, third]])
    assert tetrachoric(table) == pytest.approx(0.5, abs=1e-3)
    assert phi(table) == pytest.approx(third)


@pytest.mark.parametrize(("correlation", "cuts"), [(0.56, (0.0, -0.1)), (-0.4, (0.5, 0.2)), (0.85, (-0.9, 0.6))])
def test_the_correlation_behind_a_large_sample_is_found_wherever_it_is_cut(correlation, cuts):
    rng = np.random.default_rng(7)
    one, own = rng.normal(size=(2, 400_000))
    other = correlation * one + np.sqrt(1.0 - correlation**2) * own
    assert tetrachoric(fourfold(one < cuts[0], other < cuts[1])) == pytest.approx(correlation, abs=0.01)


def test_strangers_have_no_correlation():
    table = np.array([[30.0, 20.0], [60.0, 40.0]])
    assert phi(table) == pytest.approx(0.0, abs=1e-12)
    assert tetrachoric(table) == pytest.approx(0.0, abs=1e-3)


def test_errors_shrink_with_people():
    rng = np.random.default_rng(1)
    trait = rng.normal(size=20_000)
    first, second = (trait + rng.normal(size=20_000) > 0 for _ in range(2))
    few, many = together(first[:500], second[:500]), together(first, second)
    assert many.tetrachoric.value == pytest.approx(0.5, abs=3 * many.tetrachoric.error)
    assert few.phi.error == pytest.approx(many.phi.error * np.sqrt(40.0), rel=0.25)
    assert many.both.value > many.apart
    assert fourfold(first, second).sum() == 20_000


def test_nothing_to_correlate_is_said_so():
    with pytest.raises(RequestError, match="correlate"):
        together(np.ones(10, dtype=bool), np.arange(10) > 4)
    assert np.isnan(share(np.zeros(0, dtype=bool)).value)
