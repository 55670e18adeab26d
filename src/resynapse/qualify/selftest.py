"""The selftest: the numbers that this release promises, computed now and set against what is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..chains import default_chain, happenings, median_load
from ..compound.library import compound
from ..core.chain import Chain
from ..core.errors import RequestError
from ..core.event import Happening, Level
from ..core.solver import protocol, rest, solve
from ..evidence import library

Tell = Callable[[str], None]
Curves = Mapping[str, np.ndarray]
_HOURS = np.unique(np.concatenate([np.arange(0, 6, 1 / 60), np.arange(6, 48, 0.25), np.arange(48, 337, 4.0), [336.0]]))


@dataclass(frozen=True)
class Check:
    """One promise: what was computed, what is allowed, and whether it holds."""

    id: str
    what: str
    value: str
    allowed: str
    passed: bool
    source: str


def check_records(tell: Tell = lambda _: None) -> list[dict[str, Any]]:
    """Every check as plain data, failures first."""
    found = [asdict(c) for c in checks(tell)]
    return sorted(found, key=lambda c: c["passed"])


def checks(tell: Tell = lambda _: None) -> list[Check]:
    """Run every check: pharmacokinetics against its reference column, then rat, then human behaviour of the chain."""
    tell("checking the body")
    found = [*_body_checks()]
    tell("checking the rat")
    found += _rat_checks()
    tell("checking the human chain")
    return [*found, *_human_checks(), *_stress_checks(), *_habenula_checks()]


def read_checks(path: Path) -> list[dict[str, Any]]:
    """Checks that `selftest --out` stored, for a report of the same version.

    **Raises:** `RequestError` when the file is missing, unreadable, or made by another version.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        version, found = stored["resynapse_version"], stored["checks"]
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise RequestError(
            "these are no stored checks", given=path, then="run `resynapse selftest --out FILE` first"
        ) from failure
    if version != __version__:
        raise RequestError(
            "these checks belong to another version", given=version, allowed=__version__, then="run the selftest again"
        )
    return list(found)


def within(id: str, what: str, value: float, low: float, high: float, source: str = "") -> Check:
    """A check that `value` lies between `low` and `high`, both included."""
    allowed = (
        f"{low:g} to {high:g}"
        if np.isfinite([low, high]).all()
        else (f"at least {low:g}" if np.isfinite(low) else f"at most {high:g}")
    )
    return Check(id, what, f"{value:.4g}", allowed, bool(low <= value <= high), source)


@dataclass(frozen=True)
class SingleDose:
    """One single dose: drug, route, mg, duration (h) and devices."""

    drug: str
    route: str
    mg: float
    over: float = 0.0
    devices: int = 1

    def happenings(self, chain: Chain) -> tuple[Happening, ...]:
        """What the dose does to the chain's inputs at time zero."""
        dose = {"start": 0.0, "mg": self.mg, "duration": self.over, "devices": self.devices}
        return happenings(chain, compound(self.drug), self.route, dose)


def curves(chain: Chain, given: SingleDose | None, load: float, until: float = 336.0) -> Curves:
    """All ports of one person over time after one dose, starting at rest under `load`; `time` holds hours."""
    dose = given.happenings(chain) if given else ()
    together = protocol(chain.external, [(Level("load", 0.0, load), *dose)])
    weight = chain.with_values({"body.weight": [float(chain.parameters["body.weight"])]})
    solution = solve(weight, together, rest(chain, {"load": load}).state, (0.0, until))
    times = _HOURS[until >= _HOURS]
    return {"time": times, **{k: np.asarray(v[0]) for k, v in solution.at(times).items()}}


def _body_checks() -> Iterator[Check]:
    chain = default_chain("human")
    for case in REFERENCE_CASES:
        course = curves(chain, case.given, 1.0, until=_UNTIL)
        for row, port, metric in case.rows:
            printed, rounding = _reference(row)
            value = METRICS[metric](course["time"], course[port])
            what = f"KPK-1 {metric} of {port}, {case.label}"
            slack = max(0.02 * printed, rounding)
            yield within(f"pk {row}", what, value, printed - slack, printed + slack, "kpk1_pred, 2 % or its rounding")
    yield _oral_availability(chain)


def _oral_availability(chain: Chain) -> Check:
    iv = curves(chain, SingleDose("esketamine", "iv", 5.0, 0.5), 1.0, until=_UNTIL)
    po = curves(chain, SingleDose("esketamine", "oral", 50.0), 1.0, until=_UNTIL)
    found = _auc(po["time"], po["cv_ketamine_s"]) / 50.0 / (_auc(iv["time"], iv["cv_ketamine_s"]) / 5.0)
    closed = float(chain.parameters["body.f_gut"]) * (1.0 - float(chain.stages["body"].extraction("s")))  # type: ignore[attr-defined]
    return within("pk F", "oral F over Fgut (1 - E), S-ketamine", found / closed, 0.98, 1.02, "closed form")


