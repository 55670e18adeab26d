"""Claim C16 can be asked: the spray is less precise than the infusion, a cold changes it, the page says how sure."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.evidence import library
from resynapse.person import population
from resynapse.qualify.answering.nasal_precision import cold_ratios
from resynapse.qualify.answering.terms import Terms
from resynapse.qualify.answers import answer
from resynapse.qualify.route_precision import (
    HOURS,
    METRICS,
    PORTS,
    Exposure,
    OfPopulation,
    assumed_occasions,
    published_spreads,
    route_doses,
    route_precision,
    variation_difference,
    variation_interval,
)

TOTAL, S_FORM = PORTS


@pytest.fixture(scope="module")
def found():
    return route_precision(people=500, seed=4)


@pytest.fixture(scope="module")
def told():
    return answer("c16", Terms(people=100, seed=2))


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("metric", METRICS)
def test_the_nasal_spread_between_people_is_larger_than_the_intravenous_one(found, port, metric):
    nasal, iv = (getattr(found.routes[name].usual[port], metric) for name in ("nasal", "iv"))
    assert variation_interval(nasal, 1)[0] > variation_interval(iv, 1)[1]


def test_a_cold_raises_the_peak_by_a_fifth_and_brings_it_forward(found):
    cold = cold_ratios(found)
    assert cold["cmax_ratio"] == pytest.approx(1.21, abs=0.03)
    assert cold["auc_ratio"] == pytest.approx(1.14, abs=0.03)
    assert cold["tmax_with_h"] < cold["tmax_without_h"] - 0.1
    well, ill = found.routes["nasal"].usual[S_FORM], found.cold.usual[S_FORM]
    assert (ill.auc > well.auc).all()
    assert np.median(ill.tmax) < np.median(well.tmax)


def test_esketamine_by_nose_is_all_of_the_ketamine(found):
    both = found.routes["nasal"].usual
    np.testing.assert_allclose(both[TOTAL].values, both[S_FORM].values, rtol=1e-12, atol=1e-12)


def test_within_person_spread_is_told_only_where_the_set_has_it(found):
    assert found.routes["nasal"].within(TOTAL, "auc") is None
    assert found.routes["iv"].within(TOTAL, "auc") is None
    assert 0.05 < found.routes["sublingual"].within(TOTAL, "auc") < 0.25


def test_the_area_of_an_exponential_equals_its_closed_form():
    course = Exposure(np.exp(-0.5 * HOURS)[None])
    assert course.auc[0] == pytest.approx((1 - math.exp(-12.0)) / 0.5, rel=2e-3)
    assert course.cmax[0] == 1.0
    assert course.tmax[0] == 0.0


def test_every_published_spread_has_a_source_and_says_whether_it_was_checked():
    assert {(s.route, s.metric) for s in published_spreads()} >= {("nasal", "auc"), ("iv", "auc")}
    assert all(s.low <= s.high and s.where for s in published_spreads())
    assert {s.mark for s in published_spreads() if s.source == "spravatolabel"} == {"recalled"}
    assert {s.route for s in published_spreads()} <= {d.name for d in route_doses()}


def test_the_answer_has_three_sentences_its_status_and_its_uncertainty(told):
    assert len(told.sentences) == 3
    assert "supported between people, contested in children" in told.text
    assert "recalled, not checked" in told.sentences[0]
    assert "known failure" in told.sentences[2]
    assert "100 drawn people, seed 2" in told.uncertainty
    assert "not medical advice" in told.text


def test_every_sentence_is_about_the_model_and_the_contrary_finding_is_told(told):
    assert all(s.startswith("In KPK-1 ") for s in told.sentences)
    assert "71 to 99 % beside 58 % in adults" in told.sentences[0]
    assert "48 % beside 47 % in anaesthetised children" in told.sentences[0]
    assert "speaks against the claim" in told.sentences[0]
    assert "within a person is not answered for the spray" in told.sentences[2]
    assert re.search(r"3 to [56] times below what was seen", told.uncertainty)


def test_published_spreads_are_those_of_the_evidence():
    rows = {(o.study.name, o.row): o for o in library().select(endpoint="pharmacokinetics")}
    spread = {(s.source, s.route): s for s in published_spreads() if s.metric == "cmax"}
    log = {row: math.log(float(rows["pmc9118341", row].dispersion.split()[1])) for row in ("86", "58", "60")}
    found = [100 * math.sqrt(math.expm1(v**2)) for v in log.values()]
    nasal = spread["pmc9118341", "nasal"]
    assert (nasal.low, nasal.high) == pytest.approx((min(found), max(found)), abs=0.6)
    assert spread["pmc9118341", "iv"].low == pytest.approx(100 * math.sqrt(math.expm1(math.log(1.71) ** 2)), abs=0.6)
    for row, route in (("72", "iv"), ("73", "nasal")):
        o = rows["weber2004", row]
        assert spread["weber2004", route].low == pytest.approx(100 * float(o.dispersion.split()[1]) / o.value, abs=0.6)


def test_the_difference_is_of_the_same_people_and_has_an_interval(found, told):
    nasal, iv = (found.routes[name].usual[TOTAL].cmax for name in ("nasal", "iv"))
    low, high = variation_difference(nasal, iv, 1)
    own = found.routes["nasal"].between(TOTAL, "cmax") - found.routes["iv"].between(TOTAL, "cmax")
    assert 0 < low < own < high
    assert variation_difference(iv, iv, 1) == (0.0, 0.0)
    assert told.record["difference_nasal_iv"]["cmax"]["low"] > 0
    assert "points" in told.sentences[0]


def test_the_record_survives_json_and_holds_every_route(told):
    record = json.loads(json.dumps(told.record, allow_nan=False))
    assert [r["name"] for r in record["routes"]] == ["iv", "nasal", "sublingual", "oral"]
    area = record["routes"][1]["exposures"]["cv_ketamine_s"]["auc"]
    assert area["p05"] < area["p50"] < area["p95"]
    assert area["cv_between_low"] < area["cv_between"] < area["cv_between_high"]
    assert record["cold"]["modifier"] == "rhinitis"


def test_the_figure_shows_every_route_and_the_cold(told):
    figure = told.draw()
    words = " ".join(t.get_text() for axis in figure.axes for t in axis.texts)
    assert len(figure.axes) == 5
    assert "with a cold: CV" in words
    assert "recalled" in words


def test_the_command_prints_json_and_draws(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("RESYNAPSE_CACHE", "off")
    drawn = tmp_path / "c16.png"
    assert main(["claim", "C16", "--people", "100", "--seed", "5", "--json", "--draw", str(drawn)]) == 0
    assert json.loads(capsys.readouterr().out)["people"] == 100
    assert drawn.stat().st_size > 10_000


@pytest.mark.parametrize("words", [["C17"], ["C99"], ["C16", "--people", "3"], ["C16", "--seed", "-1"]])
def test_what_cannot_be_answered_is_refused(capsys, words):
    assert main(["claim", *words]) == 2
    assert capsys.readouterr().out == ""


def test_an_unanswerable_claim_names_those_that_can_be_asked():
    with pytest.raises(RequestError, match="C16"):
        answer("C17", Terms(people=100))


@pytest.fixture(scope="module")
def of_population():
    return answer("C16", Terms(people=300, seed=3, population="trd_phase3"))


def test_of_a_population_the_nasal_spread_between_people_is_larger_than_the_intravenous_one(of_population):
    record = json.loads(json.dumps(of_population.record, allow_nan=False))
    iv, nasal = (route["exposures"]["cv_ketamine"] for route in record["routes"][:2])
    assert record["population"]["name"] == "trd_phase3"
    for metric in METRICS:
        assert nasal[metric]["cv_between_low"] > iv[metric]["cv_between_high"]
        assert record["difference_nasal_iv"][metric]["low"] > 0


def test_within_and_between_a_person_are_told_apart_and_what_was_put_in_is_said(of_population):
    record = of_population.record
    nasal = record["routes"][1]["exposures"]["cv_ketamine"]["auc"]
    assert 0.05 < nasal["cv_within"] < 0.15 < nasal["cv_between"] < nasal["cv_total"] * 1.05
    assert record["routes"][0]["exposures"]["cv_ketamine"]["auc"]["cv_within"] is None
    assert "put in and not predicted" in of_population.sentences[2]
    assert "trd_phase3" in of_population.uncertainty
    assert all(o.origin == "assumed_here" and o.note and o.range[0] < o.range[1] for o in assumed_occasions())
    assert {o["parameter"] for o in record["population"]["assumed_occasions"]} == {"body.fr_n", "body.ka_n"}


def test_without_a_population_nothing_is_put_in(told):
    assert told.record["population"] is None
    assert "put in" not in told.text


def test_a_dose_per_kg_follows_the_weight_and_a_spray_does_not():
    people = population("trd_phase3").sample(40, 3)
    np.testing.assert_allclose(OfPopulation(people).heavier, people.covariates["weight"] / 70.0)
    assert [dose.name for dose in route_doses() if dose.per_kg] == ["iv"]


@pytest.mark.parametrize("name", ["trd_fase3", "rat_cohort"])
def test_another_population_or_one_of_animals_is_refused(name, capsys):
    assert main(["claim", "C16", "--people", "100", "--population", name]) == 2
    assert capsys.readouterr().out == ""


def test_the_figure_of_a_population_tells_the_spread_within_a_person(of_population):
    words = " ".join(t.get_text() for axis in of_population.draw().axes for t in axis.texts)
    assert "within a person" in words
