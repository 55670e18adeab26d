"""How far the model's answer to each claim carries, as a word and a reason."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..core.errors import EvidenceError

_FILE = "verdicts.csv"
_COLUMNS = ("id", "verdict", "why")
WORDS = ("answered", "answered with wide doubt", "not yet askable")


@dataclass(frozen=True)
class Verdict:
    """One of `WORDS`, and why.

    *Answered*: nine in ten draws of the values, and every hypothesis that speaks to the claim, agree in direction.
    *Answered with wide doubt*: draws, hypotheses or studies disagree, or the outcome was built in. *Not yet askable*:
    something is missing, and `why` says what.
    """

    word: str
    why: str


@cache
def verdicts() -> Mapping[str, Verdict]:
    """The verdicts on file, by claim.

    **Raises:** `EvidenceError` for other columns, another word, or a verdict without a reason.
    """
    table = csv.DictReader(files(__package__).joinpath(_FILE).read_text(encoding="utf-8").splitlines())
    if tuple(table.fieldnames or ()) != _COLUMNS:
        raise EvidenceError("the verdicts have other columns", where=_FILE, given=table.fieldnames, allowed=_COLUMNS)
    return {row["id"]: _verdict(row) for row in table}


def _verdict(row: Mapping[str, str]) -> Verdict:
    if row["verdict"] not in WORDS or not row["why"]:
        given = f"{row['id']}: {row['verdict']}"
        raise EvidenceError("a verdict is one of three words with a reason", where=_FILE, given=given, allowed=WORDS)
    return Verdict(row["verdict"], row["why"])
