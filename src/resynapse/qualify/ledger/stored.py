"""Answers kept on file: sentences, doubt, what was observed, panels of the figure, and what all of it hangs on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import EvidenceError
from ...report.claim_plain import plain
from ..answer import Answer
from ..answers import WAYS
from .hanging import digest

RUNS = Path(__file__).parent / "runs"
_KEYS = ("claim", "sentences", "uncertainty", "details", "shown", "digest", "version")


@dataclass(frozen=True, eq=False)
class Stored:
    """One answer as it was computed.

    **Arguments:** `sentences`, `uncertainty` and `details` as in `Answer`; `shown` are the panels as plain JSON;
    `digest` is what the answer hung on, `version` the release that computed it.
    """

    claim: str
    sentences: tuple[str, ...]
    uncertainty: str
    details: Mapping[str, Any]
    shown: Mapping[str, Any]
    digest: str
    version: str

    @property
    def stale(self) -> bool:
        """Whether values or equations have changed since."""
        return self.digest != hangs_on(self.claim)

    @property
    def observed(self) -> list[dict[str, Any]]:
        """What was observed, row by row."""
        return list(self.details.get("observed") or [])


def hangs_on(claim: str) -> str:
    """The digest of what the answer to a claim hangs on now."""
    way = WAYS[claim]
    return digest(f"qualify.{way.room}.{way.module}")


def stored(claim: str, folder: Path = RUNS) -> Stored | None:
    """The answer on file, or `None` where there is none.

    **Raises:** `EvidenceError` when the file is not what was written.
    """
    file = folder / f"{claim}.json"
    if not file.is_file():
        return None
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return Stored(**{key: record[key] for key in _KEYS} | {"sentences": tuple(record["sentences"])})
    except (ValueError, KeyError, TypeError) as failure:
        then = f"compute it again: `python -m resynapse.qualify.ledger.refresh {claim}`"
        raise EvidenceError("a stored answer cannot be read", where=str(file), given=failure, then=then) from failure


def store(found: Answer, folder: Path = RUNS) -> Path:
    """Write an answer with all that it hangs on."""
    from ... import __version__

    record = {
        "claim": found.claim.id,
        "sentences": list(found.sentences),
        "uncertainty": found.uncertainty,
        "details": dict(found.details),
        "shown": plain(found.shown()),
        "digest": hangs_on(found.claim.id),
        "version": __version__,
    }
    file = folder / f"{found.claim.id}.json"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record, allow_nan=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    return file
