"""Claims of receptors and circuits: the burst, its margin, what is felt, the habenula, subunits."""

from __future__ import annotations

import pytest

from resynapse.chains import default_chain
from resynapse.core.errors import RequestError
from resynapse.hypothesis import Experiment
from resynapse.qualify.answering.ensemble import Arm, Ensemble

IDS = ("C25", "C26", "C27", "C37", "C54")


@pytest.mark.parametrize("id", IDS)
def test_an_answer_is_whole(whole, id):
    whole(id)


def test_glutamate_is_an_inverted_u_over_dose_and_misses_50_mg_kg(asked):
    change = asked("C26").record["glutamate_change_percent"]
    assert change["10"]["p05"] > 0
    assert change["200"]["p50"] < change["3"]["p50"] < change["20"]["p50"]
    assert change["50"]["p50"] > 5


def test_the_margin_shrinks_and_is_gone_only_without_any_interneuron(asked):
    record = asked("C25").record
    assert record["margin"]["human"]["0.5"]["p50"] < record["margin"]["human"]["0.1"]["p50"]
    assert record["interneurons_blocked"]["p05"] < record["margin"]["human"]["4"]["p05"]


def test_block_carries_most_of_dissociation_and_the_burst_cannot_be_told_apart(asked):
    record = asked("C27").record
    assert 0 < record["share_of_burst_percent"]["0.5"]["p50"] < 50
    assert record["burst_peaks_later_min"]["p50"] < 30


def test_bursts_need_both_channels(asked):
    fractions = asked("C37").record["burst_fraction"]
    assert fractions["no T-type channels"]["p95"] == pytest.approx(0.0, abs=1e-9)
    assert fractions["no NMDA receptors"]["p95"] < 0.001 < fractions["stressed, vehicle"]["p05"]


def test_subunits_do_not_give_the_pools(asked):
    record = asked("C54").record
    made = record["half_blocking_umol_L"]["interneuron"]
    assert made["from_subunits"]["p05"] > 2 * made["model"]
    assert record["more_than_fourfold_apart_percent"] == 0


def test_a_manipulation_is_never_left_out_in_silence():
    with pytest.raises(RequestError, match="nbqx"):
        Ensemble((1.0,), ("despair",), 20, 1).follow({"": Arm(default_chain("mouse"), Experiment(under=("nbqx",)))})
