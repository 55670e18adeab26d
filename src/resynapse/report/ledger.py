"""The page of the ledger: every claim with the model's answer, how far it carries, and one small figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .claim_plain import shown_of
from .claim_small import Small, small
from .page import asset, policy, templates
from .style import BANNER

VERDICTS = ("answered", "answered with wide doubt", "not yet askable")


@dataclass(frozen=True, eq=False)
class Line:
    """One claim.

    **Arguments:** `verdict` is one of `VERDICTS` and `why` its reason; `owner` has to make it askable; `sentences` are
    the model's own (empty where it cannot be asked); `shown` the panels of its figure as plain JSON; `observed` rows of
    the evidence; `stale` says that values or equations changed since `version` computed the answer; `command` asks it.
    """

    id: str
    claim: str
    kind: str
    rooms: tuple[str, ...]
    status: str
    question: str
    owner: str
    verdict: str
    why: str
    sentences: tuple[str, ...] = ()
    uncertainty: str = ""
    shown: Mapping[str, Any] | None = None
    observed: Sequence[Mapping[str, Any]] = ()
    stale: bool = False
    version: str = ""
    command: str = ""

    @property
    def figures(self) -> tuple[Small, ...]:
        """The panels as small figures, the first of which stands in the row."""
        if self.shown is None:
            return ()
        return tuple(small(panel, self.id) for panel in shown_of(self.shown).panels)


def render_ledger(lines: Sequence[Line], version: str) -> str:
    """The whole page as text: no file beside it, no network, readable without scripts."""
    script = asset("ledger.js")
    return (
        templates()
        .get_template("ledger.html.j2")
        .render(
            banner=BANNER,
            policy=policy([script]),
            styles=asset("report.css") + asset("ledger.css"),
            script=script,
            lines=lines,
            counts=_counts(lines),
            stale=[line.id for line in lines if line.stale],
            kinds=sorted({line.kind for line in lines}),
            rooms=sorted({room for line in lines for room in line.rooms}),
            version=version,
        )
    )


def _counts(lines: Sequence[Line]) -> list[tuple[str, int, list[str]]]:
    """How many claims have each verdict, and which."""
    count = Counter(line.verdict for line in lines)
    return [(word, count[word], [line.id for line in lines if line.verdict == word]) for word in VERDICTS]
