"""A corpus of bad tables: each is refused with its line and column, none crashes, none is silently repaired."""

from __future__ import annotations

import pytest

from resynapse.chains import body_chain
from resynapse.core.errors import ResynapseError
from resynapse.dose import read_table
from resynapse.timeline import timeline

COLUMNS = (
    *("ID", "TIME", "AMT", "RATE", "DUR", "EVID", "MDV", "CMT", "ADDL", "II", "SS"),
    *("DRUG", "ROUTE", "WT", "AGE", "SEX", "ASIAN", "DV", "QUANTITY", "BLQ"),
)
DOSE = {"ID": "1", "TIME": "0", "AMT": "35", "DUR": "0.5", "EVID": "1", "DRUG": "ketamine", "ROUTE": "iv", "WT": "70"}
SEEN = {"ID": "1", "TIME": "2", "EVID": "0", "DV": "80", "QUANTITY": "cv_ketamine", "WT": "70"}
OTHER = {"ID": "1", "TIME": "3", "EVID": "2", "WT": "70"}
RESET = {"ID": "1", "TIME": "4", "EVID": "3", "WT": "70"}
SPRAY = {**DOSE, "DRUG": "esketamine", "ROUTE": "nasal", "AMT": "84", "DUR": "."}
INTO = {**DOSE, "ROUTE": ".", "CMT": "iv_ketamine"}

BAD = [
    # numbers
    ("AMT", {**DOSE, "AMT": "thirty"}),
    ("AMT", {**DOSE, "AMT": "nan"}),
    ("AMT", {**DOSE, "AMT": "35 mg"}),
    ("AMT", {**DOSE, "AMT": "1e400"}),
    ("AMT", {**DOSE, "AMT": "0x23"}),
    ("AMT", {**DOSE, "AMT": "-35"}),
    ("AMT", {**DOSE, "AMT": "."}),
    ("AMT", {**DOSE, "AMT": "0"}),
    ("AMT", {**DOSE, "AMT": "0.5"}),
    ("AMT", {**DOSE, "AMT": "35000"}),
    ("TIME", {**DOSE, "TIME": "-0.1"}),
    ("TIME", {**DOSE, "TIME": "08:30"}),
    ("TIME", {**DOSE, "TIME": "inf"}),
    ("TIME", {**DOSE, "TIME": "."}),
    ("RATE", {**DOSE, "DUR": ".", "RATE": "fast"}),
    ("RATE", {**DOSE, "DUR": ".", "RATE": "-3"}),
    ("RATE", {**DOSE, "DUR": ".", "RATE": "-0.5"}),
    ("DUR", {**DOSE, "DUR": "-1"}),
    ("DUR", {**DOSE, "RATE": "35"}),
    ("DUR", {**DOSE, "RATE": "-2"}),
    ("ADDL", {**DOSE, "ADDL": "2.5", "II": "24"}),
    ("ADDL", {**DOSE, "ADDL": "-1", "II": "24"}),
    ("ADDL", {**DOSE, "ADDL": "1000000", "II": "24"}),
    ("ADDL", {**DOSE, "II": "24"}),
    ("II", {**DOSE, "ADDL": "3"}),
    ("II", {**DOSE, "ADDL": "3", "II": "-24"}),
    # words
    ("EVID", {**DOSE, "EVID": "5"}),
    ("EVID", {**DOSE, "EVID": "."}),
    ("EVID", {**DOSE, "EVID": "1.5"}),
    ("MDV", {**DOSE, "MDV": "0"}),
    ("MDV", {**DOSE, "MDV": "2"}),
    ("MDV", {**RESET, "MDV": "0"}),
    ("DV", {**SEEN, "MDV": "0", "DV": "."}),
    ("DV", {**SEEN, "DV": "<5"}),
    ("BLQ", {**SEEN, "BLQ": "2"}),
    ("ID", {**DOSE, "ID": "."}),
    ("DRUG", {**DOSE, "DRUG": "ketamin"}),
    ("DRUG", {**DOSE, "DRUG": "."}),
    ("ROUTE", {**DOSE, "ROUTE": "intravenous"}),
    ("ROUTE", {**DOSE, "ROUTE": "."}),
    ("ROUTE", {**DOSE, "ROUTE": "ip"}),
    # what does not go together
    ("DUR", {**SPRAY, "DUR": "0.5"}),
    ("RATE", {**SPRAY, "RATE": "100"}),
    ("AMT", {**SEEN, "AMT": "35"}),
    ("RATE", {**SEEN, "RATE": "10"}),
    ("SS", {**SEEN, "SS": "1"}),
    ("II", {**OTHER, "II": "24"}),
    ("AMT", {**OTHER, "AMT": "35"}),
    ("ADDL", {**OTHER, "ADDL": "1"}),
    ("AMT", {**RESET, "AMT": "35"}),
    ("SS", {**RESET, "SS": "1"}),
    ("CMT", {**SEEN, "CMT": "2"}),
    ("CMT", {**DOSE, "CMT": "1"}),
    ("CMT", {**INTO, "CMT": "-1"}),
    # steady states
    ("SS", {**DOSE, "SS": "4", "II": "24"}),
    ("SS", {**DOSE, "SS": "-1", "II": "24"}),
    ("II", {**DOSE, "SS": "1"}),
    ("II", {**DOSE, "SS": "1", "II": "-24"}),
    ("DUR", {**DOSE, "DUR": "30", "SS": "1", "II": "24"}),
    ("RATE", {**DOSE, "DUR": ".", "RATE": "1", "SS": "1", "II": "24"}),
    ("AMT", {**DOSE, "AMT": "0", "DUR": ".", "RATE": "10", "SS": "1", "II": "24"}),
    ("AMT", {**DOSE, "AMT": "0", "DUR": ".", "SS": "1"}),
    ("II", {**DOSE, "AMT": "0", "DUR": ".", "RATE": "10", "SS": "1", "ADDL": "2"}),
    # people
    ("WT", {**DOSE, "WT": "."}),
    ("WT", {**DOSE, "WT": "0"}),
    ("WT", {**DOSE, "WT": "70000"}),
    ("AGE", {**DOSE, "AGE": "130"}),
    ("AGE", {**DOSE, "AGE": "-1"}),
    ("SEX", {**DOSE, "SEX": "2"}),
    ("ASIAN", {**DOSE, "ASIAN": "0.5"}),
]
BAD_BLOCKS = [
    ("TIME", 4, [DOSE, SEEN, {**SEEN, "TIME": "1"}]),
    ("TIME", 4, [DOSE, {**DOSE, "TIME": "24"}, {**RESET, "TIME": "0"}]),
    ("TIME", 3, [DOSE, DOSE]),
    ("TIME", 3, [{**DOSE, "ADDL": "3", "II": "24"}, {**DOSE, "TIME": "48"}]),
    ("ID", 4, [DOSE, {**DOSE, "ID": "2"}, SEEN]),
    ("WT", 4, [DOSE, {**SEEN, "WT": "75"}, {**SEEN, "TIME": "3", "WT": "."}]),
    ("AGE", 3, [{**DOSE, "AGE": "30"}, {**SEEN, "AGE": "."}, {**SEEN, "TIME": "3", "AGE": "31"}]),
]
BAD_FOR_THE_BODY = [
    ({**DOSE, "ROUTE": "iv", "DUR": ".", "RATE": "-2"}, "duration of its own"),
    ({**SPRAY, "RATE": "-1"}, "rate of its own"),
    ({**INTO, "CMT": "99"}, "no such dose compartment"),
    ({**INTO, "CMT": "centrall"}, "no such dose compartment"),
    ({**INTO, "DUR": ".", "RATE": "-2"}, "duration of its own"),
]


