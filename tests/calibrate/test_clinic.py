"""The clinic's stage: what it may open, and whether it finds again what was put in."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2

from resynapse.calibrate.inference.prior import priors
from resynapse.calibrate.placebo import Control
from resynapse.calibrate.placebo import control as drawn_control
from resynapse.calibrate.posterior import calibration, calibrations
from resynapse.calibrate.stages.clinic.arms import Evidence, evidence, opened
from resynapse.calibrate.stages.clinic.cells import let_in
from resynapse.calibrate.stages.clinic.laws import HalfNormal, Triangle, laws
from resynapse.calibrate.stages.clinic.near import climbed
from resynapse.calibrate.stages.clinic.nodes import chosen, first
from resynapse.calibrate.stages.clinic.posed import Posed
from resynapse.calibrate.stages.clinic.question import followed
from resynapse.calibrate.stages.clinic.recording import unused
from resynapse.calibrate.stages.clinic.scored import no_studies
from resynapse.calibrate.stages.clinic.screening import picked
from resynapse.calibrate.stages.clinic.stage import posing, told_values
from resynapse.calibrate.stages.clinic.surrogate import Asked, emulated, relief
from resynapse.chains import prior_chain
from resynapse.core.calibrated import UNCALIBRATED
from resynapse.core.errors import EvidenceError
from resynapse.evidence import library
from resynapse.trial.score import room, values

STUDIES = ("murrough2013a", "su2017", "daly2018")
VALUES = ("receptor.k_interneuron", "mood.w_l")


@pytest.fixture(scope="module")
def few() -> Evidence:
    """Three studies, and the regimens that they give."""
    whole = evidence()
    arms = {key: arm for key, arm in whole.arms.items() if key[0] in STUDIES}
    given = {arm.regimen for arm in arms.values()}
    rows = tuple(row for row in whole.rows if row.study in STUDIES)
    regimens = {name: one for name, one in whole.regimens.items() if name in given}
    return replace(whole, arms=arms, rows=rows, regimens=regimens, also=dict.fromkeys(regimens, ()))


@pytest.fixture(scope="module")
def posed(few: Evidence) -> Posed:
    """The stage on these studies, two values of the chain, 32 people and 40 points."""
    chain = prior_chain()
    who = {name: first(of, 32) for name, of in few.populations.items()}
    asked = Asked(chain, followed(few, who), priors(chain, VALUES), {}, float(chain.parameters["scale.worst"]))
    return posing(emulated(asked, 40, 3), few)


def test_rows_that_judge_cannot_be_reached() -> None:
    judging = [o for o in library().verify.select(endpoint="efficacy") if o.value is not None]
    building = {o.row for o in library().build}
    hidden = [o for o in judging if o.row not in building]
    assert hidden
    for o in hidden:
        with pytest.raises(EvidenceError, match="may not open"):
            opened(o.study.name, o.row)


def test_every_row_is_used_or_said_why_not() -> None:
    told = evidence()
    used = {part for row in told.rows for part in row.id.split(" and ")}
    every = {o.row for end in ("efficacy", "care") for o in library().build.select(endpoint=end)}
    assert used | set(unused(told)) == every
    assert not used & set(unused(told))


def test_numbers_come_from_the_evidence() -> None:
    row = next(r for r in evidence().rows if r.id == "Murrough2013a.4")
    assert (row.value, row.n) == (-16.5, 47)
    both = next(r for r in evidence().rows if r.id.startswith("TRANSFORM-pooled.6 and"))
    assert both.value == pytest.approx((-20.3 * 215 - 18.3 * 95) / 310)


def test_laws_are_what_they_say() -> None:
    chance = np.array([0.02, 0.3, 0.5, 0.9])
    triangle = Triangle(0.0, 2.0, 10.0)
    from scipy.special import ndtri
    from scipy.stats import halfnorm, triang

    z = ndtri(chance)
    np.testing.assert_allclose(triangle.at(z), triang.ppf(chance, 0.2, 0.0, 10.0), rtol=1e-6)
    np.testing.assert_allclose(HalfNormal(0.5).at(z), halfnorm.ppf(chance, scale=0.5), rtol=1e-6)


def test_relief_is_that_of_the_score() -> None:
    chain = prior_chain()
    scale, despair = chain.stages["scale"], np.linspace(-0.5, 1.2, 7)
    shown = scale.readouts(jnp.zeros(()), {}, {"despair": jnp.asarray(despair)})["madrs_total"]
    share, start = float(scale.share), float(scale.baseline)
    np.testing.assert_allclose(1.0 - shown / start, share * relief(1.0 - despair, float(scale.worst)), atol=1e-9)


def test_a_handful_stands_for_many() -> None:
    features = np.random.default_rng(1).gamma(2.0, size=(400, 3))
    handful = chosen("trd_phase3", features, 32)
    away = features[list(handful.numbers)].mean(axis=0) - features.mean(axis=0)
    assert len(set(handful.numbers)) == 32
    assert (np.abs(away) < 0.1 * features.std(axis=0) / np.sqrt(32)).all()


def test_values_are_picked_by_what_they_add() -> None:
    effects = {"a": np.array([3.0, 0.0]), "like_a": np.array([2.9, 0.1]), "b": np.array([0.0, 1.0])}
    assert list(picked(effects, 2)) == ["a", "b"]


def test_who_is_let_in_was_rated_high() -> None:
    arm = evidence().arms["turkoz2021", "placebo"]
    assert 0.5 < let_in(arm, 5.6) < 2.0
    assert let_in(replace(arm, entry=0.0), 5.6) == 0.0


def test_groups_move_as_people_would(posed: Posed) -> None:
    z = jnp.zeros(posed.size)
    said = dict(zip((r.words for r in posed.rows), np.asarray(posed.predicted(z, posed.relieved(z))), strict=True))
    drug, control = (said[f"murrough2013a, {arm}: change, day 1"] for arm in ("ketamine", "midazolam"))
    assert drug < control < 0.0
    low, high = (said[f"su2017, {arm}: response, day 3"] for arm in ("saline", "k05"))
    assert 0.0 < low < high < 1.0


def test_what_was_put_in_is_found_again(posed: Posed) -> None:
    truth = 0.6 * np.random.default_rng(4).standard_normal(posed.size)
    said = np.asarray(posed.predicted(jnp.asarray(truth), posed.relieved(jnp.asarray(truth))))
    rows = tuple(replace(row, value=float(v)) for row, v in zip(posed.rows, said, strict=True))
    invented = Posed(posed.surrogate, replace(posed.told, rows=rows), posed.at, posed.value)
    top = climbed(invented, [np.zeros(posed.size)])
    away = truth - top.at
    assert away @ top.precision @ away < chi2.ppf(0.999, posed.size)
    columns = told_values(invented, top.draws(400, 1))
    right = told_values(invented, truth[None])
    for address in (*VALUES, "scale.share", "placebo.day1", "placebo.hope"):
        low, high = np.quantile(columns[address], (0.005, 0.995))
        assert low < right[address][0] < high, address


def test_the_run_on_file_speaks_of_the_score_and_of_people() -> None:
    assert "clinic" in calibrations()
    found = calibration("clinic")
    assert set(laws().spreads) <= {a.removeprefix("spread.") for a in found.addresses}
    assert {"scale.share", "spread.scale.share", "placebo.hope"} <= set(found.addresses)
    assert found.record.converged
    assert found.record.more["headline"]["contrast_width"] < 12.0
    ids = {part for used in found.record.data for part in used.row.split(" and ")}
    assert ids <= {o.row for o in library().build}


def test_a_control_written_out_is_that_of_many_people(posed: Posed) -> None:
    value = values(UNCALIBRATED)
    fields = {**vars(value.placebo), **vars(value.measuring), **vars(value.between)}
    known = {name: fields.get(name, 0.3) for name in laws().score}
    studies = no_studies(len(posed.told.studies))
    found = posed.sheet.scores(posed.relieved(jnp.zeros(posed.size)), known, studies)
    place = posed.at.place("murrough2013a", "midazolam", 1.0)
    many = drawn_control(Control("trd_academic", "midazolam", 0.67, 1.0), value)
    assert float(found.change()[place]) == pytest.approx(many["change"], abs=0.7)
    assert float(found.spread()[place]) == pytest.approx(many["spread"], abs=0.8)
    assert float(found.response()[place]) == pytest.approx(many["response"], abs=0.05)


def test_a_fall_leaves_the_drug_as_much_room_as_in_a_trial(posed: Posed) -> None:
    """Both ways of writing the score share one law; the control of a trial whose raters do not lean shows the fall."""
    fields = {**vars(values().placebo), **vars(values().measuring), **vars(values().between)}
    known = {name: fields.get(name, 0.3) for name in laws().score} | {"overlap": 1.6, "rater_bias": 0.0}
    found = posed.sheet.scores(posed.relieved(jnp.zeros(posed.size)), known, no_studies(len(posed.told.studies)))
    place = posed.at.place("murrough2013a", "midazolam", 1.0)
    start, drugless = float(found.start[place]), np.asarray(found.drugless[place])
    wanted = room(replace(values().placebo, overlap=1.6), np.full(2, start), start - drugless)
    assert wanted[0] < wanted[1] < 1.0
    np.testing.assert_allclose(found.left[place], wanted, rtol=1e-12)
