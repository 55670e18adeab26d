"""The page of one person's lives: courses, times to relapse, basins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..report.lasting import Lasting, curve
from ..report.relapse_figure import BasinMap, Lives, RestingCurve, draw_basins, draw_relapse
from ..report.strata import share_of
from ..report.study_page import Plate, Study, Table, write_study
from ..report.style import number
from .population_report import port_words
from .relapse import Lived, Relapses, rule_record, typical_region

_RHO = np.linspace(0.0, 0.99, 100)


def write_relapse(found: Relapses, folder: Path) -> Path:
    """Write `relapse.json`, the figures and the page into a folder; returns the page's path."""
    record = found.record
    return write_study(relapse_study(found, record["run"]), record, "relapse", folder)


def relapse_study(found: Relapses, run: dict[str, object]) -> Study:
    """Everything on the page."""
    asked, foot = found.lived[0], _foot(found)
    return Study(
        "one person, many lives",
        f"When does person {asked.number} of {found.request.population} relapse?",
        _summary(found),
        _facts(found),
        (_lives_plate(found, foot), _basin_plate(found, foot)),
        foot,
        _notes(),
        run,
    )


def _lives_plate(found: Relapses, foot: str) -> Plate:
    rule = rule_record(found.request.rule)
    words = port_words(found.cohort.chain, found.request.quantity)
    scale = f"{words.title}, {words.unit if words.unit != '1' else words.scale}"
    figure = draw_relapse(
        [_lives(one) for one in found.lived],
        (scale, found.request.rule.relapse, rule["words"]),
        "The same person, the same doses, another life: what the load alone does",
        foot,
    )
    text = (
        "Every thin line is one life: the same person, the same values, the same doses, another draw of life's load. "
        f"Relapse: {rule['words']} ({'; '.join(_sourced(k, v) for k, v in rule['sources'].items())})."
    )
    return Plate("relapse", "When the same person relapses", text, figure, (_table(found),))


def _sourced(what: str, where: str) -> str:
    return f"{what} {where}".replace("_", " ")


def _basin_plate(found: Relapses, foot: str) -> Plate:
    crowd, folds = found.crowd.covariates, typical_region(_RHO).T
    two, _ = found.share_two
    marked = [(_name(one), float(one.one.covariates["rho"][0]), one.load) for one in found.lived]
    region = BasinMap(_RHO, folds[0], folds[1], crowd["rho"], crowd["load"], two, marked)
    words = port_words(found.cohort.chain, found.request.quantity)
    scale = f"{words.title} at rest, {words.unit if words.unit != '1' else words.scale}"
    title = "Two lasting states, and the folds at which one of them vanishes"
    figure = draw_basins([_resting(one, found.request.quantity) for one in found.lived], region, scale, title, foot)
    text = (
        "On the left, every state in which a person can rest without drug, over the load of life. Where the curve "
        "folds back, two lasting states share one load: a push across the dotted border moves a person from one to "
        "the other, and nothing pulls back. Read from left to right, slow erosion ends in sudden collapse. On the "
        "right, for whom there are two: the shaded region is that of the typical person with other strengths of "
        "rumination; dots are people, each judged by their own curve."
    )
    return Plate("basins", "Why: the basins", text, figure)


def _lives(one: Lived) -> Lives:
    return Lives(
        _name(one),
        f"{_kind(one)}; rumination {number(float(one.one.covariates['rho'][0]), 2)}, mean load {number(one.load, 2)}",
        one.hours / 24.0,
        one.courses,
        one.steady[0],
        one.steady_relapse,
        _lasting(one),
    )


def _lasting(one: Lived) -> Lasting:
    days, well = one.relapse_days, one.well
    seen = np.isfinite(days)
    return Lasting(_name(one), np.where(seen, days, one.watched)[well], seen[well])


def _resting(one: Lived, quantity: str) -> RestingCurve:
    low, high = (float(v) for v in one.basin.folds[0])
    level = one.basin.signals[quantity][0]
    return RestingCurve(_name(one), one.basin.load[0], level, one.load, (low, high))