def written(tmp_path, rows):
    path = tmp_path / "bad.csv"
    lines = [",".join(row.get(c, ".") for c in COLUMNS) for row in rows]
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return path


def test_the_corpus_is_large_enough():
    assert len(BAD) + len(BAD_BLOCKS) + len(BAD_FOR_THE_BODY) >= 60


@pytest.mark.parametrize(("column", "row"), BAD)
def test_a_bad_line_is_refused_with_line_and_column(tmp_path, column, row):
    before = DOSE if row["EVID"] in ("0", "2", "3") else None
    rows = [r for r in (before, row) if r]
    with pytest.raises(ResynapseError) as caught:
        read_table(written(tmp_path, rows))
    assert caught.value.where == f"bad.csv, line {1 + len(rows)}, column {column}"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("column", "line", "rows"), BAD_BLOCKS)
def test_bad_lines_of_one_person_are_refused_with_line_and_column(tmp_path, column, line, rows):
    with pytest.raises(ResynapseError) as caught:
        read_table(written(tmp_path, rows))
    assert caught.value.where == f"bad.csv, line {line}, column {column}"


@pytest.mark.parametrize(("row", "what"), BAD_FOR_THE_BODY)
def test_what_a_body_cannot_take_is_refused_with_its_line(tmp_path, row, what):
    (person,) = read_table(written(tmp_path, [row])).people
    with pytest.raises(ResynapseError, match=what) as caught:
        timeline(body_chain("human"), person)
    assert caught.value.where == "line 2"
