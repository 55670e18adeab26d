"""Asking the model about a claim of the ledger: which claims it can answer, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from ..core.errors import RequestError
from .answer import Answer
from .answering.terms import Terms
from .claims import claim, claims

Ask = Callable[[Terms], Answer]


@dataclass(frozen=True)
class Way:
    """How a claim is asked: a function of a module in one of two rooms, and the words that it understands."""

    module: str
    name: str
    words: tuple[str, ...] = ("draws",)
    room: str = "answering"

    def load(self) -> Ask:
        """The function, imported when it is needed."""
        found: Ask = getattr(import_module(f"{__package__}.{self.room}.{self.module}"), self.name)
        return found


TRIALS, WEIGHED, WHO = "trialled", "weighing", ("draws", "people", "population")
WAYS: Mapping[str, Way] = {
    "C25": Way("burst", "balance"),
    "C26": Way("burst", "inverted_u"),
    "C27": Way("burst", "dissociation"),
    "C37": Way("habenula", "quieted"),
    "C28": Way("courses", "more_synapses"),
    "C21": Way("courses", "slow_plasticity"),
    "C30": Way("forms", "mirror_forms"),
    "C31": Way("forms", "metabolite"),
    "C32": Way("blocks", "blocked_bdnf"),
    "C33": Way("blocks", "inflammation"),
    "C38": Way("basin_picture", "defibrillator", ("draws", "people", "population")),
    "C53": Way("basin_picture", "collapse"),
    "C54": Way("subunits", "pools_from_subunits"),
    "C19": Way("monoamines", "fault_of_circuits"),
    "C29": Way("comparators", "other_blockers"),
    "C34": Way("psychedelics", "psychoplastogens"),
    "C47": Way("comparators", "glutamate_and_gaba"),
    "C20": Way("slow_rooms", "depletion"),
    "C23": Way("slow_rooms", "regions"),
    "C46": Way("slow_rooms", "newborn"),
    "C22": Way("defeat", "bullied"),
    "C16": Way("nasal_precision", "asked", ("people", "population")),
    "C01": Way("onset", "within_hours", WHO, TRIALS),
    "C02": Way("durations", "one_or_two_weeks", WHO, TRIALS),
    "C03": Way("months", "months", ("people", "population"), TRIALS),
    "C04": Way("lives_first", "resisted", WHO, TRIALS),
    "C05": Way("lives_first", "slow", ("people", "population"), TRIALS),
    "C06": Way("ideation", "thoughts", WHO, TRIALS),
    "C07": Way("chair", "even_low_doses", ("people", "population"), TRIALS),
    "C15": Way("programme", "two_of_five", ("draws", "people"), TRIALS),
    "C40": Way("adolescents", "teenagers", ("draws", "people"), TRIALS),
    "C42": Way("dissociated", "hallucinate", WHO, TRIALS),
    "C43": Way("blinding", "expectation", WHO, TRIALS),
    "C55": Way("valence", "experience", WHO, TRIALS),
    "C10": Way("claims", "dose", WHO, WEIGHED),
    "C11": Way("claims", "route", WHO, WEIGHED),
    "C12": Way("claims", "frequency", WHO, WEIGHED),
    "C14": Way("claims", "benefits", WHO, WEIGHED),
}


def answer(id: str, terms: Terms | None = None) -> Answer:
    """The answer to the claim `id`, on these terms.

    **Raises:** `RequestError` for an unknown claim, one that the model cannot answer yet, or terms that it does not
    understand.
    """
    chosen, given = claim(id), terms or Terms()
    if chosen.answer is None or chosen.id not in WAYS:
        judged = chosen.judged
        raise RequestError(
            "the model cannot be asked about this claim yet",
            given=f"{chosen.id}: {chosen.claim}",
            allowed=[c.id for c in claims() if c.id in WAYS],
            then=f"its owner is: {chosen.owner}" + (f"; {judged.why}" if judged else ""),
        )
    way = WAYS[chosen.id]
    return way.load()(given.within(chosen.id, way.words))
