from __future__ import annotations

import subprocess
import sys

import pytest

from resynapse.compound import compound, names
from resynapse.core.errors import RequestError
from resynapse.core.source import bibliography


def test_names():
    assert names() == (
        *("arketamine", "esketamine", "hydroxynorketamine_r", "hydroxynorketamine_s", "ketamine", "norketamine"),
    )


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Spravato", "esketamine"),
        (" s-ketamine ", "esketamine"),
        ("R-Ketamine", "arketamine"),
        ("ketamine", "ketamine"),
        ("(2R,6R)-HNK", "hydroxynorketamine_r"),
        ("SS-HNK", "hydroxynorketamine_s"),
    ],
)
def test_other_names_in_use(word, name):
    assert compound(word).name == name


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(RequestError) as caught:
        compound("esketamin")
    assert caught.value.nearest == "esketamine"


@pytest.mark.parametrize("name", names())
def test_the_numbers_agree_with_one_another(name):
    drug = compound(name)
    assert drug.fraction_s.value + drug.fraction_r.value == 1.0
    assert drug.base_per_salt.value == pytest.approx(
        drug.molecular_weight.value / drug.molecular_weight_salt.value, abs=1e-4
    )
    assert drug.rodent_lowest.value < drug.rodent_highest.value
    assert all(fact.value > 5 * drug.lowest.value * 70 for fact in drug.largest.values())


@pytest.mark.parametrize("name", names())
def test_the_substance_is_one_that_a_body_knows(name):
    wanted = {"hydroxynorketamine_r": "hnk", "hydroxynorketamine_s": "hnk", "norketamine": "norketamine"}
    assert compound(name).substance == wanted.get(name, "ketamine")


def test_one_milligram_in_micromoles():
    assert compound("ketamine").micromoles(1.0) == pytest.approx(4.2065, abs=1e-4)


def test_the_nasal_device_of_esketamine():
    device = compound("esketamine").device
    assert device is not None
    assert (device.size.value, device.most.value, device.minutes_between.value) == (28.0, 3.0, 5.0)
    assert compound("esketamine").base_per_salt.value == pytest.approx(28.0 / 32.3, abs=5e-4)


@pytest.mark.parametrize("name", names())
def test_every_number_has_a_source_on_file_and_a_place(name):
    missing = {fact.source for fact in compound(name).facts.values()} - bibliography().keys()
    assert not missing
    assert all(fact.where for fact in compound(name).facts.values())


def test_reading_compounds_is_light():
    heavy = "print([m for m in ('jax', 'numpy', 'pandas', 'pint') if m in __import__('sys').modules])"
    code = f"from resynapse.compound import compound; compound('ketamine'); {heavy}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
