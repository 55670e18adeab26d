"""The evidence library holds every collected row with its role, and refuses what is incomplete."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from resynapse.core.errors import EvidenceError
from resynapse.core.source import bibliography
from resynapse.core.units import parse
from resynapse.evidence import Library, draw, in_unit, library, read_library

ROLES_SHA256 = "65e6e3d2bd03ff9f9ff944d1abf2ea81baf1d2bd2e106e200683a79bd204b418"

COLLECTED = {
    "pharmacokinetics": {"build": 33, "verify": 55},
    "mechanism": {"build": 24, "verify": 16},
    "efficacy": {"build": 273, "verify": 136},
    "care": {"build": 67, "verify": 45},
}
TOTALS = {"pharmacokinetics": 35483.7936, "mechanism": 60.24, "efficacy": 1913.573, "care": 3413680.47823}
# Efficacy is the sum of its four outcome columns as collected, 1913.083, plus one hazard ratio from a note.


def test_roles_do_not_change_unnoticed() -> None:
    roles = (files("resynapse.evidence") / "data" / "roles.toml").read_bytes()
    assert hashlib.sha256(roles).hexdigest() == ROLES_SHA256


@pytest.mark.parametrize("endpoint", COLLECTED)
def test_every_collected_row_is_there_with_its_role_and_its_value(endpoint: str) -> None:
    roles = {o.row: o.role for o in library().select(endpoint=endpoint) if is_collected(endpoint, o.row)}
    assert Counter(roles.values()) == COLLECTED[endpoint]
    values = [o.value for o in library().select(endpoint=endpoint) if o.value is not None]
    assert math.fsum(values) == pytest.approx(TOTALS[endpoint], rel=1e-12)


def test_collected_pharmacokinetics_keep_their_numbers_and_the_reference_prediction() -> None:
    rows = [o for o in library().select(endpoint="pharmacokinetics") if is_collected("pharmacokinetics", o.row)]
    assert [o.row for o in rows].count("72b") == 1
    assert math.fsum(o.value or 0.0 for o in rows if o.row != "31") == pytest.approx(13592.5653)
    predicted = {o.row: o.reference_prediction for o in rows if o.reference_prediction}
    assert len(predicted) == 81
    assert math.fsum(float(p) for p in predicted.values() if p.replace(".", "", 1).isdigit()) == pytest.approx(
        11073.7526
    )


def test_arterial_curves_are_whole() -> None:
    kamp = library().select(study="kamp2020")
    changes = 3 * 4  # points of ketamine beside a change of rate
    assert len(kamp) == 9 * 12 + changes
    assert math.fsum(o.value or 0.0 for o in kamp) == pytest.approx(37.5046)


def test_build_holds_no_verify_row_and_nothing_is_lost_between_the_two() -> None:
    whole = library()
    assert {o.role for o in whole.build} == {"build"} and {o.role for o in whole.verify} == {"verify"}
    assert len(whole.build) + len(whole.verify) == len(whole)
    with pytest.raises(EvidenceError, match="no observation has this role"):
        whole.build.select(role="verify")


def test_every_observation_is_complete() -> None:
    units = {o.unit for o in library() if o.unit and "CAD" not in o.unit}
    assert all(parse(unit) is not None for unit in units)
    assert {s.source for s in library().studies} <= set(bibliography())
    assert all(o.value is not None or o.direction for o in library())
    json.dumps(library().records(), allow_nan=False)


def test_a_known_number_is_found_by_the_name_of_its_port() -> None:
    found = library().select(quantity="madrs_total", statistic="change", study="murrough2013a", drug="ketamine")
    assert [(o.value, o.unit, o.time, o.n) for o in found] == [(-16.5, "points", 1.0, 47)]
    peaks = library().select(quantity="cv_ketamine", statistic="cmax", route="iv", role="verify").frame()
    assert peaks.set_index("row").loc["48", "value"] == 29.9


def test_null_and_negative_findings_are_there() -> None:
    assert {o.direction for o in library().select(study=["leal2023", "chen2023"])} == {"none"}
    assert len(library().select(study="takahashi2021", endpoint="efficacy")) == 12


def test_people_who_stand_on_both_sides_are_named() -> None:
    shared = library().shared_between_roles()
    assert {s.where for s in shared["lii2023"]} == {"care/lii2023", "efficacy/lii2023"}
    assert not library().build.shared_between_roles()
    assert {s.name for s in library().overlaps()["NCT01920555"]} == {"fava2020", "salloum2019"}


def test_amount_becomes_mass_with_its_spread() -> None:
    molar = next(o for o in library() if o.row == "22")
    mass = in_unit(molar, "ng/mL")
    assert mass.value == pytest.approx(1.0335 * 237.73)
    assert mass.interval == pytest.approx((0.95 * mass.value, 1.05 * mass.value))
    assert in_unit(mass, "nmol/mL").value == pytest.approx(1.0335)
    with pytest.raises(EvidenceError, match="measures something else"):
        in_unit(mass, "L/h")


def test_draws_small_multiples_and_refuses_the_whole_library() -> None:
    figure = draw(library().select(study="kamp2020"))
    assert "ca_ketamine_s [nmol/mL]" in {ax.get_ylabel() for ax in figure.axes}
    with pytest.raises(EvidenceError, match="narrow it"):
        draw(library())
    with pytest.raises(EvidenceError, match="nothing to draw"):
        draw(Library(()))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seen", "heard", "this mark is not known"),
        ("points", "", "a value needs a unit"),
        ("-16.5", "many", "this value is not a number"),
        (",1,d,", ",-1,d,", "earlier than the first dose"),
        ("ketamine,1", "ketamin,1", "this arm is not in study.toml"),
        ("sd 4", "sdd 4", "this kind of dispersion is not known"),
        ('source = "murrough2013a"', 'source = "murrough2031a"', "this source is not in the bibliography"),
        ('x = "build"', "x = {}", "every study needs a role"),
        ('x = "build"', 'x = { role = "build", verify = ["row9"] }', "a row that is not there"),
        ('x = "build"', 'x = "build"\ny = "build"', "a study that is not there"),
    ],
)
def test_what_is_incomplete_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    header = "arm,time,time_unit,quantity,statistic,value,unit,low,high,dispersion,n,direction,mark,where,row,note,"
    texts = {
        "roles.toml": '[efficacy]\nx = "build"\n',
        "efficacy/x/study.toml": 'source = "murrough2013a"\ncitation = ""\nspecies = "rat"\n[arm.ketamine]\nlabel = ""',
        "efficacy/x/data.csv": f"{header}reference_prediction\n"
        "ketamine,1,d,madrs_total,change,-16.5,points,,,sd 4,47,,seen,Table 1,row1,,\n",
    }
    (tmp_path / "efficacy" / "x").mkdir(parents=True)
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(read_library(tmp_path)) == 1
    for name, text in texts.items():
        (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(EvidenceError, match=message):
        read_library(tmp_path)


def is_collected(endpoint: str, row: str) -> bool:
    """Whether the row is of the numbered collection, not from a table or curve that was added to it."""
    return endpoint != "pharmacokinetics" or row.rstrip("b").isdigit()
