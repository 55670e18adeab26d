"""Claims about emptied stores, spines by region, newborn neurons, and social defeat."""

from __future__ import annotations

import pytest

IDS = ("C20", "C22", "C23", "C46")


@pytest.mark.parametrize("id", IDS)
def test_an_answer_is_whole(whole, id):
    whole(id)


def test_empty_stores_fell_the_vulnerable_and_everybody_only_where_monoamines_are_all(asked):
    ill = asked("C20").record["ill_percent_of_draws"]
    healthy, frail = (
        ill[f"one push among others; {who}"] for who in ("healthy, little load", "vulnerable, well under load")
    )
    assert healthy < 15
    assert frail > healthy
    assert ill["monoamines alone; healthy, little load"] > 80


def test_stress_takes_prefrontal_spines_and_adds_reward_spines(asked):
    fewer = asked("C23").record["fewer_percent_of_draws"]
    assert fewer["prefrontal cortex"] == fewer["hippocampus"] == 100
    assert fewer["accumbens (reward)"] == 0


def test_tablets_add_newborn_neurons_and_ketamine_hardly_any(asked):
    record = asked("C46").record
    assert record["newborn_gained_points"]["tablets"]["p05"] > record["newborn_gained_by_ketamine_at_most"]["p95"]


def test_defeat_moves_every_sign_of_lost_interest_and_of_giving_up(asked):
    signs = [s for s in asked("C22").record["signs"] if s["kind"] != "avoidance"]
    assert len(signs) == 7
    assert all(s["worse"] for s in signs)
