"""An answered question: what is said, how sure, what is missing, tables, panels, and what would settle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...report.claim_figure import Panel, Row, Rows, Shown
from ...report.crosses import Crosses
from ...report.style import number
from ..answer import NOTICE
from ..answering.band import QUANTILES
from .many import Many
from .settling import Worth, told

Floats = NDArray[np.float64]
MISSING = "cost and the policy of a clinic are not in the model yet, nor is any slow harm of repeated doses"
FAILS = (
    "known failures of the chain as it stands on file: low doses too weak, effects of one dose too short, repeated "
    "sprays twice too strong in the middle"
)

FITTED = "what the calibration still misses stands in its report and is in no band"


@dataclass(frozen=True)
class Listing:
    """A table: its caption, columns, and rows of words."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Weighed:
    """What the model says to an open question.

    **Arguments:** `question` in words; `sentences` are three: benefit, burden, and what was observed; `answer` is the
    answer in one sentence with its band, `name` what it is called; `worth` says which studies would narrow it;
    `panels` are the figure, `listings` the tables, `details` plain numbers.
    """

    key: str
    question: str
    answer: str
    name: str
    sentences: tuple[str, str, str]
    worth: tuple[Worth, ...]
    panels: tuple[Panel, ...]
    listings: tuple[Listing, ...]
    details: Mapping[str, Any]
    many: Many
    notes: tuple[str, ...] = ()

    @property
    def settles(self) -> str:
        """Which study would narrow the answer most."""
        return told(self.name, self.worth)

    @property
    def uncertainty(self) -> str:
        """Whom and what the bands hold, and what no band holds."""
        known = FITTED if self.many.known.calibration else FAILS
        return "; ".join([self.many.words, known, *self.notes])

    @property
    def missing(self) -> str:
        """What a decision would need and the model does not have."""
        return f"Missing: {MISSING}."

    @property
    def shown(self) -> Shown:
        """The figure: benefit against burden, its course, and what would settle it."""
        foot = f"{self.many.words}. {self.missing}"
        return Shown((*self.panels, _worths(self.worth, self.name)), self.question, foot)

    def named(self, id: str) -> Shown:
        """The figure under the number of a claim; what would be crowded when it is small does not stand first."""
        crowded = [p for p in self.shown.panels if isinstance(p, Crosses) and not p.joined]
        panels = (*(p for p in self.shown.panels if p not in crowded), *crowded)
        return replace(self.shown, panels=panels, title=f"{id}: {self.question}")

    @property
    def record(self) -> dict[str, Any]:
        """Everything but the figure, ready for JSON."""
        return {
            "question": self.key,
            "words": self.question,
            "answer": self.answer,
            "sentences": list(self.sentences),
            "settles": self.settles,
            "uncertainty": self.uncertainty,
            "missing": self.missing,
            "calibration": self.many.known.calibration or None,
            "draws": self.many.known.draws,
            "people": self.many.people,
            "population": self.many.population,
            "seed": self.many.seed,
            "studies": [
                {"name": w.name, "words": w.words, "variance_removed": w.share, "low": w.low, "high": w.high}
                for w in self.worth
            ],
            **self.details,
            "notice": NOTICE,
        }

    @property
    def text(self) -> str:
        """The answer as a page of text."""
        parts = (self.question, self.answer, *self.sentences, self.settles, f"Uncertainty: {self.uncertainty}.")
        return "\n\n".join((*parts, self.missing, NOTICE))


def ends(draws: Floats) -> tuple[float, float, float]:
    """Low end, middle and high end over draws that have a value."""
    low, middle, high = (float(v) for v in np.nanquantile(draws, QUANTILES))
    return low, middle, high


def banded(draws: Floats, unit: str = "") -> str:
    """The middle with its band, such as `5.1 points (2 to 9)`."""
    if not np.isfinite(draws).any():
        return "no value in any draw"
    low, middle, high = (number(v, 2) for v in ends(draws))
    return f"{middle} {unit}".strip() + f" ({low} to {high})"


def band_record(draws: Floats) -> dict[str, float | None]:
    """A band as plain numbers; nothing where no draw has a value."""
    if not np.isfinite(draws).any():
        return dict.fromkeys(("p05", "p50", "p95"))
    return dict(zip(("p05", "p50", "p95"), ends(draws), strict=True))


def _worths(worth: Sequence[Worth], name: str) -> Rows:
    rows = tuple(Row(w.name, 100 * w.low, 100 * w.share, 100 * w.high) for w in worth)
    return Rows(f"What would settle {name}", "expected fall of its variance, %", rows, 0.0)
