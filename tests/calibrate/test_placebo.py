"""The placebo layer before calibrations is the one that was fitted, to control arms of role build alone."""

import numpy as np

from resynapse.calibrate.placebo import ARMS, FREE, PRIOR, control, misfit, wanted
from resynapse.core.calibrated import UNCALIBRATED
from resynapse.trial.score import values

BEFORE = values(UNCALIBRATED)


def test_the_values_on_file_fit_better_than_what_was_thought_before():
    stored = np.array([getattr(BEFORE.placebo, name) for name in FREE])
    before = np.array([PRIOR[name][0] for name in FREE])
    data = wanted()
    assert misfit(stored, data) < 7.1
    assert misfit(stored, data) < misfit(before, data)


def test_the_pattern_of_controls_comes_from_belief():
    saline, midazolam, asleep = (control(ARMS[name], BEFORE) for name in ("saline", "midazolam", "asleep"))
    assert saline["belief"] < midazolam["belief"] < asleep["belief"]
    assert saline["response"] < midazolam["response"] < asleep["response"]
    assert saline["response"] < 0.07
    assert 0.12 < midazolam["response"] < 0.25


def test_the_month_meets_its_spread_and_its_tail():
    month = control(ARMS["month"], BEFORE)
    assert abs(month["spread"] - 14.5) < 1.5
    assert abs(month["remission"] - 0.31) < 0.05
