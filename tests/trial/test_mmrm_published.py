"""MMRM beside results printed by R's mmrm and SAS, and beside nlme::gls, on the example data of mmrm."""

import numpy as np
import pytest

from resynapse.trial.analysis import (
    HeterogeneousAutoregressive,
    HeterogeneousCompoundSymmetry,
    HeterogeneousToeplitz,
    KenwardRoger,
    Mmrm,
    Satterthwaite,
    Unstructured,
)
from resynapse.trial.analysis.fit import fitted
from resynapse.trial.analysis.moments import Design

STRUCTURES = {
    "unstructured": Unstructured(),
    "toeplitz": HeterogeneousToeplitz(),
    "autoregressive": HeterogeneousAutoregressive(),
    "compound_symmetry": HeterogeneousCompoundSymmetry(),
}


def columns(fev):
    """The columns of R's model matrix by their names in R."""
    one, visit = np.ones(fev.score.shape), np.eye(4)[None] * np.ones((200, 1, 1))
    treated = one * (fev.arm == "TRT")[:, None]
    race, sex = fev.covariates["race"], fev.covariates["sex"]
    named = {
        "(Intercept)": one,
        "RACEBlack or African American": one * (race == "Black or African American")[:, None],
        "RACEWhite": one * (race == "White")[:, None],
        "SEXFemale": one * (sex == "W")[:, None],
        "ARMCDTRT": treated,
    }
    named |= {f"AVISITVIS{k + 1}": visit[:, k] for k in (1, 2, 3)}
    return named | {f"ARMCDTRT:AVISITVIS{k + 1}": treated * visit[:, k] for k in (1, 2, 3)}


def model(fev, *names, structure=STRUCTURES["unstructured"]):
    every = columns(fev)
    return fitted(Design(names, np.stack([every[name] for name in names], axis=-1)), fev.score, (structure,))


def test_every_line_of_the_summary_that_mmrm_prints(fev, published):
    printed = published["satterthwaite"]
    fit = model(fev, *printed["effects"])
    assert fit.deviance == pytest.approx(printed["deviance"], abs=0.005)
    np.testing.assert_allclose(fit.covariance, printed["covariance"], atol=0.012)
    for place, (estimate, se, df) in enumerate(printed["effects"].values()):
        contrast = np.eye(len(printed["effects"]))[place]
        own_se, own_df = Satterthwaite().spread(fit, contrast)
        assert fit.estimate(contrast) == pytest.approx(estimate, abs=2e-4 * se)
        assert own_se == pytest.approx(se, rel=1e-4)
        assert own_df == pytest.approx(df, rel=1e-4)


def test_the_degrees_of_freedom_of_kenward_and_roger_that_mmrm_prints(fev, published):
    printed = published["kenward_roger_degrees"]["effects"]
    names = [name for name in columns(fev) if name != "SEXFemale"]
    fit = model(fev, *names)
    assert fit.deviance == pytest.approx(published["kenward_roger_degrees"]["deviance"], abs=0.05)
    for name, (estimate, df) in printed.items():
        contrast = np.eye(len(names))[names.index(name)]
        own_se, own_df = KenwardRoger().spread(fit, contrast)
        assert fit.estimate(contrast) == pytest.approx(estimate, abs=2e-4 * own_se)
        assert own_df == pytest.approx(df, rel=2e-4)


@pytest.mark.parametrize("word", STRUCTURES)
def test_kenward_and_rogers_standard_errors_of_sas(fev, published, word):
    fit = model(fev, "(Intercept)", "ARMCDTRT", structure=STRUCTURES[word])
    estimate, se, df = published["sas_kenward_roger"][word]
    own_se, own_df = KenwardRoger().spread(fit, np.array([0.0, 1.0]))
    assert fit.estimate(np.array([0.0, 1.0])) == pytest.approx(estimate, abs=2e-4 * se)
    assert own_se == pytest.approx(se, rel=2e-4)
    assert own_df == pytest.approx(df, rel=4e-4)


@pytest.mark.parametrize("word", ["toeplitz", "autoregressive", "compound_symmetry"])
def test_the_parameters_and_the_likelihood_of_sas(fev, published, word):
    fit = model(fev, "(Intercept)", structure=STRUCTURES[word])
    deviance, parameters, estimate, se, df = published["sas_intercept_only"][word]
    theta = np.where(np.arange(fit.point.theta.size) < 4, fit.moments.scale**2, 1.0) * fit.point.theta
    assert fit.deviance == pytest.approx(deviance, abs=0.05)
    np.testing.assert_allclose(theta, parameters, rtol=2e-4, atol=1e-4)
    own_se, own_df = Satterthwaite().spread(fit, np.ones(1))
    assert (round(fit.estimate(np.ones(1)), 3), round(own_se, 4)) == (round(estimate, 3), se)
    assert own_df == pytest.approx(df, abs=0.51)


@pytest.mark.parametrize("word", ["unstructured", "autoregressive", "compound_symmetry"])
def test_the_analysis_agrees_with_generalised_least_squares_of_nlme(fev, r_results, word):
    expected = r_results["gls"][word]
    asked = Mmrm("TRT", "PBO", "VIS4", ("baseline",), ("race", "sex"), (STRUCTURES[word],), Satterthwaite())
    found = list(asked.at_every_visit(fev).values())
    np.testing.assert_allclose([e.estimate for e in found], expected["estimate"], rtol=1e-5)
    np.testing.assert_allclose([e.se for e in found], expected["se"], rtol=2e-5)
    assert asked.analyse(fev) == found[3]
    assert asked.fit(fev).deviance == pytest.approx(-2.0 * expected["loglik"], abs=1e-6)
