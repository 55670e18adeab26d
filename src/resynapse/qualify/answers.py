"""Asking the model about a claim of the ledger: which claims it can answer, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..core.errors import RequestError
from .answer import Answer
from .claim_c16 import nasal_precision
from .claims import claim, claims


def answer(id: str, people: int, seed: int, population: str | None = None) -> Answer:
    """The answer to the claim `id`, from as many drawn `people` (of a `population` on file) and this `seed`.

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
    return _ANSWERS[chosen.id](people, seed, population)


_ANSWERS: Mapping[str, Callable[[int, int, str | None], Answer]] = {"C16": nasal_precision}
