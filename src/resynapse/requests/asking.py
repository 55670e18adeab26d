"""The request to weigh an open question, and its answer as a folder with a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..calibrate.posterior import Posterior
from ..core.errors import RequestError
from ..core.solver import keep_compiled_code
from ..qualify.answering.terms import Terms
from ..qualify.weighing.best_dose import doses
from ..qualify.weighing.burden import facts
from ..qualify.weighing.knowing import on_file
from ..qualify.weighing.questions import Question, question
from ..qualify.weighing.weighed import Weighed
from ..report.study_page import Plate, Study, Table, write_study
from ..result import identity, provenance
from .known import named

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Asking:
    """A question in free words, on terms, under posterior draws.

    **Arguments:** `calibration` names one; without a name those of the default chain on file are used, joined; where
    there is none, and with `ranges`, the ranges beside the values.

    **Raises:** `RequestError` when no question is meant, or no such calibration is on file.
    """

    words: str
    terms: Terms = field(default_factory=Terms)
    calibration: str | None = None
    ranges: bool = False

    @property
    def question(self) -> Question:
        """The question that is meant."""
        return question(self.words)

    @property
    def _known(self) -> Posterior | None:
        if self.ranges and self.calibration is not None:
            raise RequestError("either a calibration or ranges", given=f"{self.calibration} and ranges")
        if self.ranges:
            return None
        return on_file() if self.calibration is None else named(self.calibration)

    def run(self, tell: Tell = lambda _: None) -> Weighed:
        """The answer.

        **Raises:** `RequestError` as above and for people without an episode; `SolveError` when solving fails.
        """
        meant = self.question
        found = self._known
        keep_compiled_code()
        tell(f"{meant.key}: people under every draw")
        return meant.answer(self.terms, found)


def write_asked(found: Weighed, folder: Path) -> Path:
    """Write the answer into a folder: `answer.json`, `figures/` (PNG and SVG) and `report.html`; returns the page."""
    return write_study(_study(found), found.record, "answer", folder)


def _study(found: Weighed) -> Study:
    tables = tuple(Table(one.caption, one.columns, one.rows) for one in found.listings)
    plate = Plate("answer", "Benefit against burden", " ".join(found.sentences[:2]), found.shown.figure(), tables)
    facts_ = (
        ("Draws", f"{found.many.known.draws}"),
        ("People in each", f"{found.many.people}, {found.many.population}"),
        ("Calibration", found.many.known.calibration or "none: ranges on file"),
    )
    notes = (found.sentences[2], found.missing, f"Uncertainty: {found.uncertainty}.")
    summary = f"{found.answer} {found.settles}"
    return Study("an open question", found.question, summary, facts_, (plate,), found.many.words, notes, _run(found))


def _run(found: Weighed) -> dict[str, Any]:
    """Assumptions, sources and sets, as every page has them."""
    drugs = sorted({one.drug for one in doses().values()})
    known = provenance(found.many.chain, drugs, tuple({fact.source for fact in facts().values()}))
    told = {name: json.loads(value) for name, value in known.items()}
    asked = {k: found.record[k] for k in ("question", "draws", "people", "population", "seed", "calibration")}
    return {**identity(), "request": asked, **told}
