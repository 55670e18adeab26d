"""A synthetic stored result: simple exponentials with the names, units and attributes of a real one."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

NAN = float("nan")
TIMES = np.unique(np.concatenate([np.linspace(0, 2, 61), np.linspace(2, 24, 89), np.linspace(24, 336, 157)]))
Course = Callable[[np.ndarray], np.ndarray]


def _infused(height: float, fall: float, slow: float = 12.0) -> Course:
    def course(t: np.ndarray) -> np.ndarray:
        up = 1 - np.exp(-t / 0.25)
        down = np.where(t > 0.667, 0.75 * np.exp(-(t - 0.667) / fall) + 0.25 * np.exp(-(t - 0.667) / slow), 1.0)
        return height * up * down

    return course


def _wave(base: float, height: float, rise: float, fall: float) -> Course:
    return lambda t: base + height * (np.exp(-t / fall) - np.exp(-t / rise)) / (1 - rise / fall)


SIGNALS: dict[str, tuple[str, str, str, float, Course]] = {
    "cv_ketamine": ("ketamine", "ng/mL", "body", NAN, _infused(195, 0.7, 3.0)),
    "cv_norketamine": ("norketamine", "ng/mL", "body", NAN, _wave(0, 95, 0.5, 8)),
    "cv_hnk": ("hydroxynorketamine", "ng/mL", "body", NAN, _wave(0, 38, 2, 11)),
    "cv_ketamine_s": ("S-ketamine", "ng/mL", "body", NAN, _infused(92, 0.7, 3.0)),
    "cv_ketamine_r": ("R-ketamine", "ng/mL", "body", NAN, _infused(102, 0.8, 3.0)),
    "ca_ketamine_s": ("S-ketamine, arterial", "ng/mL", "body", NAN, _infused(140, 0.5, 3.0)),
    "ce_nmdar": ("free drug at the NMDA receptor", "umol/L", "receptor", 0.0, _wave(0, 0.41, 0.2, 1.6)),
    "occupancy_nmdar_interneuron": ("interneuron pool", "1", "receptor", 0.0, _wave(0, 0.45, 0.2, 2.0)),
    "occupancy_nmdar_pyramidal": ("pyramidal pool", "1", "receptor", 0.0, _wave(0, 0.1, 0.2, 1.7)),
    "occupancy_nmdar_resting": ("resting pool", "1", "receptor", 0.0, _wave(0, 0.29, 0.2, 1.8)),
    "glutamate_pfc": ("prefrontal glutamate", "1", "circuit", 1.0, _wave(1, 0.38, 0.4, 1.2)),
    "glutamate_margin": ("margin to excitotoxic level", "1", "circuit", 1.0, _wave(0.9, -0.3, 0.4, 1.2)),
    "eef2_p": ("eEF2 phosphorylation", "1", "synapse", 1.0, _wave(1.0, -0.35, 0.3, 4)),
    "bdnf": ("BDNF release", "1", "synapse", 1.0, _wave(0.72, 0.9, 1, 14)),
    "mtorc1": ("mTORC1 activity", "1", "synapse", 1.0, _wave(0.8, 0.7, 1.5, 10)),
    "ampar_surface": ("surface AMPA receptors", "1", "synapse", 1.0, _wave(0.81, 0.3, 5, 90)),
    "spine_density": ("spine density", "1", "synapse", 1.0, _wave(0.78, 0.2, 9, 190)),
    "stress": ("stress load", "1", "life", 0.0, _wave(1.0, -0.25, 12, 240)),
    "lhb_burst_fraction": ("burst fraction", "1", "brain", 0.07, _wave(0.23, -0.13, 0.6, 60)),
    "despair": ("despair", "1", "mood", 0.0, _wave(1.0, -0.66, 3, 130)),
    "madrs_total": ("MADRS", "points", "mood", 4.0, _wave(33.5, -9.5, 3, 150)),
    "suicidal_ideation": ("suicidal ideation", "1", "mood", 0.0, _wave(1, -0.5, 1, 90)),
    "anhedonia": ("anhedonia", "1", "mood", 0.0, _wave(1, -0.36, 5, 200)),
    "cadss_total": ("CADSS", "points", "safety", 0.0, _wave(0.3, 7.9, 0.2, 0.5)),
    "sbp_change": ("mean change", "mmHg", "safety", 0.0, _wave(0, 14, 0.3, 1.0)),
    "sbp_max": ("mean of personal maxima", "mmHg", "safety", NAN, lambda t: 19.6 * (1 - np.exp(-t / 0.3))),
    "gaba_tone": ("inhibitory tone", "1", "circuit", 1.0, _wave(1, -0.2, 0.2, 2)),
}

OBSERVED = [
    ("hasan2021", "cv_ketamine", 0.667, 172.0, 120.0, 224.0, "mean", "build", "seen", "within", 184.0),
    ("zhao2012", "cv_ketamine", 4.0, 38.0, NAN, NAN, "mean", "build", "recalled", "within", 33.0),
    ("zhao2012", "cv_norketamine", 4.0, 30.0, 20.0, 40.0, "mean", "verify", "recalled", "miss", 58.0),
    ("milak2016", "glutamate_pfc", 0.6, 1.38, NAN, NAN, "mean", "verify", "seen", "contested", 1.3),
    ("murrough2013a", "madrs_total", 24.0, 14.8, 12.1, 17.4, "mean", "verify", "seen", "miss", 25.2),
    ("murrough2013a", "madrs_total", 24.0, -7.7, -11.9, -3.5, "difference", "build", "seen", "within", -8.3),
    ("fava2020", "madrs_total", 72.0, 25.1, 22.0, 28.0, "mean", "build", "digitised", "within", 27.6),
    ("ballard2015", "suicidal_ideation", 4.0, 0.61, 0.45, 0.77, "mean", "build", "model_based", "within", 0.52),
    ("murrough2013a", "cadss_total", 0.667, 7.7, 5.1, 10.3, "mean", "build", "seen", "within", 6.0),
    ("lii2023", "madrs_total", 24.0, 12.7, NAN, NAN, "mean", "verify", "seen", "not_comparable", NAN),
]


def build_tree(people: int = 8, weeks: float = 2.0, observed: bool = True, person: str = "P{:02d}") -> xr.DataTree:
    """A stored result of `people` people after one infusion of 0.5 mg/kg, as the report room receives it."""
    times = TIMES[weeks * 168 >= TIMES]
    ids = ["typical"] + [person.format(i) for i in range(1, people)]
    random = np.random.default_rng(7)
    draws = np.concatenate([[0.0], random.normal(0, 1, people - 1)]) if people > 1 else np.zeros(1)
    weight = 70 * np.exp(0.15 * draws)
    data = xr.Dataset(coords={"person": ids, "time": ("time", times, {"units": "h"})})
    for port, (name, unit, room, rest, course) in SIGNALS.items():
        speed, size = np.exp(0.2 * draws)[:, None], np.exp(0.18 * np.roll(draws, 1) * (np.arange(people) > 0))[:, None]
        start = course(np.zeros(1))[0]
        values = start + size * (course(times * speed) - start)
        data[port] = (("person", "time"), values, {"units": unit, "long_name": name, "room": room, "rest": rest})
    events = np.array([0.05, 0.02, 0.08])[None, None] + 0.3 * data["ce_nmdar"].values[:, :, None]
    named = {"units": "1", "long_name": "chance", "room": "safety", "rest": NAN}
    data = data.assign_coords(event=["nausea", "sedation", "dizziness"])
    data["adverse_event_probability"] = (("person", "time", "event"), events, named)
    if people > 2:
        data["madrs_total"][2, times > 170] = NAN
        data["madrs_total"][1, (times > 30) & (times < 40)] = NAN
    groups = {"/": xr.Dataset(attrs=_attributes()), "/signals": data, "/doses": _doses(ids, weight)}
    groups["/covariates"] = xr.Dataset({"weight": ("person", weight, {"units": "kg"})}, coords={"person": ids})
    if observed:
        groups |= {"/observed": _observed(), "/checks": _checks()}
    return xr.DataTree.from_dict(groups)


def _doses(ids: list[str], weight: np.ndarray) -> xr.Dataset:
    n = len(ids)
    columns = {"person": ids, "time_h": [0.0] * n, "duration_h": [2 / 3] * n, "amount_mg": 0.5 * weight}
    columns |= {"drug": ["ketamine"] * n, "route": ["iv"] * n}
    return xr.Dataset({k: ("dose", np.asarray(v)) for k, v in columns.items()})


def _observed() -> xr.Dataset:
    names = ("study", "quantity", "time_h", "value", "low", "high", "statistic", "role", "mark", "verdict", "predicted")
    columns = dict(zip(names, zip(*OBSERVED, strict=True), strict=True))
    columns["n"] = tuple(range(12, 12 + 5 * len(OBSERVED), 5))
    columns["label"] = tuple(f"{o[1]} {o[6]} after 0.5 mg/kg over 40 min" for o in OBSERVED)
    columns["note"] = tuple("drug effect net of midazolam" if o[6] == "difference" else "" for o in OBSERVED)
    return xr.Dataset({k: ("observation", np.asarray(v)) for k, v in columns.items()})


def _checks() -> xr.Dataset:
    columns = {
        "id": ["balance", "cmax", "glutamate"],
        "what": ["Moles given equal moles found", "Peak venous plasma after 0.5 mg/kg", "No excitotoxic level reached"],
        "value": ["1.000", "184 ng/mL", "0.6"],
        "allowed": ["0.999 to 1.001", "100 to 250 ng/mL", "above 0.7"],
        "passed": [True, True, False],
        "source": ["conservation", "hasan2021", "assumed"],
    }
    return xr.Dataset({k: ("check", np.asarray(v)) for k, v in columns.items()})


def _attributes() -> dict[str, object]:
    assumptions = [
        {
            "address": f"synapse.k_{i}",
            "value": 0.1 * i,
            "unit": "1/h",
            "low": 0.05 * i,
            "high": 0.3 * i,
            "note": "no human value",
        }
        for i in range(1, 12)
    ]
    return {
        "title": "One infusion of ketamine in treatment-resistant depression",
        "resynapse_version": "0.1.0",
        "git_hash": "abc1234",
        "created": "2026-01-01T12:00:00Z",
        "species": "human",
        "request": json.dumps({"kind": "simulate", "table": "trd_iv_ketamine.csv", "until": "2 week"}),
        "parameter_sets": json.dumps(
            [{"room": "body", "set": "kpk1", "source": "resynapse2026kpk1", "species": "human", "hash": "9f2c"}]
        ),
        "assumptions": json.dumps(assumptions),
        "sources": json.dumps(
            [
                {"key": "hasan2021", "text": "Hasan et al. 2021", "url": "https://doi.org/10.1/x"},
                {"key": "bad", "text": "A hostile link", "url": "javascript:alert(1)"},
            ]
        ),
        "notes": json.dumps(["Gamma power is not modelled.", "HNK differs by x/2.5 between laboratories."]),
        "numerical_error": json.dumps({"cv_ketamine": 2.1e-7, "madrs_total": 3.4e-4}),
        "wall_time_s": 3.2,
        "seed": 7,
    }


@pytest.fixture(scope="session")
def make_tree() -> Callable[..., xr.DataTree]:
    """The builder of synthetic results."""
    return build_tree
