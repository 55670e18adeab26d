"""What one published number asks of a theory of the body: who was given what, and which curve answers."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from ..compound.library import compound
from ..core.errors import EvidenceError
from ..core.units import convert, hours
from ..dose.amount import devices
from ..evidence import Observation, library
from .course import Dose
from .kinds import PROXIES, port_of

TYPICAL_WEIGHT = 70.0
"""Body weight (kg) of whom a theory is asked about, unless the study says otherwise."""

_PROLONGED = "prolonged-release"
_RATE_DEPENDENT = frozenset({"cmax", "tmax", "half_life"})
_STEP = re.compile(r"([\d.]+)(?: mg/kg/h)? for (\d+) min")
_FORMS = {"s": "esketamine", "r": "arketamine"}
_REFERENCE = Dose(0.0, 0.5, 10.0, "", "iv")


@dataclass(frozen=True)
class Regimen:
    """Who is asked about and what was given: doses, nasal devices, body weight (kg), and what else holds of the body.

    **Arguments:** `values` are parameters of the body, or modifiers that are 1 where they apply ("rifampicin").
    """

    doses: tuple[Dose, ...]
    devices: int = 1
    weight: float = TYPICAL_WEIGHT
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Question:
    """One published number, made a question to a theory of the body.

    **Arguments:** `observed` is the number as entered; `asked` is the same with what had to be assumed; `regimen` is
    what to simulate, `reference` what a ratio is taken to; `port` is the curve that answers, `ports` all that are
    needed; `note` is what was assumed; `until` is when the last blood was taken (h).
    """

    observed: Observation
    asked: Observation
    regimen: Regimen
    port: str
    ports: tuple[str, ...]
    reference: Regimen | None = None
    note: str = ""
    until: float = math.inf


@dataclass(frozen=True)
class Unasked:
    """A published number that a theory is not asked about, and why."""

    observed: Observation
    reason: str


@dataclass(frozen=True)
class Assumed:
    """What has to be assumed of one arm, from `asking.toml`."""

    dose: float | None = None
    unit: str = ""
    over: str = ""
    weight: float = TYPICAL_WEIGHT
    age: float | None = None
    devices: int | None = None
    versus: float | None = None
    until: float = math.inf
    not_asked: str = ""
    note: str = ""
    values: dict[str, float] = field(default_factory=dict)


@cache
def questions() -> tuple[Question | Unasked, ...]:
    """Every pharmacokinetic observation in people as a question, or with the reason why it is none."""
    return tuple(_question(o) for o in library().select(endpoint="pharmacokinetics", species="human"))


def regimen_of(row: str, quantity: str) -> Regimen:
    """What the people of one evidence row were given, for a curve of `quantity`: the half of a racemate for a form.

    **Raises:** `EvidenceError` when there is no such row.
    """
    found = next(o for o in library().select(endpoint="pharmacokinetics", species="human") if o.row == row)
    asked = _question(replace(found, quantity=quantity))
    if isinstance(asked, Unasked):
        raise EvidenceError("this row does not say what was given", given=row, then=asked.reason)
    return asked.regimen


def _question(o: Observation) -> Question | Unasked:
    assumed = _assumed(o)
    reason = assumed.not_asked or _unaskable(o)
    if reason:
        return Unasked(o, reason)
    dose = (assumed.dose,) if assumed.dose is not None else o.arm.dose
    unit, over = assumed.unit or o.arm.unit, assumed.over or o.arm.over
    arm = replace(o.arm, dose=dose, unit=unit, over=over or "0 h" if o.arm.route == "iv" else over)
    asked = replace(o, arm=arm, statistic=_taken(o.statistic, assumed.until))
    if len(dose) != 1 or unit not in ("mg", "mg/kg"):
        return Unasked(o, "the study as entered states no single dose")
    regimen = _regimen(asked, assumed)
    main = port_of(o.quantity)
    parent = f"cv_ketamine{_form_suffix(o.quantity)}"
    ports = (main, parent) if o.quantity in PROXIES else (main,)
    note = "; ".join(part for part in (assumed.note, _solution(o)) if part)
    return Question(o, asked, regimen, main, ports, _other(asked, regimen, assumed), note, assumed.until)


def _taken(statistic: str, until: float) -> str:
    """The statistic as it could be taken: an area without a window goes to the last blood."""
    return f"auc_0_{until:g}" if statistic == "auc" and math.isfinite(until) else statistic


def _unaskable(o: Observation) -> str:
    """Why nobody can be asked; empty when somebody can."""
    if o.value is None or len(o.arm.drug) != 1:
        return "no number, or no single drug"
    if _PROLONGED in o.arm.regimen and o.statistic in _RATE_DEPENDENT:
        return "a prolonged-release tablet; theories are asked about a solution, which has another course"
    return ""


def _solution(o: Observation) -> str:
    return "a prolonged-release tablet beside a solution" if _PROLONGED in o.arm.regimen else ""


def _regimen(o: Observation, assumed: Assumed) -> Regimen:
    """The doses; for a number on one mirror form, that form's share of a racemate alone."""
    drug, share = o.arm.drug[0], 1.0
    form = _form_suffix(o.quantity)[1:]
    if form and drug == "ketamine":
        share = float({"s": compound(drug).fraction_s, "r": compound(drug).fraction_r}[form].value)
        drug = _FORMS[form]
    age = {} if assumed.age is None else {"age": assumed.age}
    values = tuple(sorted((assumed.values | age).items()))
    doses = tuple(replace(d, drug=drug, amount=d.amount * share) for d in _doses(o, assumed.weight))
    return Regimen(doses, _devices(o, assumed, doses[0].amount), assumed.weight, values)


