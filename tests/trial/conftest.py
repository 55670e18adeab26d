"""Data sets of trials: published ones and simulated ones."""

import csv
import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from resynapse.trial.analysis import Visits

REFERENCE = Path(__file__).parents[1] / "reference" / "trial"


@pytest.fixture(scope="session")
def fev():
    """The example data of R's mmrm."""
    with (REFERENCE / "fev_data.csv").open() as file:
        rows = list(csv.DictReader(file))
    first = rows[::4]
    assert [row["AVISIT"] for row in rows[:4]] == ["VIS1", "VIS2", "VIS3", "VIS4"]
    score = np.array([float(row["FEV1"] or "nan") for row in rows]).reshape(-1, 4)
    covariates = {
        "baseline": np.array([float(row["FEV1_BL"]) for row in first]),
        "race": np.array([row["RACE"] for row in first]),
        "sex": np.array([{"Male": "M", "Female": "W"}[row["SEX"]] for row in first]),
    }
    return Visits([row["ARMCD"] for row in first], score, ("VIS1", "VIS2", "VIS3", "VIS4"), covariates)


@pytest.fixture(scope="session")
def published():
    return json.loads((REFERENCE / "published_mmrm.json").read_text())


@pytest.fixture(scope="session")
def r_results():
    return json.loads((REFERENCE / "r_results.json").read_text())


@pytest.fixture(scope="session")
def null_trials():
    """The script of `make nulls`."""
    path = Path(__file__).parents[2] / "tools" / "null_trials.py"
    spec = spec_from_file_location("null_trials", path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the module of their annotations
    spec.loader.exec_module(module)
    return module
