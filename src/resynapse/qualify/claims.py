"""The claims ledger: what is said about ketamine and depression, and which of it can be asked of this model yet."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..core.errors import EvidenceError, RequestError, nearest
from .verdicts import Verdict, verdicts

_LEDGER = "claims.csv"
_COLUMNS = ("id", "claim", "kind", "rooms", "question", "status", "owner", "answer")


@dataclass(frozen=True)
class Claim:
    """One statement or open question about ketamine and depression, and what the model can say about it so far.

    **Arguments:** `id` is `C01` to `C55`; `claim` is the statement; `kind` is its field (efficacy, safety, mechanism
    ...); `rooms` are the parts of the model that it needs; `question` says what a user must be able to ask and what
    an honest answer looks like; `status` is how well the statement itself is supported by published work; `owner` is
    the part of the project that has to answer; `answer` says how to ask the model, or is `None` while nobody can.
    """

    id: str
    claim: str
    kind: str
    rooms: tuple[str, ...]
    question: str
    status: str
    owner: str
    answer: str | None = None

    @property
    def verdict(self) -> str:
        """Whether the model can be asked and how far its answer carries, or who has to make it askable and why not."""
        judged = self.judged
        if self.answer is None:
            return f"not yet askable (owner: {self.owner})" + (f": {judged.why}" if judged else "")
        return f"{judged.word if judged else 'askable'}: {self.answer}"

    @property
    def judged(self) -> Verdict | None:
        """How far the model's answer carries, where somebody has judged it."""
        return verdicts().get(self.id)


@cache
def claims() -> tuple[Claim, ...]:
    """Every claim in the ledger, in the order of its number.

    **Raises:** `EvidenceError` when the ledger has other columns, an empty cell or the same number twice.
    """
    text = files(__package__).joinpath(_LEDGER).read_text(encoding="utf-8")
    return _read(text)


def claim(id: str) -> Claim:
    """The claim with this number, for example `C26`; upper or lower case.

    **Raises:** `RequestError` when there is no such claim.
    """
    ledger = {c.id: c for c in claims()}
    word = id.strip().upper()
    found = ledger.get(f"C{int(word[1:]):02d}" if word[1:].isdigit() and word[0] == "C" else word)
    if found is None:
        raise RequestError(
            "There is no claim with this number.",
            where=_LEDGER,
            given=id,
            allowed=f"{min(ledger)} to {max(ledger)}",
            nearest=nearest(id, ledger),
            then="list them all with `resynapse claims`",
        )
    return found


def ledger_records() -> list[dict[str, object]]:
    """The ledger as plain records, ready for JSON: one per claim, with its verdict."""
    return [_record(c) for c in claims()]


def _record(c: Claim) -> dict[str, object]:
    return {
        "id": c.id,
        "claim": c.claim,
        "kind": c.kind,
        "rooms": list(c.rooms),
        "question": c.question,
        "status": c.status,
        "owner": c.owner,
        "answer": c.answer,
        "verdict": c.verdict,
        "why": c.judged.why if c.judged else None,
    }


def _read(text: str) -> tuple[Claim, ...]:
    table = csv.DictReader(text.splitlines())
    if tuple(table.fieldnames or ()) != _COLUMNS:
        raise EvidenceError(
            "The claims ledger has other columns.", where=_LEDGER, given=table.fieldnames, allowed=_COLUMNS
        )
    ledger = tuple(_claim(row, line) for line, row in enumerate(table, start=2))
    _refuse_twins(ledger)
    return ledger


def _claim(row: dict[str, str], line: int) -> Claim:
    empty = [name for name in _COLUMNS if name != "answer" and not row[name]]
    if empty:
        raise EvidenceError(
            "A claim is incomplete.",
            where=f"{_LEDGER}, line {line}",
            given=f"nothing in {', '.join(empty)}",
            then="fill the cell; only `answer` may be empty",
        )
    return Claim(
        id=row["id"],
        claim=row["claim"],
        kind=row["kind"],
        rooms=tuple(row["rooms"].split()),
        question=row["question"],
        status=row["status"],
        owner=row["owner"],
        answer=row["answer"] or None,
    )


def _refuse_twins(ledger: tuple[Claim, ...]) -> None:
    ids = [c.id for c in ledger]
    twins = sorted({id for id in ids if ids.count(id) > 1})
    if twins:
        raise EvidenceError("Two claims have the same number.", where=_LEDGER, given=", ".join(twins))
