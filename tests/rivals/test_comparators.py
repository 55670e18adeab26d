"""What the chain says of the comparators: the numbers that the page states, and the failures that it owns up to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from resynapse.chains import default_chain, median_load, prior_chain
from resynapse.cli.main import main
from resynapse.company import companions, company_happenings, with_company
from resynapse.core.event import Level
from resynapse.core.solver import protocol, rest
from resynapse.core.solver.kernel.march import march
from resynapse.qualify.comparators import (
    TRIALS,
    hnk_gap,
    lanicemine_leaving_early,
    occupancy_ratio,
    trial_courses,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "compounds.md"


@pytest.fixture(scope="module")
def courses():
    names = ("ketamine", "memantine", "lanicemine", "rapastinel")
    chosen = tuple(next(g for g in TRIALS if g.drug == name) for name in names)
    return {c.given.drug: c for c in trial_courses(prior_chain(), chosen)}


def test_s_over_r_falls_with_the_level():
    assert [round(occupancy_ratio(c), 1) for c in (1e-6, 0.4, 1.0)] == pytest.approx([4.7, 2.6, 1.9], abs=0.11)


def test_people_stay_far_below_the_level_of_hnk_that_acts_in_mice():
    gap = hnk_gap()
    assert gap.human == pytest.approx(0.04, abs=0.005)
    assert 30 < gap.times < 45
    assert gap.mouse_hnk > gap.ec > gap.mouse_ketamine > gap.human


def test_comparators_block_less_than_ketamine_at_their_peak(courses):
    usual = courses.pop("ketamine")
    for found in courses.values():
        assert found.peaks["occupancy_nmdar_interneuron"] < usual.peaks["occupancy_nmdar_interneuron"]
        assert found.peaks["glutamate_pfc"] < usual.peaks["glutamate_pfc"]
    assert courses["memantine"].despair[24.0] > usual.despair[24.0] + 0.3
    assert courses["rapastinel"].despair[24.0] == pytest.approx(1.0, abs=0.01)
    assert courses["memantine"].peaks["occupancy_nmdar_resting"] < 0.05 * usual.peaks["occupancy_nmdar_resting"]


def test_lanicemine_is_stronger_by_its_duration_alone(courses):
    """A known miss: stated on the page, not repaired."""
    assert courses["lanicemine"].despair[24.0] < 0.0
    assert lanicemine_leaving_early().despair[24.0] > 0.7
    assert "**Missed:** it stays" in PAGE.read_text(encoding="utf-8")


def test_the_calibration_of_people_does_not_mend_it():
    lanicemine = next(g for g in TRIALS if g.drug == "lanicemine")
    (found,) = trial_courses(default_chain("human"), (lanicemine,))
    assert found.despair[24.0] < 0.0


def test_the_page_holds_what_the_chain_gives(courses):
    text = PAGE.read_text(encoding="utf-8")
    for found in courses.values():
        despair = f"{found.despair[24.0]:.2f} | {found.despair[168.0]:.2f} |"
        row = next(line for line in text.splitlines() if line.startswith(f"| {found.given.words} |"))
        assert row.endswith(despair)
    assert all(f"\n## {name}\n" in text for name in companions())


def test_people_may_differ_in_the_company_that_they_keep():
    chain = with_company(default_chain("human"), ["midazolam"])
    many = chain.with_values({"company.half_life.midazolam": np.asarray([0.5, 1.0]), "circuit.gamma": 0.5})
    load = float(median_load(chain))
    given = company_happenings(chain, "midazolam", "iv", "0.045 mg/kg", 0.0, "40 min", 70.0)
    doses = protocol(many.external, [(Level("load", 0.0, load), *given)] * 2)
    found = march(
        many, doses, rest(many, {"load": load}, "ill").state, (0.0, 4.0), np.asarray([4.0]), ("ce_midazolam",)
    )
    short, long = found.signals["ce_midazolam"][:, 0]
    assert short < long


def test_the_command_lists_compounds_and_tells_one(capsys):
    assert main(["compounds", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["compounds"]
    doors = {record["name"]: record["door"] for record in listed}
    assert doors["ketamine"] == "regimen"
    assert doors["fluoxetine"] == "tablets"
    assert doors["memantine"] == "company"
    assert main(["compounds", "memantine", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["compound"]
    assert any(v["name"] == "memantine.nmdar_resting" and v["range"] for v in told["values"])
    assert main(["compare", "--all", "--seed", "-1"]) == 2
    assert "--seed" in capsys.readouterr().err
    assert main(["compounds", "Ketamin"]) == 2
    assert "nearest: ketamine" in capsys.readouterr().err
    assert main(["compounds", "rapastinel"]) == 0
    assert "phase 3" in capsys.readouterr().out
    assert main(["compounds", "memantin"]) == 2
    assert "memantine" in capsys.readouterr().err


def test_simulate_says_by_which_door_a_companion_is_given(capsys):
    assert main(["simulate", "--drug", "memantine", "--route", "oral", "--dose", "20 mg"]) == 2
    assert "resynapse compounds memantine" in capsys.readouterr().err
