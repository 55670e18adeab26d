"""`resynapse fit individual`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from resynapse.chains import body_chain
from resynapse.cli import main

ROOT = Path(__file__).parents[2]
HEAD = "ID,TIME,EVID,MDV,AMT,DUR,DRUG,ROUTE,WT,DV,QUANTITY,BLQ\n"
DOSE = "{i},0,1,1,20,0.667,esketamine,iv,{w},.,.,.\n"
SAMPLES = ((0.7, 140, 0), (2, 50, 0), (6, 13, 0), (12, 2, 1))
OTTO = ("--body", "otto2021", "--draws", "200")


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESYNAPSE_CACHE", "off")


def _table(folder: Path, people: int = 2, quantity: str = "cv_ketamine_s") -> Path:
    rows = HEAD
    for i in range(people):
        rows += DOSE.format(i=f"p{i}", w=60 + 10 * i)
        values = ((t, dv if below else dv * (1 + 0.1 * i), below) for t, dv, below in SAMPLES)
        rows += "".join(f"p{i},{t},0,0,.,.,.,.,{60 + 10 * i},{dv:.4g},{quantity},{b}\n" for t, dv, b in values)
    path = folder / "table.csv"
    path.write_text(rows, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fit with posterior, checks and pages."""
    folder = tmp_path_factory.mktemp("fit")
    table = _table(folder, people=3)
    assert main(["fit", "individual", str(table), *OTTO, "--posterior", "--vpc", "--out", str(folder / "out")]) == 0
    return folder / "out"


