"""A plan of qualification: one frozen value from one document, refused with the line where it asks the unknown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from ...calibrate.posterior import calibrations
from ...core.document import Part, Refusal, fitted
from ...core.errors import RequestError, nearest
from ...core.lines import DocumentError, document_file
from ...hypothesis.library import names as hypotheses
from ...trial.design.library import designs
from ..bodies import human_bodies
from ..claims import claims
from ..exam.exam import DEFAULT

VERSION = 1
PLANS = Path(__file__).parent / "plans"
STANDARD = "standard"
_SUFFIXES = (".yaml", ".yml")
_FEWEST = 2

METRICS: Mapping[str, tuple[str, ...]] = {
    "kinetics": ("gmfe", "within_twofold", "within_aim", "coverage_50", "coverage_90"),
    "trials": (
        "coverage_50",
        "coverage_90",
        "inside_90",
        "over_spread",
        "over_turnover",
        "crps_over_spread",
        "crps_over_turnover",
    ),
    "exam": ("share_met", "over_random", "over_shuffled", "over_null"),
    "contrast": ("width_90",),
    "patterns": ("inside",),
}
"""What can be asked of each thing that is measured."""

NOMINAL = ("coverage_50", "coverage_90")
"""Metrics whose target is what the interval promises: they need no limit."""


def _known(kind: str, words: Any) -> Any:
    def check(word: str) -> str:
        known = tuple(words())
        if word not in known:
            raise Refusal(f"there is no such {kind}", word, known)
        return word

    return AfterValidator(check)


Study = Annotated[str, _known("design on file", designs)]
ClaimId = Annotated[str, _known("claim in the ledger", lambda: (c.id for c in claims()))]
Body = Annotated[str, _known("theory of the human body", human_bodies)]
Run = Annotated[str, _known("calibration on file", calibrations)]
Candidate = Annotated[str, _known("hypothesis on file", lambda: (*hypotheses(), DEFAULT))]


class Kinetics(Part):
    """With which calibration of the body, and how many of its draws, numbers of kinetics get intervals."""

    calibration: Run = "body"
    draws: Annotated[int, Field(ge=50, le=1000)] = 200


class Trials(Part):
    """Which trials of the library are run (all but steps unless named), how often, with how many people in a bank.

    **Arguments:** `draws` are those of a calibration that replicates take by turns, each with a bank of so many people.
    """

    draws: Annotated[int, Field(ge=2, le=1000)] = 20
    people: Annotated[int, Field(ge=100, le=100_000)] = 1000
    replicates: Annotated[int, Field(ge=20, le=100_000)] = 200
    studies: tuple[Study, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The designs that are run."""
        return self.studies or tuple(n for n, one in designs().items() if one.kind != "steps")


class Exam(Part):
    """Which explanations take the exam of mechanism, and with how many draws."""

    hypotheses: tuple[Candidate, ...] = (DEFAULT,)
    draws: Annotated[int, Field(ge=20, le=5000)] = 100


class Contrast(Part):
    """One trial with as many people as one likes: its design, the endpoint whose contrast is told, draws and people."""

    design: Study
    endpoint: str
    draws: Annotated[int, Field(ge=10, le=2000)] = 40
    people: Annotated[int, Field(ge=100, le=20_000)] = 400

    @model_validator(mode="after")
    def _asks_an_endpoint(self) -> Contrast:
        known = tuple(end.name for end in designs()[self.design].endpoints if end.analysis)
        if self.endpoint not in known:
            raise Refusal(f"{self.design} has no such endpoint with an analysis", self.endpoint, known)
        return self


class Criterion(Part):
    """One thing that has to come out.

    **Arguments:**

    - `of` is what was measured, `metric` what is asked of it, `about` one theory or explanation among several.
    - `role` is the evidence that is asked; only `verify` can earn a pass. `studies` narrows trials, `kinds` arms, and
      `core` kinetics to the core of verification.
    - `at_most` or `at_least` is the limit; a coverage has to contain what its interval promises and needs none.
    - `claims` of the ledger bear on it; `why` says why this limit.
    """

    id: str
    of: str
    metric: str
    about: str | None = None
    role: Literal["verify", "build"] = "verify"
    studies: tuple[Study, ...] = ()
    kinds: tuple[Literal["drug", "control", "contrast", "another drug"], ...] = ()
    core: bool = False
    at_most: float | None = None
    at_least: float | None = None
    claims: tuple[ClaimId, ...] = ()
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_asked(self) -> Criterion:
        if self.of not in METRICS:
            raise Refusal("nothing of this name is measured", self.of, tuple(METRICS))
        if self.metric not in METRICS[self.of]:
            raise Refusal(f"there is no such metric of {self.of}", self.metric, METRICS[self.of])
        limits = [x for x in (self.at_most, self.at_least) if x is not None]
        if len(limits) != (self.metric not in NOMINAL):
            raise Refusal(f"{self.metric} needs {_LIMITS[self.metric in NOMINAL]}", limits or "nothing")
        return self

    @property
    def target(self) -> str:
        """The limit in words."""
        if self.metric in NOMINAL:
            return f"exact interval contains {self.metric.rpartition('_')[2]} %"
        return f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"


