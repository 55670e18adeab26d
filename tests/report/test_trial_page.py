"""The page of a virtual trial: what it says, in which order, that it stands alone, and what is refused."""

import json
import re
import shutil

import numpy as np
import pytest
from tests.small_trial import stored

from resynapse.cli.main import main
from resynapse.core.errors import RequestError
from resynapse.report.trial import TrialResult
from resynapse.report.trial_courses import draw_courses, drawn_points
from resynapse.report.trial_events import at_risk, events_of
from resynapse.report.trial_flow import draw_flow
from resynapse.report.trial_forest import contrasts, draw_forest
from resynapse.report.trial_spread import falls
from resynapse.report.trial_tables import event_table, guess_table, published_table, repeated_tables
from resynapse.requests.trial_report import trial_report
from resynapse.requests.trial_stored import stored_trial


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def trial(folder):
    found = stored_trial(folder)
    return TrialResult(found.record, found.told, found.tables)


@pytest.fixture(scope="module")
def page(folder):
    return trial_report(folder).read_text(encoding="utf-8")


def words(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts] + [text.get_text() for text in figure.texts]


def test_the_page_stands_alone_and_begins_with_what_is_assumed(page):
    assert page.index("For research. Not medical advice.") < page.index('id="assumptions"')
    places = [
        page.index(f'id="{name}"') for name in ("assumptions", "synopsis", "flow", "published", "courses", "forest")
    ]
    assert places == sorted(places)
    assert "Assumed of the design, not read" in page and "nobody knows" in page
    assert "&lt;twice&gt;" in page and "<twice>" not in page
    assert not re.search(r'(?:src|href)="(?!#|data:|https?://)', page)
    assert "<script" not in page


def test_every_part_is_there(page, folder):
    for name in ("events-1", "guesses", "adverse-events", "spread", "models", "left-out", "origin"):
        assert f'id="{name}"' in page
    drawn = {path.name for path in (folder / "figures").iterdir()}
    assert {f"{name}.png" for name in ("flow", "courses", "forest", "events-1", "spread")} <= drawn


def test_the_command_keeps_the_path_of_a_design_of_ones_own(trial, folder, tmp_path):
    assert f"resynapse trial run {trial.design['name']} --people-bank" in trial_report(folder).read_text(
        encoding="utf-8"
    )
    own = tmp_path / "own"
    shutil.copytree(folder, own)
    record = json.loads((own / "record.json").read_text(encoding="utf-8"))
    (own / "record.json").write_text(json.dumps({**record, "given": "my designs/small.yaml"}), encoding="utf-8")
    page = trial_report(own).read_text(encoding="utf-8")
    assert "resynapse trial run &#39;my designs/small.yaml&#39; --people-bank" in page


def test_the_flow_adds_up(trial):
    flow = trial.told["flow"]
    assert flow["screened"] == flow["not_let_in"] + flow["randomised"]
    for arm in flow["arms"].values():
        assert arm["randomised"] == arm["stopped"] + arm["completed"]
        assert sum(arm["reasons"].values()) == arm["stopped"]
    said = [text.replace("\u00a0", " ") for text in words(draw_flow(trial))]
    assert "allocated (n = 16)" in said and "Randomised (n = 30)" in said
    used = trial.answer("repeated")["n"]
    assert f"analysed for repeated (n = {used['drug']})" in said


def test_courses_are_the_means_of_the_people_seen(trial):
    visits = trial.tables["visits"].query("scale == 'madrs_total'")
    for row in trial.record["courses"]["rows"]:
        for point in row["points"]:
            look = trial.look(point["look"])
            own = visits[(visits["arm"] == row["arm"]) & (visits["day"] == look["day"])]["change"]
            assert point["n"] == len(own)
            assert point["mean"] == pytest.approx(own.mean())
            assert point["low"] <= point["mean"] <= point["high"]
    assert drawn_points(trial) == ()
    assert "14" in words(draw_courses(trial))


def test_prediction_intervals_are_quantiles_of_the_replicates_on_file(trial):
    table = trial.tables["replicates"].query("kind == 'contrast' and name == 'repeated'")
    assert len(table) == trial.record["replicates"]["count"] == 12
    low, middle, high = np.quantile(table["value"], [0.025, 0.5, 0.975])
    told = next(e for e in trial.record["contrasts"] if e["endpoint"] == "repeated")["predicted"]
    assert (told["low"], told["median"], told["high"]) == pytest.approx((low, middle, high))


