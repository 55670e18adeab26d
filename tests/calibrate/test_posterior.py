"""A calibration on file: what it holds comes back bit by bit, and a changed file is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from resynapse.calibrate.posterior import Knowledge, Posterior, calibration, calibrations, keep, merged
from resynapse.calibrate.recorded import Diagnostic, Record, Used
from resynapse.core.errors import RequestError

ADDRESSES = ("synapse.k_dis", "spread.synapse.k_dis", "placebo.hope")


def posterior(name="small", addresses=ADDRESSES, n=50, **told):
    draws = np.random.default_rng(3).normal(size=(n, len(addresses))) @ np.triu(np.ones((len(addresses),) * 2))
    return Posterior(name, addresses, draws, Record(title="a small one", method="nuts", seed=1, **told))


def test_a_draw_is_sorted_by_kind():
    one = posterior()
    found = one.draw(7)
    assert found.values == {"synapse.k_dis": one.draws[7, 0]}
    assert found.spreads == {"synapse.k_dis": one.draws[7, 1]}
    assert found.placebo == {"hope": one.draws[7, 2]}
    assert not Knowledge.typical() and found


def test_rows_are_the_same_however_many_are_asked_for():
    one = posterior()
    assert (one.rows(120, seed=4)[:20] == one.rows(20, seed=4)).all()
    assert len(set(one.rows(50, seed=4).tolist())) == 50
    assert (one.rows(20, seed=4) != one.rows(20, seed=5)).any()


def test_moments_are_those_of_the_draws():
    one = posterior()
    assert one.means["placebo.hope"] == pytest.approx(one.draws[:, 2].mean())
    assert one.sds["placebo.hope"] == pytest.approx(one.draws[:, 2].std(ddof=1))
    assert one.correlations == pytest.approx(np.corrcoef(one.draws.T))
    assert one.medians["placebo.hope"] == pytest.approx(np.median(one.draws[:, 2]))
    assert one.typical.placebo["hope"] == one.medians["placebo.hope"]


def test_what_is_kept_comes_back(tmp_path):
    used = Used(row="pharmacokinetics/x 1", what="cmax", value=1.0, unit="ng/mL", sd=0.1, scale="log")
    one = posterior(data=(used,), diagnostics={"placebo.hope": Diagnostic(rhat=1.0, ess_bulk=900, ess_tail=800)})
    keep(one, tmp_path)
    back = calibration("small", tmp_path)
    assert calibrations(tmp_path) == ("small",)
    assert (back.draws == one.draws).all() and back.record == one.record and back.digest == one.digest


@pytest.mark.parametrize("change", ["draws", "record"])
def test_a_changed_run_is_refused(tmp_path, change):
    where = keep(posterior(), tmp_path)
    if change == "draws":
        np.savez_compressed(where / "draws.npz", draws=posterior().draws * 1.0001)
    else:
        told = json.loads((where / "run.json").read_text())
        told["record"]["seed"] = 2
        (where / "run.json").write_text(json.dumps(told))
    with pytest.raises(RequestError, match="changed after it was run"):
        calibration("small", tmp_path)


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path):
    keep(posterior(), tmp_path)
    with pytest.raises(RequestError, match="nearest: small"):
        calibration("smal", tmp_path)


def test_stages_are_joined_draw_by_draw(tmp_path):
    body = posterior("body", ("body.v1", "body.v2"), n=30)
    later = posterior("clinic", ("body.v2", "placebo.hope"), n=40)
    both = merged(body, later)
    assert both.name == "body+clinic" and len(both) == 30
    assert both.draw(5).values == {"body.v1": body.draws[5, 0], "body.v2": later.draws[5, 0]}
    assert both.record.more["known_twice"] == ["body.v2"]
    keep(body, tmp_path)
    keep(later, tmp_path)
    assert calibration("body+clinic", tmp_path).digest == both.digest


def test_convergence_needs_everything():
    good, bad = Diagnostic(rhat=1.002, ess_bulk=900, ess_tail=500), Diagnostic(rhat=1.02, ess_bulk=900, ess_tail=500)
    assert posterior(diagnostics={"a": good}).record.converged
    assert not posterior(diagnostics={"a": good, "b": bad}).record.converged
    assert not posterior(diagnostics={"a": good}, divergences=1).record.converged
    assert not posterior().record.converged


def test_numbers_that_are_none_are_refused():
    with pytest.raises(RequestError, match="finite"):
        Posterior("x", ("a",), np.array([[np.nan]]), Record(title="x", method="nuts", seed=1))
