"""The credibility factors of ASME V&V 40 and the evidence categories of the FDA, each read off what was executed.

The names of the factors and categories are recalled. A factor is `shown` when everything executed for it came out as
it should, `in doubt` when something did not, `not executed` when nothing was run for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
SHOWN, DOUBT, NONE = "shown", "in doubt", "not executed"


@dataclass(frozen=True)
class Standing:
    """How a factor stands, and the executed numbers that say so."""

    level: str
    words: str


Judge = Callable[[Record], Standing]


@dataclass(frozen=True)
class Factor:
    """One factor: to which activity it belongs, its name, and what it is read off."""

    activity: str
    name: str
    judge: Judge


def standings(factors: Sequence[Factor], told: Record) -> list[dict[str, str]]:
    """Every factor as plain data."""
    return [_record(one, one.judge(told)) for one in factors]


def _record(one: Factor, found: Standing) -> dict[str, str]:
    return {"activity": one.activity, "name": one.name, "level": found.level, "words": found.words}


def _tests(told: Record) -> Standing:
    found = told["tests"]
    if found is None:
        return Standing(NONE, "no report of the project's tests was given")
    words = f"{found['passed']} of {found['run']} tests passed, {found['failed']} failed, {found['skipped']} skipped"
    return Standing(SHOWN if not found["failed"] else DOUBT, words)


def _selftest(told: Record) -> Standing:
    found = told["selftest"]
    words = f"{found['passed']} of {found['run']} promises of this release hold"
    return Standing(SHOWN if found["passed"] == found["run"] else DOUBT, words)


def _way(name: str) -> Judge:
    def judge(told: Record) -> Standing:
        found = told["numerics"]["ways"][name]
        words = f"{name}: worst port {found['port']}, {found['error']:.1e} of its scale, allowed {found['budget']:.0e}"
        return Standing(SHOWN if found["holds"] else DOUBT, words)

    return judge


def _solver(told: Record) -> Standing:
    """Printed code beside the traced one, and the same numbers from the same seed."""
    printed, chance = _way("printed code")(told), told["chance"]
    repeated = "the same to the last bit from one seed" if chance["same"] else "NOT the same from one seed"
    good = printed.level == SHOWN and chance["same"] and chance["moves"]
    return Standing(SHOWN if good else DOUBT, f"{printed.words}; a trial is {repeated}")


def _use_error(told: Record) -> Standing:
    rooms = (told["tests"] or {"rooms": {}})["rooms"]
    own = [rooms[name] for name in ("doors", "dose", "property") if name in rooms]
    if not own:
        return Standing(NONE, "no report of the tests of doors and dosing tables was given")
    failed = sum(r["failed"] for r in own)
    return Standing(
        DOUBT if failed else SHOWN, f"{sum(r['run'] for r in own)} tests of doors and dosing, {failed} failed"
    )


def _criteria(*of: str) -> Judge:
    """What the criteria of the plan say of some of the things that were measured, verify alone."""

    def judge(told: Record) -> Standing:
        own = [o for o in told["criteria"] if o["of"] in of and o["role"] == "verify"]
        if not own:
            return Standing(NONE, f"the plan asks nothing of {' and '.join(of)}")
        passed = sum(o["verdict"] == "pass" for o in own)
        return Standing(SHOWN if passed == len(own) else DOUBT, f"{passed} of {len(own)} criteria on {_and(of)} passed")

    return judge


def _nulls(told: Record) -> Standing:
    own = [o for o in told["criteria"] if "over_" in o["metric"] and o["role"] == "verify"]
    passed = sum(o["verdict"] == "pass" for o in own)
    words = f"{passed} of {len(own)} comparisons with models without mechanism, chance or shuffled evidence are won"
    return Standing(NONE if not own else SHOWN if passed == len(own) else DOUBT, words)


def _inputs(told: Record) -> Standing:
    found = told["parameters"]
    assumed = found["origins"]["assumed_here"]
    certain = found["without_uncertainty"]
    words = f"{assumed} of {found['of']} values of the chain are assumed, {certain} do not say how sure they are"
    return Standing(DOUBT if assumed else SHOWN, words)


def _samples(told: Record) -> Standing:
    rows = [r for r in told["rows"] if r["role"] == "verify"]
    studies = {r["study"] for r in rows}
    return Standing(SHOWN if len(studies) >= _FEW else DOUBT, f"{len(rows)} verify numbers of {len(studies)} trials")


def _gap(told: Record) -> Standing:
    found = told["gap"]
    if not found["outside"]:
        return Standing(SHOWN, "the regimens asked lie within those of the verify trials")
    return Standing(DOUBT, f"asked and not covered by verify trials: {', '.join(found['outside'])}")


def _same_regimens(told: Record) -> Standing:
    rows = [r for r in told["rows"] if r["role"] == "verify"]
    own = [r for r in rows if r["model"] is not None]
    words = (
        f"{len(own)} of {len(rows)} verify numbers are predicted by running the trial's own design and number of people"
    )
    return Standing(SHOWN if own and len(own) == len(rows) else DOUBT, words)


def _calibration(told: Record) -> Standing:
    runs = told["calibrations"]
    if not runs:
        return Standing(NONE, "simulated with the values on file: no calibration of the chain")
    good = [r for r in runs if r["converged"] and not r["verify_rows"]]
    words = "; ".join(
        f"{r['name']}: {'converged' if r['converged'] else 'NOT converged'}, {r['rows']} rows, "
        f"{len(r['verify_rows'])} of them verify"
        for r in runs
    )
    return Standing(SHOWN if len(good) == len(runs) else DOUBT, words)


def _uncertainty(told: Record) -> Standing:
    own = [o for o in told["criteria"] if o["of"] == "contrast"]
    if not own or own[0]["result"] is None:
        return Standing(NONE, "the spread of the mean contrast was not simulated")
    return Standing(SHOWN if own[0]["verdict"] != "fail" else DOUBT, own[0]["words"])


def _and(words: Sequence[str]) -> str:
    return " and ".join(words)


_FEW = 5
FACTORS: tuple[Factor, ...] = (
    Factor("code verification", "software quality assurance", _tests),
    Factor("code verification", "numerical code verification", _way("adaptive solver")),
    Factor("calculation verification", "discretisation error", _way("halved grid")),
    Factor("calculation verification", "numerical solver error", _solver),
    Factor("calculation verification", "use error", _use_error),
    Factor("model", "model form", _nulls),
    Factor("model", "model inputs", _inputs),
    Factor("comparator", "test samples", _samples),
    Factor("comparator", "test conditions", _gap),
    Factor("assessment", "equivalence of inputs", _same_regimens),
    Factor("assessment", "output comparison", _criteria("trials", "kinetics")),
    Factor("applicability", "relevance of the quantities of interest", _uncertainty),
    Factor("applicability", "relevance of the validation to the context of use", _gap),
)
"""The thirteen factors of ASME V&V 40-2018, as recalled."""

CATEGORIES: tuple[Factor, ...] = (
    Factor("FDA 2023", "code verification", _tests),
    Factor("FDA 2023", "calibration evidence", _calibration),
    Factor("FDA 2023", "bench validation", _criteria("exam")),
    Factor("FDA 2023", "in-vivo validation", _criteria("kinetics")),
    Factor("FDA 2023", "population-based validation", _criteria("trials")),
    Factor("FDA 2023", "emergent behaviour", _selftest),
    Factor("FDA 2023", "plausibility", _inputs),
    Factor("FDA 2023", "calculation verification and uncertainty at the context of use", _uncertainty),
)
"""The eight categories of evidence of the FDA's guidance of November 2023."""
