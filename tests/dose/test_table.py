from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from resynapse.core.errors import EventError
from resynapse.dose import DoseEvent, Regimen, read_table

HEADER = "ID,TIME,AMT,RATE,DUR,EVID,MDV,ADDL,II,DRUG,ROUTE,WT,AGE,SEX,DV"
DOSE = {"ID": "1", "TIME": "0", "AMT": "35", "DUR": "0.5", "EVID": "1", "DRUG": "ketamine", "ROUTE": "iv", "WT": "70"}
SEEN = {"ID": "1", "TIME": "2", "EVID": "0", "WT": "70"}
EXAMPLE = Path(__file__).parents[2] / "examples" / "trd_iv_ketamine.csv"


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "trial.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def lines(*rows, header=HEADER):
    columns = header.split(",")
    return "\n".join([header, *(",".join(row.get(c.upper(), ".") for c in columns) for row in rows)]) + "\n"


def test_the_example_is_the_published_design():
    table = read_table(EXAMPLE)
    assert len(table.people) == 6
    assert table.notes == table.ignored_columns == ()
    for person in table.people[:5]:
        (event,) = person.events
        amount = 0.5 * person.covariates["weight"]
        plain = DoseEvent(0, amount, pytest.approx(2 / 3), "ketamine", "iv", 1, event.row)
        assert event == replace(plain, rate_mg_h=pytest.approx(1.5 * amount), ordered_h=0)
    course = table.people[5]
    words = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", "three times weekly for 2 weeks")
    assert [e.time_h for e in course.events] == [e.time_h for e in words.events(70.0)]
    assert course.covariates == {"weight": 70.0, "age": 45.0, "sex": 1.0}
    assert course.observation_times_h == (0.667, 2, 24, 96, 168, 264, 288, 432)


def test_any_order_any_case_comments_blanks_and_defaults(write):
    text = "# a comment\n\nevid,id,Amt,time\n# another\n1,a,56,0\n0,a,.,1\n1,a,28,72\n"
    table = read_table(write(text), drug="Spravato", route="Nasal", weight=80)
    (person,) = table.people
    assert [(e.time_h, e.drug, e.route, e.devices, e.row) for e in person.events] == [
        (0, "esketamine", "nasal", 2, 5),
        (72, "esketamine", "nasal", 1, 7),
    ]
    assert person.observation_times_h == (1,)
    assert person.covariates == {"weight": 80}


def test_a_mouse(write):
    table = read_table(write(lines({**DOSE, "AMT": "0.25", "DUR": ".", "ROUTE": "ip", "WT": "0.025"})), species="mouse")
    assert table.people[0].events[0].amount_mg == 0.25


def test_what_is_unusual_is_noted(write):
    nasal = {**DOSE, "AMT": "40", "DUR": ".", "DRUG": "esketamine", "ROUTE": "nasal"}
    bolus = {**DOSE, "ID": "2", "DUR": "."}
    seen = {**SEEN, "ID": "2", "DV": "31.5", "SITE": "3"}
    table = read_table(write(lines(nasal, bolus, seen, header=HEADER + ",SITE")))
    text = " ".join(table.notes)
    assert table.ignored_columns == ("SITE",)
    for piece in ("SITE", "DV", "1 intravenous doses", "line 3", "line 2: 40 mg nasal esketamine", "2 devices"):
        assert piece in text


def test_a_person_without_doses_is_kept(write):
    table = read_table(write(lines(SEEN)))
    assert table.people[0].events == ()
    assert table.notes == ("this table holds no dose",)


@pytest.mark.parametrize(
    ("changes", "column", "what"),
    [
        ({"AMT": "abc"}, "AMT", "not a finite number"),
        ({"AMT": "NaN"}, "AMT", "not a finite number"),
        ({"TIME": "inf"}, "TIME", "not a finite number"),
        ({"TIME": "1e999"}, "TIME", "not a finite number"),
        ({"TIME": "1_0"}, "TIME", "not a finite number"),
        ({"TIME": "-1"}, "TIME", "cannot be negative"),
        ({"TIME": "."}, "TIME", "needs a TIME"),
        ({"ID": "."}, "ID", "needs an ID"),
        ({"AMT": "-35"}, "AMT", "cannot be negative"),
        ({"AMT": "0"}, "AMT", "above 0"),
        ({"AMT": "."}, "AMT", "above 0"),
        ({"EVID": "."}, "EVID", "EVID must say"),
        ({"EVID": "7"}, "EVID", "EVID must say"),
        ({"MDV": "2"}, "MDV", "0 or 1"),
        ({"MDV": "0"}, "MDV", "cannot hold an observation"),
        ({"RATE": "-3"}, "RATE", "cannot be negative"),
        ({"RATE": "35"}, "DUR", "disagree"),
        ({"DUR": "-1"}, "DUR", "cannot be negative"),
        ({"ROUTE": "oral"}, "DUR", "not infused"),
        ({"ADDL": "2"}, "II", "needs II"),
        ({"ADDL": "2", "II": "0"}, "II", "needs II"),
        ({"ADDL": "2", "II": "-24"}, "II", "cannot be negative"),
        ({"II": "24"}, "ADDL", "II without ADDL"),
        ({"ADDL": "-1", "II": "24"}, "ADDL", "whole number"),
        ({"ADDL": "1.5", "II": "24"}, "ADDL", "whole number"),
        ({"ADDL": "10001", "II": "24"}, "ADDL", "whole number"),
        ({"DRUG": "ketamin"}, "DRUG", "unknown drug"),
        ({"DRUG": "."}, "DRUG", "unknown drug"),
        ({"ROUTE": "vi"}, "ROUTE", "unknown route"),
        ({"WT": "."}, "WT", "no weight"),
        ({"WT": "0.9"}, "WT", "not believable"),
        ({"WT": "301"}, "WT", "not believable"),
        ({"AGE": "150"}, "AGE", "not believable"),
        ({"SEX": "2"}, "SEX", "0 or 1"),
        ({"AMT": "0.5"}, "AMT", "far too small"),
        ({"AMT": "2450"}, "AMT", "far too large"),
    ],
)
def test_a_refused_cell_is_named(write, changes, column, what):
    row = {**DOSE, **changes}
    header = HEADER + "".join(f",{c}" for c in ("SS", "CMT") if c in row)
    with pytest.raises(EventError, match=what) as caught:
        read_table(write("# two\n# comments\n" + lines(row, header=header)))
    assert caught.value.where == f"trial.csv, line 4, column {column}"
    assert caught.value.given is not None


