"""The tests that laboratories use on groups, for one experiment or for a thousand at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.document import Refusal

Floats = NDArray[np.float64]
Pair = tuple[int, int]
_GRID = 60


@dataclass(frozen=True)
class Difference:
    """One comparison of two groups, over replicates: first less second, its standard error and p-value."""

    estimate: Floats
    error: Floats
    p: Floats


@dataclass(frozen=True)
class Term:
    """One term of an analysis of variance, over replicates."""

    name: str
    f: Floats
    df: tuple[int, int]
    p: Floats


@dataclass(frozen=True)
class Outcome:
    """What a test says: terms of the analysis of variance (none for two groups), and comparisons by pair."""

    terms: tuple[Term, ...]
    differences: Mapping[Pair, Difference]


class Test(Protocol):
    """A test: `readings` holds one array (replicates x animals) a group."""

    @property
    def title(self) -> str:
        """Its name in print."""
        ...

    def check(self, groups: Sequence[Any]) -> None:
        """Refuse groups that this test cannot take."""
        ...

    def judge(self, readings: Sequence[Floats], groups: Sequence[Any], pairs: Sequence[Pair], after: Any) -> Outcome:
        """What the test says of the readings."""
        ...


@dataclass(frozen=True)
class TwoGroups:
    """Student's t, Welch's t or Mann and Whitney's test, pair by pair, without correction for several pairs."""

    title: str
    equal_variances: bool = True
    ranks: bool = False

    def check(self, groups: Sequence[Any]) -> None:
        """Any groups can be compared two by two."""

    def judge(self, readings: Sequence[Floats], groups: Sequence[Any], pairs: Sequence[Pair], after: Any) -> Outcome:
        """Each pair by itself."""
        found = {(i, j): self._pair(readings[i], readings[j]) for i, j in pairs}
        return Outcome((), after.corrected_apart(found))

    def _pair(self, a: Floats, b: Floats) -> Difference:
        from scipy import stats

        apart = a.mean(axis=-1) - b.mean(axis=-1)
        error = np.sqrt(a.var(axis=-1, ddof=1) / a.shape[-1] + b.var(axis=-1, ddof=1) / b.shape[-1])
        if self.ranks:
            return Difference(apart, error, stats.mannwhitneyu(a, b, axis=-1).pvalue)
        return Difference(apart, error, stats.ttest_ind(a, b, axis=-1, equal_var=self.equal_variances).pvalue)


@dataclass(frozen=True)
class OneWay:
    """One-way analysis of variance; comparisons with the scatter of all groups."""

    title: str = "one-way analysis of variance"

    def check(self, groups: Sequence[Any]) -> None:
        """Any groups form one factor."""

    def judge(self, readings: Sequence[Floats], groups: Sequence[Any], pairs: Sequence[Pair], after: Any) -> Outcome:
        """The factor group, then comparisons."""
        pooled, k = _pooled(readings), len(readings)
        contrasts = np.eye(k)[:-1] - np.eye(k)[-1]
        return Outcome((_term("group", contrasts, pooled),), after.compared(pooled, pairs))


@dataclass(frozen=True)
class TwoWay:
    """Two-way analysis of variance with interaction, unweighted means (type III); comparisons as in one-way."""

    title: str = "two-way analysis of variance"

    def check(self, groups: Sequence[Any]) -> None:
        """Every combination of two factors must be one group."""
        factors = {name for g in groups for name in g.cell}
        if len(factors) != 2 or any(set(g.cell) != factors for g in groups):
            what = "a two-way analysis needs the same two factors in every group's `cell`"
            raise Refusal(what, given=", ".join(sorted(factors)) or "no factors")
        levels = [sorted({g.cell[f] for g in groups}) for f in sorted(factors)]
        cells = sorted(tuple(g.cell[f] for f in sorted(factors)) for g in groups)
        if cells != sorted(itertools.product(*levels)):
            raise Refusal("every combination of the two factors must be exactly one group", given=cells)

    def judge(self, readings: Sequence[Floats], groups: Sequence[Any], pairs: Sequence[Pair], after: Any) -> Outcome:
        """Both factors, their interaction, then comparisons."""
        pooled, names = _pooled(readings), list(groups[0].cell)
        sums = [_coded([g.cell[name] for g in groups]) for name in names]
        both = np.einsum("ig,jg->ijg", *sums).reshape(-1, len(groups))
        named = [(names[0], sums[0]), (names[1], sums[1]), (f"{names[0]} x {names[1]}", both)]
        return Outcome(tuple(_term(n, c, pooled) for n, c in named), after.compared(pooled, pairs))


@dataclass(frozen=True)
class Pooled:
    """Means of groups, their numbers, and the scatter of all together, over replicates."""

    means: Floats
    counts: Floats
    variance: Floats
    df: int

    def t(self, pair: Pair) -> tuple[Floats, Floats, Floats]:
        """Difference, standard error and t of one pair."""
        i, j = pair
        apart = self.means[..., i] - self.means[..., j]
        error = np.sqrt(self.variance * (1.0 / self.counts[i] + 1.0 / self.counts[j]))
        return apart, error, apart / error


