"""The flow of people through a trial, as the CONSORT statement draws it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from .figures import look
from .ribbons import around
from .style import INK, QUIET
from .trial import TrialResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINE, _PAD, _GAP = 0.155, 0.13, 0.26
_ASIDE, _SIDE = 0.4, 3.1
_STAY = "\u00a0"
_REASONS = {"other": "other reasons", "lack_of_effect": "lack of effect", "adverse_event": "adverse event"}


def draw_flow(trial: TrialResult) -> Figure:
    """Boxes from everybody who was looked at to everybody who was analysed, a column an arm."""
    from matplotlib.figure import Figure

    count = len(trial.arms)
    column = 2.55 if count > 3 else 2.9
    wide = max(7.4, column * count + 0.4)
    chars = int((column - 0.3) * 15.5)
    rows = [[_wrapped(box, chars) for box in _boxes(trial, arm)] for arm in trial.arms]
    heights = [max(_height(col[i]) for col in rows) for i in range(len(rows[0]))]
    top = [_wrapped(words, 44) for words in _top(trial)]
    height = 1.3 + _height(top[0]) + _height(top[1]) + _height(top[2]) + 3 * _GAP + sum(heights) + _GAP * len(heights)
    with look():
        figure = Figure(figsize=(wide, height))
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set_xlim(0, wide)
        axis.set_ylim(0, height)
        axis.axis("off")
        _draw(axis, (wide, height - 0.72, column), top, (rows, heights))
        key = "boxes as in the CONSORT statement; every person is simulated"
        around(figure, f"Flow of people: {trial.design['name']}", key, trial.foot)
    return figure


def _top(trial: TrialResult) -> tuple[str, str, str]:
    flow = trial.told["flow"]
    why = "entry score too low" + (", or the rule of the lead-in not met" if _kept(trial) else "")
    return (
        f"Looked at for entry (n = {flow['screened']})",
        f"Not let in (n = {flow['not_let_in']}): {why}",
        f"{'Randomised' if _random(trial) else 'Entered'} (n = {flow['randomised']})",
    )


def _random(trial: TrialResult) -> bool:
    return len(trial.arms) > 1 and trial.design["kind"] not in ("open_label", "steps")


def _kept(trial: TrialResult) -> bool:
    return any(phase["keep"] for phase in trial.design["lead_in"])


def _boxes(trial: TrialResult, arm: str) -> list[list[str]]:
    """What stands in the boxes of an arm: allocated, seen, stopped, analysed."""
    flow = trial.told["flow"]["arms"][arm]
    ended = _ended(trial, arm)
    received = int(trial.tables["doses"].query("arm == @arm and day >= 0")["subject"].nunique())
    seen, last = _seen(trial, arm)
    reasons = [f"{_REASONS.get(k, k)}: {n}" for k, n in flow["reasons"].items()]
    rescued = [f"rescued: {flow['rescued']}"] if trial.design["rescue"] else []
    first = [f"{arm}", f"allocated (n = {flow['randomised']})", f"received what was allocated (n = {received})"]
    if ended is not None:
        return [first, *ended, _analysed(trial, arm)]
    return [
        first,
        [f"stopped treatment (n = {flow['stopped']})", *reasons, *rescued],
        [f"seen at the last visit, {last} (n = {seen})"],
        _analysed(trial, arm),
    ]


def _ended(trial: TrialResult, arm: str) -> list[list[str]] | None:
    """How watching ended where a number of events ends the trial: the numbers under its curves; else nothing."""
    rule = trial.design.get("relapse") or {}
    end = next((e for e in trial.record["contrasts"] if e["measure"] == "time_to_relapse"), None)
    if not rule.get("events") or end is None:
        return None
    own = trial.tables["times"].query("endpoint == @end['endpoint'] and arm == @arm")
    count = {word: int((own["ended"] == word).sum()) for word in ("event", "stopped", "watched")}
    not_in = int(trial.told["flow"]["arms"][arm]["randomised"]) - len(own)
    return [
        [f"relapsed (n = {count['event']})", f"stopped treatment before (n = {count['stopped']})"],
        [f"still watched when the trial ended (n = {count['watched']})", f"not yet entered by then (n = {not_in})"],
    ]


def _seen(trial: TrialResult, arm: str) -> tuple[int, str]:
    visits = trial.tables["visits"]
    last = trial.look(len(trial.record["looks"]) - 1)
    here = visits[(visits["arm"] == arm) & (visits["day"] == last["day"]) & (visits["scale"] == "madrs_total")]
    return int(here["subject"].nunique()), str(last["name"])


def _analysed(trial: TrialResult, arm: str) -> list[str]:
    end = trial.primary
    if end is None:
        return ["no primary endpoint"]
    used = trial.answer(end["endpoint"]).get("n") or {}
    if arm in used:
        return [f"analysed for {end['endpoint']} (n = {used[arm]})"]
    if used:
        total = ", ".join(f"{name} {n}" for name, n in used.items())
        return [f"analysed for {end['endpoint']} by treatment ({total})"]
    own = trial.tables["analysed"].query("endpoint == @end['endpoint'] and arm == @arm")["subject"].nunique()
    return [f"described for {end['endpoint']} (n = {own})"] if own else [f"no analysis of {end['endpoint']}"]


def _draw(axis: Any, size: tuple[float, float, float], top: list[list[str]], columns: Any) -> None:
    wide, y, column = size
    middle, broad = wide / 2, min(4.2, wide - 0.4)
    rows, heights = columns
    y = _box(axis, middle, y, broad, top[0])
    below = y - 2 * _GAP - _height(top[1])
    side = y - _GAP - _height(top[1]) / 2
    _arrow(axis, (middle, y), (middle, below))
    _arrow(axis, (middle, side), (middle + _ASIDE, side))
    _box(axis, middle + _ASIDE + _SIDE / 2, y - _GAP, _SIDE, top[1], edge=QUIET)
    y = _box(axis, middle, below, broad, top[2])
    centres = [wide / 2 + column * (i - (len(rows) - 1) / 2) for i in range(len(rows))]
    start = y - _GAP * 1.6
    axis.plot([middle, middle], [y, y - _GAP * 0.8], color=INK, lw=0.9)
    axis.plot([centres[0], centres[-1]], [y - _GAP * 0.8] * 2, color=INK, lw=0.9)
    for x, boxes in zip(centres, rows, strict=True):
        _arrow(axis, (x, y - _GAP * 0.8), (x, start))
        at = start
        for i, (lines, tall) in enumerate(zip(boxes, heights, strict=True)):
            end = _box(axis, x, at, column - 0.22, lines, tall, bold=i == 0)
            if i + 1 < len(boxes):
                _arrow(axis, (x, end), (x, end - _GAP))
            at = end - _GAP


def _box(
    axis: Any, x: float, top: float, wide: float, lines: list[str], tall: float | None = None, **how: Any
) -> float:
    """A box whose upper edge is at `top`; the answer is its lower edge."""
    from matplotlib.patches import Rectangle

    height = tall or _height(lines)
    edge = how.get("edge", INK)
    axis.add_patch(Rectangle((x - wide / 2, top - height), wide, height, fc="white", ec=edge, lw=0.9, zorder=2))
    for i, words in enumerate(lines):
        weight = "bold" if how.get("bold") and i == 0 else "normal"
        y = top - _PAD - _LINE * (i + 0.5)
        axis.text(x - wide / 2 + 0.1, y, words, size=7.8, va="center", weight=weight, zorder=3, color=INK)
    return top - height


def _arrow(axis: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "lw": 0.9, "color": INK, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 8}
    axis.annotate("", xy=end, xytext=start, arrowprops=style)


def _wrapped(words: str | list[str], chars: int) -> list[str]:
    """Lines that fit; a count stays in one piece."""
    lines = [line.replace("n = ", f"n{_STAY}={_STAY}") for line in ([words] if isinstance(words, str) else words)]
    return [part for line in lines for part in textwrap.wrap(line, chars, subsequent_indent="   ")]


def _height(lines: list[str]) -> float:
    return 2 * _PAD + _LINE * len(lines)
