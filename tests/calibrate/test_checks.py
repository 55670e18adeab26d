"""On reduced problems with invented data the machinery of every stage gives back what was put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resynapse.calibrate.inference.checking import Uniformity, sampled_together, weighed
from resynapse.calibrate.stages.body.check import reduced as body
from resynapse.calibrate.stages.checks import STAGES, STORE, page
from resynapse.calibrate.stages.clinic.check import reduced as clinic
from resynapse.calibrate.stages.mechanism.check import reduced as mechanism


@pytest.mark.parametrize(("make", "rounds"), [(body, 300), (mechanism, 600), (clinic, 200)])
def test_truths_rank_uniformly(make, rounds):
    problem = make()
    found = weighed(problem, rounds, 1).band()
    assert found.names == problem.names
    assert found.outside == ()


def test_the_sampler_ranks_them_so_too():
    assert sampled_together(body(), 20, 1).band().outside == ()


def test_a_likelihood_that_is_too_sure_is_caught():
    right = mechanism()
    sure = replace(right, log_likelihood=lambda told, data: 3.0 * right.log_likelihood(told, data))
    assert weighed(sure, 600, 1).band().outside


def test_a_stand_in_that_is_off_is_caught():
    right = body()
    off = replace(right, predicted=lambda z: right.predicted(z) + 0.05)
    assert weighed(off, 300, 1).band().outside


def test_reach_is_told_in_units_of_the_band():
    at = np.array([[0.25, 0.5, 0.75]])
    found = Uniformity(("a",), at, at + np.array([[0.0, 0.2, 0.0]]), at - 0.1, at + 0.1)
    assert found.reach == pytest.approx([2.0])
    assert found.outside == ("a",)


def test_the_page_says_first_what_left_the_band():
    one = {"rounds": 20, "outside": ["a"], "reach": {"a": 1.2}, "at": [0.5], "edge": [0.1], "curves": {"a": [0.12]}}
    told = page({"version": "1", "seed": 1, "stages": {"body": {"weights": one}}})
    assert "**1 of 1 checks left the band.**" in told
    assert "- body, by weights: `a`" in told


def test_the_page_on_file_is_that_of_the_curves_on_file():
    import json

    told = json.loads(STORE.read_text(encoding="utf-8"))
    assert STORE.with_suffix(".md").read_text(encoding="utf-8") == page(told)
    assert set(told["stages"]) == set(STAGES)
