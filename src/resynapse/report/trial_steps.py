"""The page of a trial of steps: who entered each, who remitted, and what was published of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .claim_figure import Row, Rows, draw_claim
from .study_page import Plate, Study, Table, write_study
from .style import number

Record = Mapping[str, Any]
_SHARE = "% of those who entered the step"


def write_steps(told: Record, design: Record, folder: Path) -> Path:
    """Writes `report.html`, `figures/` and `steps.json` into the folder of a trial, and returns the path of the page.

    **Arguments:** `told` is the answer of the run, `design` holds what is assumed, limits, sources and the version.
    """
    bank = told["bank"]
    foot = f"{number(bank['people'], 9)} people of {bank['population']} lived through the steps, seed {told['seed']}."
    facts = (("Design", f"{told['design']}, steps"), ("People", foot), ("Seed", str(told["seed"])))
    study = Study(
        "a trial of steps: nobody here exists",
        str(told["title"]),
        _summary(told),
        facts,
        (_plate(told, foot),),
        foot,
        tuple(design["limits"]),
        {
            "assumptions": design["assumptions"],
            "notes": list(told["notes"]),
            "parameter_sets": [],
            "resynapse_version": design["version"],
            "git_hash": "",
            "request": {"command": design["command"]},
            "sources": design["sources"],
        },
    )
    return write_study(study, told, "steps", folder)


def _summary(told: Record) -> str:
    found = ", ".join(f"{100 * one['share']:.0f} % in {one['arm']}" for one in told["steps"] if one["entered"])
    inside = [_inside(one) for one in told["published"]]
    said = f"{sum(inside)} of {len(inside)} published shares lie in their 90 % interval." if inside else ""
    return f"Remitted of those who entered: {found}. {said}".strip()


def _plate(told: Record, foot: str) -> Plate:
    printed = {one["of"][0]: one for one in told["published"]}
    text = (
        "Steps are lived: who is not well enters the next. Circle: the share among the people simulated; bar: 90 % of "
        "trials with as many people as the published one (sampling alone); red: what was published."
    )
    figure = draw_claim([_shares(told["steps"], printed)], "Remission by step", foot)
    return Plate("steps", "Who remitted in each step", text, figure, (_table(told["steps"], printed),))


def _shares(steps: Sequence[Record], printed: Mapping[str, Record]) -> Rows:
    lines = []
    for one in (s for s in steps if s["entered"]):
        low, high = one["interval"]["90"]
        seen = f"{100 * printed[one['arm']]['value']:.1f} %" if one["arm"] in printed else ""
        lines.append(Row(one["arm"], 100 * low, 100 * one["share"], 100 * high, seen))
    return Rows("In remission at the end of the step", _SHARE, tuple(lines), None)


def _table(steps: Sequence[Record], printed: Mapping[str, Record]) -> Table:
    columns = ("Step", "Entered", "Remitted", "Share (SE)", "90 % of trials of the published size", "Published")
    return Table("Steps", columns, [_row(one, printed.get(one["arm"])) for one in steps])


def _row(one: Record, printed: Record | None) -> list[str]:
    low, high = (100 * x for x in one["interval"]["90"])
    share = f"{100 * one['share']:.1f} % ({100 * one['error']:.1f})" if one["entered"] else "–"
    word = "" if printed is None else "inside" if _inside(printed) else "outside"
    seen = "–" if printed is None else f"{100 * printed['value']:.1f} % ({printed['role']}), {word}"
    interval = f"{low:.1f} to {high:.1f} % (n = {one['n']})" if one["entered"] else "–"
    return [str(one["arm"]), str(one["entered"]), str(one["remitted"]), share, interval, seen]


def _inside(printed: Record) -> bool:
    low, high = printed["interval"]["90"]
    return bool(low <= printed["value"] <= high)
