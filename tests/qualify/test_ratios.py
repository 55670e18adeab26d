"""Modifiers: every name and factor has its source, ratios are computed and failures shown, and nothing acts unasked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resynapse.body.modifier import changes, modified, modifier, modifier_notes, modifiers
from resynapse.calibrate import rhinitis
from resynapse.chains import body_chain
from resynapse.compound import formulations
from resynapse.core.errors import RequestError
from resynapse.core.source import bibliography
from resynapse.evidence import library
from resynapse.qualify.ratios import page, ratio_checks, tally

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "modifiers.md"


@pytest.fixture(scope="module")
def checks():
    return ratio_checks()


def found(checks, name, metric, route):
    fits = [c for c in checks if c.modifier.name == name and c.observed.metric == metric and c.observed.route == route]
    assert fits
    return fits


def test_failures_come_first(checks):
    held = [c.holds for c in checks]
    assert held == sorted(held)
    assert not held[0]
    assert held[-1]


@pytest.mark.parametrize(
    ("name", "route", "ratio"),
    [
        ("hepatic_child_pugh_b", "nasal", 1.88),
        ("ticlopidine", "oral", 2.0),
        ("ticlopidine", "nasal", 1.42),
        ("grapefruit", "oral", 1.5625),
        ("female", "iv", 1 / 1.2),
        ("cyp2b6_1_6", "sc", 1.677),
        ("cyp2b6_6_6", "sc", 3.153),
        ("weight", "nasal", 0.77),
        ("mometasone", "nasal", 1.0),
    ],
)
def test_predicted_ratios_of_areas(checks, name, route, ratio):
    assert found(checks, name, "AUC", route)[0].predicted == pytest.approx(ratio, rel=0.01)


def test_grapefruit_and_the_genotype_by_mouth_are_shown_as_failures(checks):
    assert not found(checks, "grapefruit", "AUC", "oral")[0].holds
    assert not found(checks, "cyp2b6_6_6", "AUC", "oral")[0].holds


def test_a_running_nose_raises_the_peak_by_a_fifth_and_brings_it_forward(checks):
    (peak,) = found(checks, "rhinitis", "Cmax", "nasal")
    (time,) = found(checks, "rhinitis", "tmax", "nasal")
    assert peak.predicted == pytest.approx(1.21, abs=0.05)
    assert time.predicted < 0.8


def test_the_stored_factors_of_rhinitis_are_where_their_calibration_ends():
    stored = np.array([c.factor.value for c in modifier("rhinitis").changes])
    steps = np.exp(np.array([[0, 0], [0.02, 0], [-0.02, 0], [0, 0.05], [0, -0.05]]))
    costs = (rhinitis.misfits(stored * steps) ** 2).sum(axis=1)
    assert costs[0] == costs.min()


def test_the_page_is_what_the_code_says_now(checks):
    assert PAGE.read_text(encoding="utf-8") == page(checks)


def test_the_page_counts_what_could_fail_and_what_no_effect_would_pass(checks):
    t = tally(checks)
    assert (t.all, t.tuned, t.inert, t.free) == (47, 7, 3, 37)
    assert (t.free_failed, t.no_effect, t.telling, t.telling_failed) == (15, 22, 21, 12)
    (juice,) = found(checks, "grapefruit", "AUC", "oral")
    (genotype,) = found(checks, "cyp2b6_6_6", "AUC", "oral")
    assert not juice.no_effect_holds and genotype.no_effect_holds
    assert not found(checks, "rhinitis", "AUC", "nasal")[0].can_fail
    assert not found(checks, "mometasone", "AUC", "nasal")[0].can_fail


def test_rows_of_the_evidence_are_quoted_as_they_stand_there():
    rows = {o.row: o for o in library().select(endpoint="pharmacokinetics")}
    for m in modifiers().values():
        for o in (o for o in m.observed if o.row):
            assert rows[o.row].value == o.ratio
            assert rows[o.row].role == "verify"
            assert o.role != "build"


def test_every_factor_and_observation_has_its_source():
    for m in modifiers().values():
        assert set(m.sources) <= bibliography().keys(), m.name
        assert m.doubt
        assert bool(m.observed) or m.effect == "unknown", m.name


def test_nothing_acts_unless_asked_for():
    chain = body_chain("human")
    assert changes(chain, []) == {}
    assert changes(chain, ["oxymetazoline", "itraconazole"]) == {}
    assert modified(chain, []).parameters["body.fr_n"] == chain.parameters["body.fr_n"]


def test_factors_on_one_parameter_multiply_and_a_name_counts_once():
    chain = body_chain("human")
    plain = float(chain.parameters["body.fr_n"])
    assert changes(chain, ["rhinitis", "japanese"])["body.fr_n"] == pytest.approx(plain * 1.216 * 1.34)
    assert changes(chain, ["rhinitis", "cold"])["body.fr_n"] == pytest.approx(plain * 1.216)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("rifampicine", "nothing on file"),
        ("food", "not known"),
        ("age", "is a covariate"),
        ("weight", "is a covariate"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(name, reason):
    with pytest.raises(RequestError, match=reason) as caught:
        changes(body_chain("human"), [name])
    if name == "rifampicine":
        assert caught.value.nearest == "rifampicin"


@pytest.mark.parametrize(("species", "body"), [("rat", None), ("human", "perezruixo2021")])
def test_another_theory_refuses_factors_that_belong_to_kpk1(species, body):
    with pytest.raises(RequestError, match="belong to KPK-1"):
        changes(body_chain(species, body), ["grapefruit"])


def test_the_second_laboratory_takes_them():
    assert changes(body_chain("human", "kpk1_kamp2020"), ["grapefruit"])["body.f_gut"] == pytest.approx(1.0)


def test_every_factor_acts_on_a_parameter_of_kpk1():
    declared = body_chain("human").declared
    named = {f"body.{p}" for m in modifiers().values() for c in m.changes for p in c.parameters}
    made = {f"body.{p}" for f in formulations().values() for p in f.parameters}
    assert named | made <= declared.keys()


def test_a_result_says_which_modifiers_acted():
    (note,) = modifier_notes(["rifampin"])
    assert "f_gut x 0.35" in note
    assert "chosen by hand" in note
