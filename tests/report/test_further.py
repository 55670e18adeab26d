"""Panels beyond the catalogue have names that fit and differ; published points that decide nothing look like it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from resynapse.report import figures
from resynapse.report.axes import spread
from resynapse.report.further import further_panels
from resynapse.report.observations import observations
from resynapse.report.panels import MOST_CURVES, panels_of
from resynapse.report.result import Result

Make = Callable[..., xr.DataTree]


def stored(names: dict[str, str], room: str = "body", unit: str = "ng/mL") -> Result:
    """One person with these ports, each with its printed name."""
    data = xr.Dataset(coords={"person": ["1"], "time": [0.0, 1.0, 2.0]})
    for port, name in names.items():
        attrs = {"units": unit, "long_name": name, "room": room}
        data[port] = (("person", "time"), np.array([[0.0, 2.0, 1.0]]), attrs)
    return Result(xr.DataTree.from_dict({"/signals": data}))


def test_unbound_drug_at_the_effect_site_has_short_names() -> None:
    names = {f"ce_{w}_{f}": f"unbound {w} ({f.upper()}) at the effect site" for f in "sr" for w in ("ketamine", "hnk")}
    (panel,) = further_panels(stored(names))
    assert panel.labels == ("S-ketamine", "S-HNK", "R-ketamine", "R-HNK")
    assert panel.title == "Unbound at the effect site"


def test_crowded_places_are_parted_and_every_title_differs() -> None:
    kinds = ("norketamine", "dhnk", "hnk")
    names = {f"ca_{k}{f}": f"{f[1:].upper()}{'-' if f else ''}{k}, artery" for k in kinds for f in ("", "_s", "_r")}
    panels = further_panels(stored(names))
    titles = [p.title for p in panels]
    assert sorted(titles) == ["Artery, R-forms", "Artery, S-forms", "Artery, both forms together"]
    assert all(len(p.signals) <= MOST_CURVES for p in panels)
    assert sum(len(p.signals) for p in panels) == len(names)


def test_panels_that_would_share_a_title_are_numbered() -> None:
    result = stored({f"x{i}": f"something {i}" for i in range(8)}, "circuit", "1")
    assert [p.title for p in further_panels(result)] == [f"Circuit: further signals ({i} of 2)" for i in (1, 2)]


def test_names_beside_a_panel_never_touch() -> None:
    long = {f"x{i}": f"a signal whose name needs two lines in print, {i}" for i in range(6)}
    for result in (stored(long, "circuit", "1"), stored({f"x{i}": f"short {i}" for i in range(6)})):
        for panel in further_panels(result):
            lines = max(-(-len(label) // 24) for label in panel.labels)
            placed = sorted(spread([0.0] * len(panel.signals), 0.15 if lines == 1 else 0.24))
            assert len(panel.signals) * 0.15 * lines <= 0.95
            assert placed[0] > -0.1 and min(np.diff(placed)) >= 0.149


def test_mirror_forms_are_told_by_what_is_there() -> None:
    (panel,) = panels_of(stored({"ca_ketamine_s": "S-ketamine, artery"}))
    assert panel.title == "S-ketamine"
    assert panel.meaning == "S-ketamine in the artery, which is what the brain receives."


def test_the_scale_without_a_floor_says_so(make_tree: Make) -> None:
    feelings = next(p for p in panels_of(Result(make_tree(people=1))) if p.key == "feelings")
    assert "below 0 the model is better than healthy rest, which nobody has observed" in feelings.meaning


def test_accepted_ranges_are_read_from_the_note(make_tree: Make) -> None:
    tree = make_tree(people=1)
    table = tree["observed"].to_dataset()
    table["note"] = ("observation", np.array(["accepted from 1.64 to 4.92; largest mean"] + [""] * 9))
    tree["observed"] = xr.DataTree(table)
    found = {o.accepted for o in observations(Result(tree))}
    assert found == {None, (1.64, 4.92)}


def test_points_that_decide_nothing_have_marks_of_their_own(make_tree: Make) -> None:
    tree = make_tree(people=1)
    few = tree["signals"].to_dataset()[["madrs_total", "glutamate_pfc"]]
    small = {"/": tree.to_dataset(), "/signals": few, "/observed": tree["observed"].to_dataset()}
    figure = figures.chain_figure(xr.DataTree.from_dict(small))
    lines = [line for axis in figure.axes for line in axis.get_lines()]
    assert any(line.get_marker() == "x" for line in lines)
    assert any(line.get_fillstyle() == "left" for line in lines)
    legend = " ".join(text.get_text() for text in figure.texts)
    assert "grey cross = not comparable" in legend and "half filled = contested" in legend