def _rat_checks() -> Iterator[Check]:
    chain = default_chain("rat")
    for mg_per_kg, low, high in ((10.0, 1.05, 3.0), (30.0, 1.05, 3.0), (200.0, 0.0, 1.0)):
        given = SingleDose("ketamine", "ip", mg_per_kg * float(chain.parameters["body.weight"]))
        course = curves(chain, given, 0.0, until=24.0)
        mean = float(course["glutamate_pfc"][course["time"] <= 1.0].mean())
        yield within(
            f"rat {mg_per_kg:g}", "prefrontal glutamate, mean of the first hour", mean, low, high, "moghaddam1997"
        )


def _human_checks() -> Iterator[Check]:
    chain = default_chain("human")
    load = float(median_load(chain))
    one, two = (curves(chain, SingleDose("ketamine", "iv", mg, 2 / 3), load) for mg in (35.0, 70.0))
    yield within(
        "occ I", "interneuron occupancy, peak, 0.5 mg/kg", float(one["occupancy_nmdar_interneuron"].max()), 0.3, 0.6
    )
    yield within(
        "occ E", "pyramidal occupancy, peak, 0.5 mg/kg", float(one["occupancy_nmdar_pyramidal"].max()), 0.0, 0.2
    )
    yield within("glu", "glutamate, peak, 0.5 mg/kg", float(one["glutamate_pfc"].max()), 1.10, 1.45)
    day = _fall(one, 24.0)
    yield within("madrs 24", "MADRS fall at 24 h, 0.5 mg/kg", day, 4.0, 12.0, "net of midazolam 7.7 (murrough2013a)")
    for hours in (2.0, 3.0, 4.0):
        yield within(
            f"madrs {hours:g}",
            f"share of the 24 h fall at {hours:g} h",
            _fall(one, hours) / day,
            0.4,
            0.8,
            "0.62 (an2021)",
        )
    yield within("madrs d14", "share of the 24 h fall left at day 14", _fall(one, 336.0) / day, -0.05, 0.35)
    yield within("dose", "24 h fall, 1.0 against 0.5 mg/kg", _fall(two, 24.0) / day, 1.0, 1.6)
    yield within("lasting", "fall at day 7, 1.0 against 0.5 mg/kg", _fall(two, 168.0) / _fall(one, 168.0), 1.2, 1e3)
    scores = np.concatenate([c["madrs_total"] for c in (one, two)])
    yield within("score", "lowest score", float(scores.min()), 0.0, 60.0)
    yield within("score top", "highest score", float(scores.max()), 0.0, 60.0)
    yield within(
        "cadss",
        "CADSS at the end of the infusion",
        float(np.interp(2 / 3, one["time"], one["cadss_total"])),
        5.0,
        11.0,
        "vanschalkwyk2018",
    )


def _stress_checks() -> Iterator[Check]:
    chain = default_chain("mouse")
    well, ill = (rest(chain, {"load": z}).state for z in (0.0, 1.0))
    for slot, name, what in (("synapse", "bdnf", "BDNF"), ("synapse", "ampar", "surface AMPA receptors")):
        yield within(
            f"stress {name}", f"{what}, stressed over healthy", float(ill[slot][name] / well[slot][name]), 0.0, 0.95
        )
    spines = [sum(float(s["synapse"][n]) for n in ("spines_new", "spines_stable")) for s in (well, ill)]
    yield within(
        "stress spines", "prefrontal spines, stressed over healthy", spines[1] / spines[0], 0.0, 0.95, "li2011"
    )


def _habenula_checks() -> Iterator[Check]:
    chain = default_chain("mouse")
    for address in ("brain.nmdar_left", "brain.t_type_left"):
        cut = chain.with_values({address: 0.0})
        burst = chain.replace(brain=cut.stages["brain"])
        state = rest(burst, {"load": 1.0}).state
        signals = burst.signals(np.zeros(()), state, {})  # type: ignore[arg-type]
        yield within(
            address,
            "burst fraction under stress without it",
            float(signals["lhb_burst_fraction"]),
            0.0,
            0.01,
            "yang2018",
        )
    stressed, calm = (_burst(chain, z) for z in (1.0, 0.0))
    yield within("lhb stress", "burst fraction, stressed over healthy", stressed / calm, 1.5, 10.0, "yang2018")


def _burst(chain: Chain, load: float) -> float:
    signals = chain.signals(np.zeros(()), rest(chain, {"load": load}).state, {})  # type: ignore[arg-type]
    return float(signals["lhb_burst_fraction"])


def _fall(course: Curves, hours: float) -> float:
    score = course["madrs_total"]
    return float(score[0] - np.interp(hours, course["time"], score))


def _reference(row: str) -> tuple[float, float]:
    """What the reference column prints for one row (the first number of its cell), and half of its last digit."""
    rows = library().select(endpoint="pharmacokinetics").observations
    text = next(o.reference_prediction for o in rows if o.row == row and o.reference_prediction).split()[0]
    decimals = len(text.partition(".")[2])
    return float(text), 0.5 * 10.0**-decimals


