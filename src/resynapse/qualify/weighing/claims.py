"""Claims of the ledger that are open questions: C10 (dose), C11 (route), C12 (frequency) and C14 (who benefits)."""

from __future__ import annotations

from ..answer import Answer
from ..answering.terms import Terms
from ..claims import claim
from .knowing import on_file
from .questions import QUESTIONS
from .weighed import Weighed


def dose(terms: Terms) -> Answer:
    """The answer to claim C10."""
    return _answer("C10", "best dose", terms)


def route(terms: Terms) -> Answer:
    """The answer to claim C11."""
    return _answer("C11", "best route", terms)


def frequency(terms: Terms) -> Answer:
    """The answer to claim C12."""
    return _answer("C12", "how often", terms)


def benefits(terms: Terms) -> Answer:
    """The answer to claim C14."""
    return _answer("C14", "who benefits", terms)


def _answer(id: str, key: str, terms: Terms) -> Answer:
    found = QUESTIONS[key].answer(terms, on_file())
    details = {k: v for k, v in found.record.items() if k not in _TOLD}
    return Answer(claim(id), _sentences(found), f"{found.uncertainty}.", details, lambda: found.named(id))


def _sentences(found: Weighed) -> tuple[str, str, str]:
    brings, costs, seen = found.sentences
    return f"{found.answer} {found.settles}", f"{brings} {costs} {found.missing}", seen


_TOLD = ("sentences", "uncertainty", "notice")
"""What an answer to a claim says itself."""
