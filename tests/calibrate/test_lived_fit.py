"""The recorded fit of the slow limb: what it may see, and that the values on file are where it ends."""

from __future__ import annotations

from types import CodeType

import numpy as np
import pytest

from resynapse.calibrate import lived as fit
from resynapse.core.errors import EvidenceError
from resynapse.evidence import library
from resynapse.person.lived.judgement import believed
from resynapse.slow_chains import course_chain

BESIDE = np.array([believed().mean, believed().person_sd, believed().course_sd])


def on_file(name: str) -> float:
    return float(course_chain().parameters[name])


def test_the_fit_sees_build_rows_only():
    seen = fit.wanted()
    np.testing.assert_allclose(seen.remission, [0.368, 0.306, 0.137, 0.13])
    assert (seen.odds_ratio, seen.first_week) == (1.69, 0.33)
    for study in ("rush2006", "linde2015", "taylor2006"):
        with pytest.raises(EvidenceError):
            library().verify.select(study=study)


def test_the_fit_works_where_verify_rows_cannot_be_read(monkeypatch):
    class BuildAlone:
        build = library().build

    monkeypatch.setattr(fit, "library", BuildAlone)
    assert all(o.role == "build" for o in BuildAlone.build)
    np.testing.assert_allclose(fit.wanted().remission, [0.368, 0.306, 0.137, 0.13])
    assert "library" not in {name for code in _codes(fit) if code.co_name != "wanted" for name in code.co_names}


def _codes(module) -> list[CodeType]:
    """The code of every function and method of a module."""
    own = [v for v in vars(module).values() if getattr(v, "__module__", "") == module.__name__]
    inner = [m for v in own if isinstance(v, type) for m in vars(v).values()]
    funcs = (getattr(f, "func", getattr(f, "fget", f)) for f in (*own, *inner))
    return [f.__code__ for f in funcs if hasattr(f, "__code__")]


def test_a_third_of_the_six_week_effect_is_there_after_one(monkeypatch):
    monkeypatch.setattr(fit, "FEW", 60)
    assert 0.27 < fit.first_week(on_file("synapse.k_v"), on_file("monoamine.tau_v")) < 0.39


@pytest.mark.slow
def test_the_values_on_file_meet_what_was_fitted(monkeypatch):
    monkeypatch.setattr(fit, "PEOPLE", 3000)
    rehearsal = fit.Rehearsal(on_file("monoamine.tau_v"))
    trial = np.array([on_file("synapse.k_v"), *BESIDE])
    left = fit.misfits(rehearsal, trial, fit.WEEKS)
    assert np.abs(left[:4] * fit.STEP_SD).max() < fit.STEP_BAND
    assert np.abs(left[4] * fit.ODDS_SD) < np.log(1.69 / 1.40)
    for factor in (0.7, 1.4):
        moved = fit.misfits(rehearsal, trial * np.array([1.0, factor, 1.0, 1.0]), fit.WEEKS)
        assert (moved**2).sum() > (left**2).sum()
