"""An answer to a claim: three sentences, their uncertainty, the numbers behind them and one figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .claims import Claim

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..report.claim_figure import Shown

NOTICE = "For research; not medical advice."


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model says of one claim.

    **Arguments:** `claim` holds the statement and how well it stands in published work; `sentences` are three;
    `uncertainty` says what the numbers do not know; `details` are plain numbers for JSON; `shown` makes
    the panels of its figure as plain data; `drawn` makes the figure itself where panels cannot hold it.
    """

    claim: Claim
    sentences: tuple[str, str, str]
    uncertainty: str
    details: Mapping[str, Any]
    shown: Callable[[], Shown]
    drawn: Callable[[], Figure] | None = None

    def draw(self) -> Figure:
        """The figure."""
        return self.drawn() if self.drawn else self.shown().figure()

    @property
    def record(self) -> dict[str, Any]:
        """Everything but the figure, ready for JSON."""
        return {
            "claim": self.claim.id,
            "statement": self.claim.claim,
            "status": self.claim.status,
            "verdict": self.verdict,
            "sentences": list(self.sentences),
            "uncertainty": self.uncertainty,
            **self.details,
            "notice": NOTICE,
        }

    @property
    def text(self) -> str:
        """The answer as a page of text."""
        head = f'{self.claim.id}: "{self.claim.claim}"\nThe claim itself, in published work: {self.claim.status}.'
        judged = self.claim.judged
        verdict = [f"Verdict: {judged.word}; {judged.why}."] if judged else []
        return "\n\n".join([head, *self.sentences, f"Uncertainty: {self.uncertainty}", *verdict, NOTICE])

    @property
    def verdict(self) -> str:
        """How far the answer carries, in the ledger's word."""
        return self.claim.judged.word if self.claim.judged else "askable"
