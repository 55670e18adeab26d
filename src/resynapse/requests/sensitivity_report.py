"""The page of what drives a spread: shares of the variance, and a tornado."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten

from ..person.sensitivity import Effect, Index, Swing
from ..report import sensitivity_figure as drawn
from ..report.sensitivity_figure import draw_sensitivity
from ..report.study_page import Plate, Study, Table, write_study
from ..report.style import clock, number, quantity, unit_text
from .sensitivity import Driven

_NOTHING, _FELT = 5e-4, 5e-3


def write_sensitivity(found: Driven, folder: Path) -> Path:
    """Write `sensitivity.json`, the figure and the page into a folder; returns the page's path."""
    record = found.record
    return write_study(sensitivity_study(found, record["run"]), record, "sensitivity", folder)


def sensitivity_study(found: Driven, run: dict[str, object]) -> Study:
    """Everything on the page."""
    foot, when = _foot(found), clock(found.request.time)
    title = f"What makes {found.title} differ between people after {when}?"
    shares = tuple(_share(found, one) for one in found.found if not _is_nothing(one))
    longest = abs(found.swings[0].high - found.swings[0].low)
    felt = [swing for swing in found.swings if abs(swing.high - swing.low) > _FELT * longest]
    swings = tuple(_swing(found, swing) for swing in felt)
    words = drawn.Driven(
        f"{found.title} after {when}", unit_text(found.unit), found.typical, _measure(found), shares, swings
    )
    plate = Plate(
        "sensitivity",
        "What drives the spread",
        _text(found),
        draw_sensitivity(words, title, foot),
        (_groups_table(found), _swings_table(found)),
    )
    return Study("what drives the spread", title, _summary(found), _facts(found), (plate,), foot, _notes(), run)


def _measure(found: Driven) -> str:
    if found.request.method == "sobol":
        return "share of the variance between people"
    unit = unit_text(found.unit)
    return f"mean size of an elementary effect{f', {unit}' if unit else ''}"


def _is_nothing(one: Index | Effect) -> bool:
    return one.total < _NOTHING if isinstance(one, Index) else one.mu_star == 0.0


def _share(found: Driven, one: Index | Effect) -> drawn.Share:
    name = group_name(found, one.group)
    if isinstance(one, Index):
        first = (one.first - one.first_half, one.first, one.first + one.first_half)
        return drawn.Share(name, first, (one.total - one.total_half, one.total, one.total + one.total_half))
    return drawn.Share(name, None, (one.mu_star - one.mu_star_half, one.mu_star, one.mu_star + one.mu_star_half))


def group_name(found: Driven, group: str) -> str:
    """The inputs of a group in words."""
    return ", ".join(found.words(name)[0] for name in found.members(group))


def _swing(found: Driven, swing: Swing) -> drawn.Swing:
    low, high = (_input_words(found, swing.score, value) for value in found.ends[swing.score])
    return drawn.Swing(found.words(swing.score)[0], low, high, swing.low, swing.high)


def _input_words(found: Driven, score: str, value: float) -> str:
    levels = found.level(score)
    return levels[round(value)] if levels else quantity(value, found.words(score)[1])


def _groups_table(found: Driven) -> Table:
    rows = []
    for one in found.found:
        share = _share(found, one)
        first = _span(share.first) if share.first else "–"
        rows.append((share.name, first, _span(share.total)))
    measure = _measure(found)
    return Table(f"{measure[:1].upper()}{measure[1:]}", ("Inputs", "Alone", _WORDS[found.request.method]), rows)


_WORDS = {"sobol": "With interactions", "morris": "Size"}


def _span(values: tuple[float, float, float]) -> str:
    low, middle, high = values
    return f"{number(middle, 2)} ({number(low, 2)} to {number(high, 2)})"


def _swings_table(found: Driven) -> Table:
    unit = unit_text(found.unit)
    rows = [
        (s.name, s.low_words, f"{number(s.low)} {unit}".strip(), s.high_words, f"{number(s.high)} {unit}".strip())
        for s in (_swing(found, swing) for swing in found.swings)
    ]
    columns = ("Input", "At its 5 % quantile", "gives", "At its 95 % quantile", "gives")
    return Table(f"One input at a time; the typical person has {quantity(found.typical, found.unit)}", columns, rows)


def _summary(found: Driven) -> str:
    first, longest = found.found[0], found.swings[0]
    swing = _swing(found, longest)
    most = _share(found, first)
    return (
        f"Most of the spread comes from: {most.name} ({_span(most.total)}, {_measure(found)}). Alone from its 5 % to "
        f"its 95 % quantile, {swing.name} ({swing.low_words} to {swing.high_words}) moves the answer from "
        f"{quantity(longest.low, found.unit)} to {quantity(longest.high, found.unit)}; everybody typical: "
        f"{quantity(found.typical, found.unit)}."
    )


def _text(found: Driven) -> str:
    nothing = sum(map(_is_nothing, found.found))
    method = {
        "sobol": "Sobol indices (saltelli2010, herman2017)",
        "morris": "Elementary effects (morris1991, herman2017)",
    }
    return (
        f"{method[found.request.method]} of {len(found.found)} groups of inputs, {nothing} of which drive nothing "
        "and are left out of the figure. Inputs that are correlated in the population, or whose spreads are tied, "
        "form one group and are exchanged together: how much belongs to which of them cannot be told apart."
    )


def _facts(found: Driven) -> tuple[tuple[str, str], ...]:
    request = found.request
    return (
        ("People asked", number(found.count, 9)),
        ("Base samples" if request.method == "sobol" else "Trajectories", str(request.base)),
        ("Population", f"{request.population} ({found.cohort.population.digest})"),
        ("Seed", str(request.seed)),
        ("Regimen", found.record["regimen"]["words"]),
    )


def _foot(found: Driven) -> str:
    request = found.request
    return (
        f"n = {number(found.count, 9)} people asked ({request.method}, {request.base}); {request.population} (digest "
        f"{found.cohort.population.digest[:8]}), seed {request.seed}. {found.record['regimen']['words']}."
    )


def _notes() -> tuple[str, ...]:
    return (
        "What is asked is which differences between people make the answer differ, not which assumption it hangs "
        "on: typical values are taken as known.",
        "Life's load stays at each person's mean and occasions do not differ: chance within a person is left out.",
        "What a parameter set gives no spread does not differ, and explains nothing here.",
    )


def sensitivity_lines(found: Driven) -> list[str]:
    """The same on a terminal."""
    table = _groups_table(found)
    wide = min(60, max(len(row[0]) for row in table.rows))
    kept = [row for row, one in zip(table.rows, found.found, strict=True) if not _is_nothing(one)]
    rows = [f"{shorten(row[0], wide, placeholder=' …'):<{wide}}  {row[2]:<26}  {row[1]}" for row in kept]
    head = f"{'inputs':<{wide}}  {_WORDS[found.request.method].lower():<26}  alone"
    return [_summary(found), "", f"{table.caption}:", head, *rows, "", _foot(found)]
