"""A plan of qualification, run: everything that it names is simulated, kept study by study, and judged."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from .. import __version__
from ..calibrate.questions.draws import Draws
from ..core.errors import ResynapseError
from ..core.solver import keep_compiled_code
from ..qualify.bodies import body_reports
from ..qualify.credibility.assessment import assessed, executed
from ..qualify.exam.exam import Setting, examine, named
from ..qualify.exam.record import record as exam_record
from ..qualify.exam.recorded import read
from ..qualify.fold import BodyReport
from ..qualify.forecast.beside import beside
from ..qualify.forecast.dosed import row_of
from ..qualify.forecast.printed_trials import Sweep
from ..qualify.forecast.rows import Row
from ..qualify.foreseen import BodyDraws, foreseen
from ..qualify.plan.contrast import contrast, patterns
from ..qualify.plan.judging import judged
from ..qualify.plan.plan import Exam, Plan
from ..qualify.plan.worlds import Worlds
from ..trial.design.library import designs
from .exam import digest as code_digest

Tell = Callable[[str], None]
Record = dict[str, Any]
SHOWN = ("verdict", "id", "result", "target", "rows")
"""What a screen shows of a criterion."""

NAME = "qualification"
_DRAWN = ("cli", "interop", "report", "requests")
"""Rooms that move no number of a part that is kept."""


@dataclass(frozen=True)
class Qualification:
    """A plan that somebody runs.

    **Arguments:** `out` keeps what was run, so that a run that was cut off goes on where it was; `tests` is a report of
    the project's own tests (JUnit XML), for the credibility assessment.
    """

    plan: Plan
    out: Path
    tests: Path | None = None

    @property
    def worlds(self) -> Worlds:
        """The draws under which everything is simulated."""
        return Worlds(self.plan.calibration, self.plan.seed)

    def run(self, tell: Tell = lambda _: None) -> Record:
        """Everything that the plan names, judged, as plain data.

        **Raises:** `RequestError` for a calibration that is not on file.
        """
        keep_compiled_code()
        begun = time.perf_counter()
        known = self.worlds.posterior  # refused here where there is no such calibration
        measured = {name: self._kept(name, make, tell) for name, make in self._parts.items()}
        outcomes = [o.record for o in judged(self.plan, measured)]
        about = {
            "calibration": known.digest if known else None,
            "plan": self.plan.model_dump(mode="json"),
            "digest": self.plan.digest,
            "version": __version__,
        }
        told = {**about, "of": self.worlds.words, "outcomes": outcomes, **measured}
        told["credibility"] = assessed(self.plan, told, self.tests)
        return told | {"seconds": round(time.perf_counter() - begun, 1)}

    @property
    def _parts(self) -> dict[str, Callable[[Tell], Record]]:
        wanted: dict[str, Callable[[Tell], Record]] = {"kinetics": self._kinetics, "trials": self._trials}
        exam, paired = self.plan.exam, self.plan.contrast
        if exam:
            wanted["exam"] = lambda tell: _exam(exam, self.plan.seed, tell)
        if paired:
            wanted["contrast"] = lambda tell: contrast(paired, self.worlds, tell)
            wanted["patterns"] = self._patterns
        return {**wanted, "executed": executed}

    def _kept(self, name: str, make: Callable[[Tell], Record], tell: Tell) -> Record:
        """A part from the folder where the very same one lies there, else made and kept."""
        if name == "trials":
            return make(tell)
        return self._from(f"{name}.json", self._key(name), lambda: make(tell))

    @cached_property
    def _code(self) -> str:
        """The hash of code, values and evidence that a part hangs on, and of the plan."""
        return code_digest({"plan": self.plan.digest}, _DRAWN)

    def _key(self, part: str) -> str:
        return hashlib.sha256(f"{self._code} {part}".encode()).hexdigest()[:16]

    def _from(self, name: str, key: str, make: Callable[[], Record]) -> Record:
        path = self.out / name
        held = _read(path)
        if held is not None and held.get("key") == key:
            return dict(held["found"])
        found = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"key": key, "found": found}, allow_nan=False), encoding="utf-8")
        return found

    def _kinetics(self, tell: Tell) -> Record:
        values = self.worlds.typical.values
        reports = [self._foreseen(r, values, tell) for r in body_reports(self.plan.bodies, tell, values)]
        return {r.name: _lean(r.record()) for r in reports}

    def _foreseen(self, report: BodyReport, values: Mapping[str, float], tell: Tell) -> BodyReport:
        """The report with intervals, where the plan asks for them."""
        asked = self.plan.kinetics
        if asked is None:
            return report
        tell(f"foreseeing the numbers of {report.name} under {asked.draws} draws of {asked.calibration}")
        return foreseen(report, BodyDraws(asked.calibration, asked.draws, self.plan.seed), values)

    def _trials(self, tell: Tell) -> Record:
        rows: list[Row] = []
        refused: dict[str, str] = {}
        for name in self.plan.trials.names:
            held = self._from(f"trials/{name}.json", self._key(name), partial(self._trial, name, tell))
            rows += [row_of(designs()[name], told) for told in held["rows"]]
            if held.get("refused"):
                refused[name] = held["refused"]
        return {**beside(rows), "refused": refused}

    def _trial(self, name: str, tell: Tell) -> Record:
        """One trial's rows; none, with the reason, where its people cannot be simulated."""
        size = self.plan.trials
        try:
            trial = self.worlds.trial(designs()[name], size, tell)
        except ResynapseError as failure:
            return {"rows": [], "refused": " ".join(str(failure).split())}
        return {"rows": Sweep(trial, size.replicates).rows(tell)}

    def _patterns(self, tell: Tell) -> Record:
        """Beside the contrast, which was made and kept before."""
        held = _read(self.out / "contrast.json") or {}
        return patterns(self.worlds, held["found"], self.plan.trials, tell)


def _read(path: Path) -> Mapping[str, Any] | None:
    """What was kept; nothing where a run was cut off in the middle of it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _exam(wanted: Exam, seed: int, tell: Tell) -> Record:
    """The marks of the explanations that the plan names, with posterior draws where they are on file."""
    draws = Draws(range(wanted.draws), seed)
    found = exam_record(examine(named(wanted.hypotheses), draws, Setting(blends=False, kept=read()), tell))
    return {name: _marks(told) for name, told in found["hypotheses"].items()}


def _lean(report: Record) -> Record:
    """A body's rows and group means, without what cannot be asked."""
    return {"title": report["title"], "rows": report["rows"], "gmfe": report["gmfe"]}


def _marks(told: Record) -> Record:
    return {name: told[name] for name in ("draws", "build", "verify", "beside", "warning")}
