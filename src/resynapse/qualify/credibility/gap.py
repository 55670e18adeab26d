"""The applicability gap: how far the regimens that are asked about reach beyond those that verify evidence tells of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...trial.design.library import designs
from ..forecast.dosed import dosed
from .context import Asked, Range

Record = dict[str, Any]


def gap(asked: Asked, rows: Sequence[Record]) -> Record:
    """Compounds, routes and ranges asked, beside those of the verify rows of trials, and what lies outside.

    **Arguments:** `rows` are those of a qualification's trials.
    """
    known = [_regimen(row) for row in rows if row["role"] == "verify" and row["kind"] != "another drug"]
    given = [one for one in known if one["mg"]]
    names = ("mg", "doses", "days")
    ranges = {name: _reach(getattr(asked, name), [v for one in given for v in one[name]]) for name in names}
    words = {
        name: _missing(getattr(asked, name), [v for one in given for v in one[name]])
        for name in ("compounds", "routes")
    }
    outside = [name for name, one in ranges.items() if one["share_outside"] > 0] + [
        n for n, m in words.items() if m["missing"]
    ]
    return {"rows": len(known), "ranges": ranges, "words": words, "outside": outside}


def _regimen(row: Record) -> Record:
    """What the arms with drug of one row had been given when it was read."""
    design = designs()[row["design"]]
    end = next(e for e in design.endpoints if e.name == row["endpoint"])
    told = [dosed(design, name, end) for name in row["of"]]
    every = [one for arm in design.arms for one in arm.active]
    mine = [one for one in told if one.mg]
    return {
        "mg": [mg for one in mine for mg in one.mg],
        "doses": [float(len(one.mg)) for one in mine],
        "days": [one.day for one in mine],
        "compounds": [one.compound for one in every],
        "routes": [one.route for one in every],
    }


def _reach(asked: Range, known: Sequence[float]) -> Record:
    """The asked range beside the known one, and what share of the asked one lies outside."""
    if not known:
        return {"asked": [asked.low, asked.high], "known": None, "share_outside": 1.0}
    low, high = min(known), max(known)
    inside = max(0.0, min(asked.high, high) - max(asked.low, low))
    width = asked.high - asked.low
    share = 1.0 - inside / width if width > 0 else float(not low <= asked.low <= high)
    return {"asked": [asked.low, asked.high], "known": [low, high], "share_outside": share}


def _missing(asked: Sequence[str], known: Sequence[str]) -> Record:
    return {"asked": list(asked), "known": sorted(set(known)), "missing": sorted(set(asked) - set(known))}
