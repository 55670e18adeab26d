"""Manipulations: each is on file with its reason, acts on chains that have its target, and is refused elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import jax.numpy as jnp
import pytest

from resynapse.chains import default_chain
from resynapse.cli import main
from resynapse.core.errors import RequestError, WiringError
from resynapse.life.manipulation import manipulation, manipulations
from resynapse.life.page import page
from resynapse.receptor.composition import composition

ROOT = Path(__file__).parents[2]
AGREED = {
    "nbqx",
    "anti_bdnf",
    "lvdcc_block",
    "trkb_block",
    "rapamycin",
    "anisomycin",
    "naltrexone",
    "mk801_pretreatment",
    "glun2b_deletion_interneuron",
    "glun2b_deletion_pyramidal",
    "met_met",
    "new_spine_deletion",
    "habenula_stimulation",
    "ht2a_block",
    "monoamine_depletion",
}

every = pytest.mark.parametrize("name", sorted(manipulations()))


def test_all_agreed_names_are_on_file():
    assert set(manipulations()) >= AGREED


@every
def test_each_does_something_and_says_what_it_cannot_say(name):
    m = manipulation(name)
    assert m.changes or m.cuts or m.given
    assert m.stands_for.endswith(".") and m.cannot_say.endswith(".") and m.sources
    assert m.note == f"{m.stands_for} {m.cannot_say}"
    assert m.begin is None or m.end is None or m.begin < m.end


@every
def test_values_lie_in_the_declared_ranges_of_a_default_chain(name):
    m = manipulation(name)
    if "monoamine" in (m.needs or {}):
        pytest.skip("the default chain has no slow limb")
    chain = default_chain("mouse" if "mouse" in m.species else "human")
    chain.with_values(dict(m.on(chain)))
    states = {f"{slot}.{state}" for slot, own in chain.initial().items() for state in own}
    assert {state for state, _, _ in m.cuts} <= states


def test_what_a_chain_does_not_have_is_not_blocked():
    assert manipulation("naltrexone").on(default_chain("human")) == ()
    assert manipulation("naltrexone").holds == ()


def test_a_share_multiplies_the_chains_own_value_draw_by_draw():
    chain = default_chain("mouse").with_values({"circuit.beta": jnp.asarray([0.4, 0.6])})
    ((address, value),) = manipulation("glun2b_deletion_interneuron").on(chain, "mouse")
    assert address == "circuit.beta"
    assert value.tolist() == pytest.approx([0.28, 0.42])


def test_shares_of_glun2b_are_those_of_the_composition():
    pools = composition().pools
    factors = {
        c.address: c.fact.value
        for name in ("glun2b_deletion_interneuron", "glun2b_deletion_pyramidal")
        for c in manipulation(name).changes
    }
    left = {pool: 1.0 - pools[pool]["glun2b"].value for pool in pools}
    assert factors["circuit.beta"] == pytest.approx(left["interneuron"])
    assert factors["circuit.eps"] == pytest.approx(left["pyramidal"] ** 2)
    assert factors["synapse.e_max"] == pytest.approx(left["resting"])
    assert factors["synapse.weight_tonic"] == pytest.approx(left["resting"])


def test_what_cannot_be_done_is_refused_with_the_reason():
    with pytest.raises(RequestError, match=r"(?s)no such manipulation.*nearest: rapamycin"):
        manipulation("rapamycine")
    with pytest.raises(RequestError, match="not done in this species"):
        manipulation("nbqx").on(default_chain("human"), "human")
    with pytest.raises(WiringError, match=r"(?s)needs DepletableMonoamine.*nothing"):
        manipulation("monoamine_depletion").on(default_chain("human"), "human")


def test_the_list_is_printed_and_the_page_is_current(capsys):
    assert main(["manipulations", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["manipulations"]
    assert {m["name"] for m in listed} == set(manipulations())
    assert main(["manipulations"]) == 0
    assert "Not medical advice" in capsys.readouterr().out
    assert (ROOT / "docs" / "reference" / "manipulations.md").read_text(encoding="utf-8") == page()


def test_one_manipulation_is_told_by_name_and_an_unknown_one_refused(capsys):
    assert main(["manipulations", "met_met"]) == 0
    told = capsys.readouterr().out
    assert "liu2012" in told
    assert "Cannot say" in told
    assert main(["manipulations", "met_met", "--json"]) == 0
    assert [m["name"] for m in json.loads(capsys.readouterr().out)["manipulations"]] == ["met_met"]
    assert main(["manipulations", "met_mett"]) == 2
    assert "met_met" in capsys.readouterr().err
