"""Esketamine followed from the dose to mood through every published theory of the body, by every route it has."""

from __future__ import annotations

import json

import numpy as np
import pytest

from resynapse import simulate
from resynapse.body.theory import AbstractSKetamineBody
from resynapse.chains import BODIES, body_stage
from resynapse.core.errors import RequestError
from resynapse.headline import print_headline

DOSES = {
    "iv": {"dose": "0.2 mg/kg", "over": "40 min"},
    "nasal": {"dose": "56 mg"},
    "oral": {"dose": "0.5 mg/kg"},
    "sublingual": {"dose": "50 mg"},
}
WEIGHT = {"flint2017": 12.0}
THEORIES = tuple(name for name, theory in BODIES.items() if issubclass(theory.stage, AbstractSKetamineBody))
CASES = [(name, route) for name in THEORIES for route in body_stage("human", name).routes]


def followed(name, route, **more):
    about = {"weight": WEIGHT.get(name), "days": 2, "certify": False} | more
    return simulate(drug="esketamine", route=route, body=name, **DOSES[route], **about)


def notes(tree):
    return json.loads(tree.attrs["notes"])


@pytest.mark.parametrize(("name", "route"), CASES)
def test_a_dose_reaches_mood(name, route):
    tree = followed(name, route)
    body, signals = body_stage("human", name), tree["signals"].to_dataset()
    assert all(np.isfinite(v.values).all() for v in signals.values())
    assert float(signals["ce_ketamine_s"].max()) > 0.001
    assert float(signals[f"{body.site}_ketamine"].max()) > 1.0
    score = signals["madrs_total"].isel(person=0)
    assert float(score.min()) < float(score[0]) - 0.1
    for port in body.absent:
        assert float(abs(signals[port]).max()) == 0.0
        assert any(f"`{port}` is not modelled" in n for n in notes(tree))
    other = {"ca": "cv", "cv": "ca"}[body.site]
    assert not [p for p in signals if p.startswith(f"{other}_")]


def test_a_venous_theory_says_what_drives_the_brain():
    assert any("brain is driven by venous plasma" in n for n in notes(followed("otto2021", "iv")))


def test_a_theory_says_when_people_lie_outside_those_it_was_built_on():
    inside, outside = followed("otto2021", "iv"), followed("otto2021", "iv", weight=120.0)
    assert not [n for n in notes(inside) if "was built on" in n]
    assert [n for n in notes(outside) if "weight 53 to 89 kg: 1 of 1 simulated person outside" in n]


@pytest.mark.parametrize("weight", [None, 70.0, 61.0])
def test_a_theory_of_children_refuses_adults(weight):
    with pytest.raises(RequestError, match="25 ventilated children"):
        followed("flint2017", "iv", weight=weight)


@pytest.mark.parametrize("drug", ["ketamine", "arketamine"])
def test_a_theory_of_s_ketamine_refuses_the_other_form(drug):
    with pytest.raises(RequestError, match=r"R-ketamine(.|\n)*--body kpk1"):
        simulate(drug=drug, route="iv", dose="0.5 mg/kg", over="40 min", body="simons2022", days=2)


def test_a_route_that_a_theory_does_not_have_is_refused():
    with pytest.raises(RequestError, match=r"route(.|\n)*nasal(.|\n)*allowed: iv"):
        followed("noppers2011", "nasal")


def test_the_first_lines_of_an_arterial_theory_show_the_artery(capsys):
    print_headline(followed("noppers2011", "iv"), None, report=False)
    assert "ca_ketamine" in capsys.readouterr().out
