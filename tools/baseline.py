"""The numbers that the project is judged by, computed now: `make baseline` writes them, a test holds them.

They move only when somebody runs this and commits the difference.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from resynapse.banked import banked
from resynapse.chains import default_chain, median_load
from resynapse.core.solver import keep_compiled_code
from resynapse.qualify.bodies import body_reports
from resynapse.qualify.fold import BodyReport, mean_fold_error
from resynapse.qualify.selftest import Curves, SingleDose, curves
from resynapse.trial.design.library import design
from resynapse.trial.run import Trial, scaled

FILE = Path(__file__).parent.parent / "tests" / "baseline" / "headline.toml"
PEOPLE, ENROLLED, SEED = 100, 400, 1
_HEAD = """\
# The numbers that the project is judged by, as they are: no aims, and no evidence. `make baseline` alone changes
# them, and the difference is reviewed. `tolerance` is how far another machine may be off.
"""


@dataclass(frozen=True)
class Headline:
    """One number: what it is, its unit, how to compute it, and how far another machine may be off."""

    what: str
    unit: str
    compute: Callable[[], float]
    tolerance: float


@cache
def course(drug: str, route: str, mg: float) -> Curves:
    """The typical person after one dose."""
    chain = default_chain("human")
    over = 2 / 3 if route == "iv" else 0.0
    devices = round(mg / 28.0) if route == "nasal" else 1
    return curves(chain, SingleDose(drug, route, mg, over, devices), float(median_load(chain)), 168.0)


def peak(port: str) -> Callable[[], float]:
    """The largest value of a port after 0.5 mg/kg of ketamine."""
    return lambda: float(course("ketamine", "iv", 35.0)[port].max())


def fall(hours: float, drug: str = "ketamine", route: str = "iv", mg: float = 35.0) -> Callable[[], float]:
    """How far MADRS has fallen some hours after one dose."""

    def found() -> float:
        told = course(drug, route, mg)
        score = told["madrs_total"]
        return float(score[0] - np.interp(hours, told["time"], score))

    return found


@cache
def kinetics() -> BodyReport:
    """The default body beside what was observed."""
    return body_reports(("kpk1",))[0]


def fold_errors() -> list[float]:
    """Fold errors of the blind verify rows."""
    return [row.error for row in kinetics().rows if row.counts and row.group == "verify"]


@cache
def trial() -> Mapping[str, float]:
    """Mean falls at 24 hours in both arms of a trial against midazolam, the same people in either."""
    planned = scaled(design("murrough_2013"), ENROLLED)
    one = Trial(*banked(planned, PEOPLE, SEED), SEED)
    scores = {name: one.replicate(0, place).score for place, name in enumerate(("ketamine", "midazolam"))}
    return {name: float(np.nanmean(score[:, 0] - score[:, 1])) for name, score in scores.items()}


HEADLINES: Mapping[str, Headline] = {
    "ketamine_peak": Headline("venous ketamine, peak after 0.5 mg/kg", "ng/mL", peak("cv_ketamine"), 0.5),
    "kinetics_gmfe": Headline(
        "mean fold error of blind verify rows", "1", lambda: mean_fold_error(fold_errors()), 0.005
    ),
    "kinetics_within_twofold": Headline(
        "share of blind verify rows within twofold", "1", lambda: float(np.mean(np.array(fold_errors()) <= 2)), 0.001
    ),
    "occupancy_peak": Headline(
        "NMDA receptors of interneurons, peak occupancy", "1", peak("occupancy_nmdar_interneuron"), 0.002
    ),
    "glutamate_peak": Headline("prefrontal glutamate, peak over rest", "1", peak("glutamate_pfc"), 0.002),
    "cadss_peak": Headline("CADSS, peak after 0.5 mg/kg", "points", peak("cadss_total"), 0.05),
    "fall_4h": Headline("MADRS fall 4 h after 0.5 mg/kg", "points", fall(4.0), 0.02),
    "fall_24h": Headline("MADRS fall 24 h after 0.5 mg/kg", "points", fall(24.0), 0.02),
    "fall_7d": Headline("MADRS fall 7 days after 0.5 mg/kg", "points", fall(168.0), 0.02),
    "fall_24h_low": Headline("MADRS fall 24 h after 0.1 mg/kg", "points", fall(24.0, mg=7.0), 0.02),
    "fall_24h_high": Headline("MADRS fall 24 h after 1.0 mg/kg", "points", fall(24.0, mg=70.0), 0.02),
    "fall_24h_nasal": Headline(
        "MADRS fall 24 h after 84 mg esketamine", "points", fall(24.0, "esketamine", "nasal", 84.0), 0.02
    ),
    "trial_ketamine": Headline("fall at 24 h in a trial, ketamine", "points", lambda: trial()["ketamine"], 0.1),
    "trial_midazolam": Headline("fall at 24 h in a trial, midazolam", "points", lambda: trial()["midazolam"], 0.1),
}


def computed() -> dict[str, float]:
    """Every headline number, now."""
    keep_compiled_code()
    return {name: one.compute() for name, one in HEADLINES.items()}


def held(file: Path = FILE) -> dict[str, float]:
    """The numbers on file; nothing before the first run."""
    found = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    return {name: float(entry["value"]) for name, entry in found.items()}


def written(values: Mapping[str, float]) -> str:
    """The file that holds these numbers."""
    return "\n".join([_HEAD, *(_entry(name, one, values[name]) for name, one in HEADLINES.items())])


def _entry(name: str, one: Headline, value: float) -> str:
    told = f'[{name}]\nwhat = "{one.what}"\nunit = "{one.unit}"\n'
    return f"{told}value = {value:.6g}\ntolerance = {one.tolerance:g}\n"


def main() -> int:
    """Write the numbers and print how they moved."""
    before, now = held(), computed()
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(written(now), encoding="utf-8")
    for name, value in now.items():
        was = before.get(name)
        moved = "new" if was is None else "" if abs(value - was) <= HEADLINES[name].tolerance else f"was {was:.6g}"
        print(f"{name:<26}{value:>12.5g} {HEADLINES[name].unit:<8}{moved}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
