"""One candidate sits the exam: its experiments are followed at every draw, and its contrasts read off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import prior_chain
from ...company import with_company
from ...core.chain import Chain
from ...core.errors import RequestError, ResynapseError
from ...core.parameter import Species
from ...core.solver import GridPlan
from ...hypothesis.experiment import Experiment
from ...hypothesis.hypothesis import Hypothesis
from .draws import Draws, drawn
from .numbers import library_of
from .question import Contrast, Look, Question

Floats = NDArray[np.float64]
Make = Callable[[Species], Chain]


@dataclass(frozen=True)
class Candidate:
    """Who sits the exam: a chain for each species, and the values that it chose itself and that are not drawn.

    **Arguments:** `drives` are the drives whose weights it leaves open.
    """

    name: str
    make: Make
    chosen: Mapping[str, float] = field(default_factory=dict)
    claim: str = ""
    drives: tuple[str, ...] = ()


def candidate(hypothesis: Hypothesis) -> Candidate:
    """A hypothesis as a candidate, with the values on file before any calibration of people."""
    return Candidate(hypothesis.name, hypothesis.prior, dict(hypothesis.values), hypothesis.claim)


def default_blend() -> Candidate:
    """The default chain as a candidate, uncalibrated: activity, eEF2, HNK and the habenula at weight 1."""
    claim = "The default chain: glutamate burst, eEF2, HNK and habenula together."
    return Candidate("default_blend", prior_chain, {}, claim)


@dataclass(frozen=True)
class Answer:
    """What a candidate says to a question at every draw: an effect, and where asked for a reference beside it."""

    effect: Floats
    reference: Floats | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a question cannot be asked of a candidate."""

    reason: str


Answers = Mapping[str, Answer | Refusal]


class Sitting:
    """A candidate in the room: chains are drawn once a species, and every experiment is followed once."""

    def __init__(self, who: Candidate, asked: Iterable[Question], draws: Draws):
        self.who, self.asked, self.draws = who, tuple(asked), draws
        self._chains: dict[tuple[Species, tuple[str, ...]], Chain] = {}
        self._courses: dict[Experiment, tuple[Floats, dict[str, Floats]]] = {}
        self._looks = _by_experiment(self.asked)

    def answers(self) -> dict[str, Answer | Refusal]:
        """The answer to every question, or why there is none."""
        return {q.id: self._answer(q) for q in self.asked}

    def _answer(self, question: Question) -> Answer | Refusal:
        if question.asked.not_askable:
            return Refusal(question.asked.not_askable)
        try:
            return self._correlation(question) if question.series else self._contrasted(question)
        except ResynapseError as failure:
            return Refusal(_told(failure))

    def _contrasted(self, question: Question) -> Answer:
        if question.effect is None:
            raise RequestError("this question asks for nothing", where=question.id)
        effect = self.contrast(question.effect)
        reference = None if question.reference is None else self.contrast(question.reference)
        if question.asked.share_of_reference and reference is not None:
            return Answer(effect / np.where(np.abs(reference) < _NOTHING, np.nan, reference))
        return Answer(effect, reference)

    def _correlation(self, question: Question) -> Answer:
        """How two answers go together over doses, at every draw; 0 where one of them does not move."""
        pairs = [(self.contrast(a), self.contrast(b)) for a, b in question.series]
        answer, along = (np.stack([p[i] for p in pairs]) for i in (0, 1))
        return Answer(together(answer, along))

    def contrast(self, contrast: Contrast) -> Floats:
        """One contrast of a question, one number a draw."""
        own = self._look(contrast.look)
        if contrast.against is None:
            return contrast.sign * own
        other = self._look(contrast.against)
        change = (own - other) / other if contrast.relative else own - other
        return np.asarray(contrast.sign * change)

    def _look(self, look: Look) -> Floats:
        times, courses = self._course(look.experiment)
        missing = [p for p in look.ports if p not in courses]
        if missing:
            self.chain(look.experiment.species).port(missing[0])
            raise RequestError("this port cannot be read here", given=missing[0])
        seen = np.searchsorted(times, np.array(look.times) - _NOTHING)
        read = np.mean([courses[p][:, seen] for p in look.ports], axis=0)
        return np.asarray(read.max(axis=1) if look.reads == "max" else read.mean(axis=1))

    def _course(self, experiment: Experiment) -> tuple[Floats, dict[str, Floats]]:
        if experiment not in self._courses:
            times = np.array(sorted({t for look in self._looks[experiment] for t in look.times}))
            self._courses[experiment] = times, self._followed(experiment, times)
        return self._courses[experiment]

    def _followed(self, experiment: Experiment, times: Floats) -> dict[str, Floats]:
        chain = self.chain(experiment.species, self._company(experiment))
        return experiment.follow(chain, tuple(times), self._ports(experiment, chain), PLAN)

    def _company(self, experiment: Experiment) -> tuple[str, ...]:
        """Every other drug that this species is asked about, where one is needed: one chain serves them all."""
        if not experiment.company:
            return ()
        return tuple(sorted({n for e in self._looks if e.species == experiment.species for n in e.company}))

    def _ports(self, experiment: Experiment, chain: Chain) -> tuple[str, ...]:
        """Every port that any question of this species reads and the chain has: one kernel serves them all."""
        whole = _bathed(experiment, chain)
        here = {p.name for p in whole.wiring.ports}
        same = [e for e in self._looks if e.species == experiment.species and _same_kind(e, experiment)]
        return tuple(sorted({p for e in same for look in self._looks[e] for p in look.ports if p in here}))

    def chain(self, species: Species, company: tuple[str, ...] = ()) -> Chain:
        """The candidate's chain of one species, with other drugs where an experiment needs them, at every draw."""
        key = species, company
        if key not in self._chains:
            made = with_company(self.who.make(species), company)
            self._chains[key] = drawn(made, self.draws, self.who.chosen, self.who.drives)
        return self._chains[key]


def together(one: Any, other: Any) -> Any:
    """How two answers go together over doses (dose x draw), one number a draw; 0 where one of them does not move."""
    library = library_of(one)
    a, b = one - one.mean(0), other - other.mean(0)
    product = (a**2).sum(0) * (b**2).sum(0)
    moved = product > _NOTHING**2
    return library.where(moved, (a * b).sum(0) / library.sqrt(library.where(moved, product, 1.0)), 0.0)


_NOTHING = 1e-9
PLAN = GridPlan(longest=3.0 / 16.0)
"""Half the longest step of the default grid: the shortest drawn time constant (0.1 h) makes that one unstable."""


def _by_experiment(asked: tuple[Question, ...]) -> dict[Experiment, list[Look]]:
    found: dict[Experiment, list[Look]] = {}
    for look in (look for q in asked for look in q.looks):
        found.setdefault(look.experiment, []).append(look)
    return found


def _same_kind(a: Experiment, b: Experiment) -> bool:
    return (a.route == "bath") == (b.route == "bath")


def _bathed(experiment: Experiment, chain: Chain) -> Any:
    from ...hypothesis.bath import BATH, bath_chain

    return bath_chain(chain) if experiment.route == BATH else chain


def _told(failure: ResynapseError) -> str:
    given = f": {failure.given}" if failure.given is not None else ""
    return f"{failure.what}{given}"
