"""A claim's panel as a small inline SVG of a few kilobytes: axes with units, bands, what was observed in red."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from .claim_figure import Bars, Curves, Mark, Panel, Ribbon, Row, Rows
from .crosses import Crosses
from .style import number, stroke

WIDTH = 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 24, 36
_HEIGHT = 214
_MARGIN, _LINE, _MOST, _ABOVE = 150, 17, 14, 8
_POINTS = 60
_UP = ("up", "kept", "rescued", "restored")
_DOWN = ("down", "lost", "blocked", "attenuated")


@dataclass(frozen=True)
class Small:
    """One small figure: the SVG, its title, and its key (colour, dash, words); `more` rows are left out."""

    svg: str
    title: str
    key: tuple[tuple[str, str, str], ...]
    more: int = 0


@dataclass(frozen=True)
class _Scale:
    """From values to pixels, straight or logarithmic."""

    low: float
    high: float
    first: float
    last: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (math.log(max(v, 1e-12)) if self.log else v for v in (self.low, self.high, value))
        return round(self.first + (at - low) / (high - low or 1.0) * (self.last - self.first), 1)

    def ticks(self, most: int = 5) -> list[float]:
        """Round numbers on the way."""
        if self.log:
            every = [k * 10.0**n for n in range(-4, 6) for k in (1, 3)]
            return [t for t in every if self.low <= t <= self.high]
        rough = (self.high - self.low) / most
        size = 10.0 ** math.floor(math.log10(rough or 1.0))
        step = next(size * k for k in (1, 2, 5, 10) if size * k >= rough)
        first = math.ceil(self.low / step - 1e-9)
        return [step * k for k in range(first, math.floor(self.high / step + 1e-9) + 1)]


def small(panel: Panel, name: str) -> Small:
    """The figure; `name` tells what it shows to those who cannot see it."""
    if isinstance(panel, Rows):
        return _rows(panel, name)
    if isinstance(panel, Bars):
        return _bars(panel, name)
    return _curves(panel, name) if isinstance(panel, Curves) else _crosses(panel, name)


def _curves(panel: Curves, name: str) -> Small:
    xs = [float(v) for r in panel.ribbons for v in (r.x[0], r.x[-1])] + [m.x for m in panel.marks]
    floor = min((x for x in xs if x > 0), default=0.1)
    x = _Scale(floor if panel.log_x else min(xs), max(xs), _LEFT, WIDTH - _RIGHT, panel.log_x)
    y = _vertical(_ends(panel), panel.y_range)
    parts = [_frame(x, y, panel.x_label, panel.y_label, panel.ticks, panel.rest)]
    for i, r in enumerate(panel.ribbons):
        pick = np.unique(np.linspace(0, len(r.x) - 1, min(_POINTS, len(r.x))).astype(int))
        where = [x(float(v)) for v in r.x[pick]]
        low, middle, high = ([y(float(v)) for v in ends[pick]] for ends in (r.low, r.middle, r.high))
        parts.append(_area(where, low, high, i))
        parts.append(_line(where, middle, i))
    parts += [_mark(mark, x, y) for mark in panel.marks]
    key = tuple(_key(i, r.label) for i, r in enumerate(panel.ribbons))
    return Small(_svg(parts, _HEIGHT, f"{name}: {panel.title}"), panel.title, key + _observed(panel.marks))


def _bars(panel: Bars, name: str) -> Small:
    xs = [float(v) for v in panel.groups[0].x]
    x = _Scale(min(xs) - 0.5, max(xs) + 0.5, _LEFT, WIDTH - _RIGHT)
    y = _vertical([0.0, *(float(v) for g in panel.groups for v in g.high)], None)
    wide = (x(xs[1]) - x(xs[0])) * 0.8 / len(panel.groups) if len(xs) > 1 else 40.0
    parts = [_frame(x, y, panel.x_label, panel.y_label, tuple(xs), None)]
    for i, group in enumerate(panel.groups):
        left = [x(float(v)) + (i - len(panel.groups) / 2) * wide for v in group.x]
        parts += [_bar(at, wide, ends, i) for at, ends in zip(left, _heights(group, y), strict=True)]
    parts.append(f'<path d="M{x(panel.marked)} {_TOP}V{_HEIGHT - _BOTTOM}" class="rest"/>')
    key = tuple(_key(i, g.label) for i, g in enumerate(panel.groups))
    return Small(_svg(parts, _HEIGHT, f"{name}: {panel.title}; {panel.came}"), panel.title, key)


def _heights(group: Ribbon, y: _Scale) -> list[tuple[float, ...]]:
    """Floor, low end, top and high end of each bar (pixels)."""
    return [(y(0.0), *(y(float(v)) for v in each)) for each in zip(group.low, group.middle, group.high, strict=True)]


def _bar(left: float, wide: float, ends: tuple[float, ...], i: int) -> str:
    floor, low, top, high = ends
    middle = round(left + wide / 2, 1)
    return (
        f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{max(floor - top, 0.0):.1f}"'
        f' fill="{stroke(i).color}" fill-opacity=".7"/><path d="M{middle} {low}V{high}" stroke="#444"/>'
    )


def _ends(panel: Curves) -> list[float]:
    bands = [float(v) for r in panel.ribbons for end in (r.low, r.high) for v in end]
    return bands + [v for m in panel.marks for v in (m.low, m.value, m.high) if v is not None]


def _crosses(panel: Crosses, name: str) -> Small:
    xs = [v for c in panel.crosses for v in c.x]
    wide = (max(xs) - min(xs)) or 1.0
    x = _Scale(min(xs) - 0.04 * wide, max(xs) + 0.12 * wide, _LEFT, WIDTH - _RIGHT)
    y = _vertical([v for c in panel.crosses for v in c.y], None)
    parts = [_frame(x, y, panel.x_label, panel.y_label, (), panel.rest)]
    for i, c in enumerate(panel.crosses):
        color, up = stroke(c.group).color, -4 if i % 2 == 0 else 11
        (left, middle, right), (low, at, high) = map(x, c.x), map(y, c.y)
        parts.append(
            f'<g stroke="{color}" stroke-opacity=".6"><path d="M{left} {at}H{right}M{middle} {low}V{high}"/></g>'
            f'<circle cx="{middle}" cy="{at}" r="3.2" fill="{color}"/>'
            f'<text x="{middle + 4}" y="{at + up}" class="t">{escape(c.label)}</text>'
        )
    key = tuple(_key(i, words) for i, words in enumerate(panel.groups))
    return Small(_svg(parts, _HEIGHT, f"{name}: {panel.title}"), panel.title, key)


def _rows(panel: Rows, name: str) -> Small:
    shown = panel.rows[:_MOST]
    ends = [v for r in shown for v in (r.low, r.high)] + ([] if panel.rest is None else [panel.rest])
    low, high = min(ends), max(ends)
    room = 0.05 * ((high - low) or 1.0)
    edges = (max(low, 1e-6) / 1.2, high * 1.2) if panel.log_x else (low - room, high + room)
    x = _Scale(*edges, _MARGIN, WIDTH - _RIGHT, panel.log_x)
    height = _LINE * len(shown) + _ABOVE + _BOTTOM
    parts = [_below(x, height - _BOTTOM, panel.x_label, x.ticks(4))]
    if panel.rest is not None and not (panel.log_x and panel.rest <= 0):
        parts.append(f'<path d="M{x(panel.rest)} {_ABOVE}V{height - _BOTTOM}" class="rest"/>')
    parts += [_row(row, _ABOVE + _LINE * (i + 0.5), x) for i, row in enumerate(shown)]
    key = tuple(_key(i, words) for i, words in enumerate(panel.groups))
    svg = _svg(parts, height, f"{name}: {panel.title}")
    return Small(svg, panel.title, key, len(panel.rows) - len(shown))


def _row(row: Row, y: float, x: _Scale) -> str:
    color, words = stroke(row.group).color, escape(row.label)
    short = escape(row.label if len(row.label) <= 27 else f"{row.label[:26]}…")
    seen = f"; seen: {escape(row.seen)}" if row.seen else ""
    told = f"<title>{words}: {number(row.middle)} ({number(row.low)} to {number(row.high)}){seen}</title>"
    return (
        f'<g>{told}<text x="{_MARGIN - 6}" y="{y + 3.5}" class="t e">{short}</text>'
        f'<path d="M{x(row.low)} {y}H{x(row.high)}" stroke="{color}" stroke-width="1.4"/>'
        f'<circle cx="{x(row.middle)}" cy="{y}" r="3.2" fill="{color}"/></g>'
    )


def _vertical(values: Sequence[float], given: tuple[float, float] | None) -> _Scale:
    finite = [v for v in values if math.isfinite(v)]
    low, high = given or (min(finite), max(finite))
    room = 0.0 if given else 0.06 * ((high - low) or 1.0)
    return _Scale(low - room, high + room, _HEIGHT - _BOTTOM, _TOP)


def _frame(x: _Scale, y: _Scale, x_label: str, y_label: str, ticks: Sequence[float], rest: float | None) -> str:
    floor = _HEIGHT - _BOTTOM
    parts = [_below(x, floor, x_label, [t for t in ticks if x.low <= t <= x.high] or x.ticks())]
    for t in y.ticks(4):
        parts.append(f'<path d="M{_LEFT - 3} {y(t)}H{WIDTH - _RIGHT}" class="grid"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(t) + 3.5}" class="t e">{number(t)}</text>')
    if rest is not None and y.low <= rest <= y.high:
        parts.append(f'<path d="M{_LEFT} {y(rest)}H{WIDTH - _RIGHT}" class="rest"/>')
    parts.append(f'<text x="2" y="11" class="t">{escape(y_label)}</text>')
    return "".join(parts)


def _below(x: _Scale, floor: float, label: str, ticks: Iterable[float]) -> str:
    """The lower axis with its unit."""
    marks = "".join(
        f'<path d="M{x(t)} {floor}v3" class="tick"/><text x="{x(t)}" y="{floor + 14}" class="t m">{number(t)}</text>'
        for t in ticks
    )
    middle = (x.first + x.last) / 2
    line = f'<path d="M{x.first} {floor}H{x.last}" class="tick"/>'
    return f'{line}{marks}<text x="{middle}" y="{floor + 29}" class="t m">{escape(label)}</text>'


def _area(x: Sequence[float], low: Sequence[float], high: Sequence[float], i: int) -> str:
    there = [f"{a} {b}" for a, b in zip(x, high, strict=True)]
    back = [f"{a} {b}" for a, b in zip(reversed(x), reversed(low), strict=True)]
    return f'<path d="M{"L".join([*there, *back])}Z" fill="{stroke(i).color}" fill-opacity=".14"/>'


def _line(x: Sequence[float], y: Sequence[float], i: int) -> str:
    own, path = stroke(i), "L".join(f"{a} {b}" for a, b in zip(x, y, strict=True))
    dash = f' stroke-dasharray="{_dash(i)}"' if own.dash else ""
    return f'<path d="M{path}" fill="none" stroke="{own.color}" stroke-width="1.6"{dash}/>'


def _mark(mark: Mark, x: _Scale, y: _Scale) -> str:
    """What was observed: a value at its height, or an arrow at the top."""
    kind, at = "open" if mark.recalled else "full", x(mark.x)
    told = f"<title>observed: {escape(mark.label)}</title>"
    if mark.value is None:
        sign = _arrow(mark.direction)(at)
        return f'<g class="seen {kind}">{told}<path d="{sign}"/></g>'
    bar = "" if mark.low is None or mark.high is None else f'<path d="M{at} {y(mark.low)}V{y(mark.high)}"/>'
    return f'<g class="seen {kind}">{told}{bar}<circle cx="{at}" cy="{y(mark.value)}" r="3.4"/></g>'


def _arrow(direction: str) -> Callable[[float], str]:
    if direction in _UP:
        return lambda at: f"M{at - 4} {_TOP + 4}l4 -7l4 7Z"
    if direction in _DOWN:
        return lambda at: f"M{at - 4} {_TOP - 3}l4 7l4 -7Z"
    return lambda at: f"M{at - 4} {_TOP}h8"


def _key(i: int, words: str) -> tuple[str, str, str]:
    return stroke(i).color, _dash(i), words


def _dash(i: int) -> str:
    return " ".join(f"{d:g}" for d in stroke(i).dash)


def _observed(marks: Sequence[Mark]) -> tuple[tuple[str, str, str], ...]:
    if not marks:
        return ()
    studies = ", ".join(dict.fromkeys(m.label for m in marks))
    return (("observed", "", f"observed: {studies}"),)


def _svg(parts: Iterable[str], height: float, name: str) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(name, quote=True)}">'
    return f"{head}{''.join(parts)}</svg>"
