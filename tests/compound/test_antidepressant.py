from __future__ import annotations

import pytest

from resynapse.compound.antidepressant import antidepressant, antidepressants
from resynapse.core.errors import RequestError
from resynapse.slow_chains import course_chain, mean_levels, tablets_chain

SSRIS = [name for name, drug in antidepressants().items() if drug.kind == "SSRI"]


def test_every_class_of_the_slow_limb_is_there():
    assert {drug.kind for drug in antidepressants().values()} >= {"SSRI", "SNRI", "TCA", "MAOI"}
    assert {"fluoxetine", "escitalopram", "nortriptyline", "tranylcypromine"} <= antidepressants().keys()


def test_an_unknown_drug_is_refused_with_the_nearest():
    with pytest.raises(RequestError) as caught:
        antidepressant("fluoxetin")
    assert caught.value.nearest == "fluoxetine"


@pytest.mark.parametrize("name", antidepressants())
def test_what_people_come_to_is_an_adequate_dose(name):
    drug = antidepressant(f" {name.upper()} ")
    assert drug.name == name
    assert drug.least.value <= drug.reached.value
    assert drug.ligands[0] == name
    assert drug.class_name


@pytest.mark.parametrize("name", SSRIS)
def test_the_lowest_adequate_dose_occupies_about_four_fifths(name):
    ec50 = course_chain().stages["uptake"].ec50
    levels = mean_levels(tablets_chain(), name, antidepressant(name).least.value)
    load = sum(float(c) / float(ec50[ligand, "sert"]) for ligand, c in levels.items())
    assert 0.76 <= load / (1.0 + load) <= 0.85
