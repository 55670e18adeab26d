"""What a claim's figure shows, as plain JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from .claim_figure import Bars, Curves, Mark, Panel, Ribbon, Row, Rows, Shown
from .crosses import Cross, Crosses

_DIGITS = 4
_KINDS: Mapping[str, type[Any]] = {"curves": Curves, "rows": Rows, "bars": Bars, "crosses": Crosses}
_PARTS: Mapping[str, type[Any]] = {"ribbons": Ribbon, "marks": Mark, "rows": Row, "crosses": Cross}


def plain(shown: Shown) -> dict[str, Any]:
    """Panels, title and foot, with numbers of four digits."""
    panels = [{"kind": type(p).__name__.lower(), **_fields(p)} for p in shown.panels]
    return {"title": shown.title, "foot": shown.foot, "panels": panels}


def shown_of(record: Mapping[str, Any]) -> Shown:
    """The panels again."""
    return Shown(tuple(_panel(p) for p in record["panels"]), record["title"], record["foot"])


def _panel(record: Mapping[str, Any]) -> Panel:
    words = {name: _read(name, value) for name, value in record.items() if name != "kind"}
    found: Panel = _KINDS[record["kind"]](**words)
    return found


def _read(name: str, value: Any) -> Any:
    if name in _PARTS:
        return tuple(_part(_PARTS[name], one) for one in value)
    if name == "groups":
        return tuple(_part(Ribbon, one) if isinstance(one, dict) else one for one in value)
    return tuple(value) if isinstance(value, list) else value


def _part(kind: type[Any], record: Mapping[str, Any]) -> Any:
    read = np.asarray if kind is Ribbon else tuple
    words = {name: read(v) if isinstance(v, list) else v for name, v in record.items() if not isinstance(v, dict)}
    seen = {name: Mark(**v) for name, v in record.items() if isinstance(v, dict)}
    return kind(**words, **seen)


def _fields(value: Any) -> dict[str, Any]:
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.{_DIGITS}g}")
    if hasattr(value, "__dataclass_fields__"):
        return _fields(value)
    return value.item() if isinstance(value, np.generic) else value
