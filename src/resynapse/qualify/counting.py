"""Which published numbers are counted apart, which belong to the core of verification, and which are told twice."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ..evidence import Observation


@cache
def seen_while_choosing() -> Mapping[str, str]:
    """Rows kept for verification that were in view while KPK-1 was made, each with how: no blind test."""
    return {row: one["why"] for one in _tables()["seen_while_choosing"] for row in one["rows"]}


@cache
def core() -> frozenset[str]:
    """The rows of the core of verification, for which the aims were set."""
    return frozenset(_tables()["core"]["rows"])


def told_twice(asked: Sequence[Observation]) -> dict[str, str]:
    """Rows that repeat another row's finding, each with the reason why it is not counted.

    An arm's bioavailability is its area over that of a vein: one finding. The area is counted, unless the
    bioavailability was fitted, when the area is no test either.
    """
    return dict(
        _uncounted(area, share)
        for share in asked
        if share.statistic == "bioavailability"
        for area in asked
        if area.statistic.startswith("auc") and _people(area) == _people(share)
    )


def _uncounted(area: Observation, share: Observation) -> tuple[str, str]:
    out, kept = (area, share) if share.role == "build" else (share, area)
    fitted = ", which was fitted" if kept is share else ""
    return out.row, f"the same finding as row {kept.row} ({kept.statistic} of this arm{fitted}): counted once"


def _people(o: Observation) -> tuple[str, str, str]:
    return o.study.name, o.arm.name, o.quantity


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("counting.toml").read_text("utf-8"))
