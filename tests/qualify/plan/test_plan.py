"""A plan is refused with the line of what nobody knows, and nothing but verify evidence earns a pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from resynapse.core.errors import RequestError
from resynapse.core.lines import DocumentError
from resynapse.qualify.plan.judging import judged
from resynapse.qualify.plan.plan import PLANS, plan

TEXT = (PLANS / "standard.yaml").read_text("utf-8")


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "what", "near"),
    [
        ("studies: [aspire_2]", "studies: [aspire_3]", "no such design on file", "aspire_2"),
        ("claims: [C06]", "claims: [C66]", "no such claim in the ledger", "C46"),
        ("metric: width_90", "metric: width_99", "no such metric of contrast", "width_90"),
        ("bodies: [kpk1]", "bodies: [kpk2]", "no such theory of the human body", "kpk1"),
        ("hypotheses: [default_blend]", "hypotheses: [default_blent]", "no such hypothesis on file", "default_blend"),
    ],
)
def test_what_nobody_knows_is_refused_with_its_line_and_the_nearest_word(tmp_path, old, new, what, near):
    path = tmp_path / "mine.yaml"
    text = TEXT.replace(old, new, 1)
    path.write_text(text, "utf-8")
    with pytest.raises(DocumentError, match=what) as refused:
        plan(str(path))
    assert refused.value.nearest == near
    within = 6 if "metric" in new else 0  # a whole criterion is refused where its parts do not fit together
    assert 0 <= line_of(text, new) - refused.value.line <= within


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("trials: {people: 1000, replicates: 200}", "trials: {studies: [lii_2023]}", "does not run a study"),
        ("exam: {hypotheses: [default_blend], draws: 100}\n", "", "runs no exam"),
        ("kinetics: {calibration: body, draws: 200}\n", "", "makes no intervals of kinetics"),
        ("calibration: body", "calibration: bode", "no such calibration on file"),
        ("    metric: coverage_50\n", "    metric: coverage_50\n    at_least: 0.5\n", "needs no limit"),
        ("    at_most: 12\n", "", "needs one limit"),
        ("    why: two SDs more than guessing", "    why: ''", "does not fit"),
        ("id: kinetics, within twofold", "id: kinetics, mean fold error", "two criteria have one id"),
    ],
)
def test_a_plan_that_does_not_fit_together_is_refused(tmp_path, old, new, what):
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(DocumentError, match=what) as refused:
        plan(str(path))
    assert refused.value.line > 0


def test_a_plan_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(RequestError, match="no such plan") as refused:
        plan("standart")
    assert refused.value.nearest == "standard"
    with pytest.raises(DocumentError, match="no such file"):
        plan("nowhere.yaml")


def told(inside: float = 0.9, count: int = 20) -> list[dict]:
    """Rows of trials of both roles, a share of each inside the 90 % interval."""
    model = {"inside_50": True, "score_50": 1.0, "score_90": 1.0, "crps": 1.0, "pit": 0.5}
    null = {**model, "score_50": 2.0, "score_90": 2.0, "crps": 0.5}
    rows = [
        {"role": role, "design": "aspire_2", "study": f"s{k % 4}", "kind": "drug", "scale": 1.0, "k": k}
        for role in ("build", "verify")
        for k in range(count)
    ]
    own = [{**model, "inside_90": r["k"] < inside * count} for r in rows]
    return [{**r, "model": m, "spread": null, "turnover": null} for r, m in zip(rows, own, strict=True)]


def outcome(measured: dict, name: str):
    return next(o for o in judged(plan(), measured) if o.id == name)


def test_what_is_met_on_verify_is_a_pass_and_on_build_is_none():
    measured = {"trials": {"rows": told()}}
    assert outcome(measured, "trials, nine in ten numbers in the 90 % interval").verdict == "pass"
    build = outcome(measured, "trials, nine in ten numbers of what was built with")
    assert build.verdict == "not a pass" and "built with" in build.reason


def test_a_coverage_of_few_rows_earns_no_pass():
    few = [r for r in told(count=8) if r["role"] == "verify"]
    found = outcome({"trials": {"rows": few}}, "trials, nine in ten numbers in the 90 % interval")
    assert found.verdict == "not a pass" and "fewer than 10 rows" in found.reason


def kinetic(inside: int, count: int = 40, role: str = "verify") -> dict:
    """Rows of kinetics, so many of them inside both intervals, and one that was not foreseen."""
    row = {"row": "x", "role": role, "group": role, "contested": "", "twice": "", "fold": 1.0, "within_2": True}
    told = [{"inside_50": k < inside, "inside_90": k < inside} for k in range(count)]
    return {"kinetics": {"kpk1": {"rows": [{**row, "foreseen": t} for t in (*told, None)]}}}


def test_intervals_of_kinetics_have_to_hold_as_many_as_they_say():
    found = outcome(kinetic(36), "kinetics, nine in ten numbers in the 90 % interval")
    assert (found.verdict, found.rows, found.result) == ("pass", 40, 0.9)
    assert outcome(kinetic(36), "kinetics, half of all numbers in the 50 % interval").verdict == "fail"
    assert outcome(kinetic(20), found.id).verdict == "fail"
    build = outcome(kinetic(36, role="build"), "kinetics, nine in ten of what was fitted in the 90 % interval")
    assert build.verdict == "not a pass" and "built with" in build.reason
    assert outcome(kinetic(0, count=0), found.id).verdict == "not measured"


def test_no_criterion_passes_where_there_is_build_evidence_only():
    rows = [r for r in told() if r["role"] == "build"]
    assert {o.verdict for o in judged(plan(), {"trials": {"rows": rows}})} == {"not measured", "not a pass"}


def test_what_compares_nothing_that_was_printed_is_no_pass():
    contrast = {"interval_90": [-9.0, -4.0], "median": -6.0}
    found = outcome({"contrast": contrast}, "mean contrast at 24 hours")
    assert (found.verdict, found.role, found.result) == ("not a pass", "none", 5.0)
    assert outcome({"contrast": {**contrast, "interval_90": [-19.0, -4.0]}}, found.id).verdict == "fail"


def test_the_model_has_to_beat_both_null_models():
    found = outcome({"trials": {"rows": told()}}, "trials, better than mean and SD")
    assert (found.verdict, found.result) == ("pass", pytest.approx(0.5))
    assert outcome({"trials": {"rows": told()}}, "trials, CRPS beside mean and SD").verdict == "fail"


def test_failures_come_first_and_then_what_was_not_measured():
    verdicts = [o.verdict for o in judged(plan(), {"trials": {"rows": told(inside=0.4)}})]
    order = ["fail", "not measured", "not a pass", "pass"]
    assert verdicts == sorted(verdicts, key=order.index) and verdicts[0] == "fail"


def test_the_plan_on_file_is_read_and_names_real_things():
    found = plan()
    assert found.under("body").calibration == "body" and found.digest != found.under("body").digest
    assert "stard" not in found.trials.names
    assert Path(PLANS / "standard.yaml").exists()
