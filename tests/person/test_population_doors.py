"""What people see of populations: the command, its JSON, the page and the figure."""

from __future__ import annotations

import json

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.person import population, populations
from resynapse.person.page import page
from resynapse.person.panorama import columns
from resynapse.report.populations import draw_populations


def _json(capsys, *words):
    assert main(["populations", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_list_names_every_population_with_its_digest(capsys):
    listed = {p["name"]: p for p in _json(capsys)["populations"]}
    assert tuple(sorted(listed)) == populations()
    for name in populations():
        assert listed[name]["digest"] == population(name).digest
        assert listed[name]["sources"] > 0


def test_one_population_tells_laws_sources_and_what_moves_what(capsys):
    told = _json(capsys, "trd_phase3")["population"]
    assert told["covariate"]["age"]["law"]["mean"] == 46.1
    assert told["covariate"]["age"]["source"]
    acts = {e["name"]: e["acts"] for e in told["effects"]}
    assert acts["weight"] == acts["val66met"] == "yes"
    assert acts["cyp2b6"] == "when asked for"
    assert acts["family_history_alcohol"] == acts["prior_failures"] == "no"


def test_people_drawn_stand_beside_what_was_stated(capsys):
    told = _json(capsys, "healthy", "--draw", "2000", "--seed", "4")
    assert (told["people"], told["seed"], told["population"]) == (2000, 4, "healthy")
    age = next(row for row in told["account"] if (row["covariate"], row["statistic"]) == ("age", "mean"))
    assert age["stated"] == 23.5
    assert abs(age["achieved"] - 23.5) < 5 * age["error"]
    assert _json(capsys, "healthy", "--draw", "2000", "--seed", "4") == told


def test_people_of_one_population_are_weighted_to_stand_for_another(capsys):
    told = _json(capsys, "trd_phase3", "--draw", "5000", "--like", "suicidal_inpatients")
    found = {t["name"]: t for t in told["targets"]}
    assert found["mean of age"]["wanted"] == 40.1
    assert all(abs(t["weighted"] - t["wanted"]) < 1e-3 for t in told["targets"])
    assert not any("prior_failures" in name for name in found)
    assert 500 < told["effective"] < 5000


def test_tables_for_people_to_read(capsys):
    for words in ([], ["elders"], ["elders", "--draw", "50"], ["trd_phase3", "--like", "trd_phase3"]):
        assert main(["populations", *words]) == 0
        assert "never advice to a patient" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["trd_phse3"], "nearest: trd_phase3"),
        (["healthy", "--draw", "0"], "1 to 10,000,000"),
        (["--draw", "5"], "whose people"),
        (["--like", "elders"], "whose people"),
        (["trd_phase3", "--like", "elders"], "no weights can match"),
        (["trd_phase3", "--like", "eldest"], "nearest: elders"),
        (["--figure", "x.gif"], "kind of picture"),
    ],
)
def test_refusals(capsys, words, told):
    assert main(["populations", *words]) == 2
    seen = capsys.readouterr()
    assert told in seen.err
    assert seen.out == ""


def test_the_page_begins_with_what_is_assumed_and_holds_every_preset():
    text = page()
    places = [text.index(f"\n## {name}\n") for name in ("What is assumed", "What is recalled", *populations())]
    assert places == sorted(places)
    assert "family_history_alcohol" in text
    assert "moves nothing" in text


def test_the_figure_shows_what_the_people_have_and_marks_assumptions(tmp_path):
    chosen = [population(n) for n in ("trd_phase3", "healthy")]
    drawn = columns(chosen, 200, 1)
    cells = {c.meaning: c.cells for c in drawn}
    assert cells["MADRS before treatment"][1] is None
    assert [c.assumed for c in cells["strength of rumination"]] == [True, True]
    assert [c.assumed for c in cells["body mass index"]] == [False, False]
    assert cells["body mass index"][0].stated == 28.0
    figure = draw_populations([p.name for p in chosen], drawn, "200 people")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    edge = figure.bbox.x1
    assert all(t.get_window_extent().x1 <= edge for a in figure.axes for t in (a.title, *a.get_yticklabels()))
    assert main(["populations", "mouse_cohort", "--draw", "50", "--figure", str(tmp_path / "mice.svg")]) == 0
    assert (tmp_path / "mice.svg").stat().st_size > 1000


def test_a_mouse_and_a_person_share_no_axis():
    with pytest.raises(RequestError, match="different species"):
        columns([population("mouse_cohort"), population("healthy")], 5, 1)
