"""The body's stage sees build rows only, asks KPK-1 what they say, and its stored run is what it claims to be."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.calibrate.inference.prior import values_at
from resynapse.calibrate.stages.body import told
from resynapse.calibrate.stages.body.evidence import evidence
from resynapse.calibrate.stages.body.likelihood import Posed, exact, slopes


@pytest.fixture(scope="module")
def rows():
    return evidence()


@pytest.fixture(scope="module")
def typical(rows):
    """The answers of the values on file, by row and port."""
    found = exact(rows)(np.zeros((1, len(told.laws()))))[0]
    return {(r.observation.row, r.asked.port): float(np.exp(v)) for r, v in zip(rows.rows, found, strict=True)}


def test_only_build_rows_are_opened(rows):
    assert {r.observation.role for r in rows.rows} == {"build"}
    assert len(rows.rows) == 150 and len(rows.courses) == 9
    assert all(row.row for row in rows.records)


def test_tablets_that_release_slowly_do_not_say_how_far_livers_lie_apart(rows):
    told_of = {r.observation.row for r in rows.single if r.scatter}
    assert "3" in told_of and not {"56", "57"} & told_of


def test_a_point_read_where_the_rate_changes_weighs_little(rows):
    """A wrong time moves a point much just after a step and hardly between steps."""
    steps = next(c for c in rows.courses if c.rows[0].asked.port == "ca_ketamine_s")
    hours = [r.asked.until for r in steps.rows]
    sd = dict(zip(hours, np.sqrt(np.diag(np.linalg.inv(steps.seen.root.T @ steps.seen.root))), strict=True))
    assert sd[3.083] > 2 * sd[2.5] and sd[1.0] > 2 * sd[1.5]
    assert sd[0.083] > sd[0.25] > sd[0.75]


def test_the_middle_of_the_prior_is_the_set_on_file():
    middle = values_at(told.laws(), np.zeros((1, len(told.laws()))), told.chain())
    for address, value in middle.items():
        assert value[0] == pytest.approx(float(told.chain().parameters[address]))


@pytest.mark.parametrize(
    ("row", "port", "value"),
    [
        ("1", "cv_ketamine_s", 15.2),
        ("3", "cv_ketamine_s", 91.2),
        ("6", "cv_hnk_r", 3.08),
        ("8", "ca_ketamine_s", 263.0),
        ("10", "ca_ketamine_s", 136.0),
        ("18", "cv_ketamine_s", 103.7),
        ("30", "cv_ketamine", 184.0),
        ("31", "cv_ketamine_s", 7.5),
        ("56", "cv_ketamine", 0.167),
    ],
)
def test_it_answers_as_the_set_is_known_to(typical, row, port, value):
    assert typical[row, port] == pytest.approx(value, rel=0.015)


def test_studies_of_the_same_people_share_their_effect(rows):
    effects = {r.observation.row: dict(r.effects) for r in rows.single}
    assert effects["3"] == {"greifswald15 ketamine": -1.0}
    assert effects["7"] == {"greifswald15 norketamine": 1.0, "greifswald15 ketamine": -1.0}
    assert effects["30"].keys() == effects["Zhao2012.ketamine"].keys() == {"zhao2012 ketamine"}
    assert effects["56"] == {} and effects["31"] == {}


def test_people_lie_apart_as_slopes_say(rows):
    """Linear propagation agrees with people who were drawn."""
    found = slopes(rows, np.zeros(len(told.laws())))
    omegas = np.array([law.middle for law in told.spreads().values()])
    linear = np.sqrt(found.own @ omegas**2 + found.rest)
    clearance = next(k for k, r in enumerate([r for r in rows.single if r.scatter]) if r.observation.row == "3")
    chance, n = np.random.default_rng(1), 400
    own = {a: np.full(n, float(told.chain().parameters[a])) for a in told.laws()}
    weight = np.exp(told.setting("spread", "weight_sd") * chance.standard_normal(n))
    for group, omega in zip(told.spreads(), omegas, strict=True):
        own[group[0]] = own[group[0]] * np.exp(omega * chance.standard_normal(n))
    extraction = own["body.cl_int_s"] / (own["body.qh"] + own["body.cl_int_s"])
    sd = np.std(np.log(own["body.qh"] * extraction * weight**0.75) + 0.05 * chance.standard_normal(n))
    assert linear[clearance] == pytest.approx(sd, rel=0.12)


def test_the_likelihood_prefers_the_truth(rows):
    """With answers equal to what was seen the density is highest; a study effect can stand in for a shift."""
    seen = np.array([r.value if r.observation.statistic == "mean" else r.seen.value for r in rows.rows])
    posed = Posed(rows, lambda _: np.log(seen), slopes(rows, np.zeros(len(told.laws()))))
    z = np.zeros(len(posed.names))
    right = float(posed.log_likelihood(z))
    wrong = float(posed.answered(np.log(seen) + 0.2, z))
    assert right - wrong > 50
    shifted = np.log(seen) - posed._reach[:, rows.effects.index("kamp2020 hnk")] * 0.3
    moved = z.copy()
    moved[posed.names.index("kamp2020 hnk")] = 0.3 / told.setting("study", "hnk_sd")
    assert float(posed.answered(shifted, moved)) == pytest.approx(right)
