"""The lines of the ledger's page: claims, verdicts, stored answers and evidence, joined."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...report.ledger import Line
from ..answering.seen import records, rows
from ..claims import Claim, claims
from .stored import RUNS, Stored, stored

_WAITING = "not yet askable"
_NOT_COMPUTED = "an answer exists, but none is stored: `python -m resynapse.qualify.ledger.refresh` computes it"


def lines(folder: Path = RUNS) -> tuple[Line, ...]:
    """Every claim of the ledger, in the order of its number.

    **Raises:** `EvidenceError` for a stored answer that cannot be read.
    """
    return tuple(_line(one, stored(one.id, folder)) for one in claims())


def _line(one: Claim, kept: Stored | None) -> Line:
    verdict, why = _judged(one)
    told: dict[str, Any] = {"observed": _observed(one.id), "command": one.answer or ""}
    if kept is not None and one.answer is not None:
        told |= {
            "sentences": kept.sentences,
            "uncertainty": kept.uncertainty,
            "shown": kept.shown,
            "observed": kept.observed,
            "stale": kept.stale,
            "version": kept.version,
        }
    elif one.answer is not None:
        verdict, why = _WAITING, _NOT_COMPUTED
    words = (one.id, one.claim, one.kind, one.rooms, one.status, one.question, one.owner)
    return Line(*words, verdict, why, **told)


def _judged(one: Claim) -> tuple[str, str]:
    if one.judged is None:
        return _WAITING, "nobody has judged it"
    return one.judged.word, one.judged.why


def _observed(id: str) -> list[dict[str, Any]]:
    wanted = _evidence().get(id)
    return records(rows(**wanted)) if wanted else []


@cache
def _evidence() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("evidence.toml").read_text(encoding="utf-8"))
