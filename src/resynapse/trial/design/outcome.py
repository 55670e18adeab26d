"""What a trial asks: endpoints with their estimands, analyses, and what was published of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from .block import Block

if TYPE_CHECKING:
    from ..analysis.naming import Analysis, Procedure

Strategy = Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum"]
Event = Literal["stops_treatment", "rescue", "changes_background", "relapse", "hospital", "surgery", "ect"]
Summary = Literal[
    "difference_of_means",
    "difference_of_shares",
    "odds_ratio",
    "hazard_ratio",
    "mean",
    "share",
    "share_without_event",
]
Measure = Literal["score", "change", "response", "remission", "time_to_relapse", "time_to_response"]

RATIOS = ("odds_ratio", "hazard_ratio")
CONTINUOUS, SHARES, TIMES = ("score", "change"), ("response", "remission"), ("time_to_relapse", "time_to_response")


class Estimand(Block):
    """What is to be estimated, in the five attributes of ICH E9(R1); the treatments are those of the analysis.

    **Arguments:** `population` is whose effect it is; `variable` is in words; `events` gives each intercurrent event
    its strategy; `summary` is how arms are compared; `assumes` is needed for a principal stratum, which nobody sees.
    """

    population: Literal["all_randomised", "all_dosed", "entered", "responders", "remitters", "completers"]
    variable: str
    events: Mapping[Event, Strategy] = Field(default_factory=dict)
    summary: Summary
    assumes: str = ""


class Endpoint(Block):
    """One question of a trial.

    **Arguments:** `scale` and `visit` say what is read when; `threshold` is the highest score of remission and `fall`
    the least fall of a response; `by` is the last day of an event; `uses_data_after` names the intercurrent events
    after which scores still enter the analysis; `analysis` is a document that `trial.analysis.read_analysis` reads, or
    nothing where the trial only described.
    """

    name: str
    role: Literal["primary", "secondary", "exploratory"]
    scale: str
    measure: Measure
    visit: str | None = None
    by: float | None = None
    threshold: float | None = None
    fall: Annotated[float, Field(gt=0, le=1)] = 0.5
    estimand: Estimand
    uses_data_after: tuple[Event, ...] = ()
    analysis: dict[str, Any] | None = None

    @property
    def unit(self) -> str:
        """The unit of the number that answers it: `points of MADRS`, `share of people`, or what ratio it is."""
        summary = self.estimand.summary
        if summary in RATIOS:
            return summary.replace("_", " ")
        if summary in ("difference_of_means", "mean"):
            return f"points of {self.scale.removesuffix('_total').replace('_', '-').upper()}"
        return "share of people"

    @property
    def analysed(self) -> Analysis | None:
        """The analysis itself.

        **Raises:** `RequestError` when the document names none.
        """
        from ..analysis.naming import read_analysis

        return read_analysis(self.analysis) if self.analysis else None


class Published(Block):
    """A number that was printed of an endpoint: a row of the evidence, never typed again.

    **Arguments:** `study` and `row` find it in `evidence/data/efficacy`; `quantity`, `statistic` and `arm` (that of the
    evidence) choose where a row was split; `of` names the arms of this design, treatment before control.
    """

    endpoint: str
    study: str
    row: str
    of: tuple[str, ...]
    arm: str | None = None
    quantity: str | None = None
    statistic: str | None = None


class Multiplicity(Block):
    """How several primary questions share one level: a procedure of `trial.analysis.read_procedure` over endpoints."""

    method: Literal["hochberg", "fixed_sequence"]
    over: tuple[str, ...] = Field(min_length=2)
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05

    @property
    def procedure(self) -> Procedure:
        """The procedure itself."""
        from ..analysis.multiplicity import FixedSequence, Hochberg

        return Hochberg(self.level) if self.method == "hochberg" else FixedSequence(self.over, self.level)
