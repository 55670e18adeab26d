"""The stored run of the body is whole, fits the chain, and met what it was shown about as well as it says."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.calibrate.posterior import calibration
from resynapse.calibrate.stages.body import told
from resynapse.calibrate.stages.body.evidence import evidence
from resynapse.calibrate.stages.body.predicted import answers


@pytest.fixture(scope="module")
def run():
    return calibration("body")


def test_it_speaks_of_values_that_the_chain_has(run):
    declared = told.chain().declared
    for address in run.addresses:
        low, high = declared[address.removeprefix("spread.")].range
        draws = run.of(address)
        assert ((draws > 0) if address.startswith("spread.") else (draws >= low) & (draws <= high)).all()
    assert set(told.laws()) <= set(run.addresses)


def test_it_names_every_row_that_is_fitted_today(run):
    """When rows, values of rows or errors change, the run is no longer what this code would make."""
    today = evidence().records
    assert [d.row for d in run.record.data] == [d.row for d in today]
    assert [d.value for d in run.record.data] == pytest.approx([d.value for d in today])
    assert {a: law.told for a, law in told.laws().items()}.items() <= run.record.priors.items()


def test_its_middle_meets_clearances_and_peaks(run):
    rows = [r for r in evidence().single if r.observation.row in ("1", "2", "3", "4", "8")]
    some = run.rows(20, seed=1)
    values = {a: run.of(a)[some] for a in told.laws()}
    found = np.median(answers([r.asked for r in rows], values), axis=0)
    assert np.exp(found) == pytest.approx([r.seen.value for r in rows], rel=0.15)


def test_the_emulator_was_good_enough(run):
    assert run.record.more["log_density_error_sd"] < 0.5
    assert run.record.more["emulator_rms_error"] < 0.01


def test_it_says_whether_it_converged(run):
    assert run.record.diagnostics.keys() >= set(told.laws())
    assert run.record.converged
