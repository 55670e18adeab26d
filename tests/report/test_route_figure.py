"""Nothing that is written in the figure of routes leaves it or runs under its neighbour."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from resynapse.report.route_figure import RouteBand, draw_routes


def test_words_of_the_right_half_stay_inside() -> None:
    hours = np.linspace(0, 24, 49)
    areas = np.exp(0.3 * np.random.default_rng(1).normal(size=60))
    values = areas[:, None] * 100 * np.exp(-hours / 3)
    said = "published: 18 to 45 %, recalled"
    figure = draw_routes([RouteBand("a route", hours, values, areas, 31.0, said)] * 2, "title", "foot")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    right, box = figure.axes[-1], figure.bbox
    found = [t.get_window_extent() for t in (*right.texts, right.xaxis.label)]
    assert all(e.x1 < 0.985 * box.x1 and e.y0 > 0 for e in found)
    axis_end = right.transData.transform((2.2, 0))[0]
    assert right.xaxis.label.get_window_extent().x1 < axis_end + 1
