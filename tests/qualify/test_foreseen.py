"""Intervals of kinetic numbers: from the body's calibration, studies and people, and only where it knows something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resynapse.calibrate.stages.body import told as stage
from resynapse.qualify.bodies import TIMES, body_reports
from resynapse.qualify.fold import Foreseen
from resynapse.qualify.foreseen import BodyDraws, foreseen
from resynapse.qualify.vectors import NCA

ROWS = {"1", "3", "6", "8", "22", "44", "53", "70", "15", "HAS-C.po10.NK/K", "ZANOS18.im"}
DRAWS = BodyDraws("body", 60, 1)


@pytest.fixture(scope="module")
def report():
    (found,) = body_reports(["kpk1"])
    return replace(found, rows=tuple(r for r in found.rows if r.observed.row in ROWS))


@pytest.fixture(scope="module")
def told(report):
    return {r.observed.row: r for r in foreseen(report, DRAWS, {}).rows}


def width(row, level: float = 0.9) -> float:
    """Width of an interval on the logarithm, in SDs of a normal law."""
    low, high = next((low, high) for at, low, high in row.foreseen.intervals if at == level)
    return float(np.log(high / low) / {0.9: 3.29, 0.5: 1.349}[level])


def test_numbers_of_one_compartment_are_those_of_the_formula():
    rate, volume = np.array([[0.2], [0.4]]), 50.0
    curve = NCA(TIMES, 1000 * 100 / volume * np.exp(-rate * TIMES), 1e5, 0.0)
    assert curve.clearance == pytest.approx(volume * rate[:, 0], rel=2e-3)
    assert curve.volume == pytest.approx([volume, volume], rel=5e-3)
    assert curve.half_life == pytest.approx(np.log(2) / rate[:, 0], rel=1e-6)
    assert curve.area(4.0) == pytest.approx(2000 * (1 - np.exp(-4 * rate[:, 0])) / rate[:, 0], rel=1e-3)
    rising = NCA(TIMES, np.broadcast_to(TIMES, (2, len(TIMES))), 1.0, 0.0)
    assert rising.peak(4.0)[0] == pytest.approx([4.0, 4.0])


def test_intervals_hold_one_another_and_hang_on_the_seed_alone(report, told):
    again = foreseen(replace(report, rows=report.rows[:3]), DRAWS, {})
    assert all(r.foreseen == told[r.observed.row].foreseen for r in again.rows)
    for row in told.values():
        if row.foreseen:
            (_, inner_low, inner_high), (_, low, high) = row.foreseen.intervals
            assert low < inner_low < row.foreseen.median < inner_high < high


def test_curves_and_ratios_of_which_nothing_is_known_get_none(told):
    assert told["22"].foreseen is None and told["70"].foreseen is None
    assert told["70"].record()["foreseen"] is None
    assert "ZANOS18.im" not in told


def test_laboratories_differ_most_on_hnk(told):
    assert width(told["6"]) > stage.setting("study", "hnk_sd") * 0.8
    assert width(told["1"]) < 0.3


def test_what_a_study_printed_is_its_chance_else_what_people_make_it(told):
    """Both are there: a study's own effect at least, and nothing absurd."""
    between = DRAWS.studies("ketamine")
    for name in ("44", "53", "1"):
        assert between * 0.7 < width(told[name]) < 6 * between
    assert width(told["HAS-C.po10.NK/K"]) > width(told["1"])


def test_a_theory_that_the_calibration_does_not_know_is_left_as_it_is():
    (other,) = body_reports(["noppers2011"])
    assert foreseen(other, DRAWS, {}) is other


def test_inside_is_told_of_the_number_that_is_compared():
    found = Foreseen(2.0, ((0.5, 1.5, 2.5), (0.9, 1.0, 4.0))).record(3.0)
    assert (found["inside_50"], found["inside_90"], found["interval_90"]) == (False, True, [1.0, 4.0])
