"""The benchmark itself: jobs with a handful of people are right beside other tools, and become a page."""

from __future__ import annotations

import json
import shlex
import sys

import numpy as np
import pytest
from bench import near_limit, page, pkpd, pkpd_peers, scaling, whole
from bench.roofline import roofline
from bench.timing import best, engine, machine

from resynapse.core.solver import GridPlan, certify, solve

FEW = 16


@pytest.fixture(scope="module")
def linear():
    """Job P: the people, the reference for two of them, and what each engine says."""
    crowd, pair = pkpd.Crowd(FEW), pkpd.Crowd(2)
    found = {"resynapse": crowd.printed(), "libroadrunner": pkpd_peers.by_roadrunner(pair)}
    return pkpd_peers.reference(pair), found


@pytest.mark.parametrize(("name", "response", "others"), [("resynapse", 1e-4, 1e-8), ("libroadrunner", 1e-6, 1e-4)])
def test_engines_of_the_linear_job_agree_with_a_tight_reference(linear, name, response, others):
    reference, found = linear
    errors = pkpd.errors(found[name], reference)
    assert errors["response"] < response
    assert max(errors["c1"], errors["ce"]) < others


def test_people_of_a_crowd_are_the_same_in_a_larger_one():
    few, many = pkpd.Crowd(3), pkpd.Crowd(FEW)
    for name, values in few.values.items():
        np.testing.assert_array_equal(values, many.values[name][:3])
    small, large = whole.Crowd(2).chain.parameters, whole.Crowd(5).chain.parameters
    for address in whole.SPREADS:
        np.testing.assert_array_equal(small[address], large[address][:2])


@pytest.fixture(scope="module")
def crowd():
    """Job C, with one infusion in four days to be quick."""
    return whole.Crowd(FEW, (0,), 96.0)


def test_the_plan_of_the_whole_job_is_certified_for_a_sample(crowd):
    sample = whole.Crowd(4, crowd.days, crowd.end)
    solution = solve(sample.chain, sample.protocol, sample.start, (0.0, sample.end), whole.PLAN)
    assert GridPlan.coarse() == whole.PLAN
    assert max(certify(solution, solution.check_times).values()) < 1e-4


def test_the_whole_job_gives_courses_that_move_and_differ(crowd):
    found = crowd.printed()
    assert {v.shape for v in found.values()} == {(FEW, whole.READS)}
    assert (np.ptp(found["madrs_total"], axis=1) > 1.0).all()
    assert np.ptp(found["despair"][:, 10]) > 0.01


def test_a_results_file_becomes_a_page_and_a_figure(crowd, tmp_path):
    own = engine(FEW, best(crowd.printed, 1), 1e-5)
    slow = {**own, "people_per_cpu_s": own["people_per_cpu_s"] / 60.0}
    job = {
        "what": "a job",
        "engines": {"resynapse": own, "scipy_lsoda": slow},
        "times_faster_than": {"scipy_lsoda": 60.0},
    }
    run = {"people": 1000, "processes": 2, "wall_s": 9.0, "cpu_s": 8.0, "peak_memory_mb": 900.0, "stored_mb": 0.4}
    costs = list(scaling.kernel_costs(8))
    results = {
        "machine": machine(),
        "jobs": {"P": job, "C": {**job, "roofline": roofline(crowd, own)}},
        "scaling": [run],
        "costs": costs,
    }
    text = page.written(json.loads(json.dumps(results)))
    assert "| SciPy LSODA, one by one |" in text and "| 60x |" in text and "1,000 | 2 |" in text
    assert all(c["us_per_person"] > 0.0 for c in costs) and len(costs) == 8
    page.drawn(results).savefig(tmp_path / "speed.png")
    assert (tmp_path / "speed.png").stat().st_size > 10_000


def test_operations_are_counted_in_the_printed_program(crowd):
    found = roofline(crowd, {"people_per_cpu_s": 1000.0})
    assert found["states"]["slow"] >= 12 and found["states"]["linear"] >= 16
    assert 1e5 < found["operations_per_person"] < 1e7
    assert found["gigaflops"] == pytest.approx(found["operations_per_person"] / 1e6)


def test_an_outside_kernel_is_timed_only_where_one_is_named(monkeypatch):
    monkeypatch.delenv(near_limit.COMMAND, raising=False)
    assert near_limit.near_limit() == {}
    told = {"people_per_cpu_s": 1e6, "max_rel_err": 1e-5, "people": 10}
    program = shlex.quote(f"print({json.dumps(told)!r})")
    monkeypatch.setenv(near_limit.COMMAND, f"{sys.executable} -c {program}")
    assert near_limit.near_limit() == {"near_limit_kernel": told}
