"""A calibration written as a parameter file is accepted by the core, with its run, spreads and correlations."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from resynapse.body.kpk1 import Kpk1
from resynapse.calibrate.inference.prior import law
from resynapse.calibrate.inference.written import Room, write
from resynapse.calibrate.posterior import Posterior
from resynapse.calibrate.recorded import Record
from resynapse.chains import body_chain
from resynapse.core.errors import ParameterError
from resynapse.core.parameter import read_set, values_for

NAMES = ("body.v1", "body.qh", "spread.body.cl_int_s", "spread.body.cl_int_r")


def run(names=NAMES):
    chance = np.random.default_rng(1)
    middle = np.array([25.0, 110.0, 0.2, 0.2])[: len(names)]
    draws = middle * np.exp(0.1 * chance.multivariate_normal([0, 0], [[1, -0.8], [-0.8, 1]], 400)[:, [0, 1, 0, 0]])
    return Posterior("tiny", names, draws[:, : len(names)], Record(title="a test", method="nuts", seed=1))


@pytest.fixture(scope="module")
def chain():
    return body_chain("human")


@pytest.fixture
def made(chain, tmp_path):
    parent = chain.stages["body"].provenance[0]
    shutil.copy(parent.path, tmp_path)
    return parent, read_set(write(run(), Room.of(chain, "body"), "docs/calibration/body.md", tmp_path))


def test_values_and_errors_are_those_of_the_draws(made):
    (parent, found), posterior = made, run()
    entry = found.entries["v1"]
    assert entry.value == pytest.approx(posterior.medians["body.v1"], rel=1e-5)
    assert entry.error == {"se": pytest.approx(posterior.sds["body.v1"], rel=1e-3)}
    assert entry.origin == "calibrated_here" and entry.calibration == f"tiny {posterior.digest}"
    assert found.entries["q1"] == parent.entries["q1"]
    drawn = law(entry, np.array([0.1587, 0.5, 0.8413]))
    assert np.diff(drawn) == pytest.approx([posterior.sds["body.v1"]] * 2, rel=0.01)


def test_the_stage_accepts_it(made):
    values = values_for(Kpk1, made[1])
    assert values["v1"] == pytest.approx(run().medians["body.v1"], rel=1e-5)


def test_spreads_keep_their_scale_and_covariances_their_correlation(made):
    parent, found = made
    assert found.entries["cl_int_s"].spread.omega == pytest.approx(run().medians["spread.body.cl_int_s"], rel=1e-3)
    assert found.entries["cl_int_s"].value == parent.entries["cl_int_s"].value
    assert found.entries["cl_int_s"].origin == parent.entries["cl_int_s"].origin
    assert run().digest in found.entries["cl_int_s"].note

    def correlation(chosen):
        one = next(c for c in chosen.covariances if "cl_int_s" in c.between)
        s, r = (chosen.entries[n].spread.omega for n in one.between)
        return one.value / (s * r)

    assert correlation(found) == pytest.approx(correlation(parent), rel=1e-3)
    assert len(found.covariances) == len(parent.covariances)


def test_what_is_known_together_is_said(made):
    (told,) = made[1].correlations
    assert set(told.between) == {"v1", "qh"} and told.value == pytest.approx(-0.8, abs=0.07)
    assert made[0].correlations == () and made[0].digest != made[1].digest


def test_a_room_of_which_nothing_is_known_is_refused(chain, tmp_path):
    other = Posterior("tiny", ("mood.x",), np.ones((3, 1)), Record(title="a test", method="nuts", seed=1))
    with pytest.raises(ParameterError, match="says nothing of this room"):
        write(other, Room.of(chain, "body"), "docs", tmp_path)


def test_a_correlation_of_nobody_is_refused(chain, tmp_path):
    shutil.copy(chain.stages["body"].provenance[0].path, tmp_path)
    path = write(run(), Room.of(chain, "body"), "docs/calibration/body.md", tmp_path)
    path.write_text(path.read_text().replace('between = ["v1", "qh"]', 'between = ["v1", "qz"]'))
    with pytest.raises(ParameterError, match="a correlation needs two parameters"):
        read_set(path)
