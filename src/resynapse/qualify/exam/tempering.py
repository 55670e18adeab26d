"""Sequential Monte Carlo by tempering: from prior draws to posterior draws, over standard normal scores.

The prior is a standard normal law in every dimension. The likelihood is raised to a power that grows from 0 to 1, each
time as far as half of the effective sample stays; the draws are resampled and moved by steps that leave the present
law as it is: $z' = m + sqrt(1 - b^2)(z - m) + b s xi$ in some of the dimensions, taken or refused (the
preconditioned step of Crank and Nicolson, with the mean $m$ and SD $s$ of the draws). Islands share the powers and
nothing else: what they disagree on has not converged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Logs = Callable[[Floats], Floats]
Tell = Callable[[str], None]
_AIM = 0.3  # accepted share that the step length is led to
_FREE = (0.05, 0.15, 0.4)  # share of the dimensions that a move changes
_SHRUNK = 0.1  # least variance of a step's law, as a share of the prior's


@dataclass(frozen=True)
class Plan:
    """How much is done: draws an island, islands, moves at each power and at the last one, and the share kept."""

    draws: int = 256
    islands: int = 2
    moves: int = 4
    last: int = 32
    keep: float = 0.5


@dataclass(frozen=True)
class Sample:
    """Posterior draws (island x draw x dimension) with how they came about.

    **Arguments:** `logs` are log-likelihoods; `powers` the tempering; `least` the smallest effective share of any step;
    `accepted` the accepted share at the last power; `evidence` the log of the marginal likelihood by island;
    `memory` how far draws before and after the last moves still go together (mean correlation over dimensions).
    """

    scores: Floats
    logs: Floats
    powers: tuple[float, ...]
    least: float
    accepted: float
    evidence: tuple[float, ...]
    memory: float
    apart: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass
class _Cloud:
    """The draws of all islands on their way."""

    scores: Floats
    logs: Floats
    rng: np.random.Generator
    step: float = 0.5

    def resampled(self, weights: Floats) -> None:
        """Draws taken anew by their weights, systematically within each island."""
        islands, count = self.logs.shape
        for i in range(islands):
            places = (self.rng.uniform() + np.arange(count)) / count
            chosen = np.minimum(np.searchsorted(np.cumsum(weights[i]), places), count - 1)
            self.scores[i], self.logs[i] = self.scores[i][chosen], self.logs[i][chosen]

    def law(self) -> tuple[Floats, Floats]:
        """Mean and SD of each island's draws by dimension."""
        sd = np.sqrt(np.maximum(self.scores.var(1, keepdims=True), _SHRUNK))
        return self.scores.mean(1, keepdims=True), sd

    def moved(self, logs: Logs, power: float, law: tuple[Floats, Floats]) -> float:
        """One move of every draw that leaves the law at this power as it is; the share that was taken."""
        mean, sd = law
        share = self.rng.choice(_FREE, size=self.logs.shape)[..., None]
        free = self.rng.uniform(size=self.scores.shape) < share
        off = (self.scores - mean) / sd
        new = np.sqrt(1.0 - self.step**2) * off + self.step * self.rng.standard_normal(off.shape)
        there = np.where(free, mean + sd * new, self.scores)
        own = (0.5 * (self.scores**2 - there**2) + 0.5 * np.where(free, new**2 - off**2, 0.0)).sum(2)
        found = logs(there.reshape(-1, there.shape[2])).reshape(self.logs.shape)
        go = np.log(self.rng.uniform(size=self.logs.shape)) < power * (found - self.logs) + own
        self.scores, self.logs = np.where(go[..., None], there, self.scores), np.where(go, found, self.logs)
        taken = float(go.mean())
        self.step = float(np.clip(self.step * np.exp(taken - _AIM), 0.05, 0.999))
        return taken


def tempered(logs: Logs, dimensions: int, plan: Plan, seed: tuple[int, ...], tell: Tell = lambda _: None) -> Sample:
    """Draws from a posterior: `logs` are the log-likelihoods of scores (draw x dimension).

    The same seed gives the same bits.
    """
    rng = np.random.default_rng(list(seed))
    begin = rng.standard_normal((plan.islands, plan.draws, dimensions))
    cloud = _Cloud(begin, logs(begin.reshape(-1, dimensions)).reshape(begin.shape[:2]), rng)
    powers, least, evidence = [0.0], 1.0, np.zeros(plan.islands)
    while powers[-1] < 1.0:
        rise = risen(cloud.logs, 1.0 - powers[-1], plan.keep)
        raw = rise * (cloud.logs - cloud.logs.max(1, keepdims=True))
        evidence += np.log(np.exp(raw).mean(1)) + rise * cloud.logs.max(1)
        weights = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
        least, powers = min(least, float(effective(weights).min()) / plan.draws), [*powers, powers[-1] + rise]
        powers[-1] = 1.0 if powers[-1] > 1.0 - 1e-9 else powers[-1]
        cloud.resampled(weights)
        tell(f"power {powers[-1]:.3f}, step {cloud.step:.2f}")
        law = cloud.law()
        for _ in range(plan.moves):
            cloud.moved(logs, powers[-1], law)
    before, law = cloud.scores.copy(), cloud.law()
    taken = [cloud.moved(logs, 1.0, law) for _ in range(plan.last)]
    kept = together(before, cloud.scores)
    found = (float(np.mean(taken)) if taken else 0.0, tuple(float(e) for e in evidence), kept, apart(cloud.scores))
    return Sample(cloud.scores, cloud.logs, tuple(powers), least, *found)


def effective(weights: Floats) -> Floats:
    """The effective number of draws by weights that sum to 1 along the last axis."""
    return np.asarray(1.0 / (weights**2).sum(-1))


def risen(logs: Floats, most: float, keep: float) -> float:
    """How far the power may rise so that the effective share of every island stays at `keep`, at most `most`."""

    def share(rise: float) -> float:
        raw = np.exp(rise * (logs - logs.max(1, keepdims=True)))
        return float(effective(raw / raw.sum(1, keepdims=True)).min()) / logs.shape[1]

    if share(most) >= keep:
        return most
    low, high = 0.0, most
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if share(middle) >= keep else (low, middle)
    return max(low, 1e-6)


def together(before: Floats, after: Floats) -> float:
    """The mean correlation, over dimensions, of draws before and after some moves."""
    a, b = before - before.mean(1, keepdims=True), after - after.mean(1, keepdims=True)
    size = np.sqrt((a**2).sum((0, 1)) * (b**2).sum((0, 1)))
    return float(np.mean((a * b).sum((0, 1)) / np.maximum(size, 1e-12)))


def apart(values: Floats) -> Floats:
    r"""How far islands disagree, by dimension: $\hat R = \sqrt{1 + B/W}$, variance between means over within."""
    between = values.mean(1).var(0, ddof=1) if len(values) > 1 else np.zeros(values.shape[-1])
    return np.asarray(np.sqrt(1.0 + between / np.maximum(values.var(1).mean(0), 1e-12)))
