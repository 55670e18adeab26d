"""How a report looks and speaks: colours that survive colour blindness, line patterns, numbers and times in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

INK = "#1d2733"
QUIET = "#5d6875"
RULE = "#d5dae0"
MISS = "#b3122b"
BANNER = "For research. Not medical advice."


@dataclass(frozen=True)
class Stroke:
    """How one curve is drawn: a colour, and a dash pattern (in points) so that colour is never the only code."""

    color: str
    dash: tuple[float, ...] = ()


STROKES = (
    Stroke("#1b5e9e"),
    Stroke("#b9480e", (7, 3)),
    Stroke("#0b7a63", (2, 2)),
    Stroke("#20262d", (9, 3, 2, 3)),
    Stroke("#7b3f98", (12, 4)),
    Stroke("#7d6200", (4, 4)),
)

_UNITS = {
    "1": "",
    "points": "points",
    "umol/L": "µmol/L",
    "umol": "µmol",
    "year": "years",
    "ug/mL": "µg/mL",
    "kg/m^2": "kg/m²",
}
_ROUTES = {
    "iv": "intravenous",
    "im": "intramuscular",
    "sc": "subcutaneous",
    "po": "oral",
    "in": "nasal",
    "ip": "intraperitoneal",
    "sl": "sublingual",
}


def stroke(index: int) -> Stroke:
    """The stroke of the curve number `index` of a panel; the list starts again after six."""
    return STROKES[index % len(STROKES)]


def number(value: float | None, digits: int = 3, scale: float = 0.0) -> str:
    """A number as a person would write it: three significant digits, no exponent unless it is very large or small.

    **Arguments:** `scale` is the size of what it is compared with; far below that a number is written as `≈ 0`.
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0 or abs(value) < 1e-4 * scale:
        return "0" if value == 0 else "≈ 0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size > 6:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    text = f"{round(value, digits - 1 - size):,.{max(0, digits - 1 - size)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", "\u202f").replace("-", "−")


def p_words(p: float | None) -> str:
    """A p-value in print: `p = 0.012`, and never `p = 0.000`."""
    if p is None or not math.isfinite(p):
        return "–"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def quantity(value: float | None, unit: str, scale: float = 0.0) -> str:
    """A number with its unit: `185 ng/mL`; a dimensionless number stands alone."""
    return f"{number(value, scale=scale)} {unit_text(unit)}".strip()


def unit_text(unit: str) -> str:
    """A unit in print: `umol/L` becomes `µmol/L`, `1/h` becomes `per h`, and `1` becomes nothing."""
    return f"per {unit[2:]}" if unit.startswith("1/") else _UNITS.get(unit, unit)


def clock(hours: float) -> str:
    """A time in the words of a ward: `40 min`, `4 h`, `7 days`."""
    if not math.isfinite(hours):
        return "–"
    if abs(hours) < 1.95 and abs(hours - round(hours)) > 0.01:
        return f"{number(hours * 60, 2 if abs(hours) < 1.6 else 3)} min"
    if abs(hours) <= 48:
        return f"{number(hours)} h"
    return f"{number(hours / 24)} days"


def route_text(route: str) -> str:
    """The route of a dose written out: `iv` becomes `intravenous`."""
    return _ROUTES.get(route.lower(), route)


def percent(fraction: float) -> str:
    """A signed percentage without decimals: `+38 %`."""
    return f"{100 * fraction:+.0f} %".replace("-", "−")
