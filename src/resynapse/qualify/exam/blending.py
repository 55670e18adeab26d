"""The best blend of drives, chosen on build observations alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...calibrate.questions.draws import Draws
from ...calibrate.questions.question import Question
from ...calibrate.questions.sitting import Candidate, Sitting
from ...chains import anchored, prior_chain
from ...core.calibrated import UNCALIBRATED
from ...core.chain import Chain
from ...core.parameter import Species
from ...hypothesis.drive import DRIVES, Blend, blend
from .scoring import Paper, marked_paper

LEVELS = (0.0, 0.25, 0.5, 1.0)
"""Weights that are tried: a coarse grid, so that the choice cannot follow noise."""

START = {"activity": 1.0, "eef2": 1.0, "hnk": 1.0, "habenula": 1.0}
"""Where the search begins: the weights of the default chain."""

Weights = Mapping[str, float]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Chosen:
    """A blend and how it was chosen: its weights, its merit on build, and how many were tried."""

    weights: Weights
    merit: float
    tried: int

    @property
    def candidate(self) -> Candidate:
        """The blend as a candidate."""
        return blended("best_blend", self.weights)


def blended(name: str, weights: Weights) -> Candidate:
    """Drives at their weights as a candidate."""
    made = blend(weights)
    told = ", ".join(f"{n} {w:g}" for n, w in weights.items() if w > 0) or "no drive"
    return Candidate(name, _wired(made), dict(made.values), f"Chosen on build observations: {told}.")


def open_blend() -> Candidate:
    """All drives with open weights: each 0 in half of the prior draws, else half-normal with SD 1."""
    made = blend(dict.fromkeys(DRIVES, 1.0))
    claim = "All drives together, the weight of each drawn: 0 with one chance in two, else half-normal with SD 1."
    return Candidate("best_blend", _wired(made), dict(made.values), claim, tuple(DRIVES))


def _wired(made: Blend) -> Callable[[Species], Chain]:
    def chain(species: Species) -> Chain:
        stages = {slot: sibling(species, UNCALIBRATED) for slot, sibling in made.stages.items()}
        return anchored(prior_chain(species).replace(**stages).with_values(made.values))

    return chain


def best_blend(questions: tuple[Question, ...], draws: Draws, tell: Tell = lambda _: None, sweeps: int = 2) -> Chosen:
    """The weights that meet most seen build observations: each drive in turn over `LEVELS`, twice through.

    Only weights move. Verify observations are never looked at: they are taken out before anything is asked. Ties go to
    the blend whose draws agree more.
    """
    built = tuple(q for q in questions if q.role == "build" and q.mark == "seen" and not q.asked.not_askable)
    seen: dict[tuple[float, ...], float] = {}

    def merit(weights: Weights) -> float:
        key = tuple(weights.get(n, 0.0) for n in DRIVES)
        if key not in seen:
            tell(f"blends: {len(seen) + 1} tried")
            seen[key] = _merit(marked_paper(built, Sitting(blended("blend", weights), built, draws).answers()))
        return seen[key]

    best: dict[str, float] = {name: START.get(name, 0.0) for name in DRIVES}
    for _ in range(sweeps):
        before = dict(best)
        for name in DRIVES:
            best = max(({**best, name: level} for level in (best[name], *LEVELS)), key=merit)
        if best == before:
            break
    return Chosen(best, merit(best), len(seen))


def _merit(paper: Paper) -> float:
    score = paper.score("build")
    return score.met + 1e-3 * paper.expected_of_a_draw("build")
