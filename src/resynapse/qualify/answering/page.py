"""The reference page of answered claims, written from the answers on file."""

from __future__ import annotations

from pathlib import Path

from ...core.errors import EvidenceError
from ..answers import WAYS
from ..claims import claim, claims
from ..ledger.stored import stored

_HEAD = """# Claims and what the model says of them

For research; not medical advice. Written by `python -m resynapse.qualify.answering.page` from the answers on file;
`resynapse claims --html` is the same with figures.

    resynapse claims                          # the whole ledger; --json for programs
    resynapse claim C30 --draw c30.png        # one answer with its figure; --draws, --seed, --json

Each answer has three sentences: what the model says, under which hypotheses it does and does not, what the evidence
says for and against. The status judges the claim in published work; the verdict judges the model's answer: *answered*
(nine in ten draws, and every hypothesis that speaks to the claim, agree in direction), *answered with wide doubt*
(draws, hypotheses or studies disagree, or the outcome was built in), *not yet askable* (something is missing). Numbers
in brackets hold nine in ten draws of the doubted values; in claims about people and trials (C01 to C07, C15, C40, C42,
C43, C55) they hold nine in ten people, or nine in ten replicates of a trial, and doubted values are not drawn."""


def page() -> str:
    """The whole page, from the answers on file.

    **Raises:** `EvidenceError` when one is not there.
    """
    parts = [_HEAD, *_older(), *(_section(id) for id in sorted(WAYS)), _missing()]
    return "\n\n".join(parts) + "\n"


def _older() -> list[str]:
    """Which answers were computed before something that they hang on changed; nothing where none was."""
    older = [id for id in sorted(WAYS) if (found := stored(id)) is not None and found.stale]
    words = "**Computed before values, equations or evidence that they hang on last changed**, and not asked again:"
    return [f"{words} {', '.join(older)}."] if older else []


def _section(id: str) -> str:
    found, one = stored(id), claim(id)
    if found is None:
        then = f"`python -m resynapse.qualify.ledger.refresh {id}` computes it"
        raise EvidenceError("no answer to this claim is on file", given=id, then=then)
    verdict = f"{one.judged.word}: {one.judged.why}" if one.judged else "askable"
    lines = [
        f"## {one.id}: {one.claim}",
        f"*Status in published work:* {one.status}. *Verdict:* {verdict}.",
        *(f"{i}. {sentence}" for i, sentence in enumerate(found.sentences, start=1)),
        f"*Uncertainty:* {found.uncertainty}",
    ]
    return "\n\n".join(lines)


def _missing() -> str:
    open_ones = [c for c in claims() if c.answer is None and c.judged]
    rows = [f"| {c.id} | {c.claim} | {c.judged.why} |" for c in open_ones if c.judged]
    return "\n".join(
        ["## Not yet askable", "", "| claim | what it says | what is missing |", "| --- | --- | --- |", *rows]
    )


def main() -> None:
    """Write the page into the documentation."""
    target = Path(__file__).parents[4] / "docs" / "reference" / "claims.md"
    target.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
