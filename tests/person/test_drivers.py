"""Scores stand for what they say: chosen scores give the population's own quantiles, and ties make groups."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.chains import body_chain, default_chain
from resynapse.person import population
from resynapse.person.drivers import chosen_people, drivers, input_levels, input_values, input_words


@pytest.fixture(scope="module")
def chain():
    return default_chain("human")


@pytest.fixture(scope="module")
def chosen():
    return population("trd_academic")


def test_correlated_covariates_and_tied_spreads_make_groups(chosen, chain):
    inputs = drivers(chosen, chain)
    for pair in chosen.specification.correlation:
        names = [f"covariate {name}" for name in pair.between]
        if all(name in inputs.group for name in names):
            assert len({inputs.group[name] for name in names}) == 1
    assert inputs.group["between people body.cl_int_s"] == inputs.group["between people body.cl_int_r"]
    assert inputs.group["covariate height"] != inputs.group["covariate load_relative"]


def test_what_moves_nothing_and_what_a_covariate_replaces_is_no_input(chosen, chain):
    names = set(drivers(chosen, chain).scores)
    assert "between people life.rho" not in names
    assert "between people scale.baseline" not in names
    assert "covariate family_history_alcohol" not in names
    assert {"covariate rho", "covariate sex", "between people body.v2"} <= names


def test_scores_of_zero_are_the_typical_person_and_others_the_quantiles(chosen, chain):
    inputs = drivers(chosen, chain)
    rows = np.concatenate([np.zeros((1, len(inputs.scores))), inputs.alone(1.0)])
    scores = {name: rows[:, i] for i, name in enumerate(inputs.scores)}
    held = input_values(chosen, chain, scores)
    typical = float(chain.parameters["body.v2"])
    row = 1 + inputs.scores.index("between people body.v2")
    assert held["between people body.v2"][0] == pytest.approx(typical)
    many = chosen.sample(4000, 1)
    drawn = np.log(many.values(chain)["body.v2"])
    assert np.log(held["between people body.v2"][row] / typical) == pytest.approx(drawn.std(), rel=0.05)
    madrs = 1 + inputs.scores.index("covariate madrs_baseline")
    above = float((many.covariates["madrs_baseline"] <= held["covariate madrs_baseline"][madrs]).mean())
    assert above == pytest.approx(0.8413, abs=0.02)
    others = [name for name in inputs.scores if name != "covariate madrs_baseline"]
    assert all(held[name][madrs] == pytest.approx(held[name][0]) for name in others)


def test_chosen_people_do_not_hang_on_who_else_is_asked(chosen, chain):
    inputs = drivers(chosen, chain)
    rows = np.random.default_rng(1).normal(size=(6, len(inputs.scores)))
    both, one = (
        chosen_people(chosen, {name: part[:, i] for i, name in enumerate(inputs.scores)}) for part in (rows, rows[4:5])
    )
    for name, values in one.values(chain).items():
        assert values[0] == both.values(chain)[name][4]


def test_inputs_have_words_and_levels(chosen, chain):
    assert input_words(chosen, chain, "between people body.v2")[1] == "L"
    assert input_words(chosen, chain, "covariate madrs_baseline") == ("MADRS before treatment", "points")
    assert input_levels(chosen, "covariate sex") == ("male", "female")
    assert input_levels(chosen, "between people body.v2") == ()


def test_a_body_alone_is_driven_by_its_own_spreads(chosen):
    names = drivers(chosen, body_chain("human")).scores
    assert not [name for name in names if name.startswith("between people scale")]
