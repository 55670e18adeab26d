"""Pages and exports of trials that are not two arms side by side: crossovers, withdrawals, several doses, one arm."""

import re

import duckdb
import pytest
from tests.small_trial import stored

from resynapse.cli.trial_runs import _one
from resynapse.report.trial import TrialResult
from resynapse.report.trial_events import events_of
from resynapse.report.trial_flow import _boxes
from resynapse.report.trial_tables import event_table, lead_in_table
from resynapse.requests.trial_export import export_trial
from resynapse.requests.trial_report import trial_report
from resynapse.requests.trial_stored import stored_trial
from resynapse.trial.design import Design
from resynapse.trial.design.course import Eligibility
from resynapse.trial.design.library import design


def anybody(name: str) -> Design:
    return design(name).model_copy(update={"eligibility": Eligibility()})


def exported(folder, out):
    export_trial(folder, out)
    return {path.stem: duckdb.read_parquet(str(path)).df() for path in out.glob("*.parquet")}


def test_a_crossover_knows_what_each_period_gave(tmp_path):
    folder = stored(tmp_path / "run", anybody("zarate_2006"))
    read = exported(folder, tmp_path / "adam")
    people, scores = read["adsl"], read["adqs"]
    assert (people["TRT01P"] != people["TRT02P"]).all()
    second = scores[scores["APERIOD"] == 2].merge(people[["USUBJID", "TRT02P"]], on="USUBJID")
    assert len(second) and (second["TRTP"] == second["TRT02P"]).all()
    totals = scores[(scores["PARCAT1"] == "TOTAL SCORE") & (scores["ABLFL"] == "Y")]
    assert (totals.groupby(["USUBJID", "PARAMCD"]).size() == 2).all()
    page = trial_report(folder).read_text(encoding="utf-8")
    assert 'id="spread"' not in page and 'id="courses"' in page


