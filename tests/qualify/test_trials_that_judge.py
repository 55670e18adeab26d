"""Trials that judge: all of role verify, none within reach of a fit, each used or left out with a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import resynapse
from resynapse.calibrate.stages.clinic.arms import evidence
from resynapse.core.errors import EvidenceError, RequestError
from resynapse.evidence import library
from resynapse.qualify.stacking.clinic.foretold import foretold
from resynapse.qualify.stacking.clinic.judging import judging, opened

KETAMINE = {"ketamine", "esketamine"}


def test_every_row_is_one_that_judges():
    verify, fitted = {o.row for o in library().verify}, {part for r in evidence().rows for part in r.id.split(" and ")}
    ids = {row.id for row in judging().rows}
    assert ids <= verify
    assert not ids & fitted
    with pytest.raises(EvidenceError, match="does not judge"):
        opened("murrough2013a", "Murrough2013a.4")


def test_no_fit_can_open_the_file():
    package = Path(resynapse.__file__).parent
    for path in (package / "calibrate").rglob("*.py"):
        text = path.read_text("utf-8")
        assert "judging" not in text, path
        assert "qualify" not in [word for line in text.splitlines() if "import" in line for word in line.split(".")]


def test_every_study_of_the_drug_is_used_or_left_out_with_a_reason():
    studies = {
        o.study.name
        for o in library().verify.select(endpoint="efficacy")
        if KETAMINE & set(o.arm.drug) and o.arm.drug != ("arketamine",)
    }
    used = {row.study for row in judging().rows}
    assert studies == used | (studies & set(judging().left_out))
    assert not used & set(judging().left_out)


def test_studies_that_share_people_are_one_unit():
    units = judging().units
    assert units["NIMH infusion pool"] == ("zarate2006", "zarate2012")
    assert sorted(s for own in units.values() for s in own) == sorted({r.study for r in judging().rows})


def test_numbers_are_printed_ones_in_points_of_madrs():
    rows = {row.id: row for row in judging().rows}
    assert rows["ASPIRE-II.2"].value == -15.7
    assert rows["ASPIRE-II.2"].sd == pytest.approx(11.56 / np.sqrt(114))
    assert rows["Canuso2018.5"].sd == 2.1
    young = rows["NCT03185819_adol.2"]
    assert (young.value, young.sd) == pytest.approx((-5.7 / 1.6, (1.55 + 12.91) / 3.92 / 1.6))
    assert rows["Janik2025.1"].sd == pytest.approx(10 * np.sqrt(1 / 86 + 1 / 197), rel=0.02)


def test_wishes_do_not_judge():
    wishes = {w.name: w for w in judging().wishes}
    assert not {w.row for w in wishes.values()} & set(judging().rows)
    assert {w.row.weight for w in wishes.values()} == {0.0}
    assert wishes["janik2025_84"].seen == -6.8
    assert wishes["contrast_24h"].typical


def test_answers_that_are_missing_are_asked_for(tmp_path):
    with pytest.raises(RequestError, match="no explanation has been asked"):
        foretold(tmp_path / "none.json")
    stale = '{"expectancy_only": {"run": "x", "asked": "y"}}'
    (tmp_path / "old.json").write_text(stale)
    with pytest.raises(RequestError, match="out of date"):
        foretold(tmp_path / "old.json")
