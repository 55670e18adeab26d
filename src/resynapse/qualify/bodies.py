"""Theories of the body asked for what was observed: everything published that a theory can answer, solved together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from ..body.area import Floats
from ..body.exposure import bioavailability
from ..body.modifier import changes
from ..body.nca import Analysis, analyse
from ..body.profile import Administration, Bolus, Extravascular, Infused, Profile
from ..body.terminal import line_within
from ..chains import BODIES, body_chain, happenings, outside_population
from ..compound.library import compound
from ..core.chain import Chain
from ..core.errors import RequestError, nearest
from ..core.event import Happening
from ..core.solver import keep_compiled_code, protocol, solve
from ..core.units import convert
from .asked import Question, Regimen, Unasked, questions, scaled
from .comparison import Comparison
from .counting import told_twice
from .course import Course
from .fold import Beside, BodyReport
from .kinds import CONTESTED, PROXIES, compare
from .middle import middle

_UNTIL = 96.0
TIMES: Floats = np.unique(
    np.concatenate([np.linspace(0, 4, 241), np.linspace(4, 12, 41), np.linspace(12, 48, 37), np.linspace(48, 96, 13)])
)
"""The hours at which every theory is asked."""

_TERMINAL = (12.0, 48.0)
_NEGLIGIBLE = 1e-3
_ADULT = 18.0
_SILENT = "the theory's curve does not tell it"
Tell = Callable[[str], None]


def human_bodies() -> tuple[str, ...]:
    """The theories of the human body."""
    return tuple(name for name, theory in BODIES.items() if "human" in theory.species)


def body_reports(
    names: Sequence[str] | None = None, tell: Tell = lambda _: None, values: Mapping[str, float] | None = None
) -> tuple[BodyReport, ...]:
    """Ask every theory (or those named) everything that it can be asked, with the body chain alone.

    **Arguments:** `values` by address take the place of those on file in every theory that has them.

    **Raises:** `RequestError` for a name that is no theory of the human body.
    """
    known = human_bodies()
    for name in names or ():
        if name not in known:
            near = nearest(name, known)
            raise RequestError("no such theory of the human body", given=name, allowed=known, nearest=near)
    keep_compiled_code()
    return tuple(_report(name, tell, values or {}) for name in names or known)


def _report(name: str, tell: Tell, values: Mapping[str, float]) -> BodyReport:
    tell(f"asking {name}")
    chain = body_chain("human", name)
    chain = chain.with_values({a: v for a, v in values.items() if a in chain.declared})
    asked, unasked = _sorted_out(chain)
    courses = simulated(chain, {r for q in asked for r in (q.regimen, q.reference) if r is not None})
    twice = told_twice([q.observed for q in asked])
    found = [row for q in asked if (row := _beside(q, courses, name)) is not None]
    rows = [replace(row, twice=twice.get(row.observed.row, "")) for row in found]
    answered = {id(row.observed) for row in rows}
    silent = [Unasked(q.observed, _SILENT) for q in asked if id(q.observed) not in answered]
    ordered = sorted(rows, key=lambda row: (not row.counts, -row.error))
    stage = chain.stages["body"]
    told = " ".join((type(stage).__doc__ or "").split())
    title, _, rest = told.partition(". ")
    unasked += silent
    return BodyReport(name, stage.provenance[0].title, f"{title}.", _left_out(rest), tuple(ordered), tuple(unasked))


def _left_out(text: str) -> str:
    after = text.partition("**Leaves out:**")[2]
    return after.partition("**Source:**")[0].strip()


def _sorted_out(chain: Chain) -> tuple[list[Question], list[Unasked]]:
    """What this theory can be asked, and what it cannot, with the reason."""
    asked: list[Question] = []
    unasked: list[Unasked] = []
    for q in questions():
        reason = q.reason if isinstance(q, Unasked) else _refusal(chain, q)
        if reason or isinstance(q, Unasked):
            unasked.append(Unasked(q.observed, reason))
        else:
            asked.append(q)
    return asked, unasked


def _refusal(chain: Chain, q: Question) -> str:
    """Why this theory cannot be asked; empty when it can."""
    stage = chain.stages["body"]
    shown = {p.name for p in stage.shows} - set(stage.absent)
    for port in q.ports:
        if port not in shown:
            return _unshown(port, shown)
    if dict(q.regimen.values).get("age", _ADULT) < _ADULT and "body.weight" not in chain.declared:
        return "a child, and the theory does not scale with body weight"
    for regimen in filter(None, (q.regimen, q.reference)):
        try:
            _check(chain, regimen)
        except RequestError as refusal:
            return f"{refusal.what}: {refusal.given}"
    return ""


def _unshown(port: str, shown: set[str]) -> str:
    sites = {name[:2] for name in shown}
    if port[:2] not in sites:
        return f"the theory has {'venous' if port[:2] == 'ca' else 'arterial'} plasma only"
    return f"the theory has no {port}"


def given(chain: Chain, regimen: Regimen) -> tuple[Happening, ...]:
    """What a regimen's doses do to a chain's inputs."""
    return tuple(
        h
        for d in regimen.doses
        for h in happenings(
            chain,
            compound(d.drug),
            d.route,
            {"start": d.hours, "mg": d.amount, "duration": d.duration, "devices": regimen.devices},
        )
    )


def _check(chain: Chain, regimen: Regimen) -> None:
    """Refuse doses that the theory does not take, and people about whom it would mislead."""
    given(chain, regimen)
    _own_values(chain, regimen)
    outside_population(chain, [{"weight": regimen.weight, **dict(regimen.values)}])


def can_be_given(chain: Chain, regimen: Regimen) -> bool:
    """Whether the theory models the route, the mirror forms of every dose, and such a person."""
    try:
        _check(chain, regimen)
    except RequestError:
        return False
    return True


def simulated(chain: Chain, regimens: Iterable[Regimen]) -> dict[Regimen, Course]:
    """The course of every regimen, all solved together as people of one protocol."""
    ordered = sorted(set(regimens), key=repr)
    if not ordered:
        return {}
    together = protocol(chain.external, [given(chain, r) for r in ordered])
    signals = solve(_people(chain, ordered), together, chain.initial(), (0.0, _UNTIL)).at(TIMES)
    return {r: _course(chain, r, {k: np.asarray(v[i]) for k, v in signals.items()}) for i, r in enumerate(ordered)}


def _people(chain: Chain, regimens: Sequence[Regimen]) -> Chain:
    """The chain with one value a person for everything in which they differ."""
    told = [_own_values(chain, r) for r in regimens]
    default = chain.parameters
    addresses = sorted({address for values in told for address in values})
    return chain.with_values({a: np.array([values.get(a, float(default[a])) for values in told]) for a in addresses})


def _own_values(chain: Chain, regimen: Regimen) -> dict[str, float]:
    """A person's values by address; what the theory has no value for is a modifier, such as another drug."""
    told = {"weight": regimen.weight, **dict(regimen.values)}
    own = {f"body.{n}": value for n, value in told.items() if f"body.{n}" in chain.declared}
    others = [n for n, _ in regimen.values if n != "age" and f"body.{n}" not in own]
    return own | changes(chain, others)


