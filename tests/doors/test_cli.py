"""The command line: what it prints, what it refuses, and that a refusal leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resynapse import Simulate, load_result
from resynapse.cli import main

IV = ["--drug", "ketamine", "--route", "iv", "--dose", "0.5 mg/kg", "--over", "40 min", "--weight", "70"]
TABLE = "ID,TIME,AMT,DUR,EVID,DRUG,ROUTE,WT\n"
PORTS = [
    "cv_ketamine",
    "cv_norketamine",
    "cv_ketamine_s",
    "cv_ketamine_r",
    "ca_ketamine_s",
    "cv_hnk",
    "ce_nmdar",
    "occupancy_nmdar_interneuron",
    "occupancy_nmdar_pyramidal",
    "glutamate_pfc",
    "eef2_p",
    "bdnf",
    "mtorc1",
    "ampar_surface",
    "spine_density",
    "stress",
    "lhb_burst_fraction",
    "madrs_total",
    "suicidal_ideation",
    "anhedonia",
    "cadss_total",
    "sbp_change",
    "sbp_max",
]


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESYNAPSE_CACHE", "off")


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main(list(words)) == 0
    return json.loads(capsys.readouterr().out)


def test_one_person_prints_times_signals_and_run(capsys) -> None:
    found = answer(capsys, "simulate", *IV, "--days", "2", "--times", "0,1,2,24", "--json")
    assert found["time_h"] == [0, 1, 2, 24]
    assert set(PORTS) <= set(found["signals"])
    assert found["signals"]["cv_ketamine"]["unit"] == "ng/mL"
    assert all(len(s["values"]) == 4 for s in found["signals"].values())
    assert found["signals"]["madrs_total"]["values"][0] == pytest.approx(34.0, abs=1e-6)
    assert {"species", "parameter_sets", "numerical_error", "request"} <= found["run"].keys()
    assert max(found["run"]["numerical_error"].values()) < 1e-4


def test_several_people_print_as_people_and_ports_can_be_chosen(capsys, tmp_path) -> None:
    table = tmp_path / "two.csv"
    table.write_text(TABLE + "a,0,35,0.6667,1,ketamine,iv,70\nb,0,45,0.6667,1,ketamine,iv,90\n")
    found = answer(capsys, "simulate", str(table), "--days", "1", "--ports", "cv_ketamine", "--json")
    assert [p["id"] for p in found["people"]] == ["a", "b"]
    assert list(found["people"][0]["signals"]) == ["cv_ketamine"]


def test_rodents_start_at_the_stress_that_is_asked_for(capsys) -> None:
    words = ["--species", "mouse", "--drug", "ketamine", "--route", "ip", "--dose", "10 mg/kg", "--days", "1"]
    calm = answer(capsys, "simulate", *words, "--times", "0", "--json")
    stressed = answer(capsys, "simulate", *words, "--times", "0", "--stress", "1", "--json")
    for port in ("bdnf", "ampar_surface", "spine_density"):
        assert calm["signals"][port]["values"][0] == pytest.approx(1.0, abs=1e-6)
        assert stressed["signals"][port]["values"][0] < 0.95
    assert (
        stressed["signals"]["lhb_burst_fraction"]["values"][0] > 2 * calm["signals"]["lhb_burst_fraction"]["values"][0]
    )
    assert "cv_ketamine" not in calm["signals"]


def test_a_result_is_stored_whole_and_continued(tmp_path, capsys) -> None:
    assert main(["simulate", *IV, "--days", "1", "--out", str(tmp_path / "day1")]) == 0
    assert {p.name for p in (tmp_path / "day1").iterdir()} == {"result.nc", "signals.csv", "request.json"}
    stored = load_result(tmp_path / "day1")
    assert stored["signals"]["madrs_total"].attrs["units"] == "points"
    whole = Simulate(
        drug="ketamine", route="iv", dose="0.5 mg/kg", over="40 min", weight=70, days=2, times=(48.0,)
    ).run()
    table = tmp_path / "nothing.csv"
    table.write_text(TABLE + "typical,24,.,.,0,ketamine,iv,70\n")
    rest = Simulate(table=table, start=tmp_path / "day1", days=1, times=(48.0,)).run()
    for port in ("madrs_total", "spine_density", "cv_ketamine"):
        one, two = (float(t["signals"][port].values[0, -1]) for t in (whole, rest))
        assert two == pytest.approx(one, rel=1e-6, abs=1e-9)
    assert main(["cite", str(tmp_path / "day1")]) == 0
    assert "@article{ebert1997" in capsys.readouterr().out


REFUSED = {
    "unknown drug": (["--drug", "ketamin", "--route", "iv", "--dose", "35 mg", "--over", "40 min"], "ketamine"),
    "unknown route": (["--drug", "ketamine", "--route", "nasl", "--dose", "35 mg"], "nasal"),
    "route of another species": (["--drug", "ketamine", "--route", "ip", "--dose", "35 mg"], "iv"),
    "unknown unit": (["--drug", "ketamine", "--route", "iv", "--dose", "35 mgg", "--over", "40 min"], "mg"),
    "no unit": (["--drug", "ketamine", "--route", "iv", "--dose", "35", "--over", "40 min"], "mg"),
    "mg for mg/kg": (["--drug", "ketamine", "--route", "iv", "--dose", "0.5 mg", "--over", "40 min"], "mg/kg"),
    "mg/kg for mg": (["--drug", "esketamine", "--route", "nasal", "--dose", "84 mg/kg"], "mg"),
    "a hundred times too much": (["--drug", "esketamine", "--route", "nasal", "--dose", "8400 mg"], "84"),
    "negative dose": (["--drug", "ketamine", "--route", "iv", "--dose", "-35 mg", "--over", "40 min"], ""),
    "no infusion time": (["--drug", "ketamine", "--route", "iv", "--dose", "35 mg"], "over"),
    "unknown port": ([*IV, "--ports", "madrs_totl"], "madrs_total"),
    "time beyond the end": ([*IV, "--days", "1", "--times", "48"], "24"),
    "negative time": ([*IV, "--times=-1"], "negative"),
    "unknown schedule": ([*IV, "--schedule", "twice wekly for 4 weeks"], "weekly"),
    "unknown species": ([*IV, "--species", "humn"], "human"),
    "unreadable stress": ([*IV, "--stress", "much"], "number"),
    "nothing asked": ([], "drug"),
    "no table": (["nowhere.csv"], "nowhere.csv"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_a_reason_and_leaves_nothing(case: str, tmp_path: Path, capsys) -> None:
    words, expected = REFUSED[case]
    out = tmp_path / "runs" / "x"
    assert main(["simulate", *words, "--out", str(out)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("resynapse: ")
    assert expected in told.err
    assert not out.exists()


ROWS = {
    "negative time": ("1,-1,35,0.67,1,ketamine,iv,70\n", "TIME"),
    "NaN amount": ("1,0,nan,0.67,1,ketamine,iv,70\n", "AMT"),
    "unknown EVID": ("1,0,35,0.67,7,ketamine,iv,70\n", "EVID"),
    "duplicate": ("1,0,35,0.67,1,ketamine,iv,70\n1,0,35,0.67,1,ketamine,iv,70\n", "line 3"),
    "no weight": ("1,0,35,0.67,1,ketamine,iv,.\n", "WT"),
    "unknown drug": ("1,0,35,0.67,1,ketamin,iv,70\n", "ketamine"),
}


@pytest.mark.parametrize("case", ROWS)
def test_bad_rows_are_named(case: str, tmp_path: Path, capsys) -> None:
    row, expected = ROWS[case]
    table = tmp_path / "table.csv"
    table.write_text(TABLE + row)
    assert main(["simulate", str(table), "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert expected in told.err


def test_a_failing_solution_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    from resynapse.requests import simulate

    def explode(*_: object, **__: object) -> None:
        from resynapse.core.errors import SolveError

        raise SolveError("a state is not finite", where="person 1, 2 h, `synapse.bdnf`")

    monkeypatch.setattr(simulate, "follow", explode)
    assert main(["simulate", *IV, "--json"]) == 1
    assert "person 1, 2 h" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["evidence", "parameters", "chain", "claims", "modifiers", "manipulations", "preparations"]
)
def test_every_list_prints_json_and_a_table(command: str, capsys) -> None:
    found = answer(capsys, command, "--json")
    (records,) = found.values()
    assert records
    assert main([command]) == 0
    assert "Not medical advice" in capsys.readouterr().out


def test_claims_are_the_whole_ledger(capsys) -> None:
    found = answer(capsys, "claims", "--json")["claims"]
    assert [c["id"] for c in found] == [f"C{i:02d}" for i in range(1, 56)]
    assert all({"id", "claim", "owner", "answer"} <= c.keys() for c in found)


def test_assumptions_can_be_listed_and_species_compared(capsys) -> None:
    found = answer(capsys, "parameters", "--origin", "assumed_here", "--json")["parameters"]
    assert all(p["note"] and p["low"] <= p["value"] <= p["high"] for p in found)
    assert answer(capsys, "parameters", "--diff", "rat", "mouse", "--json")["parameters"]
    assert main(["parameters", "--origin", "guessed"]) == 2


DRAWN = {
    "nca": ["nca", "table.csv"],
    "claim": ["claim", "C16", "--people", "100"],
    "evidence": ["evidence", "--study", "kamp2020"],
    "compare": ["compare", "--bodies", "kpk1"],
}


@pytest.mark.parametrize("case", DRAWN)
def test_a_picture_that_cannot_be_written_is_refused(case: str, tmp_path: Path, capsys) -> None:
    (tmp_path / "folder.png").mkdir()
    refusals = {"x.foo": ".png, .svg, .pdf", "nowhere/x.png": "does not exist", "folder.png": "replace a folder"}
    for name, expected in refusals.items():
        assert main([*DRAWN[case], "--draw", str(tmp_path / name)]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err[:11]) == ("", "resynapse: ")
        assert expected in told.err


OUTPUTS = {
    "simulate": ["simulate", *IV],
    "fit": ["fit", "individual", "table.csv"],
    "compare": ["compare", "--bodies", "kpk1"],
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_an_output_that_is_a_file_is_refused(case: str, tmp_path: Path, capsys) -> None:
    (tmp_path / "taken").write_text("")
    for out in (tmp_path / "taken", tmp_path / "taken" / "inside"):
        assert main([*OUTPUTS[case], "--out", str(out)]) == 2
        assert "the output is not a folder" in capsys.readouterr().err
    assert (tmp_path / "taken").is_file()


def test_checks_are_not_run_for_a_file_that_cannot_be_written(tmp_path: Path, capsys) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["selftest", "--out", str(tmp_path)]) == 2
    assert "the output is a folder" in capsys.readouterr().err
    assert main(["selftest", "--out", str(tmp_path / "taken" / "checks.json")]) == 2
    assert "the output is not a folder" in capsys.readouterr().err


def test_evidence_is_drawn_as_the_suffix_says(tmp_path: Path, capsys) -> None:
    for suffix, begins in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        file = tmp_path / f"x.{suffix}"
        assert main(["evidence", "--study", "kamp2020", "--draw", str(file)]) == 0
        assert file.read_bytes().startswith(begins)
