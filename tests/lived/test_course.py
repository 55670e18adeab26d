"""When a course counts: hand-made histories."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.person.lived.course import Rules, adequate, prescribed
from resynapse.person.lived.sequence import Sequence, Step, stard

FULL = np.ones(8)


@pytest.mark.parametrize(
    ("mg", "taken", "counts"),
    [
        ([20.0] * 8, FULL, True),
        ([20.0] * 6 + [0.0] * 2, FULL, True),
        ([20.0] * 5 + [0.0] * 3, FULL, False),
        ([10.0] * 8, FULL, False),
        ([10.0] * 3 + [20.0] * 5, FULL, False),
        ([10.0] * 2 + [20.0] * 6, FULL, True),
        ([20.0] * 8, 0.75 * FULL, True),
        ([20.0] * 8, 0.7 * FULL, False),
        ([20.0] * 8, np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), True),
        ([10.0, 10.0] + [20.0] * 6, np.array([1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]), False),
    ],
    ids=[
        "full",
        "six weeks",
        "five weeks",
        "too low",
        "high too late",
        "raised",
        "just",
        "skipped",
        "late",
        "low taken",
    ],
)
def test_a_course_of_citalopram(mg, taken, counts):
    assert adequate("citalopram", np.array(mg), taken) is counts


def test_other_rules_count_otherwise():
    four_weeks = Rules(weeks=4.0, taken=0.5)
    assert adequate("citalopram", np.array([20.0] * 4), 0.6 * np.ones(4), four_weeks)
    assert not adequate("citalopram", np.array([20.0] * 4), 0.6 * np.ones(4))


@pytest.mark.parametrize(
    ("drug", "mg", "taken"),
    [
        ("citalopam", [20.0], [1.0]),
        ("citalopram", [20.0, 20.0], [1.0]),
        ("citalopram", [-20.0], [1.0]),
        ("citalopram", [20.0], [1.2]),
    ],
)
def test_what_is_no_course_is_refused(drug, mg, taken):
    with pytest.raises(RequestError):
        adequate(drug, np.array(mg), np.array(taken))


def test_a_dose_is_raised_to_the_usual_one():
    doses = prescribed("citalopram", 12)
    assert doses[0] == 20.0
    assert doses[3:] == pytest.approx(41.8)
    assert (np.diff(doses) >= 0.0).all()


def test_the_sequence_on_file_is_the_trials():
    assert [step.name for step in stard().steps] == ["step 1", "step 2", "step 3", "step 4"]
    assert stard().steps[0].drugs == ("citalopram",)
    assert stard().all_weeks == stard().before + 48


def test_a_sequence_of_unknown_drugs_or_of_nothing_is_refused():
    stopped = stard().steps[0].stopped
    with pytest.raises(RequestError, match="antidepressant"):
        Sequence((Step("one", (("aspirin",),), stopped),), 12, 8)
    with pytest.raises(RequestError):
        Sequence((), 12, 8)
    with pytest.raises(RequestError):
        Sequence(stard().steps, 0, 8)
