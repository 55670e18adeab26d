"""Populations: every preset draws what it states, people are keyed, covariates move the right parameters."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.body.modifier import modifier
from resynapse.chains import body_chain, default_chain
from resynapse.core.errors import RequestError
from resynapse.core.event import Level
from resynapse.core.solver import protocol, signature
from resynapse.core.source import bibliography
from resynapse.person import population, populations
from resynapse.person.account import account
from resynapse.person.effect import effects
from resynapse.person.population import MOST_AT_ONCE

ASKED_FOR = {
    "trd_phase3",
    "trd_academic",
    "suicidal_inpatients",
    "adolescents",
    "elders",
    "healthy",
    "recreational_users",
    "rat_cohort",
    "mouse_cohort",
}
MANY = 20_000


@pytest.fixture(scope="module")
def crowd():
    return population("trd_phase3").sample(MANY, 3)


@pytest.fixture(scope="module")
def chain():
    return default_chain("human")


def test_all_presets_are_on_file():
    assert set(populations()) >= ASKED_FOR


@pytest.mark.parametrize("name", populations())
def test_people_have_what_the_preset_states_within_chance(name):
    chosen = population(name)
    for s in account(chosen, chosen.sample(MANY, 11)):
        if s.role == "drawn so":
            assert abs(s.achieved - s.stated) <= 4.5 * s.error + 1e-12, s


@pytest.mark.parametrize("name", populations())
def test_values_of_every_preset_fit_the_chain_of_its_species(name):
    chosen = population(name)
    people, whole = chosen.sample(50, 1), default_chain(chosen.species)
    values = people.values(whole)
    assert values["body.weight"] is people.covariates["weight"]
    assert whole.with_values(values).parameters["body.weight"].shape == (50,)
    assert all(v.shape == (50,) and np.isfinite(v).all() for v in values.values())
    lives = people.loads(24.0 * 28)
    assert lives.amounts.shape == (50, len(lives.slots))
    shared = protocol(whole.external, [[lives.slots[0]]])
    assert shared.ports


@pytest.mark.parametrize("name", populations())
def test_digests_are_stable_and_differ(name):
    own = population(name).digest
    assert own == population(name).digest
    assert [n for n in populations() if population(n).digest == own] == [name]


def test_a_person_is_the_same_whoever_else_is_drawn(crowd, chain):
    chosen, values, lives = population("trd_phase3"), crowd.values(chain), crowd.loads(24.0 * 60)
    for some in ([17], [300, 17, 4], list(range(40, 45))):
        again = chosen.people(some, 3)
        for name, covariate in again.covariates.items():
            np.testing.assert_array_equal(covariate, crowd.covariates[name][some])
        for address, value in again.values(chain).items():
            np.testing.assert_array_equal(value, values[address][some])
        np.testing.assert_array_equal(again.loads(24.0 * 60).amounts, lives.amounts[some])


def test_a_part_of_the_people_is_those_numbers(crowd, chain):
    part = population("trd_phase3").sample(64, 3, first=1000)
    assert part.numbers[0] == 1000
    for name, covariate in part.covariates.items():
        np.testing.assert_array_equal(covariate, crowd.covariates[name][1000:1064])
    chosen = crowd.only(np.arange(1000, 1064))
    np.testing.assert_array_equal(chosen.values(chain)["body.v1"], part.values(chain)["body.v1"])


def test_another_seed_gives_other_people(crowd):
    other = population("trd_phase3").sample(5, 4)
    assert not np.isclose(other.covariates["age"], crowd.covariates["age"][:5]).any()


def test_a_change_in_one_population_leaves_others_numbers_alone(crowd):
    """The same seed and person have the same deviates in every population: differences are those of the populations."""
    elders = population("elders").sample(MANY, 3)
    np.testing.assert_array_equal(elders.covariates["bmi"] > 1e9, False)
    assert np.corrcoef(elders.covariates["rho"], crowd.covariates["rho"])[0, 1] > 0.999


@pytest.mark.parametrize("name", ["cyp2b6", "val66met"])
def test_genotypes_stand_in_hardy_weinberg_proportions_within_each_group(crowd, name):
    spec = population("trd_phase3").specification.covariate
    groups = spec["ancestry"].level_of(crowd.covariates["ancestry"])
    for word, who in zip(spec["ancestry"].levels, groups, strict=True):
        q, copies = spec[name].laws[word].frequency, crowd.covariates[name][who]
        for count, share in enumerate(((1 - q) ** 2, 2 * q * (1 - q), q**2)):
            assert abs((copies == count).mean() - share) < 4.5 * np.sqrt(share * (1 - share) / who.sum()) + 1e-12


def test_weight_follows_from_height_and_body_mass_index(crowd):
    known = crowd.covariates
    np.testing.assert_allclose(known["weight"], known["bmi"] * (known["height"] / 100) ** 2)
    np.testing.assert_allclose(known["load"], known["load_relative"] * (1 - known["rho"]))


def test_covariates_take_the_place_of_the_draw_and_others_keep_theirs(crowd, chain):
    values = crowd.values(chain)
    for effect in crowd.acting:
        if effect.sets:
            assert chain.declared[effect.sets].unit == effect.unit
            np.testing.assert_array_equal(values[effect.sets], crowd.covariates[effect.covariate])
    assert {"body.v1", "body.cl_int_s", "scale.share"} <= values.keys()


def test_met_carriers(crowd, chain):
    value, copies = crowd.values(chain)["synapse.val66met"], crowd.covariates["val66met"]
    assert set(value[copies == 2]) == {0.3}
    assert set(value[copies < 2]) == {1.0}
    doubting = population("trd_phase3").doubting("val66met")
    assert "synapse.val66met" not in doubting.sample(10, 3).values(chain)
    assert doubting.digest != population("trd_phase3").digest


def test_contested_effects_act_only_when_asked_for(chain):
    plain, believing = population("trd_phase3"), population("trd_phase3").believing("cyp2b6")
    people = plain.sample(2000, 3)
    before, after = people.values(chain), believing.sample(2000, 3).values(chain)
    ratio = after["body.cl_int_s"] / before["body.cl_int_s"]
    for copies, name in ((1, "cyp2b6_1_6"), (2, "cyp2b6_6_6")):
        wanted = modifier(name).changes[0].factor.value
        np.testing.assert_allclose(ratio[people.covariates["cyp2b6"] == copies], wanted)
    np.testing.assert_array_equal(ratio[people.covariates["cyp2b6"] == 0], 1.0)
    assert believing.digest != plain.digest
    with pytest.raises(RequestError, match="KPK-1"):
        believing.sample(5, 1).values(body_chain("human", "otto2021"))


def test_what_a_chain_does_not_have_is_left_out(crowd):
    values = crowd.values(body_chain("human"))
    assert all(address.startswith("body.") for address in values)


def test_nothing_claims_to_move_a_parameter_that_no_chain_has():
    known = {a for species in ("human", "rat", "mouse") for a in default_chain(species).declared}
    for effect in effects().values():
        assert not effect.sets or effect.sets in known
        assert {p for s in effect.steps for p in s.parameters} <= known
        assert effect.moves or "moves n" in effect.why or "moves no" in effect.why


def test_sources_and_assumptions_can_be_told_with_a_result():
    chosen = population("trd_phase3")
    assert {"jones2022", "nijs2020", "liu2012"} <= set(chosen.sources) <= set(bibliography())
    assert "liu2012" not in chosen.doubting("val66met").sources
    assert "li2015" in chosen.believing("cyp2b6").sources
    assert {"rho", "load_relative", "rho and madrs_baseline"} <= set(chosen.assumptions)
    assert "age" not in chosen.assumptions


def test_occasions_vary_around_each_persons_own_values(crowd, chain):
    own = chain.with_values(crowd.values(chain))
    first, second = crowd.occasion(own, 1), crowd.occasion(own, 2)
    assert first.keys() == {"body.f_sl"}
    assert not np.isclose(first["body.f_sl"], second["body.f_sl"]).all()
    np.testing.assert_array_equal(crowd.occasion(own, 1)["body.f_sl"], first["body.f_sl"])


def test_life_does_not_fluctuate_in_a_cage():
    lives = population("mouse_chronic_stress").sample(10, 1).loads(24.0 * 28)
    assert lives.slots == (Level("load", 0.0, 1.0),)
    assert (lives.amounts > 0).all()


def test_loads_lie_around_each_persons_mean_on_one_grid(crowd):
    lives = crowd.loads(168.0 * 8)
    levels = lives.amounts[:, [isinstance(s, Level) for s in lives.slots]]
    assert abs((levels.mean(axis=1) - crowd.covariates["load"]).mean()) < 0.01
    assert len({signature([s]) for s in lives.slots}) == len(lives.slots)


@pytest.mark.parametrize(("n", "first", "seed"), [(0, 0, 1), (-3, 0, 1), (10**12, 0, 1), (5, -1, 1), (5, 0, -1)])
def test_people_who_cannot_be_drawn_are_refused(n, first, seed):
    with pytest.raises(RequestError):
        population("healthy").sample(n, seed, first)
    assert MOST_AT_ONCE < 10**12


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(RequestError, match="trd_phase3"):
        population("trd_phase_3")
    with pytest.raises(RequestError, match="cyp2b6"):
        population("healthy").believing("cyp2b")


def test_people_without_a_load_say_so(crowd):
    bare = {"age": crowd.covariates["age"]}
    people = type(crowd)(crowd.numbers, crowd.seed, bare, ())
    with pytest.raises(RequestError, match="no load"):
        people.loads(24.0)
