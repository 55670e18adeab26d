"""What is executed for the assessment: the project's tests, its self-test, and the solver against other solvers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ...banked import banked
from ...chains import default_chain, happenings, median_load
from ...compound.library import compound
from ...core.chain import Chain
from ...core.errors import RequestError
from ...core.event import Level
from ...core.solver import halving_errors, oracle, protocol, rest, scaled_errors, solve
from ...core.solver.kernel.march import march
from ...trial.design.library import design
from ...trial.run import Trial
from ..selftest import check_records

Tell = Callable[[str], None]
Record = dict[str, Any]
END = 72.0
TIMES = np.unique(np.concatenate([[0.0], np.geomspace(0.05, 1.0, 12), np.linspace(1.0, END, 36)]))
PEOPLE, REPLICATES = 200, 40
BUDGETS = {"halved grid": 1e-4, "adaptive solver": 1e-4, "printed code": 1e-7}
"""How far two ways to solve may lie apart, in scales of the port."""


def counted_tests(report: Path | None) -> Record | None:
    """How many tests ran and how they ended, by room, from a JUnit report; nothing without one.

    **Raises:** `RequestError` when the file is no such report.
    """
    if report is None:
        return None
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 (our own file)
    except (OSError, ElementTree.ParseError) as failure:
        then = "run `pytest --junitxml FILE` first, or leave it out"
        raise RequestError("this is no report of tests", where="--tests", given=report, then=then) from failure
    rooms: dict[str, dict[str, int]] = {}
    for case in cases:
        own = rooms.setdefault(_room(case.get("classname", "")), {"run": 0, "passed": 0, "failed": 0, "skipped": 0})
        ended = _ended(case)
        own["run"] += 1
        own[ended] += 1
    whole = {k: sum(r[k] for r in rooms.values()) for k in ("run", "passed", "failed", "skipped")}
    wrong = [f"{c.get('classname')}.{c.get('name')}" for c in cases if _ended(c) == "failed"]
    return {**whole, "rooms": rooms, "failing": wrong, "report": hashlib.sha256(report.read_bytes()).hexdigest()[:16]}


def _room(name: str) -> str:
    words = name.split(".")
    return words[1] if len(words) > 2 and words[0] == "tests" else words[0]


def _ended(case: ElementTree.Element) -> str:
    kinds = {child.tag for child in case}
    if kinds & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in kinds else "passed"


def numerics(tell: Tell = lambda _: None) -> Record:
    """One infusion of 0.5 mg/kg solved in four ways, and how far they lie apart (scaled, worst port)."""
    tell("the solver against other solvers")
    begun, chain = time.perf_counter(), default_chain("human")
    load, dose = float(median_load(chain)), {"start": 0.0, "mg": 35.0, "duration": 2 / 3, "devices": 1}
    together = protocol(
        chain.external, [(Level("load", 0.0, load), *happenings(chain, compound("ketamine"), "iv", dose))]
    )
    own = chain.with_values({"body.weight": [float(chain.parameters["body.weight"])]})
    start = rest(chain, {"load": load}).state
    found = solve(own, together, start, (0.0, END))
    signals = {k: np.asarray(v)[0] for k, v in found.at(TIMES).items()}
    apart = {
        "halved grid": halving_errors(found, TIMES),
        "adaptive solver": scaled_errors(signals, oracle(chain, together, start, TIMES), chain.wiring.ports),
        "printed code": scaled_errors(signals, _printed(own, together, start, tuple(signals)), chain.wiring.ports),
    }
    told = {name: _worst(errors, BUDGETS[name]) for name, errors in apart.items()}
    return {"ways": told, "seconds": round(time.perf_counter() - begun, 1)}


def _printed(chain: Chain, together: Any, start: Any, ports: tuple[str, ...]) -> dict[str, np.ndarray]:
    marched = march(chain, together, start, (0.0, END), TIMES, ports)
    return {name: np.asarray(values)[0] for name, values in marched.signals.items()}


def _worst(errors: dict[str, float], budget: float) -> Record:
    port = max(errors, key=lambda name: errors[name])
    return {"port": port, "error": errors[port], "budget": budget, "holds": bool(errors[port] <= budget)}


def chance() -> Record:
    """Whether a trial says the same twice under one seed and number, to the last bit, and something else under another.

    `error` is the Monte-Carlo error (points) of a mean over so many replicates of it.
    """
    planned = design("murrough_2013")
    first, again = (Trial(*banked(planned, PEOPLE, 1), 1) for _ in range(2))
    same = np.array_equal(first.replicate(0).score, again.replicate(0).score, equal_nan=True)
    other = np.array_equal(first.replicate(0).score, first.replicate(1).score, equal_nan=True)
    means = [float(np.nanmean(first.replicate(k).score[:, 1])) for k in range(REPLICATES)]
    error = float(np.std(means, ddof=1) / REPLICATES**0.5)
    return {"same": same, "moves": not other, "replicates": REPLICATES, "error": error}


def selftest(tell: Tell = lambda _: None) -> Record:
    """How many of the promises of this release hold now, and which do not."""
    found = check_records(tell)
    failing = [{k: c[k] for k in ("id", "what", "value", "allowed")} for c in found if not c["passed"]]
    return {"run": len(found), "passed": sum(c["passed"] for c in found), "failing": failing}