_LIMITS = {True: "no limit: its target is what the interval promises", False: "one limit, `at_most` or `at_least`"}


class Plan(Part):
    """A plan of qualification.

    **Arguments:** `calibration` names the calibrations on file with which everything is simulated (joined by `+`), or
    is nothing for the values on file; `bodies` are theories set beside kinetics, `kinetics` says with what their
    intervals are made; the rest says what is run.
    """

    version: Literal[1]
    name: str
    title: str
    calibration: str | None = None
    seed: Annotated[int, Field(ge=0)] = 1
    bodies: tuple[Body, ...] = Field(("kpk1",), min_length=1)
    kinetics: Kinetics | None = None
    trials: Trials = Trials()
    exam: Exam | None = None
    contrast: Contrast | None = None
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _asks_what_is_run(self) -> Plan:
        ids = [one.id for one in self.criteria]
        twice = [name for name in ids if ids.count(name) > 1]
        if twice:
            raise Refusal("two criteria have one id", twice[0])
        return self

    @property
    def digest(self) -> str:
        """A hash of everything that the plan says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def under(self, calibration: str | None, draws: int | None = None) -> Plan:
        """The same plan with another calibration, and another number of its draws for trials where one is said.

        **Raises:** `RequestError` for fewer than two draws.
        """
        if draws is not None and draws < _FEWEST:
            raise RequestError("trials take two draws at least", where="--draws", given=draws)
        trials = self.trials if draws is None else self.trials.model_copy(update={"draws": draws})
        return self.model_copy(update={"calibration": calibration, "trials": trials})


def plans() -> tuple[str, ...]:
    """The plans on file."""
    return tuple(sorted(path.stem for path in PLANS.glob("*.yaml")))


def plan(word: str = STANDARD) -> Plan:
    """The plan on file called `word`, or the one in the file at that path.

    **Raises:** `DocumentError` with the line of an unknown study, claim or metric; `RequestError` for no such plan.
    """
    path = PLANS / f"{word}.yaml"
    if word not in plans():
        _check_path(word)
        path = Path(word)
    found = document_file(path, then="`resynapse qualify --help` says what a plan is")
    made = fitted(found, Plan)
    for number, one in enumerate(made.criteria):
        _check_run(made, one, found.line(("criteria", number)), str(path))
    return made


def _check_path(word: str) -> None:
    if not (word.endswith(_SUFFIXES) or Path(word).exists()):
        then = "name one of these, or the path of a file that ends in .yaml"
        like: Iterable[str] = plans()
        raise RequestError("no such plan", given=word, allowed=plans(), nearest=nearest(word, like), then=then)


def _check_run(made: Plan, one: Criterion, line: int, where: str) -> None:
    """Refuse a criterion about what the plan does not run.

    **Raises:** `DocumentError` with its line.
    """
    at: Mapping[str, Any] = {"where": where, "line": line, "entry": one.id}
    run = {"kinetics": made.bodies, "exam": made.exam.hypotheses if made.exam else ()}
    if (one.of == "exam" and made.exam is None) or (one.of in ("contrast", "patterns") and made.contrast is None):
        needed = "exam" if one.of == "exam" else "contrast"
        raise DocumentError(f"this plan runs no {needed}", then=f"add `{needed}:` to the plan", **at)
    if one.of == "kinetics" and one.metric in NOMINAL and made.kinetics is None:
        raise DocumentError("this plan makes no intervals of kinetics", then="add `kinetics:` to the plan", **at)
    if one.about is not None and one.about not in run.get(one.of, ()):
        known = run.get(one.of, ())
        near = nearest(one.about, known)
        raise DocumentError("this plan does not run it", given=one.about, allowed=known, nearest=near, **at)
    unrun = sorted(set(one.studies) - set(made.trials.names))
    if unrun:
        raise DocumentError("this plan does not run a study that is asked", given=unrun[0], **at)
