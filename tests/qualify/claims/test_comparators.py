"""Claims about other drugs: NMDA blockers, psychoplastogens, and what moves glutamate and GABA."""

from __future__ import annotations

import pytest

IDS = ("C29", "C34", "C47")


@pytest.mark.parametrize("id", IDS)
def test_an_answer_is_whole(whole, id):
    whole(id)


def test_memantine_and_rapastinel_come_out_weak_and_lanicemine_is_a_known_miss(asked):
    record = asked("C29").record
    weaker = record["weaker_than_half_of_ketamine"]["disinhibition"]
    assert {"memantine 20 mg oral", "rapastinel 450 mg iv"} <= set(weaker)
    assert "lanicemine 100 mg iv" not in weaker
    assert "contradicted by the trials" in asked("C29").text


def test_plasticity_parts_from_perception_only_through_a_second_site(asked):
    gain = asked("C34").record["spines_gained_where_hardly_felt"]
    assert gain["default blend"]["lsd"]["p50"] < 1.0 < gain["trkb_binding"]["lsd"]["p50"]


def test_phencyclidine_and_amphetamine_raise_glutamate_and_alcohol_damps_the_burst(asked):
    record = asked("C47").record
    change = record["glutamate_change_percent"]
    assert min(change[k]["p05"] for k in ("phencyclidine 0.1 mg/kg iv", "amphetamine 20 mg oral")) > 0
    assert change["alcohol 0.6 g/kg oral"]["p50"] < 5
    assert record["burst_smaller_with_alcohol_percent_of_draws"] > 50
