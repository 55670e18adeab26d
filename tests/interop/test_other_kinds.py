"""Pages and exports of trials that are not two arms side by side: crossovers, withdrawals, several doses, one arm."""

import duckdb
import pytest
from tests.small_trial import stored

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
    assert set(table["EVNTDESC"]) == {"NOT SEEN WHILE WATCHED"}
    assert (table["AVAL"] <= 364.0).all()
    assert (read["adppk"]["TIME"] >= 0).all()
    assert 'id="events-1"' in trial_report(folder).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["daly_2018", "phillips_2019"])
def test_many_arms_and_one_arm_have_a_page_and_an_export(tmp_path, name):
    folder = stored(tmp_path / "run", anybody(name))
    read = exported(folder, tmp_path / "adam")
    assert set(read["adsl"]["ARM"]) == {arm.name for arm in design(name).arms}
    assert trial_report(folder).is_file()
    assert len(read["adsl"]) == stored_trial(folder).told["flow"]["randomised"]
