"""What every answer says in the same words: where its bands come from, and what they leave out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...core.chain import Chain
from ...report.claim_figure import Panel, Shown
from ..claims import claim
from .doubt import doubted_values
from .terms import Terms


def doubted(terms: Terms, *chains: Chain) -> str:
    """How the bands were made."""
    count = len({address for chain in chains for address in doubted_values(chain)})
    return (
        f"bands hold nine in ten of {terms.count} draws (seed {terms.seed}) of {count} values, each drawn from "
        "a triangle over its range on file and independent of the others; values without a range and the form of the "
        "equations are not drawn"
    )


def titled(hypothesis: str) -> str:
    """A hypothesis as it stands in a sentence or a figure."""
    return _TITLES.get(hypothesis, hypothesis.replace("_", " "))


_TITLES = {
    "hnk_ampa": "HNK-AMPA",
    "extrasynaptic_glun2b": "extrasynaptic GluN2B",
    "trkb_binding": "TrkB binding",
}


def listed(words: Iterable[str]) -> str:
    """Hypotheses in a row: `a`, `a and b`, `a, b and c`; `none` without any."""
    found = [titled(w) for w in words]
    if not found:
        return "none"
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


def figure(id: str, panels: Sequence[Panel], terms: Terms, made: str = "") -> Shown:
    """What the figure of a claim shows, under its own words.

    `made` says how, where it is not by draws of doubted values.
    """
    asked = claim(id)
    foot = (
        made
        or f"Line or dot: middle of {terms.count} draws; band: nine in ten. Red: observed; open: recalled, not checked."
    )
    return Shown(tuple(panels), f"{asked.id}: {asked.claim}", f"{foot} The claim itself: {asked.status}.")
