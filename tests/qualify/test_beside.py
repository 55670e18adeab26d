"""Published observations stand beside the results they fit, on the right scale, and are judged by stated rules."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from resynapse.core.errors import RequestError
from resynapse.qualify.beside import NUMBERS, TEXTS, observed, observed_sources, summary

TIMES = np.unique(np.concatenate([[-1.0], np.linspace(0, 3, 181), np.linspace(3, 30, 271), np.linspace(30, 800, 771)]))
DAY = 24.0


def curve(height, fall, rise=0.667):
    """Rises linearly to `height` at `rise` hours, then falls with a half-life of `fall` hours."""
    later = height * 0.5 ** ((TIMES - rise) / fall)
    return np.where(rise > TIMES, height * np.clip(TIMES, 0, None) / rise, later)


def lowered(before, fall, since=1.0):
    return np.where(since > TIMES, before, before - fall)


SIGNALS = {
    "cv_ketamine": ("ng/mL", curve(185.0, 3.0)),
    "cv_norketamine": ("ng/mL", curve(70.0, 6.0, 1.5)),
    "cv_ketamine_s": ("ng/mL", curve(72.0, 4.0, 0.5)),
    "cv_norketamine_s": ("ng/mL", curve(120.0, 8.0, 1.5)),
    "glx_mrs": ("1", lowered(1.0, -0.05, 0.1)),
    "spine_density": ("1", lowered(0.7, -0.01)),
    "cadss_total": ("points", curve(8.0, 0.5)),
    "sbp_max": ("mmHg", 6.0 + curve(7.5, 0.5)),
    "sbp_change": ("mmHg", curve(4.0, 0.5)),
    "madrs_total": ("points", lowered(34.0, 8.0)),
    "glutamate_pfc": ("1", curve(0.4, 0.5, 0.5) + 1.0),
    "mtorc1": ("1", curve(0.4, 0.4, 0.9) + 1.0),
    "fst_immobility": ("1", lowered(0.5, 0.2)),
}


def result(
    drug, route, amounts, duration=0.0, at=(0.0,), weight=70.0, species="human", request=None, until=800.0, **own
):
    """A stored result of one typical person, and of a heavier one who was given something else."""
    kept = until >= TIMES
    signals = {name: (unit, own.get(name, values)[kept]) for name, (unit, values) in SIGNALS.items()}
    data = {
        n: (("person", "time"), [v, 99.0 + v], {"units": u, "long_name": n, "rest": 1.0})
        for n, (u, v) in signals.items()
    }
    given = [
        ("typical", t, duration, mg, drug, route) for t, mg in zip(at, np.broadcast_to(amounts, len(at)), strict=True)
    ]
    given.append(("other", 0.0, 0.0, 1.0, "ketamine", "oral"))
    names = ("person", "time_h", "duration_h", "amount_mg", "drug", "route")
    doses = {n: ("dose", np.asarray(c)) for n, c in zip(names, zip(*given, strict=True), strict=True)}
    people = ["typical", "other"]
    groups = {
        "/": xr.Dataset(attrs={"species": species, "request": json.dumps(request or {})}),
        "/signals": xr.Dataset(data, {"person": people, "time": TIMES[kept]}),
        "/doses": xr.Dataset(doses),
        "/covariates": xr.Dataset({"weight": ("person", [weight, 120.0], {"units": "kg"})}, {"person": people}),
    }
    return xr.DataTree.from_dict(groups)


def infusion(**own):
    return result("ketamine", "iv", own.pop("amount", 35.0), own.pop("duration", 2 / 3), **own)


def rows(tree, **wanted):
    table = observed(tree).to_dataframe()
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def one(tree, **wanted):
    found = rows(tree, **wanted)
    assert len(found) == 1, found
    return found.iloc[0]


@pytest.fixture(scope="module")
def usual():
    return infusion()


def test_columns_kinds_and_order(usual):
    table = observed(usual)
    assert set(table) == {*TEXTS, *NUMBERS}
    assert all(table[name].dtype.kind == "U" for name in TEXTS)
    assert all(table[name].dtype.kind == "f" for name in NUMBERS)
    places = [
        (q, t if np.isfinite(t) else np.inf) for q, t in zip(table.quantity.values, table.time_h.values, strict=True)
    ]
    assert places == sorted(places)


def test_a_peak_is_beside_the_printed_one_and_drawn_at_the_peak_of_the_model(usual):
    row = one(usual, study="zanos2018")
    assert (row.value, row.verdict) == (185.0, "within")
    assert np.isnan([row.low, row.high]).all(), "the range that the source prints is that of other people"
    assert row.predicted == pytest.approx(185, rel=0.01)
    assert row.time_h == pytest.approx(0.667, abs=0.02)
    assert "time of the model's peak" in row.label
    assert one(infusion(cv_ketamine=curve(500.0, 3.0)), study="zanos2018").verdict == "miss"


def test_changes_of_two_arms_become_their_difference_on_the_score_before_the_dose(usual):
    row = one(usual, study="murrough2013a")
    assert row.value == pytest.approx(34.0 - 7.7)
    assert (row.predicted, row.verdict, row.n) == (26.0, "within", 72)
    assert "midazolam" in row.label
    assert one(infusion(madrs_total=lowered(34.0, 15.0)), study="murrough2013a").verdict == "miss"


def test_a_score_without_control_cannot_be_compared_and_says_why(usual):
    alone = rows(usual, study="shivanekar2022")
    assert set(alone.verdict) == {"not_comparable"}
    assert all("placebo and expectancy" in note for note in alone.note)


def test_somebody_well_is_not_set_beside_trials_in_an_episode():
    verdicts = rows(infusion(madrs_total=lowered(4.0, 0.0)), quantity="madrs_total").verdict
    assert set(verdicts) == {"not_comparable"}


def test_a_finding_is_shown_once_and_imbalance_before_the_dose_is_told(usual):
    lii = rows(usual, study="lii2023")
    assert lii.label.str.contains("-5.82").sum() == 1
    assert lii.note.str.contains("-4.8 points before the dose").any()


def test_contradicted_findings_are_contested_and_not_judged(usual):
    row = one(usual, quantity="glx_mrs")
    assert row.verdict == "contested"
    assert row.value == pytest.approx(1.378)
    assert "found no change" in row.note


def test_a_null_finding_is_a_finding(usual):
    assert one(usual, study="holmes2022").verdict == "within"
    row = one(infusion(spine_density=lowered(0.7, -0.07)), study="holmes2022")
    assert (row.verdict, row.role) == ("miss", "verify")
    assert row.low == pytest.approx(0.7 * 0.95)


def test_acute_effects_are_compared_at_their_peak(usual):
    row = one(usual, study="vanschalkwyk2018")
    assert row.predicted == pytest.approx(8.0, rel=0.02)
    assert row.high - row.value == pytest.approx(1.96 * 9.2 / np.sqrt(110))


@pytest.mark.parametrize("changed", [{"amount": 30.0}, {"weight": 90.0}, {"species": "rat"}])
def test_another_dose_weight_or_species_does_not_fit(changed):
    assert not len(rows(infusion(**changed), study="murrough2013a"))


def test_a_stated_duration_must_fit_and_an_unstated_one_is_not_judged():
    slow = infusion(duration=2.0)
    assert not len(rows(slow, study="zanos2018"))
    assert len(rows(slow, study="murrough2013a")) == 1
    bolus = rows(infusion(amount=10.0, duration=0.0), study="pmc9118341", statistic="cmax")
    assert set(bolus.verdict) == {"not_comparable"}


def test_a_single_dose_study_ends_at_the_second_dose():
    again = rows(infusion(at=(0.0, 20.0)), quantity="madrs_total")
    assert again.time_h.max() < 20
    assert len(rows(infusion(at=(0.0, 100.0)), study="murrough2013a")) == 1


def test_what_lies_beyond_the_end_is_left_out():
    assert rows(infusion(until=30.0)).time_h.max() <= 30


def test_times_follow_the_first_dose():
    late = infusion(at=(48.0,))
    assert not len(rows(late, study="zanos2018", verdict="within"))
    assert set(rows(late, study="murrough2013a").time_h) == {72.0}


@pytest.mark.parametrize(("amount", "cmax"), [(28.0, 43.8), (56.0, 72.5), (84.0, 101.0)])
def test_nasal_esketamine_of_each_strength(amount, cmax):
    tree = result("esketamine", "nasal", amount)
    peak = one(tree, study="perezruixo2021", quantity="cv_ketamine_s", statistic="cmax")
    assert peak.value == cmax
    area = one(tree, study="perezruixo2021", statistic="auc_0_24")
    exact = 0.5 * 72 * 0.5 + 72 * 4 / np.log(2) * (1 - 0.5 ** ((24 - 0.5) / 4))
    assert area.predicted == pytest.approx(exact, rel=1e-3)
    assert np.isnan(area.time_h)
    assert "ng*h/mL" in area.label
    assert one(tree, statistic="auc_0_24_disputed").verdict == "contested"
    assert set(rows(tree, study="daly2018").time_h.round(2)) == {1.99, DAY}


def test_a_repeated_dose_is_compared_at_its_own_rhythm_only():
    twice = tuple(84.0 * i for i in range(8))
    assert len(rows(result("esketamine", "nasal", 84.0, at=twice), study="janik2025")) == 1
    assert not len(rows(result("esketamine", "nasal", 84.0, at=twice[::2]), study="janik2025"))
    assert not len(rows(result("esketamine", "nasal", 84.0), study="janik2025"))
    assert set(rows(result("esketamine", "nasal", 84.0, at=twice), study="takahashi2021").role) == {"verify"}


def test_oral_tablets_lend_their_areas_but_not_their_peaks():
    tree = result("ketamine", "oral", 40.0)
    assert one(tree, study="greifswaldabstract", statistic="cmax").verdict == "not_comparable"
    assert one(tree, study="greifswaldabstract", statistic="auc").verdict in ("within", "miss")
    row = one(tree, study="greifswaldabstract", quantity="cv_norketamine", statistic="auc_ratio")
    assert (row.value, row.verdict) == (14.9, "miss")


def test_half_life_comes_from_the_late_curve():
    row = one(infusion(amount=5.0, duration=0.5), study="hasan2021", quantity="cv_ketamine_s", statistic="half_life")
    assert row.predicted == pytest.approx(4.0, rel=1e-3)


def test_rats_and_mice_with_windows_and_directions():
    rat = result("ketamine", "ip", 2.5, weight=0.25, species="rat", madrs_total=TIMES * np.nan)
    glutamate = one(rat, study="moghaddam1997")
    assert (glutamate.statistic, glutamate.verdict, glutamate.mark) == ("value", "within", "recalled")
    assert glutamate.predicted == pytest.approx(1.4)
    signs = rows(rat, quantity="mtorc1")
    assert list(signs.verdict) == ["within", "within"]
    assert signs.predicted.iloc[0] > 0.3
    mouse = result("arketamine", "ip", 0.25, weight=0.025, species="mouse")
    assert one(mouse, quantity="fst_immobility").predicted == pytest.approx(-0.4)


def test_stressed_animals_are_not_set_beside_unstressed_ones():
    rat = result("ketamine", "ip", 2.5, weight=0.25, species="rat")
    assert not len(rows(rat, study="li2011"))
    assert len(rows(rat, study="li2010"))


def test_without_a_typical_person_it_is_the_one_nearest_70_kg(usual):
    named = {"typical": "A", "other": "B"}
    tree = xr.DataTree.from_dict({f"/{name}": _renamed(g.to_dataset(), named) for name, g in usual.children.items()})
    assert observed(tree).identical(observed(usual))


def _renamed(table, named):
    people = [named[str(p)] for p in table["person"].values]
    return table.assign_coords(person=people) if "person" in table.coords else table.assign(person=("dose", people))


def test_an_area_does_not_reach_over_the_second_dose():
    tree = result("esketamine", "nasal", 56.0, at=(0.0, 12.0))
    assert not len(rows(tree, statistic="auc_0_24"))
    assert len(rows(tree, study="perezruixo2021", statistic="cmax")) == 2


def test_nothing_is_compared_without_a_first_dose():
    assert observed(infusion(request={"start": "earlier.nc"})).sizes["observation"] == 0
    assert summary(observed(result("ketamine", "iv", [], at=()))) == "No published observation fits this result."


@pytest.mark.parametrize("unlike", [{"acting": '["rifampicin"]'}, {"departures": 1}])
def test_nothing_is_compared_when_something_else_changed_the_body(unlike):
    tree = infusion()
    tree.attrs |= {"acting": "[]", "departures": 0}
    assert observed(tree).sizes["observation"] > 0
    tree.attrs |= unlike
    assert observed(tree).sizes["observation"] == 0


def test_sparse_times_are_not_interpolated_across(usual):
    few = usual["signals"].to_dataset().sel(time=[-1.0, 0.0, 20.0, 100.0], method="nearest")
    sparse = xr.DataTree.from_dict({**{f"/{n}": g.to_dataset() for n, g in usual.children.items()}, "/signals": few})
    sparse.attrs = usual.attrs
    assert not set(observed(sparse).quantity.values) & {"cv_ketamine", "cadss_total"}


def test_summary_and_sources(usual):
    table = observed(usual)
    text = summary(table)
    assert text.startswith(f"{table.sizes['observation']} observations fit this result: ")
    assert "not comparable" in text
    assert {"murrough2013a", "zanos2018"} <= set(observed_sources(table))
    assert summary(table.isel(observation=[0])).startswith("1 observation fits")


def test_the_table_survives_a_file(usual, tmp_path):
    observed(usual).to_netcdf(tmp_path / "observed.nc")
    stored = xr.load_dataset(tmp_path / "observed.nc")
    assert list(stored.label.values) == list(observed(usual).label.values)


def test_a_result_without_signals_is_refused():
    with pytest.raises(RequestError, match="no signals"):
        observed(xr.DataTree())


def test_no_simulation_is_needed():
    check = "import sys, resynapse.qualify.beside; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
