"""The report room: a page that stands alone, says the bad news first, and figures that show something."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imread

from resynapse.core.errors import RequestError
from resynapse.report import figures, page, write_figures, write_report
from resynapse.report.further import further_panels
from resynapse.report.headline import headlines, summary
from resynapse.report.observations import observations
from resynapse.report.panels import panels_of
from resynapse.report.result import Result
from resynapse.report.style import BANNER, clock, number, percent

Make = Callable[..., xr.DataTree]


def rendered(tree: xr.DataTree) -> str:
    """The page of a tree without the cost of drawing its figures."""
    return page.render(Result(tree), {"mood": b"<svg/>"})


def embedded(text: str) -> dict[str, object]:
    """The data that the page's script draws."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    return json.loads(found.group(1))


@pytest.fixture(scope="module")
def written(make_tree: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on disk, made from a NetCDF file."""
    folder = tmp_path_factory.mktemp("report")
    make_tree().to_netcdf(folder / "result.nc", engine="h5netcdf")
    return write_report(folder / "result.nc", folder / "out")


def test_a_stored_file_becomes_a_page_and_figures(written: Path) -> None:
    assert written.name == "report.html"
    names = {p.name for p in (written.parent / "figures").iterdir()}
    rooms = ("chain", "body", "receptor", "circuit", "synapse", "brain", "mood", "life", "safety")
    assert names == {f"{room}.{kind}" for room in rooms for kind in ("png", "svg")}


def test_figures_are_not_blank(written: Path) -> None:
    for path in (written.parent / "figures").glob("*.png"):
        assert np.std(imread(path)[..., :3]) > 0.02, path.name
    assert all(b"<path" in p.read_bytes() for p in (written.parent / "figures").glob("*.svg"))


def test_the_page_fetches_nothing(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    loads = re.findall(r"<(?:script|link|img|iframe|object|embed)\b[^>]*?(?:src|href)\s*=\s*[\"']([^\"']*)", text)
    assert all(address.startswith("data:") for address in loads)
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", text)
    assert "default-src &#39;none&#39;" in text


def test_the_reading_order(make_tree: Make) -> None:
    text = rendered(make_tree())
    order = ["anatomy-title", "assumptions-title", "results-title", "evidence-title", "checks-title", "limits-title"]
    places = [text.index(f'id="{name}"') for name in [*order, "origin-title", "again-title", "sources-title"]]
    assert places == sorted(places)
    assert text.index(BANNER) < text.index("<h1>")


def test_every_stored_port_is_on_the_page(make_tree: Make) -> None:
    tree = make_tree()
    text = rendered(tree)
    drawn = [s.port for p in panels_of(Result(tree)) + further_panels(Result(tree)) for s in p.signals]
    assert set(drawn) == set(tree["signals"].data_vars)
    assert all(f"<code>{port}</code>" in text for port in drawn)
    panels = embedded(text)["panels"]
    assert isinstance(panels, dict)
    assert sum(len(p["curves"]) for p in panels.values()) == len(drawn)


def test_misses_and_failures_come_first(make_tree: Make) -> None:
    text = rendered(make_tree())
    table = text[text.index('id="evidence"') : text.index('id="checks"')]
    verdicts = re.findall(r'<tr class="(\w+)"', table)
    assert verdicts[:2] == ["miss", "miss"]
    assert "miss" not in verdicts[2:]
    outcomes = re.findall(r'class="verdict">(\w+)<', text[text.index('id="checks"') :])
    assert outcomes == ["failed", "passed", "passed"]


def test_assumptions_are_counted_and_the_rest_is_folded(make_tree: Make) -> None:
    text = rendered(make_tree())
    assert "11 values were assumed" in text
    assert "3 more of 11 assumptions" in text
    assert all(f"synapse.k_{i}<" in text for i in range(1, 12))


def test_one_person_needs_no_selector(make_tree: Make) -> None:
    text = rendered(make_tree(people=1))
    assert 'id="person"' not in text
    assert "One virtual person received 35 mg ketamine, intravenous, over 40 min." in text
    assert embedded(text)["people"] == []


def test_the_selector_names_the_person_it_draws(make_tree: Make) -> None:
    text = rendered(make_tree(people=4))
    people = embedded(text)["people"]
    assert isinstance(people, list)
    options = re.findall(r'<option value="(\d+)">([^<]+)</option>', text)
    assert [people[int(i)] for i, _ in options] == [name for _, name in options] == ["P01", "P02", "P03"]


def test_pictures_stand_in_where_scripts_do_not_run(written: Path) -> None:
    still = re.search(r"<noscript>(.*?)</noscript>", written.read_text(encoding="utf-8"), re.S)
    assert still
    assert still.group(1).count("data:image/svg+xml;base64,") == 8


def test_many_met_observations_are_folded_behind_the_misses(make_tree: Make) -> None:
    tree = make_tree()
    once = tree["observed"].to_dataset()
    tree["observed"] = xr.DataTree(xr.concat([once] * 3, "observation"))
    text = rendered(tree)
    assert "18 observations that are met" in text
    assert text.index("18 observations that are met") > text.rindex('class="verdict">miss<')


def test_many_people_without_a_typical_one_are_told_by_their_median(make_tree: Make) -> None:
    tree = make_tree(people=5)
    data = tree["signals"].to_dataset().assign_coords(person=[f"S{i}" for i in range(5)])
    result = Result(
        xr.DataTree.from_dict({"/": tree.to_dataset(), "/signals": data, "/doses": tree["doses"].to_dataset()})
    )
    assert result.typical_name == "median of 5 people"
    stored = data["spine_density"].median("person").values
    assert np.allclose(result.signals["spine_density"][0].typical, stored)


def test_a_run_without_observations_says_so(make_tree: Make) -> None:
    text = rendered(make_tree(observed=False))
    assert "nothing here has been compared with data" in text
    assert "No checks were stored" in text


def test_gaps_stay_gaps(make_tree: Make) -> None:
    panels = embedded(rendered(make_tree()))["panels"]
    assert isinstance(panels, dict)
    others = panels["madrs"]["curves"][0]["all"]
    assert None in others[1] and others[1][-1] is not None
    assert others[2][-1] is None
    assert None not in others[0]


def test_a_port_without_any_value_is_survived(make_tree: Make) -> None:
    tree = make_tree(people=2)
    tree["signals"]["stress"] = tree["signals"]["stress"] * np.nan
    tree["signals"]["spine_density"][:, 0] = np.nan
    text = rendered(tree)
    assert "nothing stored" in text
    assert "nan" not in re.sub(r"<script.*?</script>", "", text, flags=re.S).lower().split()


def test_hostile_names_stay_text(make_tree: Make, tmp_path: Path) -> None:
    evil = "</script><script>alert({0})</script>$x^{{$"
    tree = make_tree(people=3, person=evil)
    tree.attrs["title"] = "<img src=x onerror=alert(1)> $\\frac$"
    text = rendered(tree)
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert html.escape("<script>alert(1)", quote=True) in text
    assert 'href="javascript:' not in text
    assert write_figures(make_small(tree), tmp_path)


def make_small(tree: xr.DataTree) -> xr.DataTree:
    """The same tree with one signal, so that drawing it is quick."""
    few = tree["signals"].to_dataset()[["madrs_total"]]
    return xr.DataTree.from_dict({"/": tree.to_dataset(), "/signals": few, "/doses": tree["doses"].to_dataset()})


def test_the_summary_tells_the_stored_numbers(make_tree: Make) -> None:
    result = Result(make_tree())
    told = " ".join(summary(result))
    peak = float(result.signals["cv_ketamine"][0].typical.max())
    assert f"{peak:.0f} ng/mL" in told
    madrs = result.signals["madrs_total"][0].typical
    at_day = float(np.interp(24.0, result.times, madrs))
    assert f"falls by {madrs[0] - at_day:.1f} points by 24 h, from {madrs[0]:.1f} to {at_day:.1f}" in told
    assert "6 are met and 2 missed" in told
    assert set(headlines(result)) == {
        "dose",
        "body",
        "receptor",
        "circuit",
        "synapse",
        "brain",
        "mood",
        "life",
        "safety",
    }


def test_only_levels_at_known_times_stand_on_the_axes(make_tree: Make) -> None:
    seen = observations(Result(make_tree()))
    left_out = {(o.statistic, o.verdict) for o in seen if not o.drawable}
    assert left_out == {("difference", "within")}


def test_a_short_run_has_one_column(make_tree: Make) -> None:
    tree = make_small(make_tree(people=1, weeks=5 / 168, observed=False))
    assert len(figures.chain_figure(tree).axes) == 1
    assert len(figures.chain_figure(make_small(make_tree(people=1))).axes) == 2


def test_every_station_links_to_a_panel_of_the_page(make_tree: Make) -> None:
    text = rendered(make_tree())
    ids = set(re.findall(r'id="([^"]+)"', text))
    targets = re.findall(r'<a href="#([^"]+)"', text)
    assert len(targets) >= 18
    assert set(targets) <= ids


def test_a_tree_without_signals_is_refused() -> None:
    with pytest.raises(RequestError, match="no signals"):
        Result(xr.DataTree())


def test_numbers_are_written_for_people() -> None:
    assert [number(v) for v in (184.321, 0.04567, -7.71, 12345.6, 0, float("nan"))] == [
        "184",
        "0.0457",
        "−7.71",
        "12\u202f300",
        "0",
        "–",
    ]
    assert number(1.4e-47, scale=180) == "≈ 0"
    assert [clock(t) for t in (2 / 3, 1.0, 1.5, 24.0, 168.0)] == ["40 min", "1 h", "90 min", "24 h", "7 days"]
    assert percent(-0.2) == "−20 %"


def test_importing_the_room_brings_no_simulation_with_it() -> None:
    heavy = ("jax", "equinox", "diffrax", "matplotlib")
    code = f"import sys, resynapse.report; print([m for m in {heavy} if m in sys.modules])"
    here = {**os.environ, "PYTHONPATH": str(Path(page.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=here)
    assert done.stdout.strip() == "[]"