def test_everything_is_written(stored: Path) -> None:
    record = json.loads((stored / "fit.json").read_text())
    assert [p["id"] for p in record["people"]] == ["p0", "p1", "p2"]
    figures = {p.name for p in (stored / "figures").iterdir()}
    wanted = ("person_p0_otto2021", "fit_otto2021", "vpc_otto2021_cv_ketamine_s")
    assert {f"{name}.{kind}" for name in wanted for kind in ("png", "svg")} <= figures
    lines = (stored / "predictions.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 * len(SAMPLES)


def test_the_record_holds_what_the_reference_promises(stored: Path) -> None:
    record = json.loads((stored / "fit.json").read_text())
    person = record["people"][0]
    promised = {"map", "se", "prior_sd", "shrinkage_variance", "ipred", "posterior", "curves", "log_evidence"}
    assert promised | {"covariates"} <= person.keys()
    assert person["map"]["eta"].keys() == person["se"].keys() == {"body.v1", "body.cl"}
    for address, share in person["shrinkage_variance"].items():
        assert share == pytest.approx((person["se"][address] / person["prior_sd"][address]) ** 2)
    etas = {a: np.std([p["map"]["eta"][a] for p in record["people"]], ddof=1) for a in person["se"]}
    (theory,) = record["theories"]
    assert theory["shrinkage_sd"] == pytest.approx({a: 1 - sd / theory["prior_sd"][a] for a, sd in etas.items()})
    allowed = 1 - 1 / np.log10(200)
    assert person["posterior"]["pareto_k_allowed"] == pytest.approx(allowed)
    assert person["posterior"]["pareto_k"] < allowed
    below = [row for row in person["ipred"] if row["below"]]
    assert len(below) == 1 and below[0]["iwres"] is None and below[0]["ipred"] > 0
    assert record["vpc"][0]["plain"]["percentiles"].keys() == {"p5", "p50", "p95"}
    keys = {s["key"] for s in record["run"]["sources"]}
    assert {"otto2021", "beal2001", "vehtari2024"} <= keys


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [str(v) for k, v in attrs if k in ("src",)]


def test_the_page_stands_alone_and_says_that_it_is_no_advice(stored: Path) -> None:
    page = (stored / "report.html").read_text()
    body = page[page.index("<body>") :]
    assert re.search(r"<p class=\"banner\"[^>]*>For research\. Not medical advice\. Never dosing advice\.", body)
    assert body.index("Assumptions") < body.index("Person p0")
    found = _Words()
    found.feed(page)
    assert found.links and all(link.startswith("data:image/svg+xml;base64,") for link in found.links)


def test_the_same_seed_prints_the_same_numbers_and_one_person_can_be_chosen(tmp_path: Path, capsys) -> None:
    table = _table(tmp_path)
    found = []
    for seed in ("1", "1", "2"):
        words = ["fit", "individual", str(table), *OTTO, "--posterior", "--id", "p1", "--seed", seed, "--json"]
        assert main(words) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert [p["id"] for p in found[0]["people"]] == ["p1"]
    assert found[0]["people"] == found[1]["people"]
    assert found[0]["people"][0]["posterior"] != found[2]["people"][0]["posterior"]
    assert found[0]["vpc"] == []


def test_the_first_line_says_what_it_is_for(tmp_path: Path, capsys) -> None:
    assert main(["fit", "individual", str(_table(tmp_path, 1)), *OTTO]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("For research.") and "dosing advice" in printed[0]
    assert printed[1].startswith("Rests on")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--quantity", "ca_ketamine_s"), "was not measured in anybody"),
        (("--residual-sd", "cv_ketamin_s=0.2"), "was not measured in anybody"),
        (("--body", "noppers2012"), "no such theory"),
        (("--body", "simons2022"), "does not model what was measured"),
        (("--body", "otto2021", "--id", "p7"), "no such person"),
        (("--body", "otto2021", "--residual-sd", "much"), "a residual error is a positive number"),
        (("--body", "otto2021", "--draws", "5"), "too few draws"),
        (("--body", "otto2021", "--body", "otto2021"), "named twice"),
    ],
)
def test_what_cannot_be_answered_is_refused(tmp_path: Path, capsys, words, message) -> None:
    assert main(["fit", "individual", str(_table(tmp_path)), *words, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert message in told.err and told.out == ""
    assert not (tmp_path / "out").exists()


def _refusal(table: Path, capsys, *words: str) -> str:
    assert main(["fit", "individual", str(table), *words]) == 2
    return capsys.readouterr().err


def test_a_table_without_measurements_is_refused(tmp_path: Path, capsys) -> None:
    assert "holds no measurement" in _refusal(ROOT / "examples" / "trd_iv_ketamine.csv", capsys)


def test_a_missing_residual_names_the_port_and_the_way_out(tmp_path: Path, capsys) -> None:
    told = _refusal(_table(tmp_path, quantity="ca_ketamine_s"), capsys, "--body", "noppers2011")
    assert "ca_ketamine_s" in told and "--residual-sd ca_ketamine_s=0.2" in told


def test_a_sample_before_the_first_dose_is_refused_with_its_line(tmp_path: Path, capsys) -> None:
    table = tmp_path / "early.csv"
    late = DOSE.format(i="a", w=70).replace("a,0,", "a,2,")
    table.write_text(HEAD + "a,1,0,0,.,.,.,.,70,5,cv_ketamine_s,0\n" + late + "a,3,0,0,.,.,.,.,70,90,cv_ketamine_s,0\n")
    told = _refusal(table, capsys, "--body", "otto2021")
    assert "the theory predicts nothing" in told and "line 2" in told


def test_a_sample_below_the_limit_before_the_first_dose_is_told_and_hides_no_bin(tmp_path: Path, capsys) -> None:
    table = tmp_path / "before.csv"
    late = DOSE.format(i="a", w=70).replace("a,0,", "a,1,")
    samples = ((0.5, 2, 1), (2, 120, 0), (4, 40, 0))
    first, *rest = (f"a,{t},0,0,.,.,.,.,70,{dv},cv_ketamine_s,{b}\n" for t, dv, b in samples)
    table.write_text(HEAD + first + late + "".join(rest))
    words = ["fit", "individual", str(table), *OTTO, "--vpc", "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == 0
    (found,) = json.loads(capsys.readouterr().out)["vpc"]
    assert found["plain"]["left_out"] == 0 and found["prediction_corrected"]["left_out"] == 1
    (note,) = found["notes"]
    assert note.startswith("1 measured where the typical prediction is 0")
    assert note in (tmp_path / "out" / "report.html").read_text()
    for line in found["prediction_corrected"]["percentiles"].values():
        assert all(v is not None for kind in line.values() for v in kind)


def test_rifampicin_changes_what_the_fit_predicts_and_not_whom_it_starts_from(tmp_path: Path, capsys) -> None:
    words = ["fit", "individual", str(_table(tmp_path, 1)), "--draws", "100", "--json"]
    records = []
    for more in ([], ["--with", "rifampicin"]):
        assert main([*words, *more]) == 0
        records.append(json.loads(capsys.readouterr().out))
    alone, beside = ([m["pred"] for m in r["people"][0]["ipred"] if m["pred"]] for r in records)
    assert len(alone) == len(beside) and beside[-1] < 0.9 * alone[-1]
    plain = body_chain("human", "kpk1").parameters
    found = records[1]["people"][0]["map"]["parameters"]
    assert found["body.cl_int_s"]["typical"] == pytest.approx(float(plain["body.cl_int_s"]))
    (theory,) = records[1]["theories"]
    assert any("rifampicin" in note and "cl_int_s x 2" in note and "by hand" in note for note in theory["notes"])
    assert {"peltoniemi2012", "noppers2011"} <= {s["key"] for s in records[1]["run"]["sources"]}
    assert records[1]["run"]["request"]["modifiers"] == ["rifampicin"]


def test_an_unknown_modifier_is_refused_with_the_nearest(tmp_path: Path, capsys) -> None:
    told = _refusal(_table(tmp_path, 1), capsys, "--with", "rifampicine")
    assert "rifampicine" in told and "rifampicin" in told.replace("rifampicine", "")


def test_a_zero_on_a_log_scale_is_refused_with_its_line(tmp_path: Path, capsys) -> None:
    table = tmp_path / "zero.csv"
    table.write_text(HEAD + DOSE.format(i="a", w=70) + "a,3,0,0,.,.,.,.,70,0,cv_ketamine_s,0\n")
    told = _refusal(table, capsys, "--body", "perezruixo2021")
    assert "at or below zero" in told and "line 3" in told


@pytest.mark.slow
def test_the_how_to_runs_as_written(tmp_path: Path, capsys, monkeypatch) -> None:
    text = (ROOT / "docs" / "how-to" / "fit-one-person.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    resynapse (.+)$", text, re.MULTILINE)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command)) == 0
    assert "body.v1" in capsys.readouterr().out
    assert (tmp_path / "runs" / "one_person" / "report.html").is_file()
