"""The question of interest and the context of use: the only parts of the assessment that a person writes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ...core.document import Part, Refusal, fitted
from ...core.lines import document_file

HERE = Path(__file__).parent / "context.yaml"
Level = Literal["low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("low", "medium", "high")
Words = Annotated[str, Field(min_length=1)]

RISK: dict[frozenset[Level], Level] = {
    frozenset(("low",)): "low",
    frozenset(("low", "medium")): "low",
    frozenset(("low", "high")): "medium",
    frozenset(("medium",)): "medium",
    frozenset(("medium", "high")): "high",
    frozenset(("high",)): "high",
}
"""Two levels together, the order being of no account: the matrix of a practitioner's template, not of a guideline."""


class Question(Part):
    """The question of interest: what is asked, which decision hangs on it, and for whom."""

    text: Words
    decision: Words
    stakeholders: tuple[Words, ...] = Field(min_length=1)


class Range(Part):
    """From and to, both included."""

    low: float
    high: float

    @model_validator(mode="after")
    def _rises(self) -> Range:
        if self.low > self.high:
            raise Refusal("a range rises", f"{self.low:g} to {self.high:g}")
        return self


class Asked(Part):
    """The regimens that are asked about: compounds, routes, milligrams of base, doses, and days until the last look."""

    compounds: tuple[Words, ...] = Field(min_length=1)
    routes: tuple[Words, ...] = Field(min_length=1)
    mg: Range
    doses: Range
    days: Range


class Use(Part):
    """The context of use: role and scope of the model, who is meant, which regimens, which data, what else there is."""

    model: Words
    role: Words
    scope: Words
    population: Words
    regimens: Asked
    data_in: Words
    other_evidence: Words


class Rated(Part):
    """A level with the reason for it."""

    level: Level
    because: Words


class Ratings(Part):
    """What a person judges: influence, consequence (severity by likelihood), and impact; everything with a reason."""

    influence: Rated
    severity: Rated
    likelihood: Rated
    impact: Rated

    @property
    def consequence(self) -> Level:
        """Consequence of a wrong decision: severity by likelihood."""
        return together(self.severity.level, self.likelihood.level)

    @property
    def risk(self) -> Level:
        """Model risk: influence by consequence."""
        return together(self.influence.level, self.consequence)


class Context(Part):
    """What the assessment is about."""

    version: Literal[1]
    question: Question
    use: Use
    ratings: Ratings


def together(one: Level, other: Level) -> Level:
    """Two levels by the matrix."""
    return RISK[frozenset((one, other))]


def context(path: Path = HERE) -> Context:
    """The context in a file.

    **Raises:** `DocumentError` with the line where a justification or anything else is missing.
    """
    return fitted(document_file(path), Context)
