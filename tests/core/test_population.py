"""Whom a parameter set was built on: who is remarked on, who is refused, what a set must say."""

from __future__ import annotations

import pytest

from resynapse.core.errors import ParameterError, RequestError
from resynapse.core.parameter import read_set
from resynapse.core.population import Population

CHILDREN = Population(
    people="25 children",
    where="Table 2",
    source="flint2017",
    weight=(3.4, 35.0),
    age=(0.02, 12.5),
    refused_outside={"weight": (1.0, 60.0)},
    note="pick another",
)


def test_people_like_those_studied_need_no_remark():
    assert CHILDREN.remarks("body: x", [{"weight": 12.0, "age": 3.0}, {"weight": 20.0}]) == ()


def test_people_outside_are_counted_by_covariate():
    found = CHILDREN.remarks("body: x", [{"weight": 40.0, "age": 13.0}, {"weight": 36.0}, {"weight": 20.0}])
    assert found == (
        "body: x was built on 25 children, weight 3.4 to 35 kg: 2 of 3 simulated people outside (pick another)",
        "body: x was built on 25 children, age 0.02 to 12.5 years: 1 of 3 simulated people outside (pick another)",
    )


def test_who_would_be_misled_is_refused():
    with pytest.raises(RequestError) as refused:
        CHILDREN.remarks("body: x", [{"weight": 12.0}, {"weight": 70.0}])
    assert refused.value.exit_code == 2
    for part in ("25 children", "weight", "70 kg", "1 to 60 kg", "pick another"):
        assert part in refused.value.message


HEAD = '[set]\ntitle = "t"\nspecies = "human"\nsource = "flint2017"\n'
ENTRY = '[cl]\nvalue = 1.0\nunit = "L/h"\norigin = "estimated"\nwhere = "Table 3"\n'


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_set_says_whom_it_was_built_on(tmp_path):
    text = HEAD + '[population]\npeople = "25 children"\nwhere = "Table 2"\nweight = [3.4, 35.0]\n' + ENTRY
    found = read_set(written(tmp_path / "a.toml", text))
    assert found.population == Population(people="25 children", where="Table 2", source="flint2017", weight=(3.4, 35.0))
    assert "population" not in found.entries


def test_a_population_without_a_place_is_refused(tmp_path):
    text = HEAD + '[population]\npeople = "25 children"\n' + ENTRY
    with pytest.raises(ParameterError, match=r"population(.|\n)*where"):
        read_set(written(tmp_path / "a.toml", text))


def test_a_child_of_the_same_species_keeps_its_parent_s_translations(tmp_path):
    far = ENTRY + 'measured_in = "rat"\ntranslation = "no human value"\n'
    written(tmp_path / "parent.toml", HEAD + far)
    child = read_set(written(tmp_path / "child.toml", HEAD + 'inherits = "parent"\n'))
    assert child.entries["cl"].translation == "no human value"
    assert child.population is None
