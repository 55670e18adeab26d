"""The tests that laboratories use, beside scipy and statsmodels."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from resynapse.core.document import Refusal
from resynapse.laboratory.analysis import POSTHOC, TESTS

RNG = np.random.default_rng(3)
GROUPS = [RNG.normal(m, 1.0, (1, n)) for m, n in ((0.0, 8), (0.9, 10), (0.2, 9), (1.8, 11))]
CELLS = [SimpleNamespace(cell={"stress": a, "drug": b}) for a in ("no", "yes") for b in ("vehicle", "ketamine")]
PAIRS = [(3, 2), (1, 0)]


def judged(test, after="none", pairs=PAIRS):
    return TESTS[test].judge(GROUPS, CELLS, pairs, POSTHOC[after])


def test_two_groups_are_those_of_scipy():
    a, b = GROUPS[3][0], GROUPS[2][0]
    assert judged("t_test").differences[3, 2].p[0] == pytest.approx(stats.ttest_ind(a, b).pvalue)
    assert judged("welch").differences[3, 2].p[0] == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)
    assert judged("mann_whitney").differences[3, 2].p[0] == pytest.approx(stats.mannwhitneyu(a, b).pvalue)
    twice = judged("t_test", "bonferroni").differences[3, 2].p[0]
    assert twice == pytest.approx(2.0 * stats.ttest_ind(a, b).pvalue)


def test_one_way_tukey_and_dunnett_are_those_of_scipy():
    plain = [g[0] for g in GROUPS]
    term = judged("one_way_anova").terms[0]
    assert (term.f[0], term.p[0]) == pytest.approx(tuple(stats.f_oneway(*plain)))
    tukey = stats.tukey_hsd(*plain)
    assert judged("one_way_anova", "tukey").differences[3, 2].p[0] == pytest.approx(tukey.pvalue[3, 2], abs=1e-6)
    dunnett = stats.dunnett(*plain[1:], control=plain[0], random_state=np.random.default_rng(1))
    found = judged("one_way_anova", "dunnett", [(1, 0), (3, 0)]).differences
    assert found[1, 0].p[0] == pytest.approx(dunnett.pvalue[0], abs=3e-3)


def test_two_way_is_type_three_of_statsmodels():
    models = pytest.importorskip("statsmodels.formula.api")
    from statsmodels.stats.anova import anova_lm

    rows = [(v, c.cell["stress"], c.cell["drug"]) for g, c in zip(GROUPS, CELLS, strict=True) for v in g[0]]
    frame = pd.DataFrame(rows, columns=["y", "stress", "drug"])
    table = anova_lm(models.ols("y ~ C(stress, Sum) * C(drug, Sum)", frame).fit(), typ=3)
    for term, row in zip(judged("two_way_anova").terms, table.index[1:4], strict=True):
        assert term.f[0] == pytest.approx(table.loc[row, "F"])
        assert term.p[0] == pytest.approx(table.loc[row, "PR(>F)"])


def test_many_replicates_are_judged_as_one_by_one():
    many = [np.vstack([g, g + 0.3, g[:, ::-1]]) for g in GROUPS]
    for after in ("tukey", "dunnett", "bonferroni"):
        together = TESTS["one_way_anova"].judge(many, CELLS, [(3, 2)], POSTHOC[after]).differences[3, 2].p
        assert together[0] == pytest.approx(judged("one_way_anova", after, [(3, 2)]).differences[3, 2].p[0], abs=2e-3)


def test_a_two_way_analysis_needs_every_combination():
    with pytest.raises(Refusal, match="every combination"):
        TESTS["two_way_anova"].check(CELLS[:3])
    with pytest.raises(Refusal, match="same two factors"):
        TESTS["two_way_anova"].check([SimpleNamespace(cell={})])
