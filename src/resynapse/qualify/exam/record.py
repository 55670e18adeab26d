"""An exam as plain data, ready for JSON: scores, cells, what was conditioned on, and what is in or out of sample."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from ...calibrate.questions.question import Question
from ...calibrate.questions.sitting import Refusal
from ...evidence import Observation
from .empirical import NAMES
from .exam import BEST, Exam, Sat
from .gain import Gain
from .heldout import left_out, reasons
from .marking import Cell
from .scoring import ROLES, Paper, in_halves, random_signs, shuffled

POSTERIOR, PRIOR = "posterior (conditioned on build)", "prior"
UNKNOWN = 0.9
"""A value whose posterior is wider than this share of its prior is not identified."""

_SHOWN = ("converged", "islands", "powers", "least_effective_share", "accepted", "memory", "disagreement", "row_gap")


def record(exam: Exam) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        "draws": len(exam.draws.people),
        "seed": exam.draws.seed,
        "questions": [question_record(q) for q in exam.questions],
        "hypotheses": {s.who.name: _sat_record(s, exam.null[1]) for s in exam.sat},
        "null_model": _null_record(exam),
        "blend": next((_blend_record(exam, s) for s in exam.sat if s.who.name == BEST), None),
        "gain": [_gain_record(g) for g in exam.gains],
        "seconds": exam.seconds,
        "cpu_seconds": exam.cpu_seconds,
    }


def _null_record(exam: Exam) -> dict[str, Any]:
    fitted, paper = exam.null
    parameters = {name: 10.0 ** float(v) for name, v in zip(NAMES, fitted.best, strict=True)}
    return {"parameters": parameters, "loss": fitted.loss, **_paper_record(paper, "in-sample")}


def _blend_record(exam: Exam, sat: Sat) -> dict[str, Any]:
    share = sat.paper.score("build").share
    if exam.blend is not None:
        return {
            "how": "chosen on build",
            "weights": dict(exam.blend.weights),
            "tried": exam.blend.tried,
            "build_share": share,
        }
    drives = sat.told.get("drives", {})
    return {
        "how": "drawn from the posterior",
        "weights": {name: own["mean"] for name, own in drives.items()},
        "on": {name: own["on"] for name, own in drives.items()},
        "tried": 0,
        "build_share": share,
    }


def question_record(q: Question) -> dict[str, Any]:
    """One question as plain data."""
    return {
        "id": q.id,
        "row": q.row,
        "role": q.role,
        "mark": q.mark,
        "asks": q.asked.asks,
        "kind": q.seen.kind,
        "value": q.seen.value if q.seen.kind in ("size", "at_least") else None,
        "sd": q.seen.sd if q.seen.kind in ("size", "at_least") else None,
        "tolerance": q.seen.tolerance,
        "observed": [_observed(o) for o in q.observations],
        "experiment": q.asked.experiment.experiment.words if not q.asked.not_askable else "",
        "ports": list(q.asked.ports),
        "hours": list(q.asked.hours),
        "not_askable": q.asked.not_askable,
        "note": q.asked.note,
    }


def _observed(o: Observation) -> str:
    what = o.direction if o.value is None else f"{o.value:g} {o.unit}"
    return f"{o.study.citation}: {o.quantity} {what}"


def _sat_record(sat: Sat, null: Paper) -> dict[str, Any]:
    typical = {role: sat.typical.score(role).met for role in ROLES}
    beside = {role: _beside(sat.paper, null, role) for role in ROLES}
    own = _paper_record(sat.paper, "in-sample" if sat.prior else "prior")
    told = {"claim": sat.who.claim, "draws": POSTERIOR if sat.prior else PRIOR, "warning": sat.warning}
    return {**told, **own, "typical": typical, "beside": beside, "seconds": sat.seconds, **_conditioned(sat)}


def _conditioned(sat: Sat) -> dict[str, Any]:
    """What stands beside a paper over posterior draws: the prior's, studies left out, and why rows are missed."""
    if sat.prior is None:
        return {"prior": None, "held_out": None, "why": {}, "posterior": None}
    prior = {role: _score_record(sat.prior, role) for role in ROLES}
    cells = {q.id: cell_record(sat.prior, q) for q in sat.prior.questions if q.role == "build"}
    studies = left_out(sat.paper)
    held = {
        "met": sum(len(s.met) for s in studies),
        "of": sum(len(s.rows) for s in studies),
        "met_trusted": sum(len(s.met) for s in studies if s.trusted),
        "of_trusted": sum(len(s.rows) for s in studies if s.trusted),
        "studies": [{**asdict(s), "trusted": s.trusted} for s in studies],
    }
    why = {w.id: {**asdict(w), "words": w.words} for w in reasons(sat.paper, sat.prior)}
    return {"prior": {**prior, "cells": cells}, "held_out": held, "why": why, "posterior": _diagnosed(sat)}


