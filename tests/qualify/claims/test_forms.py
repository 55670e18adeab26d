"""Claims of mirror forms, the metabolite, blocked growth factor and inflammation, under each hypothesis."""

from __future__ import annotations

import pytest

IDS = ("C30", "C31", "C32", "C33")


@pytest.mark.parametrize("id", IDS)
def test_an_answer_is_whole(whole, id):
    whole(id)


def test_the_ratio_of_occupancies_falls_as_receptors_fill(asked):
    ratio = {c: band["p50"] for c, band in asked("C30").record["occupancy_ratio"].items()}
    assert ratio["0.01"] == pytest.approx(4.6, abs=0.1)
    assert ratio["0.4"] == pytest.approx(2.6, abs=0.1)
    assert ratio["1"] == pytest.approx(1.9, abs=0.1)


def test_nmda_wirings_never_let_r_outlast_s(asked):
    record = asked("C30").record
    assert "disinhibition" in record["s_stronger_under"]
    assert not {"disinhibition", "direct_inhibition", "extrasynaptic_glun2b"} & set(record["r_stronger_under"])


def test_people_have_far_less_hnk_than_the_mouse_that_it_helps(asked):
    record = asked("C31").record
    assert record["mouse_over_human_exposure"]["p05"] > 10
    assert "hnk_ampa" in record["works_under"]["mouse"]
    assert "hnk_ampa" not in record["works_under"]["human"]


def test_an_antibody_takes_the_spines_where_growth_factor_makes_them(asked):
    record = asked("C32").record
    spines = record["spines_24_h"]["disinhibition"]
    assert spines["antibody against BDNF"]["p95"] < 0.001 < spines["nothing blocked"]["p50"]
    assert "extrasynaptic_glun2b" in record["survives_antibody"]
    assert "disinhibition" in record["needs_bdnf"]


def test_calming_moves_cytokines_and_hardly_mood(asked):
    record = asked("C33").record
    fall = record["largest_fall_percent"]["ketamine 10 mg/kg"]
    assert fall["p05"] > 0
    assert record["relief_alone_24_h_percent"]["ketamine 10 mg/kg"]["p95"] < 2
