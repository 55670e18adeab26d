"""What an explanation's values may be once the seen build observations are known: draws conditioned on them.

Values that move no build question keep their prior; which those are is found out first, one value at a time around
several points. Verify observations and recalled ones take no part in anything here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...calibrate.questions.question import Question
from ...calibrate.questions.room import Room, addresses, moving, name_key, room
from ...calibrate.questions.sitting import Candidate
from .scoring import marked_paper
from .tempering import Plan, Sample, apart, tempered

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
KEPT = 200
"""Posterior draws that are kept of an explanation."""

ALIKE = 1.1
"""Islands agree where no value, and not the likelihood, has a ratio above this."""


@dataclass(frozen=True)
class Conditioned:
    """Posterior draws of one explanation: scores (draw x moved address), and how they came about."""

    name: str
    addresses: tuple[str, ...]
    scores: Floats
    sample: Sample
    unmoved: tuple[str, ...]
    agreement: dict[str, tuple[float, ...]]

    @property
    def widths(self) -> dict[str, float]:
        """How wide each moved value still is, as a share of its prior SD (both as scores)."""
        sd = self.sample.scores.std(axis=(0, 1))
        return dict(zip(self.addresses, (float(v) for v in sd), strict=True))

    @property
    def shifts(self) -> dict[str, float]:
        """How far the mean of each moved value went from the prior's, in prior SD."""
        mean = self.sample.scores.mean(axis=(0, 1))
        return dict(zip(self.addresses, (float(v) for v in mean), strict=True))

    @property
    def disagreement(self) -> float:
        """The largest ratio between islands, of the values and of the likelihood."""
        logs = apart(self.sample.logs[:, :, None])
        return float(max(*self.sample.apart, *logs)) if len(self.sample.apart) else float(logs.max())

    @property
    def row_gap(self) -> float:
        """The largest difference between islands in the share of draws that meet one question."""
        return max((max(v) - min(v) for v in self.agreement.values()), default=0.0)

    @property
    def converged(self) -> bool:
        """Whether islands tell the same: values, likelihood, and what is met."""
        return self.disagreement <= ALIKE and self.row_gap <= 0.15 and self.sample.memory < 0.5


def conditioned(
    who: Candidate,
    questions: tuple[Question, ...],
    seed: int = 1,
    plan: Plan | None = None,
    tell: Tell = lambda _: None,
) -> Conditioned:
    """An explanation's draws from its posterior given the seen build observations among `questions`."""
    here, how = room(who, questions, seed), plan or Plan()
    names = addresses(here)
    moved = moving(here, names)
    tell(f"{who.name}: {len(here.asked)} questions, {len(moved)} of {len(names)} values move them")

    def logs(scores: Floats) -> Floats:
        return here.logs(dict(zip(moved, scores.T, strict=True)))

    sample = tempered(logs, len(moved), how, (seed, *name_key(who.name)), lambda word: tell(f"{who.name}: {word}"))
    left = tuple(n for n in names if n not in moved)
    return Conditioned(who.name, moved, kept(sample), sample, left, _agreement(here, moved, sample))


def kept(sample: Sample, count: int = KEPT) -> Floats:
    """Evenly spaced draws out of all islands, rounded as they are kept on file."""
    everything = sample.scores.swapaxes(0, 1).reshape(-1, sample.scores.shape[2])
    chosen = np.linspace(0, len(everything) - 1, min(count, len(everything))).round().astype(int)
    return np.asarray(np.round(everything[chosen], 3))


def _agreement(here: Room, moved: tuple[str, ...], sample: Sample) -> dict[str, tuple[float, ...]]:
    """The share of draws that meet each question, by island."""
    found: dict[str, list[float]] = {q.id: [] for q in here.asked}
    for island in sample.scores:
        paper = marked_paper(here.asked, here.answers(dict(zip(moved, island.T, strict=True))))
        for name, cell in paper.cells.items():
            found[name].append(cell.share)
    return {name: tuple(shares) for name, shares in found.items()}
