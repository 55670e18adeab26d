"""Noncompartmental analysis against Phoenix WinNonlin, closed forms, and its own rules for what cannot be told."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from resynapse.body.area import LINEAR, LINEAR_UP_LOG_DOWN, LOG, RULES, area, moment, value_at
from resynapse.body.exposure import accumulation, bioavailability, molar_ratio, ratio, steady_state
from resynapse.body.nca import analyse
from resynapse.body.profile import Bolus, Extravascular, Formed, Infused, Profile, profile
from resynapse.body.terminal import best_line, line_within
from resynapse.core.errors import RequestError

WINNONLIN = json.loads((Path(__file__).parent / "winnonlin.json").read_text())
WAYS = {"extravascular": Extravascular(320.0), "bolus": Bolus(25.0), "infusion": Infused(25.0, hours=0.25)}
FINE = np.concatenate([[0.0], np.geomspace(1e-3, 60.0, 4000)])
K, V, KA, DOSE = 0.2, 50.0, 1.5, 100.0


def label(case):
    return f"{case['data']} {case['subject']}, {case['way']}, {case['rule']}"


@pytest.mark.parametrize("case", WINNONLIN["cases"], ids=label)
def test_phoenix_winnonlin(case):
    """Every published WinNonlin number of twelve theophylline and six indometacin profiles, to six digits."""
    points = WINNONLIN["profiles"][case["data"]][str(case["subject"])]
    found = analyse(profile(points["times"], points["values"], "mg/L"), WAYS[case["way"]], RULES[case["rule"]])
    assert {k: found[k] for k in case["found"]} == pytest.approx(case["found"], rel=1e-6)


def one_compartment(way):
    t = FINE
    if way == "bolus":
        return t[1:], DOSE / V * np.exp(-K * t[1:])
    if way == "infusion":
        rate, end = DOSE / 2.0 / (V * K), 2.0
        t = np.unique(np.append(t, end))
        return t, rate * (1 - np.exp(-K * np.minimum(t, end))) * np.exp(-K * np.maximum(t - end, 0.0))
    return t, DOSE * KA / V / (KA - K) * (np.exp(-K * t) - np.exp(-KA * t))


CLOSED = {
    "bolus": (Bolus(DOSE), 1 / K, {"cl": K * V, "vz": V, "vss": V, "c0": DOSE / V}),
    "infusion": (Infused(DOSE, hours=2.0), 1 / K, {"cl": K * V, "vz": V, "vss": V, "tmax": 2.0}),
    "oral": (Extravascular(DOSE), 1 / K + 1 / KA, {"cl_f": K * V, "vz_f": V, "tmax": math.log(KA / K) / (KA - K)}),
}


@pytest.mark.parametrize("way", CLOSED)
def test_closed_forms_of_one_compartment(way):
    given, mrt, own = CLOSED[way]
    times, values = one_compartment(way)
    found = analyse(Profile(times, values, "mg/L"), given)
    expected = {"auc_inf": DOSE / (K * V), "half_life": math.log(2) / K, "mrt": mrt, **own}
    assert {k: found[k] for k in expected} == pytest.approx(expected, rel=5e-3)


def test_two_compartments_after_a_bolus():
    """C = A exp(-at) + B exp(-bt): AUC = A/a + B/b, AUMC = A/a2 + B/b2 (Gibaldi and Perrier 1982)."""
    a, b, A, B = 2.0, 0.1, 8.0, 2.0
    t = np.geomspace(1e-3, 80.0, 4000)
    found = analyse(Profile(t, A * np.exp(-a * t) + B * np.exp(-b * t), "mg/L"), Bolus(100.0))
    auc, aumc = A / a + B / b, A / a**2 + B / b**2
    told = {"auc_inf": auc, "aumc_inf": aumc, "half_life": math.log(2) / b, "vss": 100 * aumc / auc**2}
    assert {k: found[k] for k in told} == pytest.approx(told, rel=5e-3)
    assert found["c0"] == pytest.approx(10.0, rel=1e-3)


def test_log_areas_are_exact_for_an_exponential_and_linear_ones_for_a_ramp():
    t = np.array([0.0, 1.0, 5.0, 12.0])
    c = 10 * np.exp(-0.3 * t)
    closed = 10 / 0.3 * (1 - np.exp(-3.6))
    first = 10 / 0.09 * (1 - np.exp(-3.6) * (1 + 3.6))
    assert area(t, c, LOG) == area(t, c, LINEAR_UP_LOG_DOWN) == pytest.approx(closed, rel=1e-12)
    assert moment(t, c) == pytest.approx(first, rel=1e-12)
    assert area(t, c, LINEAR) > closed
    assert area(t, t, LINEAR_UP_LOG_DOWN) == 72.0
    assert value_at(t, c, 3.0) == pytest.approx(10 * np.exp(-0.9))
    assert value_at(t, c, 3.0, LINEAR) > value_at(t, c, 3.0)
    assert math.isnan(value_at(t, c, 13.0))


def test_partial_areas_add_up_and_follow_the_terminal_line_beyond_the_samples():
    t = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 12.0])
    c = np.array([0.0, 6.0, 5.0, 3.0, 1.2, 0.5])
    found = analyse(Profile(t, c), Extravascular(10.0), partial=(3.0, 12.0, 1e4))
    direct = area(np.array([0, 1, 2, 3.0]), np.array([0, 6, 5, math.sqrt(15)]))
    assert found["auc_0_3"] == pytest.approx(direct)
    assert found["auc_0_12"] == pytest.approx(found["auc_last"])
    assert found["auc_0_10000"] == pytest.approx(found["auc_inf"])


def test_terminal_window_prefers_more_points_within_the_tolerance():
    t = np.arange(1.0, 9.0)
    assert best_line(t, np.exp(-0.3 * t)).points == 8
    bent = np.exp(-0.3 * t) * np.where(t < 3, 3.0, 1.0)
    line = best_line(t, bent)
    assert (line.points, line.start) == (6, 3.0)
    assert line_within(t, bent, 4.0, 6.0).points == 3


def test_peak_belongs_to_the_terminal_phase_of_a_bolus_only():
    t, c = [0.5, 1.0, 2.0, 3.0], [8.0, 4.0, 1.0, 0.25]
    assert analyse(profile(t, c), Bolus(1.0))["lambda_z_points"] == 4
    assert analyse(profile(t, c), Extravascular(1.0))["lambda_z_points"] == 3


def test_values_below_the_limit():
    """0 before the first measurable value, left out between and after."""
    t = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0])
    c = np.array([0.0, 0.1, 8.0, 6.0, 0.1, 2.0, 1.0, 0.1])
    found = analyse(Profile(t, c, below=c < 0.5), Extravascular(1.0))
    assert found.curve.times.tolist() == [0.0, 0.5, 1.0, 2.0, 6.0, 8.0]
    assert found.curve.values.tolist() == [0.0, 0.0, 8.0, 6.0, 2.0, 1.0]
    assert found["tlast"] == 8.0
    assert "1 values below the limit" in found.warnings[0]


def test_missing_values_are_left_out_and_told():
    found = analyse(profile([0, 1, 2, 4, 8], [0, 4, math.nan, 2, 1]), Extravascular(1.0))
    assert found.warnings[0] == "1 missing values were left out"


def test_first_of_equal_peaks():
    assert analyse(profile([0, 1, 2, 3, 4, 5], [0, 5, 5, 2, 1, 0.5]), Extravascular(1.0))["tmax"] == 1.0


def test_nothing_is_silently_missing():
    few = analyse(profile([0, 1, 2, 3], [0, 4, 2, 1]), Extravascular(1.0), partial=(2.0, 9.0))
    for name in ("half_life", "auc_inf", "cl_f", "vz_f", "mrt", "auc_0_9"):
        assert math.isnan(few[name])
        assert "fewer than 3" in few.metrics[name].reason
    assert few["auc_0_2"] > 0
    blank = analyse(profile([1, 2], [0.0, 0.0]), Extravascular(1.0))
    assert all(m.reason for m in blank.metrics.values() if math.isnan(m.value))
    assert math.isnan(blank["cmax"])
    assert json.dumps(blank.record(), allow_nan=False)


def test_doubts_are_told():
    t = [0, 1, 2, 3, 4, 5]
    long = analyse(profile(t, [0, 10, 9, 8, 7.4, 6.6]), Extravascular(1.0)).warnings
    assert any("beyond the last sample" in w for w in long)
    assert any("half-lives" in w for w in long)
    rough = analyse(profile(t, [0, 10, 4, 6, 2, 3]), Extravascular(1.0)).warnings
    assert any("not straight" in w for w in rough)
    carried = analyse(profile(t, [3, 10, 5, 2.5, 1.2, 0.6]), Extravascular(1.0)).warnings
    assert any("earlier doses" in w for w in carried)
    late = analyse(profile([1, 2, 3, 4], [10, 5, 2.5, 1.25]), Extravascular(1.0)).warnings
    assert any("first sample is the highest" in w for w in late)


def test_units_and_what_needs_a_dose():
    found = analyse(profile([0, 1, 2, 4, 8], [0, 100, 80, 40, 10], "ng/mL"), Extravascular(28.0))
    assert found["cl_f"] == pytest.approx(28e6 / found["auc_inf"] / 1000)
    assert found.metrics["auc_inf"].unit == "ng*h/mL"
    assert found.metrics["auc_per_dose"].unit == "ng*h/mL/mg"
    assert "vein" in found.metrics["vss"].reason or "intravenous" in found.metrics["vss"].reason
    molar = analyse(profile([0, 1, 2, 4, 8], [0, 100, 80, 40, 10], "umol/L"), Extravascular(28.0))
    assert "different things" in molar.metrics["cl_f"].reason
    made = analyse(profile([0, 1, 2, 4, 8], [0, 100, 80, 40, 10]), Formed())
    assert "not given" in made.metrics["cl"].reason
    assert made["auc_inf"] == pytest.approx(found["auc_inf"])


def test_steady_state_is_the_sum_of_single_doses():
    """Superposition of exponentials every 12 h: accumulation 1/(1 - exp(-k tau)), AUC over tau = AUC to infinity."""
    tau, t = 12.0, np.linspace(0.0, 12.0, 2001)
    one = DOSE / V * np.exp(-K * t)
    factor = 1 / (1 - math.exp(-K * tau))
    first = analyse(Profile(t, one, "mg/L"), Bolus(DOSE))
    steady = analyse(Profile(t, one * factor, "mg/L", before=0.0), Bolus(DOSE))
    found = steady_state(steady, tau)
    assert accumulation(steady, first, tau).value == pytest.approx(factor, rel=1e-6)
    assert found["accumulation_predicted"].value == pytest.approx(factor, rel=1e-6)
    assert found["auc_tau"].value == pytest.approx(DOSE / (K * V), rel=1e-6)
    assert found["cl_ss"].value == pytest.approx(K * V, rel=1e-6)
    peak, trough = DOSE / V * factor, DOSE / V * factor * math.exp(-K * tau)
    average = DOSE / (K * V) / tau
    assert found["fluctuation"].value == pytest.approx(100 * (peak - trough) / average, rel=1e-6)
    assert found["swing"].value == pytest.approx(math.exp(K * tau) - 1, rel=1e-6)
    with pytest.raises(RequestError, match="positive number of hours"):
        steady_state(steady, 0.0)


def test_a_fully_sampled_interval_needs_no_terminal_slope():
    """By hand: 14 + 42 straight, then (12 - 6) 6 / ln 2 = 51.94 on the exponential fall from 12 to 6."""
    found = steady_state(analyse(profile([0, 2, 6, 12], [5, 9, 12, 6], "ng/mL"), Infused(10.0, hours=2.0)), 12.0)
    exposed = 14 + 42 + 36 / math.log(2)
    assert found["auc_tau"].value == pytest.approx(exposed)
    assert found["cl_ss"].value == pytest.approx(10.0 / exposed * 1000)
    assert found["cl_ss"].unit == "L/h" and not found["cl_ss"].reason
    assert math.isnan(found["accumulation_predicted"].value)
    assert found["accumulation_predicted"].reason.startswith("no terminal slope")


@pytest.mark.parametrize(
    ("points", "given", "metric", "reason"),
    [
        (([0, 2, 6], [5, 9, 12]), Infused(10.0, hours=2.0), "cl_ss", "the samples end before"),
        (([0, 2, 12], [5, 9, 12]), Formed(), "cl_ss", "not given"),
        (([0, 2, 12], [5, 9, 12]), Bolus(10.0, "umol"), "cl_ss", "measure different things"),
        (([0, 2, 12], [0, 9, 12]), Extravascular(10.0), "swing", "no lowest concentration above 0"),
        (([0, 2, 12], [0, 0, 0]), Extravascular(10.0), "auc_tau", "no concentration could be measured"),
        (([0, 12, 24], [0, 0, 5]), Extravascular(10.0), "cl_ss_f", "0 throughout"),
    ],
)
def test_what_an_interval_cannot_tell_has_its_own_reason(points, given, metric, reason):
    found = steady_state(analyse(profile(*points), given), 12.0)
    assert math.isnan(found[metric].value) and reason in found[metric].reason


def test_bioavailability_and_ratios():
    iv = analyse(Profile(*one_compartment("bolus"), "mg/L", name="parent"), Bolus(DOSE))
    t, c = one_compartment("oral")
    oral = analyse(Profile(t, 0.4 * 2 * c, "mg/L", name="metabolite"), Extravascular(2 * DOSE))
    assert bioavailability(oral, iv).value == pytest.approx(0.4, rel=1e-3)
    assert ratio(oral, iv).value == pytest.approx(0.8, rel=1e-3)
    assert molar_ratio(oral, iv, {"parent": 237.73, "metabolite": 223.70}).value == pytest.approx(0.8502, rel=1e-3)
    with pytest.raises(RequestError, match="molar mass"):
        molar_ratio(oral, iv, {"parent": 237.73})
    other = analyse(profile([0, 1, 2, 4, 8], [0, 100, 80, 40, 10], "ng/mL"), Extravascular(28.0))
    with pytest.raises(RequestError, match="same units"):
        bioavailability(other, iv)


@pytest.mark.parametrize(
    ("times", "values"), [([0, 1], [1]), ([1, 1], [1, 2]), ([-1, 1], [1, 2]), ([0, 1], [1, -2]), ([], [])]
)
def test_bad_profiles_are_refused(times, values):
    with pytest.raises(RequestError):
        profile(times, values)
