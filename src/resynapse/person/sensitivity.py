"""What drives the spread: indices of the variance, elementary effects, and one independent score at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RequestError

Floats = NDArray[np.float64]
Scores = Mapping[str, Floats]
Answer = Callable[[Scores], Floats]
LEVEL = 0.95
TAILS = (0.05, 0.95)
_EDGE = 1e-6
_SCREENED = (0.02, 0.98)


@dataclass(frozen=True)
class Inputs:
    """What differs between people: independent standard normal scores, in groups that hang together.

    **Arguments:** `group` says for each score to which group it belongs; scores of one group are exchanged together.
    `factor` is the lower triangular matrix that makes correlated deviates of them, none by default.
    """

    group: Mapping[str, str]
    factor: Floats | None = None

    @property
    def scores(self) -> tuple[str, ...]:
        """Names of the scores."""
        return tuple(self.group)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, in the order of their first scores."""
        return tuple(dict.fromkeys(self.group.values()))

    def alone(self, deviate: float) -> Floats:
        """Scores (a row each) by which one correlated deviate after the other is so large, and all others typical."""
        factor = np.eye(len(self.group)) if self.factor is None else self.factor
        size = np.sqrt((factor**2).sum(axis=1))
        return np.asarray((np.linalg.inv(factor) * (deviate * size)).T)


@dataclass(frozen=True)
class Index:
    """How much of the variance one group explains, alone (`first`) and with all its interactions (`total`).

    **Arguments:** `first_half` and `total_half` are half widths of intervals that hold the index 95 times in 100.
    """

    group: str
    first: float
    first_half: float
    total: float
    total_half: float


@dataclass(frozen=True)
class Effect:
    """Elementary effects of one group: mean size `mu_star` with its half width, and spread `sigma` (Morris).

    A group of several scores has no sign, and no sigma.
    """

    group: str
    mu_star: float
    mu_star_half: float
    sigma: float | None


@dataclass(frozen=True)
class Swing:
    """The answer with one input at its 5 % and its 95 % quantile and everything else typical."""

    score: str
    low: float
    high: float


def sobol(inputs: Inputs, answer: Answer, n: int, seed: int) -> tuple[Index, ...]:
    r"""First-order and total Sobol indices of every group, largest total first.

    $S_i = V[E(Y|X_i)]/V(Y)$ and $T_i = E[V(Y|X_{\sim i})]/V(Y)$, from $n (g + 2)$ answers for $g$ groups on a scrambled
    Sobol sequence; intervals by resampling.

    **Arguments:** `answer` gives one number for each row of scores; `n` is a power of two.

    **Raises:** `RequestError` without SALib, for an `n` that is no power of two of at least 16, or when nothing varies.

    **Source:** `saltelli2010`, as in SALib (`herman2017`).
    """
    library = _library("sample.sobol", "analyze.sobol")
    if n < 16 or n & (n - 1):
        like = 2 ** max(4, round(np.log2(max(n, 1))))
        raise RequestError(
            "Sobol indices need a power of two", where="n", given=n, allowed="16, 32, 64, ...", nearest=str(like)
        )
    problem = _problem(inputs, (0.0, 1.0))
    rows = library[0].sample(problem, n, calc_second_order=False, seed=seed)
    found = library[1].analyze(
        problem, _standard(_asked(inputs, answer, rows)), calc_second_order=False, conf_level=LEVEL, seed=seed
    )
    names = ("S1", "S1_conf", "ST", "ST_conf")
    made = [Index(g, *(float(found[k][i]) for k in names)) for i, g in enumerate(inputs.groups)]
    return tuple(sorted(made, key=lambda index: -index.total))


def morris(inputs: Inputs, answer: Answer, n: int, seed: int) -> tuple[Effect, ...]:
    """Elementary effects of every group over `n` trajectories, largest first: a cheap screen.

    **Raises:** `RequestError` without SALib, for fewer than 4 trajectories, or when nothing varies.

    **Source:** `morris1991`, as in SALib (`herman2017`).
    """
    sample, analyze = _library("sample.morris", "analyze.morris")
    if n < 4:
        raise RequestError("elementary effects need trajectories", where="n", given=n, allowed="4 or more")
    problem = _problem(inputs, _SCREENED)
    rows = sample.sample(problem, n, num_levels=4, seed=seed)
    values = _asked(inputs, answer, rows)
    _standard(values)
    found = analyze.analyze(problem, rows, values, num_levels=4, conf_level=LEVEL, seed=seed)
    made = [_effect(found, i, g) for i, g in enumerate(inputs.groups)]
    return tuple(sorted(made, key=lambda effect: -effect.mu_star))


def tornado(inputs: Inputs, answer: Answer) -> tuple[Swing, ...]:
    """Every input at its 5 % and its 95 % quantile, all others typical; the longest swing first."""
    from scipy.special import ndtri

    count = len(inputs.scores)
    found = answer(_columns(inputs, np.concatenate([inputs.alone(float(ndtri(q))) for q in TAILS])))
    made = [Swing(name, float(found[i]), float(found[count + i])) for i, name in enumerate(inputs.scores)]
    return tuple(sorted(made, key=lambda swing: -abs(swing.high - swing.low)))


def typical(inputs: Inputs, answer: Answer) -> float:
    """The answer when every score is typical (0)."""
    return float(answer(_columns(inputs, np.zeros((1, len(inputs.scores)))))[0])


def _problem(inputs: Inputs, bounds: tuple[float, float]) -> dict[str, Any]:
    return {
        "num_vars": len(inputs.scores),
        "names": list(inputs.scores),
        "groups": list(inputs.group.values()),
        "bounds": [list(bounds)] * len(inputs.scores),
    }


def _asked(inputs: Inputs, answer: Answer, rows: Floats) -> Floats:
    from scipy.special import ndtri

    return answer(_columns(inputs, ndtri(np.clip(rows, _EDGE, 1.0 - _EDGE))))


def _columns(inputs: Inputs, rows: Floats) -> Scores:
    return {name: rows[:, i] for i, name in enumerate(inputs.scores)}


def _standard(values: Floats) -> Floats:
    """Answers around their mean in units of their spread, where indices are best conditioned.

    **Raises:** `RequestError` when nothing varies.
    """
    spread = float(values.std())
    if not spread > 1e-12 * max(1.0, float(np.abs(values).max())):
        raise RequestError(
            "nothing here differs between people, so nothing can drive the spread",
            given=f"{values[0]:.6g} for everybody",
            then="ask another quantity or a later time",
        )
    return (values - values.mean()) / spread


def _effect(found: Mapping[str, Any], i: int, group: str) -> Effect:
    sigma = float(np.ma.filled(found["sigma"][i], np.nan))
    return Effect(
        group, float(found["mu_star"][i]), float(found["mu_star_conf"][i]), sigma if np.isfinite(sigma) else None
    )


def _library(*modules: str) -> Sequence[Any]:
    from importlib import import_module

    try:
        return [import_module(f"SALib.{name}") for name in modules]
    except ImportError as failure:
        raise RequestError(
            "the analysis of what drives the spread needs SALib, which is not installed",
            given="the extra `sensitivity` is missing",
            then='pip install "resynapse[sensitivity]"',
        ) from failure
