"""Which stretches of time the figure of one person shows."""

from __future__ import annotations

import pytest

from resynapse.report.fit_courses import windows


def _person(doses: list[float], seen: list[float]) -> dict:
    end = max(seen) * 1.05
    curve = {"time_h": [doses[0], end]}
    rows = [{"port": "c", "time_h": t} for t in seen]
    return {"curves": {"c": curve}, "doses": [{"time_h": t} for t in doses], "ipred": rows}


def test_one_occasion_is_drawn_whole() -> None:
    assert windows(_person([0.0], [1.0, 4.0, 20.0])) == ((0.0, 21.0),)


def test_a_long_pause_between_two_occasions_is_cut_out() -> None:
    found = windows(_person([0.0, 72.0], [1.0, 6.0, 73.0]))
    assert [begin for begin, _ in found] == [0.0, 72.0]
    assert found[0][1] == pytest.approx(6.48)


def test_many_occasions_are_drawn_whole() -> None:
    doses = [72.0 * i for i in range(6)]
    assert len(windows(_person(doses, [d + 1 for d in doses]))) == 1