@pytest.mark.parametrize(
    ("amount", "hint"), [("0.5", "0.5 times the weight is 35 mg"), ("2450", "by the weight is 35 mg")]
)
def test_mg_against_mg_per_kg(write, amount, hint):
    with pytest.raises(EventError, match="looks like mg against mg/kg") as caught:
        read_table(write(lines({**DOSE, "AMT": amount})))
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "line", "what"),
    [
        ([DOSE, SEEN, {**SEEN, "TIME": "1"}], 4, "time goes backwards"),
        ([DOSE, DOSE], 3, "at the same time"),
        ([{**DOSE, "ADDL": "3", "II": "24"}, {**DOSE, "TIME": "48"}], 3, "at the same time"),
        ([DOSE, {**DOSE, "ID": "2"}, SEEN], 4, "comes back"),
        ([DOSE, {**SEEN, "WT": "71"}, {**SEEN, "TIME": "3", "WT": "."}], 4, "changes within this ID and is missing"),
        ([DOSE, {**SEEN, "AMT": "35"}], 3, "cannot hold a dose"),
        ([DOSE, {**SEEN, "DV": "BLQ"}], 3, "not a finite number"),
    ],
)
def test_lines_that_contradict_one_another(write, rows, line, what):
    with pytest.raises(EventError, match=what) as caught:
        read_table(write(lines(*rows)))
    assert f"line {line}," in caught.value.where


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("ID,TIM,AMT,EVID", "TIME"),
        ("ID,TIME,AMT(mg),EVID", "AMT"),
        ("ID,TIME,DOSE,EVID", "AMT"),
        ("ID,TIME,AMT,EVID,RTE", "RATE"),
        ("ID,TIME,AMT,EVID,DURATION", "DUR"),
        ("ID,TIME,AMT,EVID,WEIGHT", "WT"),
        ("ID,TIME,AMT,EVID,ADL", "ADDL"),
    ],
)
def test_a_misspelt_column_is_not_passed_over(write, header, column):
    with pytest.raises(EventError, match="looks like one that is") as caught:
        read_table(write(lines(DOSE, header=header)), drug="ketamine", route="iv", weight=70)
    assert caught.value.nearest == column


@pytest.mark.parametrize("column", ["ID", "TIME", "AMT", "EVID", "DRUG", "ROUTE", "WT"])
def test_a_needed_column(write, column):
    header = ",".join(c for c in HEADER.split(",") if c != column)
    with pytest.raises(EventError, match=f"needs the column {column}"):
        read_table(write(lines(DOSE, header=header)))


def test_columns_of_other_tables_are_left_out(write):
    header = "ID,TIME,NTIME,AMT,EVID,RACE,DATE,VISIT,BMI"
    table = read_table(write(lines(DOSE, header=header)), drug="ketamine", route="iv", weight=70)
    assert table.ignored_columns == ("NTIME", "RACE", "DATE", "VISIT", "BMI")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("# only a comment\n", "empty"),
        (HEADER + "\n", "empty"),
        ("ID;TIME;AMT\n1;0;35\n", "one column"),
        ("ID,TIME,TIME\n1,0,0\n", "written twice"),
        ("ID,TIME,\n1,0,0\n", "empty or written twice"),
        ("ID,TIME,AMT,EVID\n1,0,35,1,9\n", "another number of cells"),
        ("ID,TIME,AMT,EVID\n1,0\n", "another number of cells"),
        ('ID,TIME,AMT,EVID\n"1,0,35,1\n', "cannot be read"),
    ],
)
def test_files_that_are_no_table(write, text, what):
    with pytest.raises(EventError, match=what) as caught:
        read_table(write(text))
    assert "trial.csv" in caught.value.where


def test_files_that_cannot_be_opened(tmp_path):
    (tmp_path / "binary.csv").write_bytes(b"ID,TIME\n\xff\xfe\x00")
    for name in ("missing.csv", "", "binary.csv"):
        with pytest.raises(EventError, match="cannot be read"):
            read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("defaults", "what"),
    [
        ({"species": "mice"}, "unknown species"),
        ({"drug": "ketamin"}, "unknown drug"),
        ({"drug": "arketamine", "route": "nasal"}, "on file"),
        ({"weight": 0.0}, "body weight"),
        ({"weight": 25.0, "species": "mouse"}, "body weight"),
    ],
)
def test_defaults_are_checked(write, defaults, what):
    with pytest.raises(EventError, match=what):
        read_table(write(lines(DOSE)), **defaults)
