"""What sessions feel like: points of dissociation, and sensations that come or do not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtr, ndtri

Floats = NDArray[np.float64]
SENSATIONS = ("dizziness", "nausea", "sedation")
_TOP = 92
_LEAST = 1e-6
_GRID = ndtr(np.linspace(-6.0, 6.0, 1201))
_NODES = 61


@dataclass(frozen=True)
class Felt:
    """What people felt: dissociation (people x sessions, points) and sensations (people x sessions x 3, 0 or 1)."""

    cadss: Floats
    events: Floats


def feeling(mean: Floats, chances: Floats, draws: tuple[Floats, ...], size: float, prone: float) -> Felt:
    r"""What each person feels, session by session.

    Dissociation is Poisson around the person's own mean times a frailty that is theirs in all sessions (gamma with
    shape `size`), so that over people it is negative binomial. A sensation comes where $\sqrt\rho\,z_{person} +
    \sqrt{1-\rho}\,z_{session} < \Phi^{-1}(p)$: with chance $p$ in every session, and again to the same people.

    **Arguments:** `mean` (people x sessions, points) and `chances` of one session (people x sessions x 3); `draws` are
    uniform by person and by session, then normal by person and sensation (people x 3) and by session (as `chances`);
    `prone` is $\rho$.
    """
    frail, count, own, now = draws
    expected = mean * (gammaincinv(size, frail) / size)[:, None]
    liability = np.sqrt(prone) * own[:, None, :] + np.sqrt(1.0 - prone) * now
    return Felt(_counts(np.maximum(np.nan_to_num(expected), _LEAST), count), (liability < ndtri(chances)).astype(float))


def ever(once: Floats, prone: float, sessions: int) -> Floats:
    """The chance that a sensation comes at least once in so many sessions, where its chance in each is `once`."""
    nodes, weights = hermegauss(_NODES)
    each = ndtr((ndtri(np.asarray(once))[..., None] - np.sqrt(prone) * nodes) / np.sqrt(1.0 - prone))
    return np.asarray(((1.0 - (1.0 - each) ** sessions) * weights).sum(-1) / weights.sum())


def in_one_session(share: Floats, prone: float, sessions: int) -> Floats:
    """The chance in one session of a sensation that this share of people had at least once in so many sessions.

    Labels count people over four weeks; taken as the chance of one session, a share of 8 % would be one of 49 % after
    eight.
    """
    return np.asarray(np.interp(share, _over(prone, sessions), _GRID))


@cache
def _over(prone: float, sessions: int) -> Floats:
    return ever(_GRID, prone, sessions)


def _counts(mean: Floats, drawn: Floats) -> Floats:
    """The least count whose cumulative Poisson chance reaches the draw, at most 92.

    Counted upwards among those who are not there yet, which is many times quicker than the inverse of the law.
    """
    found = np.zeros(mean.size)
    at, m = np.arange(mean.size), mean.ravel()
    term = np.exp(-m)
    left = drawn.ravel() - term
    for k in range(1, _TOP + 1):
        still = left > 0.0
        if not still.any():
            break
        at, m, term, left = at[still], m[still], term[still] * m[still] / k, left[still]
        left = left - term
        found[at] = k
    return found.reshape(mean.shape)
