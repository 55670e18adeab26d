"""Claims of courses: synapses after a dose, slow drugs, and what monoamines alone would say."""

from __future__ import annotations

import pytest

IDS = ("C19", "C21", "C28")


@pytest.mark.parametrize("id", IDS)
def test_an_answer_is_whole(whole, id):
    whole(id)


def test_spines_come_after_receptors_and_after_growth_factor(asked):
    change = asked("C28").record["change_percent"]
    assert change["bdnf"]["1"]["p50"] > 5 > change["spine_density"]["1"]["p50"]
    assert change["spine_density"]["24"]["p50"] > change["spine_density"]["6"]["p50"]
    assert change["bdnf"]["168"]["p50"] == pytest.approx(0.0, abs=0.5)


def test_a_slow_drug_builds_up_while_ketamine_fades(asked):
    fall = asked("C21").record["despair_fall_percent"]
    assert fall["tablets"]["1"]["p50"] < fall["tablets"]["7"]["p50"] < fall["tablets"]["42"]["p50"]
    assert fall["infusion"]["1"]["p50"] > 10 * fall["infusion"]["42"]["p50"]


def test_neither_monoamines_nor_the_circuit_alone_meets_every_finding(asked):
    met = asked("C19").record["met"]
    assert met["monoamines alone"] < met["circuit and monoamines"] > met["circuit alone"]
