"""Figures and pages of body theories: drawn from plain data, self-contained, failures first."""

from __future__ import annotations

import json
import re

import pytest

from resynapse.core.errors import RequestError
from resynapse.report.bodies import draw_agreement, draw_overlay
from resynapse.report.kinetics import draw_profiles
from resynapse.report.validation import write_validation
from resynapse.requests.bodies import by_study, draw_compared, errors, failures_first, verdict


def row(fold, **words):
    told = {"row": "1", "study": "s", "arm": "<arm>", "role": "verify", "mark": "seen", "analyte": "norketamine"}
    told |= {"site": "venous", "kind": "exposure", "port": "cv_norketamine_s", "statistic": "cmax", "time": None}
    told |= {"time_unit": "", "observed": 10.0, "middle": 10.0, "predicted": 10.0 * fold, "unit": "ng/mL", "fold": fold}
    told |= {
        "failed": fold > 1.25,
        "misses_aim": fold > 1.5,
        "own_study": False,
        "contested": "",
        "twice": "",
        "note": "",
    }
    return told | words


def report():
    rows = [row(3.0), row(1.4), row(1.1, role="build", mark="recalled"), row(5.0, contested="two findings")]
    rows += [row(6.0, twice="as row 7")]
    rows += [row(1.2, statistic="auc_0_6", unit="ng*h/mL"), row(1.2, statistic="auc_ratio", unit="1")]
    counts = {"n": 3, "gmfe": 1.7, "within_1.25": 0.3, "within_1.5": 0.7, "within_2": 0.7}
    gmfe = {"verify": {"norketamine": {"venous": {"exposure": counts}}}}
    line = {"group": "verify", "analyte": "norketamine", "site": "venous", "kind": "exposure", "study": "one", **counts}
    unasked = [{k: "x" for k in ("row", "study", "arm", "quantity", "statistic", "role")} | {"reason": "no such route"}]
    told = {"title": "A theory", "summary": "One line.", "leaves_out": "much"}
    return told | {"gmfe": gmfe, "studies": [line], "rows": rows, "not_asked": unasked}


def panel(site="cv"):
    seen = [
        {"label": "a", "value": 4.0, "time": 1.0, "low": 3.0, "high": 5.0, "recalled": False},
        {"label": "b peak", "value": 9.0, "time": None, "low": None, "high": None, "recalled": True},
    ]
    told = {"title": "a dose", "site": site, "analyte": "ketamine_s", "until": 3.0, "seen": seen}
    return told | {"times": [0.0, 1.0, 2.0, 4.0], "curves": {"x": [0.0, 9.0, 5.0, 1.0]}}


def test_verdicts_and_lists():
    assert [verdict(r) for r in report()["rows"][:5]] == [
        "misses its aim",
        "failed",
        "within 1.25",
        "contested",
        "told twice",
    ]
    assert [r["theory"] for r in failures_first({"x": report()})] == ["x"] * 7
    assert by_study({"x": report()})[0]["study"] == "one"
    assert errors({"x": report()})[0]["gmfe"] == 1.7


def test_concentrations_and_areas_have_panels_of_their_own_and_contested_rows_none(tmp_path):
    figure = draw_agreement({"x": report()})
    told = [next(t.get_text() for t in ax.texts) for ax in figure.axes]
    assert told == ["3 rows", "1 rows"]
    assert [ax.get_xlabel() for ax in figure.axes] == [
        "observed, middle person [ng/mL]",
        "observed, middle person [ng·h/mL]",
    ]
    faces = {line.get_markerfacecolor() for line in figure.axes[0].lines if line.get_marker() in "os"}
    assert "white" in faces
    draw_compared({"x": report()}, tmp_path / "a.svg")
    with pytest.raises(RequestError, match="no theory"):
        draw_agreement({})


def test_arteries_and_veins_are_drawn_apart():
    figure = draw_overlay([panel("ca"), panel("cv"), panel("cv")])
    labels = [ax.get_ylabel() for ax in figure.axes]
    assert [("arterial" in t, "venous" in t) for t in labels] == [(True, False), (False, True), (False, True)]


def test_pages_are_self_contained_and_show_failures_first(tmp_path):
    index = write_validation({"x": report()}, [panel("ca"), panel("cv")], tmp_path, verdict, errors)
    page = (tmp_path / "x.html").read_text("utf-8")
    assert "Not medical advice" in page and "Not medical advice" in index.read_text("utf-8")
    assert not re.search(r"(src|href)=\"(?!data:)[^\"]*//", page)
    assert "&lt;arm&gt;" in page and "no such route" in page
    assert page.index("misses its aim") < page.index("within 1.25</td>")
    assert "<td>one</td>" in page and "as row 7" in page
    assert "this project's own" in page and "this project's own" in index.read_text("utf-8")
    assert json.loads((tmp_path / "bodies.json").read_text("utf-8"))["bodies"]["x"]["rows"]


def test_too_many_profiles_are_refused():
    with pytest.raises(RequestError, match="1 to 24"):
        draw_profiles([])
