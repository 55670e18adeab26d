"""The trials that judge: their arms and rows, for the clinic's own machinery. Calibration cannot reach this room."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from ....calibrate.stages.clinic.arms import Evidence, Row, read_arms
from ....core.errors import EvidenceError
from ....evidence import Observation, library


@dataclass(frozen=True)
class Wish:
    """One further prediction on the clinical scale.

    **Arguments:** `row` is what is read; `typical` says that it is of a trial like the mean of all trials, in as many
    people as one likes, else it is of one trial with its own people; `seen` is what was printed of that one.
    """

    name: str
    words: str
    row: Row
    typical: bool
    seen: float | None


@dataclass(frozen=True)
class Judging:
    """Everything that is asked of an explanation.

    **Arguments:** `told` holds the rows that judge, then those of the wishes; `units` names the studies that stand for
    each unit: those that share people count once.
    """

    told: Evidence
    units: Mapping[str, tuple[str, ...]]
    wishes: tuple[Wish, ...]
    left_out: Mapping[str, str]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that judge."""
        return self.told.rows[: len(self.told.rows) - len(self.wishes)]

    @property
    def digest(self) -> str:
        """A hash of all that is asked: answers on file are of this, or of something else."""
        asked = (sorted(self.told.arms.items()), self.told.rows, sorted(self.told.regimens.items()), self.wishes)
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


@cache
def judging() -> Judging:
    """The trials, rows and predictions on file.

    **Raises:** `EvidenceError` when a row is not one of role `verify`.
    """
    told = tomllib.loads((files(__package__) / "judging.toml").read_text(encoding="utf-8"))
    read = read_arms(told, opened)
    rows = tuple(_scaled(row, _said(told, row)) for row in read.rows)
    wishes = tuple(_wish(name, one, rows) for name, one in told["predictions"].items())
    whole = replace(read, rows=(*rows, *(w.row for w in wishes)))
    return Judging(whole, _units(rows), wishes, told["left_out"])


def opened(study: str, row: str, quantity: str = "") -> Observation:
    """One observation of role `verify`, by row, quantity, and where one row holds both its statistic.

    **Raises:** `EvidenceError` when there is none.
    """
    known = [o for o in library().verify if o.row == row and o.value is not None]
    found = [o for o in known if quantity in ("", o.quantity, f"{o.quantity} {o.statistic}")]
    if not found:
        raise EvidenceError("this row does not judge, or there is none", given=f"{study} {row} {quantity}")
    return found[0]


def _said(told: Mapping[str, Any], row: Row) -> Mapping[str, Any]:
    own = told["studies"][row.study]["rows"]
    return next(one for one in own if (one["id"], one["reads"]) == (row.id, row.reads))


def _scaled(row: Row, said: Mapping[str, Any]) -> Row:
    """A row with its printed error, and in points of MADRS."""
    width, error = float(said.get("width", 1.0)), float(said.get("error", row.sd))
    return replace(row, value=row.value / width, sd=error / width)


def _wish(name: str, told: Mapping[str, Any], rows: tuple[Row, ...]) -> Wish:
    typical = "row" not in told
    sd = 0.0 if typical else next(r.sd for r in rows if r.id == told["row"])
    row = Row(
        name,
        told["study"],
        told["reads"],
        tuple(told["arms"]),
        told.get("against", ""),
        float(told["day"]),
        float("nan"),
        sd,
        1.0,
        0.0,
        0.0,
        "",
        told["unit"],
    )
    return Wish(name, told["words"], row, typical, None if typical else opened("", told["row"]).value)


def _units(rows: tuple[Row, ...]) -> dict[str, tuple[str, ...]]:
    """Studies by unit: a study, or all that share people."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        study = next(o.study for o in library().verify if o.row == row.id)
        unit = study.overlap[0] if study.overlap else study.name
        found[unit] = tuple(dict.fromkeys((*found.get(unit, ()), row.study)))
    return found
