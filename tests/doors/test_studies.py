"""Studies through their requests and the command line: what drives a spread, one person's lives, a report of many."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.requests.relapse import Relapse
from resynapse.requests.relapse_report import write_relapse
from resynapse.requests.sensitivity import Sensitivity
from resynapse.requests.sensitivity_report import write_sensitivity

INFUSION = {"drug": "ketamine", "route": "iv", "dose": "0.5 mg/kg", "over": "40 min"}
IN_WORDS = [word for name, value in INFUSION.items() for word in (f"--{name}", value)]


@pytest.fixture(scope="module")
def lives():
    return Relapse(population="trd_academic", person=17, draws=200, among=40, days=60).run()


@pytest.fixture(scope="module")
def driven():
    return Sensitivity(population="trd_academic", quantity="cv_ketamine", time=1, n=64, **INFUSION).run()


def test_without_fluctuation_all_copies_have_the_same_bits(lives):
    for one in lives.lived:
        assert one.distinct == 1
        assert one.steady.tobytes() == np.repeat(one.steady[:1], len(one.steady), axis=0).tobytes()


def test_two_hundred_draws_of_the_load_spread_the_relapse_of_one_person(lives):
    asked = lives.lived[0]
    days = asked.relapse_days[np.isfinite(asked.relapse_days)]
    assert len(asked.courses) == 200
    assert len(days) > 100
    assert np.ptp(days) > 7
    assert days.min() < asked.steady_relapse < days.max()


def test_the_first_life_of_person_0_is_their_own(lives):
    one = next(one for one in lives.lived if one.number == 0)
    people = lives.cohort.population.people([0] * 200, lives.request.seed)
    np.testing.assert_array_equal(one.courses[0], lives.cohort.followed(people)["despair"][0])


def test_a_bistable_person_stays_well_without_fluctuation_and_relapses_with_it(lives):
    kinds = {one.role: one for one in lives.lived}
    bistable, monostable = kinds["two lasting states"], kinds["one lasting state"]
    assert bistable.two
    assert not monostable.two
    assert bistable.steady_relapse is None
    assert np.isfinite(bistable.relapse_days).any()
    sooner, later = (
        np.where(np.isfinite(one.relapse_days), one.relapse_days, one.watched) for one in (monostable, bistable)
    )
    assert np.median(sooner) < np.median(later)


def test_a_stronger_load_brings_relapse_sooner(lives):
    people = lives.cohort.population.people([3] * 200, lives.request.seed)
    loads = people.covariates["load"] * np.repeat([0.9, 1.15], 100)
    heavier = replace(people, covariates={**people.covariates, "load": loads}, lives=np.tile(np.arange(100), 2))
    lived = replace(lives.lived[0], courses=lives.cohort.followed(heavier)["despair"])
    days = np.where(np.isfinite(lived.relapse_days), lived.relapse_days, lived.watched)
    assert (days[100:] <= days[:100]).all()
    assert np.median(days[100:]) < np.median(days[:100])


def test_the_record_and_the_page_of_lives_hold_what_they_must(lives, tmp_path):
    page = write_relapse(lives, tmp_path).read_text(encoding="utf-8")
    record = json.loads((tmp_path / "relapse.json").read_text(encoding="utf-8"))
    assert record["draws"] == 200
    assert len(record["people"][0]["relapse_days"]) == 200
    assert record["people"][0]["without_fluctuation"]["distinct"] == 1
    assert record["rule"]["sources"]["confirmed_after"].startswith("nct02493868")
    assert 0.0 <= record["two_lasting_states"]["share"] <= record["two_lasting_states"]["share_under_some_load"]
    order = (
        "For research.",
        "many lives",
        "Assumptions",
        "When the same person relapses",
        "compared bit by bit",
        "Why: the basins",
        "What is left out",
        "Where the numbers come from",
    )
    places = [page.index(word, page.index("<body>")) for word in order]
    assert places == sorted(places)
    assert {p.name for p in (tmp_path / "figures").iterdir()} >= {
        "relapse.png",
        "relapse.svg",
        "basins.png",
        "basins.svg",
    }


def test_plasma_is_driven_by_the_body_alone_and_unit_and_order_are_told(driven, tmp_path):
    record = driven.record
    totals = [group["total"]["value"] for group in record["groups"]]
    assert record["unit"] == "ng/mL"
    assert totals == sorted(totals, reverse=True)
    first = {one["input"] for one in record["groups"][0]["inputs"]}
    assert first <= {"between people body.v1", "between people body.v2", "between people body.qh"}
    quiet = {one["input"]: group["total"]["value"] for group in record["groups"] for one in group["inputs"]}
    assert quiet["between people body.ka_n"] == 0.0
    page = write_sensitivity(driven, tmp_path).read_text(encoding="utf-8")
    assert page.index("Assumptions") < page.index("What drives the spread</h2>") < page.index("What is left out")
    assert "form one group" in page


def test_the_tornado_of_plasma_has_the_signs_of_the_theory(driven):
    swings = {swing.score: swing for swing in driven.swings}
    assert swings["between people body.v2"].high < driven.typical < swings["between people body.v2"].low
    assert swings["between people body.cl_int_s"].high < swings["between people body.cl_int_s"].low
    low, high = driven.ends["between people body.v2"]
    assert low < high
    assert driven.words("between people body.v2")[1] == "L"


def test_sobol_indices_of_the_chain_do_not_hang_on_how_rows_are_cut(driven, monkeypatch):
    monkeypatch.setattr("resynapse.requests.sensitivity._AT_ONCE", 64)
    again = Sensitivity(population="trd_academic", quantity="cv_ketamine", time=1, n=64, **INFUSION).run()
    assert again.swings == driven.swings
    assert again.found == driven.found


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"quantity": "madrs_totl"}, "madrs_total"),
        ({"time": 50.0, "days": 2.0}, "beyond the run"),
        ({"time": -1.0}, "positive number of hours"),
        ({"method": "sobl"}, "sobol"),
        ({"n": 100}, "power of two"),
        ({"population": "trd_fase3"}, "trd_phase3"),
        ({"quantity": "adverse_event_probability"}, "has parts"),
    ],
)
def test_what_cannot_be_asked_of_a_spread_is_refused(words, hint):
    said = {"population": "trd_phase3", "quantity": "madrs_total", "time": 24.0, **INFUSION, **words}
    with pytest.raises(RequestError, match=hint):
        Sensitivity(**said).run()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"draws": 0}, "1 to 100000"),
        ({"draws": -3}, "draws"),
        ({"person": -1}, "person"),
        ({"person": 10**9}, "0 to 10000000"),
        ({"quantity": "dispair"}, "despair"),
        ({"days": 15.0}, "two weeks after the last dose"),
        ({"population": "trd_academics"}, "trd_academic"),
        ({"population": "healthy"}, "in no episode"),
    ],
)
def test_lives_that_cannot_be_lived_are_refused(words, hint):
    with pytest.raises(RequestError, match=hint):
        Relapse(**{"population": "trd_academic", "person": 1, **words}).run()


def test_refusals_print_nothing_and_exit_with_two(capsys):
    assert main(["relapse", "--population", "trd_academic", "--person", "1", "--draws", "0"]) == 2
    spread = ["sensitivity", "--population", "trd_academic", "--quantity", "nothing", "--time", "2", *IN_WORDS]
    assert main(spread) == 2
    assert capsys.readouterr().out == ""


def test_a_screen_on_the_command_line_is_json_with_a_page(capsys, tmp_path):
    words = ["--population", "trd_academic", "--quantity", "cv_ketamine", "--time", "1", *IN_WORDS]
    out = tmp_path / "screen"
    assert main(["sensitivity", *words, "--method", "morris", "--n", "4", "--json", "--out", str(out)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["method"] == "morris"
    sizes = [group["mu_star"]["value"] for group in record["groups"]]
    assert sizes == sorted(sizes, reverse=True)
    assert (out / "report.html").is_file()


def test_a_run_of_many_people_gets_its_report(capsys, tmp_path):
    run = tmp_path / "many"
    words = ["--people", "24", "--population", "trd_academic", "--seed", "2", "--backend", "serial", "--days", "14"]
    assert (
        main(["simulate", *IN_WORDS, *words, "--ports", "cv_ketamine,madrs_total,despair", "--out", str(run), "--json"])
        == 0
    )
    capsys.readouterr()
    assert main(["report", str(run)]) == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == str(run / "report.html")
    for word in ("n = 24 people", "trd_academic", "strength of rumination", "Fell by 50 % or more", "hang together"):
        assert word in page
