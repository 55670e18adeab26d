"""On a reduced problem with invented data the body's machinery gives back what was put in."""

from __future__ import annotations

from resynapse.calibrate.stages.body.check import VALUES, reduced_check


def test_truths_rank_uniformly():
    found = reduced_check(rounds=40)
    assert found.names == VALUES and found.ecdf.shape[0] == len(VALUES)
    assert found.outside == ()
