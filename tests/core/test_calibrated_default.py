"""The switch by which a calibration becomes the human default: what it holds, and that fits start before it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resynapse.calibrate import adopt
from resynapse.calibrate.posterior import PLACEBO, SPREAD, Posterior, calibration
from resynapse.calibrate.questions.sitting import candidate, default_blend
from resynapse.calibrate.recorded import Record
from resynapse.calibrate.stages.clinic.screening import doubted
from resynapse.calibrate.stages.mechanism.run import laws
from resynapse.chains import default_chain, prior_chain, set_path
from resynapse.core.calibrated import CALIBRATED, UNCALIBRATED
from resynapse.core.errors import RequestError
from resynapse.hypothesis import hypothesis
from resynapse.person.draw import spreads_of
from resynapse.slow_chains import slow_chain
from resynapse.trial.score import facts, homes, values
from resynapse.trial.score.values import FILES

SHARING = ("opioid_dependence", "inflammation", "monoamine_only")


@pytest.fixture(scope="module")
def run() -> Posterior:
    return calibration(CALIBRATED)


def entries(chain):
    return {f"{s}.{n}": e for s, stage in chain.stages.items() for p in stage.provenance for n, e in p.entries.items()}


def test_files_are_those_of_the_stored_run(run):
    told = adopt.adopted(run)
    assert set(told) == set(adopt.on_file(CALIBRATED))
    for path, text in told.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `python -m resynapse.calibrate.adopt`"


def test_the_default_holds_the_centre_of_the_run(run):
    chain, own = default_chain(), spreads_of(default_chain()).spread
    for address, centre in run.medians.items():
        if address.startswith(PLACEBO):
            field = address.removeprefix(PLACEBO)
            file, key = homes()[field]
            assert getattr(getattr(values(), _group(field)), field) == pytest.approx(centre, rel=1e-5)
            assert run.digest in facts(file)[key].note and facts(file)[key].origin == "calibrated_here"
        elif address.startswith(SPREAD):
            assert own[address.removeprefix(SPREAD)].omega == pytest.approx(centre, rel=1e-3)
        else:
            assert float(chain.parameters[address]) == pytest.approx(centre, rel=1e-5)
            assert entries(chain)[address].calibration == f"{run.name} {run.digest}"


def _group(field):
    return next(g for g in ("placebo", "measuring", "between", "trust") if hasattr(getattr(values(), g), field))


def test_everything_else_stays(run):
    before, after = prior_chain().parameters, default_chain().parameters
    anchors = {a for a in after if a.startswith("mood.") and a.endswith("_ref")}
    assert {a for a in after if float(after[a]) != float(before[a])} <= {*run.addresses, *anchors}
    for species in ("rat", "mouse"):
        one, other = default_chain(species), prior_chain(species)
        assert all(float(v) == float(other.parameters[a]) for a, v in one.parameters.items())
    affinities = {a: v for a, v in after.items() if a.startswith("receptor.affinities")}
    assert affinities and all(float(v) == float(before[a]) for a, v in affinities.items())


def test_mood_is_anchored_anew():
    assert float(default_chain().parameters["mood.despair_ref"]) != float(prior_chain().parameters["mood.despair_ref"])


@pytest.mark.parametrize("name", SHARING)
def test_hypotheses_of_people_share_calibrated_values_unless_they_set_them(name, run):
    own, usual = hypothesis(name), default_chain()
    found, before = own.chain("human").parameters, own.prior("human").parameters
    for address in (a for a in run.addresses if a in found and a not in own.values):
        assert float(found[address]) == float(usual.parameters[address]), address
        assert float(before[address]) == float(prior_chain().parameters[address]), address


def test_tablets_beside_ketamine_share_them_too(run):
    for address in (a for a in run.addresses if a in slow_chain().parameters):
        assert float(slow_chain().parameters[address]) == float(default_chain().parameters[address])


def test_no_prior_sees_a_posterior():
    told = [*doubted(prior_chain()).values(), *laws(tuple(prior_chain().parameters)).values()]
    assert told and not any((one.entry.calibration or "").startswith(CALIBRATED) for one in told)
    assert values(UNCALIBRATED) != values() and not any(
        fact.note.startswith("calibrated (") for file in FILES for fact in facts(file, UNCALIBRATED).values()
    )


def test_no_fit_starts_from_the_calibrated_default():
    for path in sorted(Path(adopt.__file__).parent.rglob("*.py")):
        assert "default_chain" not in path.read_text(encoding="utf-8"), f"{path.name}: take `prior_chain()`"


def test_priors_of_the_clinic_are_those_that_its_run_was_told(run):
    now = {a: law.told for a, law in doubted(prior_chain()).items()}
    told = {a: words for a, words in run.record.priors.items() if a in now and "range on file" in words}
    assert all(now[a] == words for a, words in told.items())


def test_the_exam_sits_before_the_calibration():
    assert default_blend().make("human") is prior_chain("human")
    own = hypothesis("inflammation")
    sitting = candidate(own).make("human").parameters
    assert float(sitting["synapse.k_p"]) == float(prior_chain().parameters["synapse.k_p"])


def test_a_run_moves_what_it_speaks_of_and_nothing_else():
    value = 1.2 * float(prior_chain().parameters["synapse.k_p"])
    draws = np.array([[value, 0.4, 2.0]]) * np.array([[0.9], [1.0], [1.1]])
    names = ("synapse.k_p", "spread.synapse.k_p", "placebo.rater_bias")
    told = adopt.adopted(Posterior("trial", names, draws, Record(title="a trial", method="laplace", seed=1)))
    assert set_path("synapse", "human_trial") in told and set_path("receptor", "human_trial") not in told
    assert any(path.stem == "values_trial" and "[measuring.rater_bias]" in text for path, text in told.items())
    assert 'spread = { kind = "lognormal", sd = 0.4 }' in told[set_path("synapse", "human_trial")]


def test_a_value_that_nothing_has_is_refused():
    lost = Posterior("trial", ("synapse.k_nn",), np.ones((2, 1)), Record(title="a trial", method="laplace", seed=1))
    with pytest.raises(RequestError, match="nothing in the default chain"):
        adopt.adopted(lost)
