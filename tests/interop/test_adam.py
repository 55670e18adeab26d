"""Exports: within the limits of CDISC, whole in their metadata, and enough to make every analysis again."""

import json

import duckdb
import numpy as np
import pytest
from tests.small_trial import design, stored

from resynapse.cli.main import main
from resynapse.core.errors import ParameterError, RequestError
from resynapse.dose.table import read_table
from resynapse.interop.adam import codes, datasets
from resynapse.interop.adam.study import study_day
from resynapse.interop.adam.variable import Variable
from resynapse.report.lasting import Lasting, curve
from resynapse.requests.trial_export import export_trial
from resynapse.requests.trial_stored import stored_trial
from resynapse.trial.analysis import Survival, Visits, read_analysis
from resynapse.trial.analysis.data import LongColumns
from resynapse.trial.analysis.survival import KaplanMeier

NAMES = ("adsl", "adqs", "adae", "adtte", "adppk")


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def folder(trial, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "adam"
    export_trial(trial, out)
    return out


@pytest.fixture(scope="module")
def read(folder):
    return {name: duckdb.read_parquet(str(folder / f"{name}.parquet")).df() for name in NAMES}


@pytest.fixture(scope="module")
def define(folder):
    return json.loads((folder / "define.json").read_text())


def test_names_and_labels_are_within_limits():
    for one in datasets().values():
        assert len(one.name) <= 8 and len(one.label) <= 40
        assert set(one.keys) <= {v.name for v in one.variables}
        for variable in one.variables:
            assert len(variable.name) <= 8 and len(variable.label) <= 40
            assert variable.codes in ("", "PARAM", *codes())


@pytest.mark.parametrize("name, label", [("TOOLONGNAME", "x"), ("AVAL", "x" * 41), ("aval", "x")])
def test_a_variable_beyond_the_limits_is_refused(name, label):
    with pytest.raises(ParameterError, match="not in order"):
        Variable(name, label, "float", "somewhere")


def test_metadata_describe_every_column_and_nothing_else(folder, read, define):
    assert "no data of any patient" in define["notice"]
    kinds = {"text": "VARCHAR", "integer": "BIGINT", "float": "DOUBLE"}
    for one in define["datasets"]:
        table = read[one["name"].lower()]
        assert one["rows"] == len(table)
        assert [v["name"] for v in one["variables"]] == list(table.columns)
        told = duckdb.read_parquet(str(folder / one["file"])).types
        assert [kinds[v["type"]] for v in one["variables"]] == [str(kind) for kind in told]
        for v in one["variables"]:
            assert v["label"] and v["origin"]
            if "codelist" in v:
                allowed = set(define["codelists"][v["codelist"]])
                assert set(table[v["name"]].dropna().astype(str)) <= allowed, v["name"]
    assert define["made_from"]["seed"] == 3


def test_keys_tell_records_apart(read, define):
    for one in define["datasets"]:
        table = read[one["name"].lower()]
        assert not table.duplicated(one["keys"]).any(), one["name"]
        assert table[one["keys"]].notna().all().all()


def test_row_counts_are_those_of_the_trial(trial, read):
    found = stored_trial(trial).tables
    assert len(read["adsl"]) == len(found["subjects"]) == 30
    totals = read["adqs"][read["adqs"]["PARCAT1"] == "TOTAL SCORE"]
    assert len(totals) == len(found["visits"])
    assert len(read["adae"]) == int(found["sessions"][["dizziness", "nausea", "sedation"]].to_numpy().sum())
    assert len(read["adtte"]) == len(found["times"])
    assert (read["adppk"]["EVID"] == 1).sum() == (found["doses"]["blank"] == 0).sum()


def test_base_and_change_make_the_value(read):
    table = read["adqs"].dropna(subset=["CHG"])
    assert len(table) > 100
    np.testing.assert_allclose(table["BASE"] + table["CHG"], table["AVAL"])
    np.testing.assert_allclose(table["PCHG"].dropna(), (100 * table["CHG"] / table["BASE"])[table["PCHG"].notna()])
    first = read["adqs"][read["adqs"]["ABLFL"] == "Y"]
    np.testing.assert_array_equal(first["AVAL"], first["BASE"])
    assert not first["CHG"].notna().any()


def test_items_sum_to_the_total(read):
    table = read["adqs"]
    keys = ["USUBJID", "AVISIT"]
    items = table[table["PARCAT1"] == "ITEM"].groupby(keys)["AVAL"].sum()
    totals = table[table["PARAMCD"] == "MADRS"].set_index(keys)["AVAL"]
    np.testing.assert_array_equal(items.loc[totals.index], totals)


def test_the_primary_analysis_is_made_again_from_the_export(trial, read):
    table = read["adqs"][read["adqs"]["ANL01FL"] == "Y"].rename(columns={"BASE": "baseline"})
    people = read["adsl"]["USUBJID"]
    data = Visits.from_long(table, LongColumns(), ["baseline"])
    assert set(table["USUBJID"]) <= set(people)
    found = read_analysis(design().endpoints[0].analysis).analyse(data)
    told = stored_trial(trial).told["endpoints"]["repeated"]
    assert found.estimate == pytest.approx(told["estimate"], abs=1e-6)
    assert (found.low, found.high) == pytest.approx((told["low"], told["high"]), abs=1e-5)
    assert dict(found.n) == told["n"]


def test_the_responders_are_counted_again_from_the_export(trial, read):
    subjects = read["adsl"].set_index("USUBJID")
    table = read["adqs"].query("PARAMCD == 'MADRS' and AVISIT == 'day 15' and CRIT1FL == 'Y'")
    stayed = subjects.loc[table["USUBJID"], "EOTSTT"].to_numpy() == "COMPLETED"
    arms = table["TRT01P"][stayed].value_counts()
    shares = arms / subjects["TRT01P"].value_counts()
    told = stored_trial(trial).told["endpoints"]["response"]
    assert shares["drug"] - shares["control"] == pytest.approx(told["estimate"])


def test_the_curve_is_made_again_from_the_export(trial, read):
    table = read["adtte"].query("PARAM == 'Sooner (days)'")
    data = Survival(table["TRT01P"].to_numpy(), table["AVAL"].to_numpy(), table["CNSR"].to_numpy() == 0)
    assert set(table.loc[table["CNSR"] == 0, "EVNTDESC"]) == {"RESPONSE"}
    found = KaplanMeier("drug", 14.0).curve(data)
    own = stored_trial(trial).tables["times"].query("endpoint == 'sooner' and arm == 'drug'")
    drawn = curve(Lasting("drug", own["day"].to_numpy(float), own["event"].to_numpy() == 1))
    for day in (1.0, 14.0):
        assert found.at(day)[0] == pytest.approx(drawn.share[np.searchsorted(drawn.days, day, side="right") - 1])


def test_the_doses_can_be_read_as_an_event_table(trial, tmp_path):
    export_trial(trial, tmp_path / "csv", "csv")
    found = read_table(tmp_path / "csv" / "adppk.csv")
    assert len(found.people) == 30
    doses = stored_trial(trial).tables["doses"].query("blank == 0")
    events = [event for person in found.people for event in person.events]
    assert len(events) == len(doses)
    assert sum(e.amount_mg for e in events) == pytest.approx(doses["mg"].sum())
    assert [e.duration_h for e in events] == pytest.approx([2 / 3] * len(events))
    assert {m.port for p in found.people for m in p.measurements} == {"madrs_total"}
    assert all(person.covariates["weight"] > 30 for person in found.people)


def test_both_formats_say_the_same(trial, tmp_path, read):
    export_trial(trial, tmp_path / "csv", "csv")
    table = duckdb.read_csv(str(tmp_path / "csv" / "adqs.csv")).df()
    np.testing.assert_allclose(table["AVAL"], read["adqs"]["AVAL"])
    assert list(table.columns) == list(read["adqs"].columns)


def test_days_are_counted_without_a_zero():
    assert list(study_day([-112.0, -0.5, 0.0, 0.17, 1.0, 27.0])) == [-112.0, -1.0, 1.0, 1.0, 2.0, 28.0]


def test_what_is_in_the_way_is_not_written_over(trial, folder, tmp_path, capsys):
    export_trial(trial, folder)  # the same study again
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(RequestError, match="holds something else"):
        export_trial(trial, tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"
    with pytest.raises(RequestError, match="no trial here"):
        export_trial(tmp_path, tmp_path / "new")
    other = tmp_path / "other"
    other.mkdir()
    (other / "define.json").write_text(json.dumps({"study": {"name": "ANOTHER"}}))
    with pytest.raises(RequestError, match="another export"):
        export_trial(trial, other)
    assert main(["trial", "export", str(trial), "--out", str(tmp_path / "x"), "--format", "parquett"]) == 2
    assert "parquet" in capsys.readouterr().err


def test_the_command_says_what_it_wrote(trial, tmp_path, capsys):
    assert main(["trial", "export", str(trial), "--out", str(tmp_path / "x"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["exported"]
    assert [one["name"] for one in told["datasets"]] == ["ADSL", "ADQS", "ADAE", "ADTTE", "ADPPK"]
    assert {path.name for path in (tmp_path / "x").iterdir()} == {"define.json", *(f"{n}.parquet" for n in NAMES)}
