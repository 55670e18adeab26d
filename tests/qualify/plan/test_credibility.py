"""The credibility assessment is read off what was executed; the page and the project's record open with failures."""

from __future__ import annotations

import re

import pytest

from resynapse.core.errors import RequestError
from resynapse.core.lines import DocumentError
from resynapse.evidence import library
from resynapse.qualify.credibility.assessment import assessed
from resynapse.qualify.credibility.context import HERE, LEVELS, context, together
from resynapse.qualify.credibility.executed import counted_tests
from resynapse.qualify.credibility.gap import gap
from resynapse.qualify.credibility.known import evidence, parameters, verify_rows
from resynapse.qualify.forecast.beside import beside
from resynapse.qualify.forecast.dosed import dosed, row_of
from resynapse.qualify.plan.judging import judged
from resynapse.qualify.plan.plan import plan
from resynapse.report.qualification_page import render
from resynapse.requests.qualification_page import page
from resynapse.trial.design.library import designs
from resynapse.trial.design.published import printed

JUNIT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.doors.test_cli" name="a"/><testcase classname="tests.doors.test_cli" name="b"/>
<testcase classname="tests.dose.test_table" name="c"><failure message="no"/></testcase>
<testcase classname="tests.core.test_chain" name="d"><skipped/></testcase></testsuite></testsuites>"""
NAMES = ("aspire_2", "murrough_2013", "daly_2018", "singh_2016a", "lii_2023", "transform_2")


@pytest.fixture(scope="module")
def trials():
    """Six trials of the library, whose every number is predicted by what was printed, give or take, and off in one."""
    rows = []
    for name in NAMES:
        for one in printed(designs()[name]):
            seen, off = one.observation, 8.0 if name == "aspire_2" else 0.0
            facts = ("role", "mark", "row", "quantity", "statistic", "value", "unit", "low", "high", "direction", "n")
            told = {k: getattr(seen, k) for k in facts} | {"study": seen.study.name, "design": name}
            told |= {"endpoint": one.endpoint, "of": list(one.of), "overlap": []}
            told["sample"] = [(seen.value or 0.0) - off + 0.1 * (k - 20) for k in range(41)]
            rows.append(row_of(designs()[name], told))
    return beside(rows)


@pytest.fixture(scope="module")
def found(trials, tmp_path_factory):
    """A whole qualification of these trials, nothing of which was simulated."""
    report = tmp_path_factory.mktemp("tests") / "tests.xml"
    report.write_text(JUNIT, "utf-8")
    way = {"port": "madrs_total", "error": 1e-6, "budget": 1e-4, "holds": True}
    ways = {"halved grid": way, "adaptive solver": {**way, "error": 1.0, "holds": False}, "printed code": way}
    kinetics = {"kpk1": {"title": "KPK-1", "rows": [], "gmfe": {}}}
    measured = {"trials": trials, "kinetics": kinetics}
    chance = {"same": True, "moves": True, "replicates": 2, "error": 0.1}
    done = {
        "chance": chance,
        "selftest": {"run": 2, "passed": 2, "failing": []},
        "numerics": {"ways": ways, "seconds": 1.0},
    }
    chosen = plan()
    about = {
        "plan": chosen.model_dump(mode="json"),
        "digest": chosen.digest,
        "version": "0",
        "of": "the values on file",
    }
    outcomes = [o.record for o in judged(chosen, measured)]
    told = {**about, **measured, "executed": done, "outcomes": outcomes, "seconds": 1.0}
    return {**told, "credibility": assessed(chosen, told, report)}


def test_risk_is_symmetric_and_rises():
    assert all(together(a, b) == together(b, a) for a in LEVELS for b in LEVELS)
    assert [together("low", b) for b in LEVELS] == ["low", "low", "medium"]
    assert [together("medium", b) for b in LEVELS] == ["low", "medium", "high"]
    assert together("high", "high") == "high"


def test_a_rating_without_a_reason_is_refused_with_its_line(tmp_path):
    text = HERE.read_text("utf-8")
    path = tmp_path / "context.yaml"
    path.write_text(re.sub(r"(?m)^    because: the design is argued.*\n", "", text), "utf-8")
    with pytest.raises(DocumentError, match="something is missing") as refused:
        context(path)
    assert refused.value.line == text[: text.index("  influence:")].count("\n") + 1
    path.write_text(text.replace("level: medium", "level: middling", 1), "utf-8")
    with pytest.raises(DocumentError, match="does not fit"):
        context(path)


def test_tests_are_counted_from_their_report(tmp_path):
    path = tmp_path / "tests.xml"
    path.write_text(JUNIT, "utf-8")
    told = counted_tests(path)
    assert (told["run"], told["passed"], told["failed"], told["skipped"]) == (4, 2, 1, 1)
    assert told["rooms"]["doors"]["passed"] == 2 and told["failing"] == ["tests.dose.test_table.c"]
    assert counted_tests(None) is None
    path.write_text("not XML", "utf-8")
    with pytest.raises(RequestError, match="no report of tests"):
        counted_tests(path)


def test_a_verify_row_among_what_a_fit_saw_is_named():
    build, verify = library().build, library().verify
    own = next(o for o in verify if o.row not in {b.row for b in build if b.study.where == o.study.where})
    seen = [f"{o.study.where} {o.row}" for o in (*build.observations[:5], own)]
    assert verify_rows(seen) == [f"{own.study.where} {own.row}"]


def test_parameters_and_evidence_are_counted():
    told, rows = parameters(), evidence()
    assert sum(told["origins"].values()) == told["of"] > 100
    assert sum(sum(marks.values()) for marks in rows["rows"].values()) == len(library())


def test_doses_are_read_off_the_design():
    singh = designs()["singh_2016b"]
    arm = next(a for a in singh.arms if a.active)
    told = dosed(singh, arm.name, singh.endpoints[0])
    assert told.mg[0] == pytest.approx(35.0) and not told.other_route and len(told.mg) > 1
    assert max(told.days) < told.day
    crossed = designs()["dwyer_2021"]
    end = crossed.endpoints[0]
    assert dosed(crossed, "ketamine", end).mg == pytest.approx((35.0,)) and not dosed(crossed, "midazolam", end).mg


def test_the_gap_tells_what_is_asked_beyond_verify_trials(trials):
    asked = context().use.regimens
    told = gap(asked, trials["rows"])
    assert "mg" in told["outside"] and told["ranges"]["mg"]["share_outside"] > 0
    everything = gap(asked, [])
    assert set(everything["outside"]) == {"mg", "doses", "days", "compounds", "routes"}


def test_what_was_executed_decides_how_a_factor_stands(found):
    levels = {f["name"]: f["level"] for f in found["credibility"]["factors"]}
    assert len(found["credibility"]["factors"]) == 13 and len(found["credibility"]["categories"]) == 8
    assert levels["software quality assurance"] == "in doubt"  # one test failed
    assert levels["use error"] == "in doubt"
    assert levels["numerical code verification"] == "in doubt"  # the adaptive solver lies far off
    assert levels["discretisation error"] == "shown"
    assert any("tests.dose.test_table.c" in text for text in found["credibility"]["deviations"])


def test_the_conclusion_names_what_failed_on_verify_and_counts_no_build(found):
    told = found["credibility"]["conclusion"]
    assert not told["adequate"] and "esketamine in hospital" in told["failed"]
    build = {o["id"] for o in found["outcomes"] if o["role"] == "build"}
    assert not build & {*told["passed"], *told["failed"]}


def test_the_page_opens_with_failures(found):
    text = re.sub(r"<[^>]+>", " ", render({**found, "patterns": None}))
    assert text.index("criteria failed") < text.index("Criteria, failures first")
    body = text[text.index("why this target") :]
    assert body.index("FAIL") < body.index("NOT MEASURED") < body.index("NOT A PASS")
    assert "src=" not in text and "http" not in text.split("Credibility assessment")[0]
    assert "esketamine less placebo" in text


def test_the_record_of_the_project_opens_with_failures_and_puts_runs_side_by_side(found):
    text = page({"values on file": found, "again": {**found, "plan": {**found["plan"], "calibration": "again"}}})
    rows = [line for line in text.splitlines() if line.startswith("| ") and "FAIL" in line]
    assert rows and rows[0].count("FAIL") == 2
    first = text.index("**FAIL**")
    assert first < text.index("not measured:") < text.index("## Verify numbers outside")
    assert text.index("criteria failed") < first
    assert "**Tests.** 4 were run: 2 passed, 1 failed, 1 skipped" in text
    assert "core 1, doors 2, dose 1 (**1 failed**)" in text
    untested = {**found, "credibility": {**found["credibility"], "tests": None}}
    assert "**Tests.**" not in page({"values on file": untested})