@dataclass(frozen=True)
class Unadjusted:
    """Each comparison at its own level."""

    title: str = "no correction"

    def compared(self, pooled: Pooled, pairs: Sequence[Pair]) -> dict[Pair, Difference]:
        """Comparisons by the common scatter."""
        return {pair: self._one(pooled, pair, pairs) for pair in pairs}

    def corrected_apart(self, found: Mapping[Pair, Difference]) -> dict[Pair, Difference]:
        """Comparisons that were made apart, as they are."""
        return {pair: Difference(d.estimate, d.error, self.adjusted(d.p, len(found))) for pair, d in found.items()}

    def adjusted(self, p: Floats, among: int) -> Floats:
        """The p-value that is reported."""
        return p

    def _one(self, pooled: Pooled, pair: Pair, pairs: Sequence[Pair]) -> Difference:
        from scipy import stats

        apart, error, t = pooled.t(pair)
        return Difference(apart, error, self.adjusted(2.0 * stats.t.sf(np.abs(t), pooled.df), len(pairs)))


@dataclass(frozen=True)
class Bonferroni(Unadjusted):
    """Each p-value times the number of comparisons."""

    title: str = "Bonferroni"

    def adjusted(self, p: Floats, among: int) -> Floats:
        """The p-value times the number of comparisons, at most 1."""
        return np.minimum(1.0, p * among)


@dataclass(frozen=True)
class Tukey(Unadjusted):
    """Tukey and Kramer: all pairs of groups, whichever are asked for."""

    title: str = "Tukey"

    def _one(self, pooled: Pooled, pair: Pair, pairs: Sequence[Pair]) -> Difference:
        from scipy import stats

        apart, error, t = pooled.t(pair)
        groups, df = pooled.means.shape[-1], pooled.df
        p = _by_table(np.abs(t), lambda x: stats.studentized_range.sf(np.sqrt(2.0) * x, groups, df))
        return Difference(apart, error, p)


@dataclass(frozen=True)
class Dunnett(Unadjusted):
    """Dunnett: every other group against the reference of the comparisons."""

    title: str = "Dunnett"

    def _one(self, pooled: Pooled, pair: Pair, pairs: Sequence[Pair]) -> Difference:
        from scipy import stats

        apart, error, t = pooled.t(pair)
        weights = np.sqrt(pooled.counts / (pooled.counts + pooled.counts[pair[1]]))
        others = [w for g, w in enumerate(weights) if g != pair[1]]
        shape = np.outer(others, others) + np.diag([1.0 - w**2 for w in others])
        law = stats.multivariate_t(shape=shape, df=pooled.df)

        def beyond(x: Floats) -> Floats:
            edges = [np.full(len(others), v) for v in x]
            return np.array([1.0 - law.cdf(e, lower_limit=-e, random_state=1) for e in edges])

        return Difference(apart, error, _by_table(np.abs(t), beyond))


TESTS: Mapping[str, Test] = {
    "t_test": TwoGroups("Student's t test"),
    "welch": TwoGroups("Welch's t test", equal_variances=False),
    "mann_whitney": TwoGroups("Mann-Whitney test", ranks=True),
    "one_way_anova": OneWay(),
    "two_way_anova": TwoWay(),
}
POSTHOC: Mapping[str, Unadjusted] = {
    "none": Unadjusted(),
    "bonferroni": Bonferroni(),
    "tukey": Tukey(),
    "dunnett": Dunnett(),
}


def _pooled(readings: Sequence[Floats]) -> Pooled:
    counts = np.array([r.shape[-1] for r in readings], dtype=float)
    means = np.stack([r.mean(axis=-1) for r in readings], axis=-1)
    left = sum(r.var(axis=-1, ddof=1) * (r.shape[-1] - 1) for r in readings)
    df = int(counts.sum()) - len(readings)
    return Pooled(means, counts, np.asarray(left / df), df)


def _term(name: str, contrasts: Floats, pooled: Pooled) -> Term:
    """The F test that all these contrasts of means are nothing."""
    from scipy import stats

    inverse = np.linalg.inv(contrasts @ np.diag(1.0 / pooled.counts) @ contrasts.T)
    found = pooled.means @ contrasts.T
    df = (len(contrasts), pooled.df)
    f = np.einsum("...i,ij,...j->...", found, inverse, found) / df[0] / pooled.variance
    return Term(name, f, df, stats.f.sf(f, *df))


def _coded(levels: Sequence[str]) -> Floats:
    """Contrasts of each level of a factor with its last one, averaged over the other factor."""
    known = list(dict.fromkeys(levels))
    shares = np.array([[float(level == one) / levels.count(one) for level in levels] for one in known])
    return np.asarray(shares[:-1] - shares[-1])


def _by_table(t: Floats, law: Any) -> Floats:
    """A p-value that is costly: from a table over |t| where many are asked for."""
    t = np.atleast_1d(t)
    if t.size <= _GRID:
        return np.asarray(law(t))
    grid = np.linspace(0.0, max(8.0, float(t.max())), 2 * _GRID)
    return np.asarray(np.interp(t, grid, law(grid)))