def _course(chain: Chain, regimen: Regimen, signals: dict[str, Floats]) -> Course:
    ports = {p.name: p for p in chain.stages["body"].shows}
    columns = {n: ("time", signals[n], {"units": p.unit, "long_name": p.meaning}) for n, p in ports.items()}
    data = xr.Dataset(columns, {"time": ("time", TIMES, {"units": "h"})})
    age = dict(regimen.values).get("age", math.nan)
    return Course("human", regimen.weight, age, 0.0, regimen.doses, data)


def _beside(q: Question, courses: dict[Regimen, Course], body: str) -> Beside | None:
    o, course = q.asked, courses[q.regimen]
    own = None if o.quantity in PROXIES else _OWN_METRICS.get(o.statistic)
    if own is not None:
        other = courses[q.reference] if q.reference is not None else None
        found = Comparison(q.port, math.nan, own(q, course, other), o.statistic, "", value=o.value or math.nan)
    else:
        # A multi-step infusion counts as one session: later steps are no second dose.
        told = compare(o, replace(course, doses=course.doses[:1], signals=_sampled(course.signals, q.until)), ())
        if told is None:
            return None
        found = told
    if not (math.isfinite(found.predicted) and found.predicted > 0):
        return None
    unit = course.unit(q.port) if o.statistic in ("mean", "cmax") else o.unit
    contested = next((CONTESTED[k] for k in (o.quantity, o.statistic) if k in CONTESTED), "")
    notes = "; ".join(part for part in (q.note, o.note) if part)
    row = Beside(q.observed, q.port, found.value, unit, found.predicted, body == o.study.name, contested, notes)
    return replace(row, middle=found.value * middle(q.observed))


def _sampled(signals: xr.Dataset, until: float) -> xr.Dataset:
    """What could be seen in blood: nothing after the last of it was taken."""
    return signals.sel(time=signals["time"] <= until)


def _analysis(q: Question, course: Course) -> Analysis:
    """Noncompartmental analysis of the answering curve, as the study would have done it."""
    values = np.maximum(np.asarray(course.signals[q.port].values, dtype=float), 0.0)
    low = values < _NEGLIGIBLE * values.max()
    return analyse(Profile(TIMES, values, course.unit(q.port), low), _way(course))


def _way(course: Course) -> Administration:
    amount, first = sum(d.amount for d in course.doses), course.first
    if first.route != "iv":
        return Extravascular(amount)
    return Infused(amount, hours=first.duration) if first.duration else Bolus(amount)


def _half_life(q: Question, course: Course, other: Course | None) -> float:
    """Half-life (h) between 12 and 48 h, the window behind the reference column; studies chose their own."""
    line = line_within(TIMES, np.asarray(course.signals[q.port].values, dtype=float), *_TERMINAL)
    return math.nan if line is None else convert(line.half_life, "h", q.observed.unit)


def _clearance(q: Question, course: Course, other: Course | None) -> float:
    return scaled(_analysis(q, course)["cl"], "L/h", q.observed.unit, course.weight)


def _volume(q: Question, course: Course, other: Course | None) -> float:
    return scaled(_analysis(q, course)["vss"], "L", q.observed.unit, course.weight)


def _share(q: Question, course: Course, other: Course | None) -> float:
    return math.nan if other is None else bioavailability(_analysis(q, course), _analysis(q, other)).value


def _exposure(q: Question, course: Course, other: Course | None) -> float:
    return math.nan if other is None else _analysis(q, course)["auc_inf"] / _analysis(q, other)["auc_inf"]


_OWN_METRICS: dict[str, Callable[[Question, Course, Course | None], float]] = {
    "half_life": _half_life,
    "clearance": _clearance,
    "vss": _volume,
    "bioavailability": _share,
    "exposure_ratio": _exposure,
    "auc_ratio": _exposure,
}
