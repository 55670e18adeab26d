"""Hypotheses: each can be built, gives what it says that it gives, and is refused when it does not fit."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest

from resynapse.chains import default_chain
from resynapse.cli import main
from resynapse.core.errors import RequestError, WiringError
from resynapse.hypothesis import (
    DRIVES,
    SIBLINGS,
    Experiment,
    Hypothesis,
    Prediction,
    blend,
    hypotheses,
    hypothesis,
    names,
    stack,
)
from resynapse.hypothesis.page import pages

ROOT = Path(__file__).parents[2]
EXPECTED = {
    "disinhibition",
    "direct_inhibition",
    "extrasynaptic_glun2b",
    "hnk_ampa",
    "habenula_burst_block",
    "opioid_dependence",
    "trkb_binding",
    "inflammation",
    "monoamine_only",
    "expectancy_only",
    "newborn_neurons",
    "mixture",
    "braked_burst",
}


@cache
def chain_of(name, species):
    """The chain of a hypothesis, built once."""
    return hypothesis(name).chain(species)


@cache
def prior_of(name, species):
    """The same with the values on file before any calibration of people, in which hypotheses are compared."""
    return hypothesis(name).prior(species)


every = pytest.mark.parametrize("name", sorted(EXPECTED))


def plain(**changed: object) -> Hypothesis:
    """A small hypothesis of this test, with some parts changed."""
    whole = Hypothesis("mine", "something", ("autry2011",), (), ("anything",), species=("mouse",))
    return replace(whole, **changed)


def test_every_serious_explanation_is_on_file():
    assert set(names()) == EXPECTED
    assert [h.name for h in hypotheses()] == sorted(EXPECTED)


@every
def test_each_says_what_it_stakes_and_what_would_count_against_it(name):
    h = hypothesis(name)
    assert h.claim.endswith(".")
    assert len(h.predicts) >= 3
    assert len(h.against) >= 3
    assert h.sources
    assert all(p.observed for p in h.predicts)


@every
def test_directions_come_out_of_its_own_chain_or_are_listed_as_unmet(name):
    h = hypothesis(name)
    for prediction in h.predicts:
        effect = prediction.effect(prior_of(name, prediction.experiment.species))
        assert prediction.holds(effect) == (not prediction.unmet), f"{prediction.words}: {effect:+.4f}"


@every
def test_each_builds_stays_at_rest_without_a_dose_and_takes_one(name):
    h = hypothesis(name)
    for dose in (Experiment(), Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")):
        if dose.species not in h.species:
            with pytest.raises(RequestError, match="no chain of this species"):
                h.chain(dose.species)
            continue
        chain = chain_of(name, dose.species)
        quiet = dose.control.follow(chain, [2.0, 24.0], ["despair"])["despair"]
        np.testing.assert_allclose(quiet, 1.0, rtol=0.0, atol=1e-8)
        course = dose.follow(chain, [2.0, 24.0], ["despair"])["despair"]
        assert np.isfinite(course).all()
        assert (course < 1.0 + 1e-8).all()


def test_expectancy_is_exactly_no_effect_of_the_drug_on_mood():
    chain = chain_of("expectancy_only", "human")
    dose = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
    ports = ["despair", "suicidal_ideation", "anhedonia", "madrs_total"]
    with_drug, without = (e.follow(chain, [0.5, 24.0], ports) for e in (dose, dose.control))
    for port in ports:
        np.testing.assert_allclose(with_drug[port], without[port], rtol=0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("drive", "name"),
    [
        ("activity", "disinhibition"),
        ("eef2", "direct_inhibition"),
        ("hnk", "hnk_ampa"),
        ("trkb", "trkb_binding"),
        ("habenula", "habenula_burst_block"),
        ("tonic", "extrasynaptic_glun2b"),
    ],
)
def test_all_weight_on_one_drive_is_the_hypothesis_of_that_drive(drive, name):
    asked = blend({drive: 1.0, **{other: 0.0 for other in DRIVES if other != drive}})
    mixed = replace(plain(), stages=asked.stages, values=asked.values).chain("mouse")
    own = chain_of(name, "mouse")
    assert jax.tree.structure(mixed) == jax.tree.structure(own)
    for a, b in zip(jax.tree.leaves(mixed), jax.tree.leaves(own), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_default_chain_is_a_blend():
    asked = blend({"activity": 1.0, "eef2": 1.0, "hnk": 1.0, "habenula": 1.0})
    usual = default_chain("mouse").parameters
    assert asked.stages == {}
    assert {a: float(usual[a]) for a in asked.values} == dict(asked.values)


def test_a_blend_lies_between_its_parts():
    def effect(weights):
        asked = blend(weights)
        chain = replace(plain(), stages=asked.stages, values=asked.values).chain("mouse")
        return Prediction("despair", "down", Experiment(), (24.0, 24.0), "zanos2016", "").effect(chain)

    both, half, none = effect({"activity": 1.0}), effect({"activity": 0.5}), effect({})
    assert both < half < none == 0.0


def test_a_stack_of_one_is_that_one_and_of_two_their_mean():
    one, other = hypothesis("disinhibition"), hypothesis("expectancy_only")
    times, ports = [2.0, 24.0], ["despair", "glutamate_pfc"]
    alone = Experiment().follow(chain_of("disinhibition", "mouse"), times, ports)
    beside = Experiment().follow(chain_of("expectancy_only", "mouse"), times, ports)
    single = stack([one], [3.0]).follow(Experiment(), times, ports)
    double = stack([one, other], [3.0, 1.0]).follow(Experiment(), times, ports)
    for port in ports:
        np.testing.assert_array_equal(single[port], alone[port])
        np.testing.assert_allclose(double[port], 0.75 * alone[port] + 0.25 * beside[port], rtol=1e-14)


@pytest.mark.parametrize(("hypotheses", "weights"), [([], []), (["x"], []), (["x"], [0.0]), (["x", "y"], [1.0, -1.0])])
def test_a_stack_without_sensible_weights_is_refused(hypotheses, weights):
    with pytest.raises(RequestError, match="weight"):
        stack([plain() for _ in hypotheses], weights)


def test_a_blend_of_unknown_or_negative_drives_is_refused():
    with pytest.raises(RequestError, match="habenula"):
        blend({"habenulla": 1.0})
    with pytest.raises(RequestError, match="0 or more"):
        blend({"hnk": -0.1})


def test_what_does_not_fit_is_refused_when_it_is_made_with_the_reason():
    with pytest.raises(WiringError, match="write the same port") as failure:
        plain(stages={"receptor": SIBLINGS["inflamed"][1]})
    assert "hypothesis `mine`" in str(failure.value)
    with pytest.raises(WiringError, match=r"(?s)no such slot.*nearest: synapse"):
        plain(stages={"synapsis": SIBLINGS["inflamed"][1]})
    with pytest.raises(WiringError, match=r"(?s)no parameter has this address.*weight_hnk"):
        plain(values={"synapse.weight_hnks": 1.0})
    with pytest.raises(WiringError, match="outside the declared range"):
        plain(values={"synapse.weight_hnk": -1.0})


def test_predictions_are_checked_when_they_are_made():
    stake = Prediction("despairs", "down", Experiment(), (24.0, 24.0), "autry2011", "")
    with pytest.raises(WiringError, match=r"(?s)no stage writes or shows.*nearest: despair"):
        plain(predicts=(stake,))
    with pytest.raises(WiringError, match="species without a chain"):
        plain(predicts=(replace(stake, port="despair", experiment=Experiment("rat")),))
    with pytest.raises(RequestError, match=r"(?s)unknown direction.*down"):
        replace(stake, direction="dow")


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(RequestError, match=r"(?s)nearest: disinhibition"):
        hypothesis("disinhibitions")


def test_the_command_lists_all_and_tells_one(capsys):
    assert main(["hypotheses", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["hypotheses"]
    assert {h["name"] for h in listed} == EXPECTED
    assert next(h for h in listed if h["name"] == "hnk_ampa")["unmet"] == 1
    assert main(["hypotheses", "extrasynaptic_glun2b", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["hypothesis"]
    differs = {d["what"]: (d["default"], d["here"]) for d in told["differs"]}
    assert differs["synapse"] == ("Plasticity", "ExtrasynapticPlasticity")
    assert differs["brain.k_on"] == ("6", "0")
    assert main(["hypotheses", "opioid_dependence"]) == 0
    assert "Would count against it" in capsys.readouterr().out


def test_the_command_refuses_an_unknown_name(capsys):
    assert main(["hypotheses", "opioids"]) == 2
    assert "nearest: opioid_dependence" in " ".join(capsys.readouterr().err.split())


def test_the_pages_are_current():
    folder, written = ROOT / "docs" / "reference", pages()
    assert {f"hypotheses/{name}.md" for name in names()} | {"hypotheses.md"} == set(written)
    assert {p.name for p in (folder / "hypotheses").glob("*.md")} == {f"{name}.md" for name in names()}
    for name, text in written.items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"run python -m resynapse.hypothesis.page: {name}"


def test_a_run_can_be_asked_under_a_hypothesis(capsys):
    words = [
        "simulate",
        "--drug",
        "ketamine",
        "--route",
        "ip",
        "--dose",
        "10 mg/kg",
        "--species",
        "mouse",
        "--days",
        "1",
    ]
    asked = ["--hypothesis", "expectancy_only", "--stress", "1", "--times", "0,24", "--ports", "despair", "--json"]
    assert main([*words, *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "expectancy_only" in json.dumps(told)
    assert main([*words, "--hypothesis", "expectancy", "--times", "0,1"]) == 2
    assert "expectancy_only" in capsys.readouterr().err


def test_the_guide_to_adding_a_hypothesis_runs():
    text = (ROOT / "docs" / "how-to" / "add-a-hypothesis.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    known: dict[str, object] = {}
    exec(code, known)  # noqa: S102 - the guide is ours
    assert isinstance(known["HYPOTHESIS"], Hypothesis)
    assert known["delivered"] is True