def _doses(o: Observation, weight: float) -> tuple[Dose, ...]:
    route = o.arm.route
    steps = [(float(rate), float(minutes) / 60) for rate, minutes in _STEP.findall(o.arm.regimen)]
    if steps:
        starts = [sum(length for _, length in steps[:i]) for i in range(len(steps))]
        return tuple(Dose(t, h, rate * h * weight, "", route) for t, (rate, h) in zip(starts, steps, strict=True))
    amount = o.arm.dose[0] * (weight if o.arm.unit == "mg/kg" else 1.0)
    over = hours(o.arm.over) if o.arm.over and route == "iv" else 0.0
    return (Dose(0.0, over, amount, "", route),)


def _devices(o: Observation, assumed: Assumed, amount: float) -> int:
    return assumed.devices or devices(compound(o.arm.drug[0]), o.arm.route, amount, "human")


def _other(o: Observation, regimen: Regimen, assumed: Assumed) -> Regimen | None:
    """What a ratio is taken to: an intravenous dose, another weight, or the same person without the other drug."""
    if o.statistic == "bioavailability":
        return replace(regimen, doses=(replace(_REFERENCE, drug=regimen.doses[0].drug),), devices=1)
    if o.statistic == "auc_ratio" and o.quantity not in PROXIES:
        return replace(regimen, values=())
    return None if assumed.versus is None else replace(regimen, weight=assumed.versus)


def _form_suffix(quantity: str) -> str:
    return quantity[-2:] if quantity.endswith(("_s", "_r")) else ""


def _assumed(o: Observation) -> Assumed:
    return _assumptions().get((o.study.name, o.arm.name), Assumed())


@cache
def _assumptions() -> dict[tuple[str, str], Assumed]:
    told: dict[str, dict[str, Any]] = tomllib.loads(files(__package__).joinpath("asking.toml").read_text("utf-8"))
    return {(study, arm): Assumed(**words) for study, arms in told.items() for arm, words in arms.items()}


def per_weight(unit: str) -> str:
    """A unit without its `/kg`."""
    return unit.removesuffix("/kg")


def scaled(value: float, unit: str, to: str, weight: float) -> float:
    """A clearance or volume of one person in `to`, which may be per kg of body weight."""
    return convert(value, unit, per_weight(to)) / (weight if to.endswith("/kg") else 1.0)