def test_a_withdrawal_in_which_nobody_relapses_has_times_and_a_page(tmp_path):
    folder = stored(tmp_path / "run", anybody("sustain_1"), fall=60.0)
    read = exported(folder, tmp_path / "adam")
    assert (read["adqs"]["ADY"] < 0).any() and not (read["adqs"]["ADY"] == 0).any()
    before = read["adqs"].query("ADY < 0 and PARAMCD == 'MADRS'")
    assert before["CHG"].isna().all()
    table = read["adtte"][read["adtte"]["PARAM"] == "Time to relapse (days)"]
    assert len(table) == 176 and (table["CNSR"] == 1).all()
    assert set(table["EVNTDESC"]) == {
        "STOPPED TREATMENT, NO LONGER WATCHED",
        "WATCHED TO THE END OF THE TRIAL",
    }
    assert (table["AVAL"] <= 364.0).all()
    assert (read["adppk"]["TIME"] >= 0).all()
    assert 'id="events-1"' in trial_report(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def withdrawal(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("withdrawal"), anybody("sustain_1"), fall=30.0)


def test_events_of_a_lead_in_are_not_those_of_the_arm(withdrawal, tmp_path):
    read = exported(withdrawal, tmp_path / "adam")
    events = read["adae"]
    before, after = events[events["ASTDY"] < 0], events[events["ASTDY"] > 0]
    assert len(before) and set(before["TRTA"]) == {"esketamine"} and set(before["APERIOD"]) == {0}
    assert not (before["TRTEMFL"] == "Y").any() and not (before["AOCCPFL"] == "Y").any()
    assert set(before["TRT01A"]) == {"esketamine", "placebo"}
    assert (after["TRTA"] == after["TRT01A"]).all() and set(after["APERIOD"]) == {1} and (after["TRTEMFL"] == "Y").all()
    assert after[after["AOCCPFL"] == "Y"].groupby(["USUBJID", "AETERM"]).size().eq(1).all()
    scores = read["adqs"][read["adqs"]["ADY"] < 0]
    assert {"CADSS", "MADRS"} <= set(scores["PARAMCD"]) and set(scores["TRTA"]) == {"esketamine"}


def test_exposure_and_criteria_of_a_withdrawal_are_those_of_the_arm(withdrawal, tmp_path):
    read = exported(withdrawal, tmp_path / "adam")
    people, doses = read["adsl"], stored_trial(withdrawal).tables["doses"]
    assert (people["TRTSDY"] > 0).all() and (people["TRTDURD"] == people["TRTEDY"] - people["TRTSDY"] + 1).all()
    assert people["NDOSE"].sum() == (doses["day"] >= 0).sum() and people["NDOSELI"].sum() == (doses["day"] < 0).sum()
    assert set(people["RESCFL"]) == {"N"}
    scores = read["adqs"][read["adqs"]["PARAMCD"] == "MADRS"]
    assert scores["CHG"].notna().any()
    assert not scores["PCHG"].notna().any() and not scores["CRIT1FL"].notna().any()


def test_the_flow_of_an_event_driven_trial_has_the_numbers_under_its_curves(withdrawal):
    found = stored_trial(withdrawal)
    trial = TrialResult(found.record, found.told, found.tables)
    for times in events_of(trial)[:1]:
        for curve in times.arms:
            words = " ".join(line for box in _boxes(trial, curve.label) for line in box)
            n = [int(x) for x in re.findall(r"n = (\d+)", words)]
            assert n[0] == found.told["flow"]["arms"][curve.label]["randomised"] == sum(n[2:6])
            assert len(curve.days) == n[0] - n[5] and curve.seen.sum() == n[2]


def test_times_from_the_last_session_say_so(tmp_path):
    folder = stored(tmp_path / "run", anybody("murrough_2013b"), fall=25.0)
    table = exported(folder, tmp_path / "adam")["adtte"]
    relapse = table[table["PARAMCD"] != "TTSTOP"]
    assert len(relapse) and (relapse["STARTDY"] > 1).all()
    assert (relapse["ADY"] >= relapse["STARTDY"]).all()
    assert "days from the last session" in trial_report(folder).with_name("figures").joinpath("events-1.svg").read_text(
        encoding="utf-8"
    )


def test_the_page_and_the_answer_count_events_from_randomisation_on(withdrawal):
    found = stored_trial(withdrawal)
    trial = TrialResult(found.record, found.told, found.tables)
    own = found.tables["sessions"].query("arm == 'placebo' and day >= 0")
    n = (found.tables["subjects"]["arm"] == "placebo").sum()
    share = own.loc[own["nausea"] > 0, "subject"].nunique() / n
    told = found.told["adverse_events"]["placebo"]
    assert told["nausea"] == pytest.approx(share)
    assert told["highest_cadss"] == pytest.approx(own.groupby("subject")["cadss"].max().mean())
    table = event_table(trial)
    assert "from randomisation on" in table.caption
    assert next(row for row in table.rows if row[0] == "Nausea")[2].startswith(f"{round(share * n)} (")
    assert lead_in_table(trial).columns[1] == "all (n = 176)"


def test_a_withdrawal_says_scores_and_the_share_at_the_end_of_the_trial(withdrawal):
    told = stored_trial(withdrawal).told
    assert not any("change" in row or "response" in row for row in told["course"])
    lines = "\n".join(_one(told))
    assert "response" not in lines and "in remission" in lines
    page = trial_report(withdrawal).read_text(encoding="utf-8")
    assert "share at the end of the trial" in page and "cumulative incidence" not in page


@pytest.mark.parametrize("name", ["daly_2018", "phillips_2019"])
def test_many_arms_and_one_arm_have_a_page_and_an_export(tmp_path, name):
    folder = stored(tmp_path / "run", anybody(name))
    read = exported(folder, tmp_path / "adam")
    assert set(read["adsl"]["ARM"]) == {arm.name for arm in design(name).arms}
    assert trial_report(folder).is_file()
    assert len(read["adsl"]) == stored_trial(folder).told["flow"]["randomised"]
