"""Published experiments as documents: what is on file, and what is refused with its line."""

from importlib.resources import files

import pytest

from resynapse.core.errors import RequestError
from resynapse.evidence import library
from resynapse.laboratory import design, design_names, named_or_file, read_design

TEXT = (files("resynapse.laboratory") / "designs" / "autry2011_swim.yaml").read_text(encoding="utf-8")


def test_the_library_holds_experiments_of_many_studies():
    found = [design(name) for name in design_names()]
    assert len({d.source for d in found}) >= 10
    assert all(d.n_basis and d.published.where for d in found)
    assert {d.published.direction for d in found} == {"up", "down", "none"}


def test_roles_are_those_of_the_evidence():
    known = library()
    build = {o.study.name for o in known.build.select()}
    for one in map(design, design_names()):
        assert (one.role == "build") == (one.source in build), one.name


@pytest.mark.parametrize(
    ("old", "new", "line", "near"),
    [
        ("name: forced_swim", "name: forced_swm", 16, "forced_swim"),
        ("drug: ketamine", "drug: ketamin", 12, "ketamine"),
        ("hours_after_dose: 24", "hours_after_dose: -1", 16, "before the dose"),
        ("n: 10}", "n: 1}", 11, "two animals"),
        ("dose_after_h: 1", "stress: chronic_social_defeet", 9, "chronic_social_defeat"),
        ("test: t_test", "test: ttest", 18, "t_test"),
        ("dose: 3 mg/kg", "dose: 3 furlongs", 12, "mg/kg"),
        ('decides: ["ketamine 3"', 'decides: ["ketamine 4"', None, "ketamine 3"),
        ("blinded:", "blindd:", 15, "blinded"),
        ("species: mouse", "species: rat", None, "mouse_cohort"),
        ("dose: 3 mg/kg", "dose: 3 mg/kg, beside: [{drug: nothing, dose: 3 mg/kg}]", 12, "no such drug"),
        ('name: "vehicle"', 'name: "vehicle", manipulations: [nbxq]', 11, "nbqx"),
        ("population: mouse_cohort", "population: mouse_cohrt", 8, "mouse_cohort"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line_and_the_nearest_word(old, new, line, near):
    assert old in TEXT
    with pytest.raises(RequestError) as refused:
        read_design(TEXT.replace(old, new, 1), "mine.yaml")
    assert near in str(refused.value)
    if line:
        assert f"mine.yaml, line {line}" in str(refused.value)


BLOCK = (files("resynapse.laboratory") / "designs" / "lepack2015_antibody.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  direction: none", "  direction: up", "a blocked effect was not found"),
        ('blocks: {comparison: ["IgG, ketamine 10"', 'blocks: {comparison: ["IgG, vehicle"', "is not compared"),
        ("direction: down}", "direction: none}", "direction"),
    ],
)
def test_a_block_names_the_effect_without_it(old, new, said):
    assert old in BLOCK
    with pytest.raises(RequestError, match=said):
        read_design(BLOCK.replace(old, new, 1), "mine.yaml")


def test_what_is_no_yaml_is_refused_with_its_line():
    with pytest.raises(RequestError, match="line 3"):
        read_design("schema: 1\nname: [\n", "mine.yaml")


def test_unknown_names_and_files_are_refused():
    with pytest.raises(RequestError, match="autry2011_swim"):
        named_or_file("autry2011_swin")
    with pytest.raises(RequestError, match="no such file"):
        named_or_file("nowhere.yaml")
