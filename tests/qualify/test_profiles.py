"""Profiles come out of stored results and tables dose by dose, and nothing about them is guessed."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import xarray as xr

from resynapse import Simulate
from resynapse.cli import main
from resynapse.core.errors import EventError, RequestError
from resynapse.qualify.profiles import Rules, profiles_in, profiles_of
from resynapse.result import load_result, save_result

K, V = 0.1, 100.0
THEOPH = "0,0.74 0.25,2.84 0.57,6.57 1.12,10.5 2.02,9.66 3.82,8.58 5.1,8.36 7.03,7.47 9.05,6.89 12.12,5.94 24.37,3.28"


def result(doses, ports=("cv_ketamine", "cv_ketamine_s", "cv_norketamine")):
    """Mono-exponential curves after racemic boluses of 1 mg every so often; concentrations in ng/mL."""
    times = np.unique(np.concatenate([np.linspace(0, 96, 385), np.array(doses) + 1e-3]))
    total = sum(np.where(times > t, 1e3 / V * np.exp(-K * (times - t)), 0.0) for t in doses)
    signals = xr.Dataset(
        {p: (("person", "time"), total[None] * (0.5 if p.endswith("_s") else 1), {"units": "ng/mL"}) for p in ports},
        {"person": ["a"], "time": times},
    )
    given = {"person": ["a"], "time_h": [0.0], "duration_h": [0.0], "amount_mg": [1.0], "drug": ["ketamine"]}
    table = {k: ("dose", np.array(v * len(doses))) for k, v in given.items()} | {"time_h": ("dose", np.array(doses))}
    table["route"] = ("dose", np.array(["iv"] * len(doses)))
    return xr.DataTree.from_dict({"/signals": signals, "/doses": xr.Dataset(table)})


def test_a_mirror_form_has_its_half_of_the_dose_and_a_metabolite_has_none():
    found = {one.port: one for one in profiles_of(result([0.0]), None, Rules())}
    assert found["cv_ketamine"].found["cl"] == pytest.approx(K * V, rel=1e-3)
    assert found["cv_ketamine_s"].found["cl"] == pytest.approx(K * V, rel=1e-3)
    assert found["cv_ketamine_s"].found["auc_inf"] == pytest.approx(500 / (K * V), rel=1e-3)
    assert "not given" in found["cv_norketamine"].found.metrics["cl"].reason


def test_every_dosing_interval_is_analysed_and_carry_over_is_told():
    doses = [0.0, 12.0, 24.0, 36.0, 48.0]
    found = profiles_of(result(doses), ("cv_ketamine",), Rules())
    assert [one.dose.time for one in found] == doses
    assert [one.interval for one in found] == [12.0] * 4 + [None]
    fourth = found[3].repeated
    assert fourth["auc_tau"].value == pytest.approx(1e3 / (K * V) * (1 - math.exp(-K * 48)), rel=2e-3)
    assert fourth["accumulation_predicted"].value == pytest.approx(1 / (1 - math.exp(-1.2)), rel=1e-3)
    assert found[4].record()["interval_h"] is None


def test_unmeasurable_tail_of_a_simulation_is_left_out():
    (one,) = profiles_of(result([0.0]), ("cv_ketamine",), Rules())
    assert one.found["tlast"] == pytest.approx(math.log(1000) / K, abs=0.3)
    (cut,) = profiles_of(result([0.0]), ("cv_ketamine",), Rules(limit=1.0))
    assert cut.found["tlast"] == pytest.approx(math.log(10) / K, abs=0.3)


DOSING = "ID,TIME,AMT,RATE,EVID,ADDL,II,SS,DRUG,ROUTE,WT"


def simulated(tmp_path, *rows):
    path = table(tmp_path, rows, DOSING)
    return Simulate(table=path, ports=("cv_ketamine",), days=6, certify=False).run()


def test_doses_that_a_reset_called_off_are_neither_stored_nor_analysed(tmp_path):
    tree = simulated(tmp_path, "1,0,35,.,1,5,24,.,ketamine,iv,70", "1,30,.,.,3,.,.,.,.,.,70")
    assert tree["doses"]["time_h"].values.tolist() == [0.0, 24.0]
    assert not tree["doses"]["steady"].values.any()
    assert [one.dose.time for one in profiles_of(tree, None, Rules())] == [0.0, 24.0]


@pytest.mark.parametrize("steady", ["1,48,0,20,1,.,.,1,ketamine,iv,70", "1,48,35,.,1,.,24,1,ketamine,iv,70"])
def test_a_simulated_steady_state_is_stored_as_one_and_not_analysed(tmp_path, steady):
    tree = simulated(tmp_path, "1,0,35,.,1,5,24,.,ketamine,iv,70", steady)
    save_result(tree, tmp_path / "result.nc")
    again = load_result(tmp_path)
    assert again["doses"]["time_h"].values.tolist() == [0.0, 24.0, 48.0]
    assert again["doses"]["steady"].values.tolist() == [False, False, True]
    with pytest.raises(RequestError, match="steady state is not analysed") as caught:
        profiles_of(again, None, Rules())
    assert caught.value.where == "person 1, dose at 48 h"


def test_unknown_ports_and_results_without_doses_are_refused():
    with pytest.raises(RequestError, match="cv_ketamine"):
        profiles_of(result([0.0]), ("cv_ketamin",), Rules())
    with pytest.raises(RequestError, match="no dose"):
        profiles_of(xr.DataTree.from_dict({"/signals": result([0.0])["signals"].to_dataset()}), None, Rules())


def table(tmp_path, rows, header="ID,TIME,AMT,EVID,MDV,DV,ROUTE"):
    path = tmp_path / "t.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def theophylline(tmp_path):
    samples = [f"1,{pair.split(',')[0]},.,0,0,{pair.split(',')[1]},." for pair in THEOPH.split()]
    return table(tmp_path, ["1,0,320,1,1,.,oral", *samples])


def test_a_table_gives_what_winnonlin_gives(tmp_path, capsys):
    path = theophylline(tmp_path)
    assert main(["nca", str(path), "--unit", "mg/L", "--partial", "12", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["nca"]
    assert found["auc_inf"] == {"value": pytest.approx(214.9236316), "unit": "mg*h/L"}
    assert found["cl_f"]["value"] == pytest.approx(1.488900954)
    assert found["vss"]["value"] is None
    assert found["area_rule"] == "linear-up log-down"
    assert any("beyond the last sample" in w for w in found["warnings"])
    assert found["auc_0_12"]["value"] < found["auc_last"]["value"]


def test_a_table_is_listed_and_drawn(tmp_path, capsys):
    drawn = tmp_path / "profiles.svg"
    assert main(["nca", str(theophylline(tmp_path)), "--unit", "mg/L", "--draw", str(drawn)]) == 0
    out = capsys.readouterr().out
    assert "1.489 L/h" in out
    assert "Not medical advice" in out
    assert drawn.stat().st_size > 1000


def test_infusions_repeats_and_the_limit_are_read(tmp_path):
    rows = ["1,0,10,1,2,1,8,.,iv", *(f"1,{t},.,0,.,.,.,{10 * math.exp(-0.3 * t):.6f},." for t in (1, 2, 3, 5, 7, 9))]
    path = table(tmp_path, rows, "ID,TIME,AMT,EVID,DUR,ADDL,II,DV,ROUTE")
    first, second = profiles_in(path, "mg/L", None, Rules(limit=2.0))
    assert (first.interval, second.dose.time) == (8.0, 8.0)
    assert first.found.given.infused_h == 2.0
    assert first.found["tlast"] == 5.0
    assert second.found.warnings == ("no concentration could be measured",)


def test_several_analytes_and_marked_values_of_one_table(tmp_path):
    rows = ["1,0,20,1,.,.,.,esketamine,iv"]
    rows += [f"1,{t},.,0,{100 / 2**t:g},cv_ketamine_s,0,.,." for t in (1, 2, 3, 4)] + ["1,5,.,0,9,cv_ketamine_s,1,.,."]
    rows += [f"1,{t},.,0,{50 / 2**t:g},cv_norketamine_s,0,.,." for t in (1, 2, 3, 4)]
    path = table(tmp_path, rows, "ID,TIME,AMT,EVID,DV,QUANTITY,BLQ,DRUG,ROUTE")
    parent, metabolite = profiles_in(path, "ng/mL", None, Rules())
    assert (parent.port, parent.found["tlast"]) == ("cv_ketamine_s", 4.0)
    assert parent.found["half_life"] == pytest.approx(1.0)
    assert "not given" in metabolite.found.metrics["cl"].reason


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["1,0,10,1,1,.,.", "1,1,.,0,0,3,."], "which route"),
        (["1,0,.,1,1,.,iv", "1,1,.,0,0,3,."], "amount"),
        (["1,0,.,2,1,.,iv", "1,1,.,0,0,3,."], "neither a dose nor a sample"),
        (["1,0,10,1,1,.,iv", "1,1,.,0,0,-3,."], "negative"),
        (["1,0,10,1,1,.,iv", "1,1,.,0,0,3,.", "1,1,.,0,0,2,."], "follow each other"),
        (["1,0,10,1,1,.,iv", "1,1,.,0,0,x,."], "finite number"),
        (["1,0,10,1,1,.,iv"], "no concentrations"),
        (["1,0,10,1,1,.,intravenous", "1,1,.,0,0,3,."], "unknown route"),
        (["1,0,10,1,1,.,iv", "1,1,.,0,0,3,.", "2,1,.,0,0,3,.", "1,2,.,0,0,3,."], "comes back"),
        (["1,0,10,1,0,.,iv", "1,1,.,0,0,3,."], "cannot hold an observation"),
        (["1,0,10,1,1,.,iv", "1,1,5,0,0,3,."], "cannot hold a dose"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused(tmp_path, rows, words):
    with pytest.raises(EventError, match=words):
        profiles_in(table(tmp_path, rows), "ng/mL", None, Rules())


@pytest.mark.parametrize(
    ("columns", "cells", "words"),
    [
        ("ADDL,II", "1.7,12", "whole number"),
        ("ADDL,II", "2,.", "ADDL needs II"),
        ("ADDL,II", ".,12", "how many more doses"),
        ("RATE,DUR", "5,3", "disagree"),
        ("RATE,DUR", "-2,.", "theory of the body"),
        ("CMT,DRUG", "1,.", "its compartment"),
        ("CMT,DRUG", ".,ketamin", "unknown drug"),
        ("SS,II", "1,12", "steady state"),
    ],
)
def test_doses_are_read_as_strictly_as_in_event_tables(tmp_path, columns, cells, words):
    path = table(tmp_path, [f"1,0,10,1,.,iv,{cells}", "1,1,.,0,3,.,.,."], f"ID,TIME,AMT,EVID,DV,ROUTE,{columns}")
    with pytest.raises(EventError, match=words):
        profiles_in(path, "ng/mL", None, Rules())


def test_a_sprayed_dose_is_not_infused(tmp_path):
    path = table(tmp_path, ["1,0,10,1,.,nasal,2", "1,1,.,0,3,.,."], "ID,TIME,AMT,EVID,DV,ROUTE,DUR")
    with pytest.raises(EventError, match="not infused"):
        profiles_in(path, "ng/mL", None, Rules())


def test_a_reset_calls_off_what_was_still_to_be_given(tmp_path):
    rows = ["1,0,10,1,.,12,5", *(f"1,{t},.,0,{9 - t / 10},.,." for t in (1, 6, 13, 20)), "1,30,20,4,.,.,."]
    rows += [f"1,{t},.,0,{40 - t / 2},.,." for t in (31, 40, 55)]
    path = table(tmp_path, rows, "ID,TIME,AMT,EVID,DV,II,ADDL")
    found = profiles_in(path, "ng/mL", "iv", Rules())
    assert [one.dose.time for one in found] == [0.0, 12.0, 30.0]


def test_words_of_the_command_are_checked(tmp_path, capsys):
    path = str(theophylline(tmp_path))
    assert main(["nca", path, "--area", "linaer"]) == 2
    assert "nearest: linear" in capsys.readouterr().err
    assert main(["nca", path, "--limit", "-1"]) == 2
    assert main(["nca", path, "--port", "cv_ketamine"]) == 2
    assert main(["nca", path, "--route", "banana"]) == 2
    assert "unknown route" in capsys.readouterr().err
