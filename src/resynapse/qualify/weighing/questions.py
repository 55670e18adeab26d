"""The open questions and how they are found in free words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...calibrate.posterior import Posterior
from ...core.errors import RequestError, nearest
from ..answering.terms import Terms
from . import best_dose, how_often, lasting, routes, who
from .many import PEOPLE, Many, gathered
from .weighed import Weighed

POPULATION = "trd_academic"


@dataclass(frozen=True)
class Question:
    """An open question: its short name, in words, the words by which it is known, and who is usually asked about."""

    key: str
    words: str
    known_by: tuple[str, ...]
    ask: Callable[[Many, int], Weighed]
    people: int = PEOPLE

    def answer(self, terms: Terms, found: Posterior | None = None) -> Weighed:
        """The answer on these terms.

        **Raises:** as `gathered`.
        """
        return self.ask(gathered(terms, POPULATION, found, self.people), terms.seed)


QUESTIONS: Mapping[str, Question] = {
    q.key: q
    for q in (
        Question(
            "best dose", best_dose.QUESTION, ("dose", "dosage", "much", "strong", "mg", "amount"), best_dose.best_dose
        ),
        Question(
            "who benefits",
            who.QUESTION,
            ("who", "whom", "benefits", "people", "patients", "responders", "predict", "genotype", "select"),
            who.who_benefits,
            who.PEOPLE,
        ),
        Question(
            "how long does one dose last",
            lasting.QUESTION,
            ("long", "last", "lasts", "lasting", "duration", "relapse", "fade", "fades"),
            lasting.how_long,
        ),
        Question(
            "how often",
            how_often.QUESTION,
            ("often", "frequency", "interval", "maintenance", "schedule", "weekly", "repeat", "apart"),
            how_often.how_often,
        ),
        Question(
            "best route",
            routes.QUESTION,
            ("route", "vein", "iv", "oral", "mouth", "nasal", "nose", "spray", "muscle", "skin", "tongue", "infusion"),
            routes.best_route,
        ),
    )
}


def question(words: str) -> Question:
    """The question that free words mean.

    **Raises:** `RequestError` with the questions and the nearest one, when none or several are meant.
    """
    told = " ".join(words.lower().split())
    if told in QUESTIONS:
        return QUESTIONS[told]
    said = set(re.findall(r"[a-z]+", told))
    counts = {key: len(said & set(q.known_by)) for key, q in QUESTIONS.items()}
    best = [key for key, count in counts.items() if count == max(counts.values()) and count]
    if len(best) == 1:
        return QUESTIONS[best[0]]
    raise RequestError(
        "several questions are meant" if best else "this is not a question that the model weighs",
        given=words,
        allowed=tuple(QUESTIONS),
        nearest=best[0] if best else _nearest(told),
        then="`resynapse ask list` shows what each of them asks",
    )


def _nearest(told: str) -> str | None:
    every = {word: key for key, q in QUESTIONS.items() for word in (key, *q.known_by)}
    near = [hit for word in (told, *told.split()) if (hit := nearest(word, every))]
    return every[near[0]] if near else None


def question_records() -> list[dict[str, object]]:
    """The questions as plain records."""
    return [{"question": q.key, "words": q.words, "people": q.people} for q in QUESTIONS.values()]
