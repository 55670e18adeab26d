"""The credibility assessment in the order of ICH M15: stated question and use, then only what was executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ... import __version__
from ..plan.plan import Plan
from .context import HERE, Context, context
from .executed import chance, counted_tests, numerics, selftest
from .factors import CATEGORIES, FACTORS, NONE, standings
from .gap import gap
from .known import calibrated, digests, evidence, parameters, placebo_values

Tell = Callable[[str], None]
Record = dict[str, Any]
PASS = "pass"  # noqa: S105 (a verdict)


def executed(tell: Tell = lambda _: None) -> Record:
    """What is run for the assessment beside the plan: the promises of this release, and the solver beside others."""
    return {"selftest": selftest(tell), "numerics": numerics(tell), "chance": chance()}


def assessed(plan: Plan, told: Mapping[str, Any], tests: Path | None) -> Record:
    """The assessment of one run of a plan.

    **Arguments:** `told` is what the run measured, judged and executed; `tests` a report of the project's tests, if
    there is one.
    """
    stated = context(HERE)
    rows = told["trials"]["rows"]
    found: Record = {"tests": counted_tests(tests), **told["executed"]}
    found |= {"parameters": parameters(), "placebo": placebo_values(), "evidence": evidence(), "digests": digests()}
    found |= {"calibrations": calibrated(plan.calibration), "gap": gap(stated.use.regimens, rows)}
    found |= {"seed": plan.seed, "plan": plan.digest, "version": __version__}
    seen = {**found, "criteria": told["outcomes"], "rows": rows, "refused": told["trials"].get("refused", {})}
    found |= {"factors": standings(FACTORS, seen), "categories": standings(CATEGORIES, seen)}
    seen |= found
    return {**_stated(stated), **found, "deviations": deviations(plan, seen), "conclusion": _conclusion(stated, seen)}


def _stated(stated: Context) -> Record:
    ratings = stated.ratings
    judged = {name: getattr(ratings, name).model_dump() for name in ("influence", "severity", "likelihood", "impact")}
    derived = {"consequence": ratings.consequence, "risk": ratings.risk}
    use = {**stated.use.model_dump(), "version": __version__}
    return {"question": stated.question.model_dump(), "use": use, "ratings": {**judged, **derived}}


def deviations(plan: Plan, seen: Mapping[str, Any]) -> list[str]:
    """What was planned or promised and did not come about in this run, read off the run itself."""
    found = [f"not measured: {o['id']}" for o in seen["criteria"] if o["verdict"] == "not measured"]
    found += [f"not simulated: {name}: {why}" for name, why in seen["refused"].items()]
    if seen["tests"] is None:
        found.append("no report of the project's tests was given, so that none is counted")
    found += [f"test failed: {name}" for name in (seen["tests"] or {"failing": []})["failing"]]
    found += [
        f"promise broken: {one['what']} ({one['value']}, allowed {one['allowed']})"
        for one in seen["selftest"]["failing"]
    ]
    found += [f"calibration not converged: {one['name']}" for one in seen["calibrations"] if not one["converged"]]
    found += [
        f"calibration saw verify rows: {one['name']}: {', '.join(one['verify_rows'])}"
        for one in seen["calibrations"]
        if one["verify_rows"]
    ]
    if not plan.calibration:
        found.append("simulated with the values on file; no calibration of the chain was used")
    shared = seen["evidence"]["shared_between_roles"]
    found.append(f"verify rows are not a blind test: {len(shared)} groups of people stand on both sides")
    return found


def _conclusion(stated: Context, seen: Mapping[str, Any]) -> Record:
    """Whether every criterion on verify evidence passed, which failed, and what that means at this risk."""
    asked = [o for o in seen["criteria"] if o["role"] == "verify"]
    passed = [o["id"] for o in asked if o["verdict"] == PASS]
    failed = [o["id"] for o in asked if o["verdict"] == "fail"]
    open_factors = [f["name"] for f in seen["factors"] if f["level"] == NONE]
    adequate = not failed and len(passed) == len(asked) and not seen["gap"]["outside"]
    words = (
        f"at {stated.ratings.risk} risk the predictions meet every criterion of this plan for the question asked"
        if adequate
        else f"at {stated.ratings.risk} risk the predictions do not suffice for the question asked: "
        f"{len(failed)} of {len(asked)} criteria on verify evidence failed"
    )
    return {"adequate": adequate, "words": words, "passed": passed, "failed": failed, "not_executed": open_factors}
