"""The figure of a calibration draws every value and every row, and marks what misses."""

from __future__ import annotations

from resynapse.report.calibration_figure import Known, Met, draw_calibration
from resynapse.report.style import MISS

KNOWN = (
    Known("v1", "L", (10.0, 20.0, 40.0), (18.0, 21.0, 24.0), True),
    Known("vh", "L", (20.0, 40.0, 80.0), (21.0, 41.0, 79.0), False),
)
MET = (Met("peak", (1.05,), (0.8, 1.25)), Met("curve", (0.5, 0.6, 1.0), (0.8, 1.25)))


def test_a_row_misses_when_most_of_it_lies_outside():
    assert not MET[0].misses and MET[1].misses


def test_everything_is_drawn(tmp_path):
    figure = draw_calibration("a small run", KNOWN, MET)
    left, right = figure.axes
    assert [t.get_text() for t in left.get_yticklabels()] == ["v1  21 L", "vh  41 L"]
    points = [line for line in right.lines if line.get_marker() == "o"]
    assert [line.get_markeredgecolor() == MISS for line in points] == [False, True]
    figure.savefig(tmp_path / "one.png", dpi=60)
