"""Steps are lived, the page of the library is written from what is stored, and everything is in the JSON."""

import json

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.requests.trial_library_page import covered, inside, page
from resynapse.requests.trial_report import trial_report
from resynapse.requests.trial_runs import Asked, run_trial
from resynapse.requests.trial_steps import predicted, run_steps
from resynapse.trial.design.library import design
from resynapse.trial.score import convertible

ROW = {
    "endpoint": "change",
    "of": ["drug", "placebo"],
    "role": "verify",
    "mark": "seen",
    "row": "A.1",
    "statistic": "difference",
    "unit": "points",
    "direction": "",
}


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def test_people_live_through_the_steps_of_a_design(tmp_path):
    found = run_trial(Asked(design("stard"), 400), tmp_path)
    assert [one["arm"] for one in found["steps"]] == ["step 1", "step 2", "step 3", "step 4"]
    entered = [one["entered"] for one in found["steps"]]
    assert entered[0] == 400 and entered == sorted(entered, reverse=True)
    assert found["steps"][0]["share"] > found["steps"][3]["share"]
    assert json.loads((tmp_path / "trial.json").read_text())["published"][0]["value"] == pytest.approx(0.368)


def test_steps_have_a_page_with_what_is_assumed(tmp_path):
    run_trial(Asked(design("stard"), 400), tmp_path)
    page = trial_report(tmp_path).read_text(encoding="utf-8")
    assert "Who remitted in each step" in page and "lived." in page and "Not medical advice" in page
    assert (tmp_path / "figures" / "steps.png").is_file()


def test_steps_of_other_tablets_are_refused():
    known = design("stard")
    first = known.arms[0]
    other = first.background.model_copy(update={"drugs": ("mirtazapine",)})
    arms = (first.model_copy(update={"background": other}), *known.arms[1:])
    with pytest.raises(RequestError, match="other tablets"):
        run_steps(known.model_copy(update={"arms": arms}), 400, 1)


def test_a_predicted_share_is_wider_than_a_known_one_and_holds_it():
    low, high = predicted(40, 100, 100, 0.9)
    assert low < 0.4 - 1.64 * 0.049 and high > 0.4 + 1.64 * 0.049


def test_every_scale_and_item_is_in_what_a_run_says():
    found = run_trial(Asked(design("murrough_2013"), 200))
    assert {row["scale"] for row in found["scales"]} == set(convertible())
    assert {"cgi_s", "ssi_total", "shaps_total"} <= set(convertible())
    items = found["items"][0]
    assert sum(v for k, v in items.items() if k not in ("arm", "visit", "period", "day")) == pytest.approx(
        next(r["mean"] for r in found["course"] if r["arm"] == items["arm"] and r["visit"] == items["visit"])
    )
    assert json.dumps(found, allow_nan=False)


def test_valence_is_off_and_bounded_and_acts_when_it_is_asked_for():
    plain, believed = (Asked(design("murrough_2013"), 200, valence=v).trial() for v in (0.0, 0.5))
    assert plain.values.between.valence == 0.0
    drug = plain.replicate(0).arm == 0
    assert not np.array_equal(plain.replicate(0).score[drug], believed.replicate(0).score[drug])
    with pytest.raises(RequestError, match="range on file"):
        Asked(design("murrough_2013"), 200, valence=2.0)


def held(*values):
    rows = [
        {**ROW, "value": v, "predicted": -4.0, "interval": {"50": [-5.0, -3.0], "90": [-7.0, -1.0]}} for v in values
    ]
    common = {"people": 10, "replicates": 5, "seed": 1, "digest": "old"}
    return {"study": {**common, "rows": rows}, "other": {**common, "rows": [], "refused": "no such drug"}}


def test_the_page_counts_what_lies_inside_and_puts_misses_first():
    found = held(-4.0, 9.0, -0.5)
    rows = found["study"]["rows"]
    assert [inside(row) for row in rows] == [True, False, False]
    assert covered(rows, "90")[:2] == (1, 3)
    text = page(found)
    assert text.index("9.0") < text.index("-0.5") < text.index("## Inside")
    assert "no such drug" in text and "| verify | 90 % | 1 of 3 |" in text
