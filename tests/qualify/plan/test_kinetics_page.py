"""Concentrations on the page of the qualification: blind rows alone, the worst first, with the reason of every miss."""

from __future__ import annotations

from resynapse.qualify.comparing import misses, repairs
from resynapse.requests.kinetics_page import judged_rows, kinetic_section


def row(name: str, fold: float, **more) -> dict:
    told = {"row": name, "study": "weber2004", "arm": "children", "statistic": "cmax", "port": "cv_ketamine_s"}
    told |= {"unit": "ng/mL", "observed": 10.0, "middle": 9.0, "predicted": 9.0 * fold, "fold": fold}
    foreseen = {"median": 9.0, "interval_90": [5.0, 12.0], "inside_90": 0.7 < fold < 1.4}
    return told | {"group": "verify", "contested": "", "twice": "", "foreseen": foreseen, "note": "long"} | more


def test_the_records_keep_blind_rows_that_are_counted_and_little_of_each():
    rows = [row("a", 1.1), row("b", 1.1, group="build"), row("c", 9.0, contested="yes"), row("d", 2.0, twice="a")]
    (kept,) = judged_rows(rows)
    assert kept["row"] == "a" and "note" not in kept and kept["foreseen"]["inside_90"]


def test_the_worst_comes_first_with_its_reason_and_repairs_follow():
    rows = judged_rows([row("58", 1.2, foreseen=None), row("73", 0.5), row("a", 1.3)])
    lines = list(kinetic_section({"values on file": {"kinetics": {"kpk1": {"rows": rows}}}}))
    body = [line for line in lines if line.startswith("| weber2004")]
    assert "| 0.50 | **5 to 12** |" in body[0] and misses()["73"] in body[0]
    assert "| 1.30 | 5 to 12 |  |" in body[1] and "| 1.20 | – |  |" in body[2]
    assert sum(one.what in line for one in repairs() for line in lines) == len(repairs())


def test_a_run_without_rows_has_no_section():
    assert list(kinetic_section({"values on file": {"kinetics": {"kpk1": {"rows": []}}}})) == []
