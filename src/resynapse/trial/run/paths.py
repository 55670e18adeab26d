"""The ways through an arm: what people are given when doses are raised, or rescue comes, at one visit or another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ...core.errors import RequestError
from ...dose import InTurn, Part, Regimen
from ..bank import Order
from ..design import Arm, Design
from ..design.compounds import beside
from ..design.giving import Dosing
from ..score import Feel
from .dosed import Dosed, given

_MOST = 200
_SOON = 1e-9


@dataclass(frozen=True)
class Session:
    """One dose of somebody: its day, what it is, and what it feels like where it holds no drug.

    **Arguments:** `origin` is the place of its regimen in the arm, `open` says that people know what they get.
    """

    day: float
    dosing: Dosing
    origin: int
    feel: Feel
    drug: bool
    open: bool = False


@dataclass(frozen=True)
class Path:
    """One way through an arm.

    **Arguments:** `sessions` in order of time; `start` is the day of the first dose that holds drug, to which `order`
    at the bank counts (nothing where no drug is given); `level` is that of a flexible dose; `raised` and `rescued` say
    on which path somebody goes on, by the look at which that is decided.
    """

    sessions: tuple[Session, ...]
    start: float
    order: Order | None
    level: int = 0
    raised: Mapping[int, int] = field(default_factory=dict)
    rescued: Mapping[int, int] = field(default_factory=dict)


@dataclass
class _Node:
    sessions: tuple[Session, ...]
    level: int
    helped: bool
    raised: dict[int, int]
    rescued: dict[int, int]


def paths(design: Design, arm: Arm, everything: tuple[Dosed, ...], days: Mapping[int, float]) -> tuple[Path, ...]:
    """Every way through an arm, the one without any change first.

    A raised dose is given from the first session on that is not before the visit; a rescue takes the place of
    what the arm would give from then on, and is given openly.

    **Arguments:** `everything` is what the arm and its lead-in give when nothing changes; `days` of looks by place.

    **Raises:** `RequestError` when there are too many.
    """
    nodes = [_Node(_sessions(everything), 0, False, {}, {})]
    for look, day in sorted(days.items(), key=lambda pair: pair[1]):
        for node in tuple(nodes):
            _branch(design, arm, nodes, node, (look, day))
        if len(nodes) > _MOST:
            given_ = f"{len(nodes)} by day {day:g}"
            raise RequestError("too many ways through an arm", where=arm.name, given=given_, allowed=f"up to {_MOST}")
    read = tuple(days.values())
    return tuple(_path(node, everything, read) for node in nodes)


def rules(arm: Arm) -> tuple[Dosing, ...]:
    """The regimens of an arm whose dose may change."""
    return tuple(one for one in arm.regimens if one.flexible)


def raises(arm: Arm, day: float) -> bool:
    """Whether a dose of this arm may be raised on this day."""
    return any(one.flexible is not None and 0.0 < day <= one.flexible.until for one in rules(arm))


def helps(design: Design, arm: Arm, name: str) -> bool:
    """Whether people of an arm may be given a rescue at the visit of this name."""
    rule = design.rescue
    return rule is not None and bool(rule.regimens) and rule.visit == name


def _branch(design: Design, arm: Arm, nodes: list[_Node], node: _Node, look: tuple[int, float]) -> None:
    place, day = look
    if node.helped:
        return
    if raises(arm, day) and node.level + 1 < max(len(one.flexible.doses) for one in rules(arm) if one.flexible):
        node.raised[place] = _place(nodes, _raised(node.sessions, day, node.level + 1), node.level + 1, False)
    visit = next((v for v in design.visits if abs(v.day - day) < _SOON), None)
    if visit is not None and helps(design, arm, visit.name):
        node.rescued[place] = _place(nodes, _helped(design, node.sessions, day), node.level, True)


def _place(nodes: list[_Node], sessions: tuple[Session, ...], level: int, helped: bool) -> int:
    for k, one in enumerate(nodes):
        if one.sessions == sessions and one.level == level and one.helped == helped:
            return k
    nodes.append(_Node(sessions, level, helped, {}, {}))
    return len(nodes) - 1


def _sessions(everything: Iterable[Dosed]) -> tuple[Session, ...]:
    found = [
        Session(day, _first_dose(one.dosing), k, one.feel, one.drug)
        for k, one in enumerate(everything)
        for day in one.sessions
    ]
    return tuple(sorted(found, key=lambda one: one.day))


def _first_dose(one: Dosing) -> Dosing:
    return one.model_copy(update={"dose": one.flexible.doses[0]}) if one.flexible else one


def _raised(sessions: tuple[Session, ...], day: float, level: int) -> tuple[Session, ...]:
    return tuple(_higher(one, level) if one.day >= day - _SOON else one for one in sessions)


def _higher(one: Session, level: int) -> Session:
    rule = one.dosing.flexible
    if rule is None:
        return one
    dose = rule.doses[min(level, len(rule.doses) - 1)]
    return replace(one, dosing=one.dosing.model_copy(update={"dose": dose}))


def _helped(design: Design, sessions: tuple[Session, ...], day: float) -> tuple[Session, ...]:
    kept = [one for one in sessions if one.day < day - _SOON]
    rescue = design.rescue
    added = [given(one, 0.0) for one in rescue.regimens] if rescue else []
    first = -len(added)
    new = [
        Session(max(when, day), one.dosing, first + k, one.feel, one.drug, open=True)
        for k, one in enumerate(added)
        for when in one.sessions
    ]
    return tuple(sorted((*kept, *new), key=lambda one: one.day))


def _path(node: _Node, everything: tuple[Dosed, ...], read: tuple[float, ...]) -> Path:
    active = tuple(one for one in node.sessions if one.drug)
    if not active:
        return Path(node.sessions, 0.0, None, node.level, node.raised, node.rescued)
    start = active[0].day
    order = _order(active, everything, start, read)
    return Path(node.sessions, start, order, node.level, node.raised, node.rescued)


def _order(active: tuple[Session, ...], everything: tuple[Dosed, ...], start: float, read: tuple[float, ...]) -> Order:
    days = tuple(sorted({0.0, *(max(day - start, 0.0) for day in read)}))
    sessions = tuple(one.day - start for one in active)
    return Order(_regimen(active, everything, start, days[-1]), days, sessions)


def _regimen(active: tuple[Session, ...], everything: tuple[Dosed, ...], start: float, last: float) -> Regimen | InTurn:
    """One regimen in words where that is all that is given, or else the doses in turn."""
    origin = {one.origin for one in active}
    first = active[0].dosing
    whole = len(origin) == 1 and min(origin) >= 0 and len({one.dosing.dose for one in active}) == 1
    if whole and not _company(first) and len(active) == len(everything[active[0].origin].sessions):
        words = _checked(first)
        return words if words.days is not None else replace(words, days=max(last, 1.0))
    return InTurn(tuple(_parts(active, start)))


def _parts(active: tuple[Session, ...], start: float) -> list[Part]:
    named: dict[tuple[str, str, str, str | None, str | None], list[float]] = {}
    for one in active:
        d = one.dosing
        if not _company(d):
            _checked(d)
        named.setdefault((d.compound, d.route, d.dose or "", d.over, d.formulation), []).append(one.day - start)
    return [
        Part(drug, route, dose, over, tuple(at), made, drug in beside())
        for (drug, route, dose, over, made), at in named.items()
    ]


def _company(one: Dosing) -> bool:
    return one.compound in beside()


def _checked(one: Dosing) -> Regimen:
    try:
        return one.regimen
    except RequestError as refused:
        then = "this trial can be listed and checked, and not yet simulated"
        raise RequestError("nothing on file describes this drug", given=one.compound, then=then) from refused