def _diagnosed(sat: Sat) -> dict[str, Any]:
    """How the draws came about, and the values that they are surest and least sure of."""
    told = sat.told
    widths = sorted(told["widths"].items(), key=lambda pair: pair[1])
    kept = {"digest": told["digest"], "log_evidence": told["log_evidence"], "moved": len(told["addresses"])}
    narrow = [{"address": a, "width": w, "shift": told["shifts"][a]} for a, w in widths[:12]]
    unknown = sum(w > UNKNOWN for _, w in widths)
    return {name: told[name] for name in _SHOWN} | kept | {"narrowest": narrow, "not_identified": unknown}


def _paper_record(paper: Paper, build: str) -> dict[str, Any]:
    """Scores and cells; `build` says how the build score is to be read, verify is always out of sample."""
    scores = {role: _score_record(paper, role) for role in ROLES}
    scores["build"]["sample"], scores["verify"]["sample"] = build, "out-of-sample"
    return {**scores, "cells": {q.id: cell_record(paper, q) for q in paper.questions}}


def _score_record(paper: Paper, role: str) -> dict[str, Any]:
    score, recalled, rows = paper.score(role), paper.score(role, "recalled"), paper.rows(role)
    return {
        "met": score.met,
        "of": score.of,
        "wide": score.wide,
        "not_askable": score.not_askable,
        "recalled": {"met": recalled.met, "of": recalled.of},
        "rows": {"met": rows[0], "of": rows[1]},
        "by_change": {kind: {"met": met, "of": of} for kind, (met, of) in paper.by_change(role).items()},
        "expected_of_a_draw": paper.expected_of_a_draw(role),
        "halves": list(in_halves(paper, role)),
    }


def _beside(paper: Paper, null: Paper, role: str) -> dict[str, Any]:
    """What others get on the same questions, and whether this candidate beats them."""
    score, (expected, sd) = paper.score(role), random_signs(paper, role)
    dealt, both = shuffled(paper, role), [q.id for q in paper.counted(role) if q.id in null.cells]
    own = sum(paper.cells[i].verdict == "met" for i in both)
    other = sum(null.cells[i].verdict == "met" for i in both)
    return {
        "random": {"expected": expected, "sd": sd, "beaten": score.met > expected + 2 * sd},
        "shuffled": {
            "mean": dealt.mean,
            "high": dealt.high,
            "as_good": dealt.as_good,
            "beaten": score.met > dealt.high,
        },
        "null": {"own": own, "null": other, "of": len(both), "beaten": own > other},
    }


def cell_record(paper: Paper, q: Question) -> dict[str, Any]:
    """One cell as plain data: the verdict with its numbers, or why there is none."""
    answer = paper.answers[q.id]
    if isinstance(answer, Refusal):
        return {"verdict": "not askable", "reason": answer.reason}
    cell: Cell = paper.cells[q.id]
    numbers = {"share": cell.share, "mean": cell.mean, "sd": cell.sd, "reference": cell.reference}
    return {"verdict": cell.verdict, **{k: None if math.isnan(v) else v for k, v in numbers.items()}}


def _gain_record(g: Gain) -> dict[str, Any]:
    words = "" if g.question.asked.not_askable else g.question.asked.experiment.experiment.words
    return {
        "id": g.question.id,
        "asks": g.question.asked.asks,
        "experiment": words,
        "done": bool(g.question.observations),
        "bits_equal": g.equal,
        "bits_by_score": g.by_score,
        "hypotheses": g.asked,
    }
