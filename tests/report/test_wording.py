"""The lead of a report says what was given to whom, and which way things went."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import xarray as xr

from resynapse.report.headline import headlines, summary
from resynapse.report.observations import observations, tally
from resynapse.report.regimen import counted
from resynapse.report.result import Result

Make = Callable[..., xr.DataTree]
Dose = tuple[int, float, float, str, str]


def treated(tree: xr.DataTree, doses: Sequence[Dose]) -> Result:
    """The tree with other doses: person, time, amount, drug, route; nobody is called typical."""
    people, times, amounts, drugs, routes = (list(column) for column in zip(*doses, strict=True))
    columns = {"person": people, "time_h": times, "duration_h": [2 / 3] * len(doses), "amount_mg": amounts}
    columns |= {"drug": drugs, "route": routes}
    signals = tree["signals"].to_dataset()
    signals = signals.assign_coords(person=[str(i + 1) for i in range(signals.sizes["person"])])
    table = xr.Dataset({k: ("dose", np.asarray(v)) for k, v in columns.items()})
    groups = {"/": tree.to_dataset(), "/signals": signals, "/doses": table, "/observed": tree["observed"].to_dataset()}
    return Result(xr.DataTree.from_dict(groups))


def depressed(tree: xr.DataTree, later: float) -> Result:
    """One person whose depression score goes from 23.8 to 23.8 plus `later` within a day and stays there."""
    madrs = tree["signals"]["madrs_total"]
    hours = madrs["time"].values
    madrs.values[:] = 23.8 + later * np.minimum(hours / 24.0, 1.0)
    return Result(tree)


def test_people_treated_differently_are_told_group_by_group(make_tree: Make) -> None:
    once = [(i, 0.0, 27.5 + 5.5 * i, "ketamine", "iv") for i in range(5)]
    six = [(5, 48.0 * k + 24 * (k > 2), 35.0, "ketamine", "iv") for k in range(6)]
    result = treated(make_tree(people=6), once + six)
    told = " ".join(summary(result))
    assert "5 people: 1 dose of 27.5–49.5 mg ketamine, intravenous, over 40 min; " in told
    assert "1 person: 6 doses of 35 mg ketamine, intravenous, over 40 min each, within 11 days." in told
    assert "In the median of 6 people with different doses" in told
    assert headlines(result)["dose"].figure == "1 to 6 doses"
    assert "Compared is one person, whose weight is nearest 70 kg" in told


def test_every_drug_and_route_is_named(make_tree: Make) -> None:
    doses = [(0, 0.0, 35.0, "ketamine", "iv"), (1, 0.0, 84.0, "esketamine", "nasal")]
    result = treated(make_tree(people=3), doses)
    told = summary(result)[0]
    assert "35 mg ketamine, intravenous" in told and "84 mg esketamine, nasal" in told and "1 person: no drug" in told
    assert headlines(result)["dose"].figure == "0 to 1 dose"
    assert headlines(result)["dose"].caption == "esketamine nasal + ketamine iv, by person"


def test_steady_states_and_resets_are_told(make_tree: Make) -> None:
    tree = make_tree(people=1)
    assert "departs" not in summary(Result(tree))[0]
    tree.attrs["departures"] = 2
    assert "The run departs 2 times from plain doses" in summary(Result(tree))[0]


@pytest.mark.parametrize(
    ("later", "verb", "day"),
    [
        (0.04, "does not change by more than 0.5 points by 24 h", "within 0.5 points of the start on day 7"),
        (3.7, "rises by 3.7 points by 24 h", "it stands 3.7 points above the start on day 7"),
        (-3.7, "falls by 3.7 points by 24 h", "it stands 3.7 points below the start on day 7"),
    ],
)
def test_the_score_is_told_the_way_it_went(make_tree: Make, later: float, verb: str, day: str) -> None:
    told = " ".join(summary(depressed(make_tree(people=1), later)))
    assert verb in told and day in told
    assert "by 0.0" not in told and "-" not in told


def test_pressure_is_the_mean_curve_and_the_maxima_are_named(make_tree: Make) -> None:
    tree = make_tree(people=1)
    result = Result(tree)
    mean, maxima = (result.signals[p][0].typical.max() for p in ("sbp_change", "sbp_max"))
    told = summary(result)[-2]
    assert f"mean systolic blood pressure rises by up to {mean:.3g} mmHg" in told
    assert f"mean of individual maxima {maxima:.3g} mmHg" in told


def test_arterial_plasma_is_told_in_plain_order(make_tree: Make) -> None:
    tree = make_tree(people=1)
    signals = tree["signals"].to_dataset()
    arterial = signals[["ca_ketamine_s"]].rename(ca_ketamine_s="ca_ketamine")
    arterial["ca_ketamine"].attrs["long_name"] = "ketamine, artery"
    result = Result(xr.DataTree.from_dict({"/signals": arterial, "/doses": tree["doses"].to_dataset()}))
    assert "arterial ketamine peaks at" in " ".join(summary(result))


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (["within"], "The one published observation that can be compared is met."),
        (["miss"], "The one published observation that can be compared is missed."),
        (["not_comparable"], "No published observation can be compared (besides, 1 not comparable)."),
        (["within", "miss"], "Of 2 published observations that can be compared, 1 is met and 1 missed."),
    ],
)
def test_observations_are_counted_in_good_grammar(make_tree: Make, verdicts: list[str], told: str) -> None:
    tree = make_tree(people=1)
    few = tree["observed"].to_dataset().isel(observation=slice(len(verdicts)))
    few["verdict"] = ("observation", np.array(verdicts))
    tree["observed"] = xr.DataTree(few)
    assert tally(observations(Result(tree))) == told


def test_animals_are_counted_in_plain_english() -> None:
    assert [counted(2, n) for n in ("virtual person", "rat", "virtual mouse")] == [
        "2 virtual people",
        "2 rats",
        "2 virtual mice",
    ]