def test_published_numbers_stand_beside_predicted_ones(trial):
    (one,) = trial.record["published"]
    inside = one["predicted"]["low"] <= one["value"] <= one["predicted"]["high"]
    assert one["verdict"] == ("inside" if inside else "miss")
    values = trial.tables["replicates"].query("kind == 'published'")["value"]
    assert one["below"] == pytest.approx((values < one["value"]).mean())
    table = published_table(trial)
    assert table is not None and len(table.rows) == 1
    lines = contrasts(trial)
    assert [line.published[0] for line in lines if line.published[0] is not None] == [one["value"]]
    assert any("−4 (" in text for text in words(draw_forest(trial, lines, "forest")))


def test_misses_come_first(trial):
    (one,) = trial.record["published"]
    rows = [{**one, "verdict": v, "endpoint": v} for v in ("not predicted", "inside", "miss")]
    changed = TrialResult({**trial.record, "published": rows}, trial.told, trial.tables)
    table = published_table(changed)
    assert [row[0] for row in table.rows] == ["miss", "inside", "not predicted"]
    assert list(table.missed) == [True, False, False]
    assert "1 of 3 outside" in table.caption


def test_bangs_index_has_the_interval_of_a_multinomial(trial):
    arm, n, *_, index, _ = guess_table(trial).rows[0]
    told = trial.told["guesses"][arm]
    reach = 1.96 * np.sqrt((told["right"] + told["wrong"] - told["bang"] ** 2) / int(n))
    found = [float(x.replace("−", "-")) for x in re.findall(r"−?[\d.]+", index)]
    assert found == pytest.approx([told["bang"], told["bang"] - reach, min(told["bang"] + reach, 1.0)], abs=0.006)


def test_events_are_counted_in_people_and_only_while_treated(trial):
    sessions, subjects = trial.tables["sessions"], trial.tables["subjects"]
    own = sessions.query("arm == 'drug' and dizziness == 1")["subject"].nunique()
    row = next(r for r in event_table(trial).rows if r[0] == "Dizziness")
    assert row[1].startswith(f"{own} (")
    left = subjects[subjects["stopped_at"] == "day 15"]["subject"]
    assert len(left) and set(sessions[sessions["subject"].isin(left)]["day"]) <= {0.0, 7.0}
    assert set(sessions["day"]) == {0.0, 7.0}


def test_curves_have_numbers_at_risk(trial):
    (times,) = events_of(trial)
    assert times.words == "without response"
    table = trial.tables["times"].query("endpoint == 'sooner'")
    assert sum(len(arm.days) for arm in times.arms) == len(table)
    assert list(at_risk(np.array([1.0, 1.0, 14.0]), np.array([0.0, 1.0, 2.0]))) == [3, 3, 1]


def test_the_mixed_model_stands_in_full(trial):
    (table,) = repeated_tables(trial)
    assert [row[0] for row in table.rows] == ["day 2", "day 15"]
    last = trial.record["repeated"][0]["rows"][-1]["difference"]
    assert last["estimate"] == pytest.approx(trial.answer("repeated")["estimate"])


def test_falls_are_those_of_the_primary_visit(trial):
    scale, visit, arms = falls(trial)
    assert (scale, visit) == ("madrs_total", "day 15")
    own = trial.tables["visits"].query("visit == 'day 15' and scale == 'madrs_total' and arm == 'drug'")
    assert len(arms["drug"]) == len(own)


def test_a_folder_without_a_whole_trial_is_refused(folder, tmp_path):
    with pytest.raises(RequestError, match="no trial here"):
        stored_trial(tmp_path)
    shutil.copytree(folder, tmp_path / "half")
    (tmp_path / "half" / "tables" / "times.csv").unlink()
    with pytest.raises(RequestError, match="not whole"):
        stored_trial(tmp_path / "half")
    record = json.loads((folder / "record.json").read_text())
    (tmp_path / "half" / "tables" / "times.csv").write_text("endpoint\n")
    (tmp_path / "half" / "record.json").write_text(json.dumps({**record, "version": 0}))
    with pytest.raises(RequestError, match="another version"):
        stored_trial(tmp_path / "half")


def test_the_command_draws_whatever_lies_in_the_folder(folder, tmp_path, capsys):
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out.strip().endswith("report.html")
    assert main(["report", str(tmp_path)]) == 2
    assert main(["trial", "run", "murrough_2013", "--report"]) == 2
    assert "a report needs a folder" in capsys.readouterr().err
