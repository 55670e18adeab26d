"""What a study is worth: closed forms where there are some, and nothing where there is nothing to learn."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.qualify.weighing.settling import Study, settled, told

DRAWS = np.random.default_rng(3).normal(size=(400, 2))
ANSWER = 2.0 + 3.0 * DRAWS[:, 0]


def _study(error: float, column: int = 0, shared: float = 0.0) -> Study:
    return Study("one", "one study", DRAWS[:, [column]], np.array([error]), shared)


@pytest.mark.parametrize("error", [0.1, 1.0, 2.0])
def test_a_normal_answer_shrinks_as_the_closed_form_says(error):
    (worth,) = settled(ANSWER, [_study(error)], 1)
    assert worth.share == pytest.approx(1.0 / (1.0 + error**2), abs=0.06)
    assert worth.low <= worth.share <= worth.high


def test_a_study_of_something_else_is_worth_nothing():
    (worth,) = settled(ANSWER, [_study(0.1, column=1)], 1)
    assert worth.share < 0.03


def test_a_bent_answer_is_learnt_too():
    (worth,) = settled(DRAWS[:, 0] ** 2, [_study(0.05)], 1)
    assert worth.share > 0.95


def test_what_trials_do_not_share_makes_one_trial_worth_less():
    moved = Study("one", "one study", 5.0 + DRAWS[:, [0]], np.array([0.1]), 0.3)
    (worth,) = settled(ANSWER, [moved], 1)
    assert worth.share < 0.5


def test_draws_without_an_answer_are_left_out_and_a_known_answer_needs_no_study():
    gaps = np.where(np.arange(400) % 4 == 0, np.nan, ANSWER)
    (worth,) = settled(gaps, [_study(1.0)], 1)
    assert worth.share == pytest.approx(0.5, abs=0.08)
    (none,) = settled(np.ones(400), [_study(1.0)], 1)
    assert none.share == 0.0


def test_the_best_study_stands_first_and_the_same_seed_gives_the_same():
    studies = [_study(3.0), _study(0.3)]
    first, last = settled(ANSWER, studies, 1)
    assert first.share > last.share
    assert settled(ANSWER, studies, 1) == (first, last)
    assert "take away" in told("this", (first, last))


def test_when_nothing_helps_this_is_said():
    assert "none of the 1 studies" in told("this", settled(ANSWER, [_study(0.1, column=1)], 1))
