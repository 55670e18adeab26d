"""Figures of studies: what is drawn is what was given, and nothing that is written leaves the page."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from resynapse.report.lasting import Lasting
from resynapse.report.relapse_figure import BasinMap, Lives, RestingCurve, draw_basins, draw_relapse
from resynapse.report.sensitivity_figure import Driven, Share, Swing, draw_sensitivity

FOOT = "n = 40 draws of the load for each person; made_up (digest cafe0123), seed 1. 0.5 mg/kg ketamine iv, once."
RNG = np.random.default_rng(3)
DAYS = np.linspace(0, 100, 101)


def life(name, steady_relapse):
    courses = 1 - np.exp(-DAYS / 30) + 0.1 * RNG.normal(size=(40, 1))
    days = np.round(np.exp(3 + 0.4 * RNG.normal(size=40)))
    return Lives(
        name,
        "two lasting states; rumination 0.8",
        DAYS,
        courses,
        1 - np.exp(-DAYS / 30),
        steady_relapse,
        Lasting(name, days, np.ones(40, dtype=bool)),
    )


@pytest.fixture(scope="module")
def relapse():
    return draw_relapse(
        [life("Person 1", 20.0), life("Person 2", None)], ("Despair", 0.65, "0.65 or more"), "Title", FOOT
    )


@pytest.fixture(scope="module")
def basins():
    stress = np.linspace(0, 1.5, 80)
    load = stress - 0.8 / (1 + np.exp(-8 * (stress - 0.6)))
    curves = [
        RestingCurve("Person 1", load, stress, 0.2, (0.05, 0.3)),
        RestingCurve("Person 2", stress, stress, 0.6, (np.nan, np.nan)),
    ]
    rho = np.linspace(0, 1, 50)
    low, high = np.where(rho > 0.5, 0.4 - 0.4 * (rho - 0.5), np.nan), np.where(rho > 0.5, 0.4, np.nan)
    people = RNG.uniform(size=60)
    return draw_basins(
        curves,
        BasinMap(rho, low, high, people, 1 - people, people > 0.8, [("Person 1", 0.8, 0.2)]),
        "Despair",
        "T",
        FOOT,
    )


def written(figure):
    FigureCanvasAgg(figure).draw()
    return [
        t
        for t in (*figure.texts, *(t for a in figure.axes for t in (*a.texts, a._left_title, a.xaxis.label)))
        if t.get_text()
    ]


@pytest.mark.parametrize("name", ["relapse", "basins", "sensitivity"])
def test_nothing_that_is_written_leaves_the_figure(name, request):
    figure = request.getfixturevalue(name)
    for text in written(figure):
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0 and box.y1 <= figure.bbox.y1, text.get_text()


@pytest.mark.parametrize("name", ["relapse", "basins", "sensitivity"])
def test_how_many_who_and_seed_stand_below(name, request):
    said = " ".join(t.get_text() for t in written(request.getfixturevalue(name))).replace("\n", " ")
    assert all(part in said for part in ("n = 40", "made_up", "cafe0123", "seed 1", "For research"))


def test_lives_are_thin_and_the_life_without_fluctuation_is_thick(relapse):
    lines = relapse.axes[0].lines
    assert sum(line.get_linewidth() < 0.5 for line in lines) == 40
    thick = [line for line in lines if line.get_linewidth() > 1.5]
    np.testing.assert_allclose(thick[0].get_ydata(), 1 - np.exp(-DAYS / 30))


def test_only_who_relapses_without_fluctuation_has_a_triangle(relapse):
    marks = [line for line in relapse.axes[-1].lines if line.get_marker() == "v"]
    assert [float(np.ravel(m.get_xdata())[0]) for m in marks] == [20.0]


def test_folds_are_rings_and_the_border_is_dotted(basins):
    left = basins.axes[0]
    rings = [line for line in left.lines if line.get_marker() == "o"]
    assert sorted(float(np.ravel(r.get_xdata())[0]) for r in rings) == [0.05, 0.3]
    border = next(
        line for line in left.lines if np.isfinite(line.get_ydata()).any() and line.get_linestyle() not in ("-", "None")
    )
    falling = np.isfinite(border.get_ydata())
    assert (np.diff(np.asarray(border.get_xdata())[falling]) < 0).all()


def test_the_share_with_two_states_is_told(basins):
    assert "of 60 people" in " ".join(t.get_text() for t in written(basins))


SHARES = (
    Share("strength of rumination, load of life", (0.4, 0.5, 0.6), (0.5, 0.6, 0.7)),
    Share(
        "a body weight with a very long name that has to be cut somewhere before it runs into its neighbour",
        (0.1, 0.2, 0.3),
        (0.1, 0.2, 0.3),
    ),
)
SWINGS = (Swing("rumination", "0.1", "0.8", 20.0, 30.0), Swing("weight", "55 kg", "110 kg", 26.0, 23.0))


@pytest.fixture(scope="module")
def sensitivity():
    words = Driven("MADRS after 24 h", "points", 24.0, "share of the variance between people", SHARES, SWINGS)
    return draw_sensitivity(words, "Title", FOOT)


def test_bars_of_the_tornado_lie_on_the_side_of_their_sign(sensitivity):
    bars = [(p.get_x(), p.get_width()) for p in sensitivity.axes[1].patches]
    assert bars == [(24.0, -4.0), (24.0, 6.0), (24.0, 2.0), (24.0, -1.0)]


def test_shares_are_drawn_with_their_intervals_and_units_are_told(sensitivity):
    spans = [tuple(line.get_xdata()) for line in sensitivity.axes[0].lines if len(line.get_xdata()) == 2]
    assert {(0.4, 0.6), (0.5, 0.7), (0.1, 0.3)} <= set(spans)
    said = " ".join(t.get_text() for t in written(sensitivity))
    assert "points" in said
    assert "55 kg" in said
    assert "typical: 24" in said
