"""The trials on file from what a plan of qualification ran already."""

import json

import pytest

from resynapse.core.errors import RequestError
from resynapse.requests.trial_library import qualified
from resynapse.requests.trial_library_page import page

ROW = {
    "endpoint": "change at 24 hours",
    "of": ["ketamine"],
    "role": "build",
    "mark": "seen",
    "row": "Murrough2013a.4",
    "quantity": "madrs_total",
    "statistic": "change",
    "value": -16.5,
    "unit": "points",
    "low": None,
    "high": None,
    "direction": "",
}


@pytest.fixture
def folder(tmp_path):
    size = {"draws": 20, "people": 1000, "replicates": 101}
    run = {"calibration": "abc", "plan": {"calibration": "clinic", "seed": 1, "trials": size}}
    kept = {"rows": [{**ROW, "study": "murrough2013a", "sample": [float(-k) for k in range(101)]}]}
    (tmp_path / "trials").mkdir()
    (tmp_path / "qualification.json").write_text(json.dumps(run))
    (tmp_path / "trials" / "murrough_2013.json").write_text(json.dumps({"key": "k", "found": kept}))
    return tmp_path


def test_what_a_plan_ran_is_taken_with_its_draws(folder):
    found = qualified(folder)["murrough_2013"]
    assert found["calibration"] == {"calibration": "clinic", "digest": "abc", "draws": 20}
    assert found["rows"][0]["predicted"] == -50.0
    assert found["rows"][0]["interval"]["90"] == [-95.0, -5.0]
    assert "20 draws of the [calibration](../calibration/clinic.md)" in page({"murrough_2013": found})


def test_a_folder_without_a_run_under_a_calibration_is_refused(tmp_path):
    with pytest.raises(RequestError, match="no run of a plan under a calibration"):
        qualified(tmp_path)
