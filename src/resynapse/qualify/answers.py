"""Answers to claims: what the model says of a statement, in three sentences, with its uncertainty and one figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import RequestError
from .claims import Claim, claim, claims

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTICE = "For research; not medical advice."


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model says of one claim.

    **Arguments:** `claim` holds the statement and how well it stands in published work; `sentences` are three;
    `uncertainty` says what the numbers do not know; `details` are plain numbers for JSON; `draw` makes the figure.
    """

    claim: Claim
    sentences: tuple[str, str, str]
    uncertainty: str
    details: Mapping[str, Any]
    draw: Callable[[], Figure]

    @property
    def record(self) -> dict[str, Any]:
        """Everything but the figure, ready for JSON."""
        return {
            "claim": self.claim.id,
            "statement": self.claim.claim,
            "status": self.claim.status,
            "sentences": list(self.sentences),
            "uncertainty": self.uncertainty,
            **self.details,
            "notice": NOTICE,
        }

    @property
    def text(self) -> str:
        """The answer as a page of text."""
        head = f'{self.claim.id}: "{self.claim.claim}"\nThe claim itself, in published work: {self.claim.status}.'
        return "\n\n".join([head, *self.sentences, f"Uncertainty: {self.uncertainty}", NOTICE])


def answer(id: str, people: int, seed: int) -> Answer:
    """The answer to the claim `id`, from as many drawn `people` and this `seed`.

    **Raises:** `RequestError` for an unknown claim, or one that the model cannot answer yet.
    """
    chosen = claim(id)
    if chosen.answer is None:
        raise RequestError(
            "the model cannot be asked about this claim yet",
            given=f"{chosen.id}: {chosen.claim}",
            allowed=[c.id for c in claims() if c.answer],
            then=f"its owner is: {chosen.owner}",
        )
    return _answers()[chosen.id](people, seed)


def _answers() -> Mapping[str, Callable[[int, int], Answer]]:
    from .claim_c16 import nasal_precision

    return {"C16": nasal_precision}
