"""What every answer says in the same words: where its bands come from, and what they leave out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ...core.chain import Chain
from ...report.claim_figure import Panel, draw_claim
from ..answer import Answer
from ..claims import claim
from .doubt import doubted_values
from .terms import Terms

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Told(ABC):
    """What was found for one claim, and how it is told: a claim's own class adds its findings as fields."""

    terms: Terms
    foot: ClassVar[str] = ""

    @property
    @abstractmethod
    def sentences(self) -> tuple[str, str, str]:
        """What the model says, how sure it is and why, and what was seen for and against it."""

    @property
    @abstractmethod
    def doubt(self) -> str:
        """What the numbers do not know."""

    @property
    @abstractmethod
    def details(self) -> dict[str, Any]:
        """Plain numbers for JSON."""

    @abstractmethod
    def panels(self) -> tuple[Panel, ...]:
        """What the figure shows."""

    def answer(self, id: str) -> Answer:
        """The answer to the claim of this name."""
        return Answer(claim(id), self.sentences, self.doubt, self.details, self._draw(id))

    def _draw(self, id: str) -> Callable[[], Figure]:
        return lambda: figure(id, self.panels(), self.terms, self.foot)


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


def figure(id: str, panels: Sequence[Panel], terms: Terms, made: str = "") -> Figure:
    """The figure of a claim, under its own words; `made` says how, where it is not by draws of doubted values."""
    asked = claim(id)
    foot = (
        made
        or f"Line or dot: middle of {terms.count} draws; band: nine in ten. Red: observed; open: recalled, not checked."
    )
    return draw_claim(panels, f"{asked.id}: {asked.claim}", f"{foot} The claim itself: {asked.status}.")
