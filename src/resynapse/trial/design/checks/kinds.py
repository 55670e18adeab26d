"""Kinds: does a trial do what its kind says?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ....core.lines import Document
from ..design import Design
from ..refusal import Refusal

_KIND = ("kind",)


def kinds_wrong(design: Design, _: Document) -> Iterator[Refusal]:
    """What of a trial contradicts its kind."""
    yield from _KINDS[design.kind](design)
    if design.kind != "steps":
        for number, arm in enumerate(design.arms):
            if arm.step_after:
                place = ("arms", number, "step_after")
                yield Refusal(place, "only a trial in steps has a step before", design.kind, "steps")


def _compares(design: Design) -> Iterator[Refusal]:
    if len(design.arms) < 2:
        then = "add a control, or write `kind: open_label`"
        yield Refusal(_KIND, "this kind of trial compares arms, and there is one", design.kind, then=then)


def _doses(design: Design) -> Iterator[Refusal]:
    yield from _compares(design)
    tested = (arm for arm in design.arms if arm.control in ("drug", "subdose"))
    given = {tuple((one.compound, one.dose, one.schedule) for one in arm.active) for arm in tested}
    if len(given) < 2:
        then = "add an arm with another dose, or write `kind: parallel`"
        yield Refusal(_KIND, "a dose-ranging trial gives two doses or more", design.kind, then=then)


def _ordered(design: Design) -> Iterator[Refusal]:
    yield from _compares(design)
    if design.multiplicity is None or design.multiplicity.method != "fixed_sequence":
        then = "write `multiplicity: {method: fixed_sequence, over: [first endpoint, second endpoint]}`"
        yield Refusal(_KIND, "a fixed sequence needs the order in which endpoints are tested", design.kind, then=then)


def _withdrawn(design: Design) -> Iterator[Refusal]:
    yield from _compares(design)
    if not any(phase.kind == "treatment" and phase.keep for phase in design.lead_in):
        then = "write a `lead_in` of kind `treatment` with the rule of who goes on (`keep`)"
        what = "a withdrawal trial randomises who did well on the drug, and nobody has been treated before"
        yield Refusal(_KIND, what, design.kind, then=then)


def _added(design: Design) -> Iterator[Refusal]:
    for number, arm in enumerate(design.arms):
        if arm.background is None:
            then = "write `background: {status: continued}`, or another kind"
            what = "an add-on trial adds to an antidepressant, and this arm has none"
            yield Refusal(("arms", number), what, arm.name, then=then)


def _stepped(design: Design) -> Iterator[Refusal]:
    for number, arm in enumerate(design.arms[1:], 1):
        if arm.step_after is None:
            allowed = ("not_remitted", "not_responded")
            yield Refusal(("arms", number), "a later step needs to say who enters it", arm.name, allowed)


def _anything(_: Design) -> Iterator[Refusal]:
    yield from ()


_KINDS: Mapping[str, Callable[[Design], Iterator[Refusal]]] = {
    "parallel": _compares,
    "dose_ranging": _doses,
    "fixed_sequence": _ordered,
    "crossover": _compares,
    "randomised_withdrawal": _withdrawn,
    "open_label": _anything,
    "add_on": _added,
    "steps": _stepped,
}