def _auc(t: np.ndarray, y: np.ndarray) -> float:
    """Area to infinity: trapezoids, then the tail by its last log-linear slope."""
    slope = np.log(y[-5] / y[-1]) / (t[-1] - t[-5])
    return float(np.trapezoid(y, t) + y[-1] / slope)


def _auc_24(t: np.ndarray, y: np.ndarray) -> float:
    return float(np.trapezoid(y[t <= 24.0], t[t <= 24.0]))


def _auc_8(t: np.ndarray, y: np.ndarray) -> float:
    return float(np.trapezoid(y[t <= 8.0], t[t <= 8.0]))


def _half_life(t: np.ndarray, y: np.ndarray) -> float:
    early, late = np.interp([12.0, 47.75], t, np.log(np.maximum(y, 1e-300)))
    return float(np.log(2.0) * 35.75 / (early - late))


_UNTIL = 96.0
METRICS: Mapping[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "Cmax": lambda t, y: float(y.max()),
    "AUC": _auc,
    "AUC0-24": _auc_24,
    "AUC0-8": _auc_8,
    "half-life": _half_life,
}


@dataclass(frozen=True)
class ReferenceCase:
    """A regimen of the reference column and its rows: evidence row, port, metric."""

    label: str
    given: SingleDose
    rows: tuple[tuple[str, str, str], ...]


REFERENCE_CASES = (
    ReferenceCase(
        "racemate 5 mg iv over 30 min",
        SingleDose("ketamine", "iv", 5.0, 0.5),
        (
            ("1", "cv_ketamine_s", "Cmax"),
            ("2", "cv_ketamine_r", "Cmax"),
            ("48", "cv_ketamine", "Cmax"),
            ("49", "cv_ketamine", "AUC"),
            ("77", "cv_ketamine_s", "half-life"),
            ("75", "cv_ketamine_r", "half-life"),
        ),
    ),
    ReferenceCase(
        "S 20 mg iv over 20 min", SingleDose("esketamine", "iv", 20.0, 1 / 3), (("8", "ca_ketamine_s", "Cmax"),)
    ),
    ReferenceCase(
        "racemate 35 mg iv over 40 min", SingleDose("ketamine", "iv", 35.0, 2 / 3), (("30", "cv_ketamine", "Cmax"),)
    ),
    ReferenceCase(
        "R 10 mg iv over 40 min",
        SingleDose("arketamine", "iv", 10.0, 2 / 3),
        (("44", "cv_ketamine_r", "Cmax"), ("45", "cv_norketamine_r", "Cmax")),
    ),
    ReferenceCase(
        "R 180 mg iv over 40 min",
        SingleDose("arketamine", "iv", 180.0, 2 / 3),
        (("46", "cv_ketamine_r", "Cmax"), ("47", "cv_norketamine_r", "Cmax")),
    ),
    ReferenceCase(
        "S 28 mg nasal",
        SingleDose("esketamine", "nasal", 28.0),
        (("15", "cv_ketamine_s", "Cmax"), ("16", "cv_ketamine_s", "AUC0-24"), ("17", "cv_norketamine_s", "Cmax")),
    ),
    ReferenceCase(
        "S 56 mg nasal",
        SingleDose("esketamine", "nasal", 56.0, devices=2),
        (("38", "cv_ketamine_s", "Cmax"), ("39", "cv_ketamine_s", "AUC0-24"), ("40", "cv_norketamine_s", "Cmax")),
    ),
    ReferenceCase(
        "S 84 mg nasal",
        SingleDose("esketamine", "nasal", 84.0, devices=3),
        (("18", "cv_ketamine_s", "Cmax"), ("19", "cv_ketamine_s", "AUC0-24"), ("20", "cv_norketamine_s", "Cmax")),
    ),
    ReferenceCase(
        "racemate 30 mg nasal",
        SingleDose("ketamine", "nasal", 30.0),
        (("58", "cv_ketamine", "Cmax"), ("59", "ca_norketamine", "Cmax")),
    ),
    ReferenceCase(
        "racemate 50 mg nasal",
        SingleDose("ketamine", "nasal", 50.0),
        (("60", "cv_ketamine", "Cmax"), ("61", "ca_norketamine", "Cmax")),
    ),
    ReferenceCase(
        "racemate 10 mg nasal",
        SingleDose("ketamine", "nasal", 10.0),
        (("86", "cv_ketamine", "Cmax"), ("87", "ca_norketamine", "Cmax")),
    ),
    ReferenceCase(
        "racemate 50 mg by mouth", SingleDose("ketamine", "oral", 50.0), (("62", "ca_norketamine", "AUC0-8"),)
    ),
    ReferenceCase("racemate 35 mg by mouth", SingleDose("ketamine", "oral", 35.0), (("64", "cv_ketamine", "Cmax"),)),
)
