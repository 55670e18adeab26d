"""An answer in the making: what was found for a claim, and how sentences, doubt, numbers and panels are made of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from ...report.claim_figure import Panel
from ..answer import Answer
from ..claims import claim
from .telling import figure
from .terms import Terms


@dataclass(frozen=True, eq=False)
class Told(ABC):
    """What was found for one claim, and how it is told: a claim's own class adds its findings as fields."""

    terms: Terms
    foot: ClassVar[str] = ""  # under the figure; empty where bands are draws of doubted values

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
        return Answer(
            claim(id),
            self.sentences,
            self.doubt,
            self.details,
            lambda: figure(id, self.panels(), self.terms, self.foot),
        )