def _name(one: Lived) -> str:
    return f"Person {one.number}"


def _kind(one: Lived) -> str:
    return (
        f"{one.role}, {'two lasting states' if one.two else 'one lasting state'}" if "asked" in one.role else one.role
    )


def _table(found: Relapses) -> Table:
    columns = (
        "Person",
        "Lives well after the last dose",
        "Relapsed",
        "Median (Kaplan-Meier)",
        "5 to 95 % of those seen",
    )
    more = ("Without fluctuation", "Different courses among copies without it")
    return Table("Days from the last dose to relapse", (*columns, *more), [_row(one) for one in found.lived])


def _row(one: Lived) -> tuple[str, ...]:
    lasting, seen = _lasting(one), one.relapse_days[np.isfinite(one.relapse_days)]
    middle = curve(lasting).median if len(lasting.days) else float("nan")
    span = [number(float(q)) for q in np.quantile(seen, [0.05, 0.95])] if len(seen) else ["–", "–"]
    still = f"{number(one.steady_relapse)} days" if one.steady_relapse is not None else "no relapse"
    return (
        f"{_name(one)}: {_kind(one)}",
        f"{len(lasting.days)} of {len(one.courses)}",
        str(len(seen)),
        f"{number(middle)} days" if np.isfinite(middle) else "not reached",
        " to ".join(span) + " days",
        still,
        f"{one.distinct} of {len(one.steady)}, compared bit by bit",
    )


def _summary(found: Relapses) -> str:
    asked = found.lived[0]
    row, two = _row(asked), share_of(found.share_two[0])
    return (
        f"Person {asked.number} lives {len(asked.courses)} lives with the same values and the same doses; only the "
        f"load of life is drawn anew. {_relapsing(asked, row)} Without fluctuation: {row[5]}; {_noise(asked)}. "
        f"Of {len(found.share_two[0])} people of this population {100 * two.value:.0f} % ({100 * two.low:.0f} to "
        f"{100 * two.high:.0f}) have two lasting states under their own mean load."
    )


def _relapsing(one: Lived, row: Sequence[str]) -> str:
    within = f"within {number(one.watched)} days of the last dose"
    if row[2] == "0":
        return f"None of them relapses {within}."
    return f"{row[2]} of them relapse {within}, the median after {row[3]}, 90 % of those seen after {row[4]}."


def _noise(one: Lived) -> str:
    if one.distinct == 1:
        return "all copies have the same bits, so no relapse comes from numerical noise"
    return f"copies differ in {one.distinct} ways, which numerical noise alone can do"


def _facts(found: Relapses) -> tuple[tuple[str, str], ...]:
    request = found.request
    return (
        ("Lives", str(request.draws)),
        ("Person", str(request.person)),
        ("Population", f"{request.population} ({found.digest})"),
        ("Seed", str(request.seed)),
        ("Regimen", found.record["regimen"]["words"]),
        ("Followed", f"{number(request.days)} days"),
    )


def _foot(found: Relapses) -> str:
    request = found.request
    return (
        f"n = {request.draws} draws of the load for each person; {request.population} (digest {found.digest[:8]}, "
        f"{request.among} people searched), seed {request.seed}. {found.record['regimen']['words']}."
    )


def _notes() -> tuple[str, ...]:
    return (
        "The load's fluctuation and life events are this project's own assumptions: SD, correlation time, rate and "
        "size.",
        "A life begins depressed, at rest under the person's own mean load, and no treatment follows the last dose.",
        "The curves of resting states leave the drug and the fluctuation out; states are lasting when a small push "
        "dies out.",
    )


def relapse_lines(found: Relapses) -> list[str]:
    """The same on a terminal."""
    table = _table(found)
    rows = [f"  {name}: {cell}" for row in table.rows for name, cell in zip(table.columns[1:], row[1:], strict=True)]
    each = len(table.columns) - 1
    told = [line for i, row in enumerate(table.rows) for line in (f"{row[0]}", *rows[each * i : each * (i + 1)])]
    return [_summary(found), "", f"{table.caption}:", *told, "", _foot(found)]
