"""A trial as it was planned: one frozen value, read from one document."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from .block import Block
from .course import Dropout, Eligibility, LeadIn, Masking, Period, Relapse, Rescue, Visit
from .giving import BLANKS, Allocation, Arm
from .outcome import Endpoint, Multiplicity, Published

VERSION = 1

Kind = Literal[
    "parallel",
    "dose_ranging",
    "fixed_sequence",
    "crossover",
    "randomised_withdrawal",
    "open_label",
    "add_on",
    "steps",
]


class Design(Block):
    """A trial design.

    **Arguments:**

    - `version` is that of this schema; `source` is a key of the bibliography; `registry` a number of a register.
    - `population` is a preset of `resynapse populations`; `eligibility` says who of it is let in.
    - `days` is how long people are watched after randomisation, in each period of a crossover or each step.
    - `assumed` gives addresses in this document the reason why what stands there is assumed; `read` says where others
      were read.
    - `left_out` lists what of the trial this document does not hold.
    """

    version: Literal[1]
    name: str
    title: str
    kind: Kind
    synopsis: str = ""
    source: str | None = None
    registry: str = ""
    population: str
    eligibility: Eligibility = Eligibility()
    lead_in: tuple[LeadIn, ...] = ()
    arms: tuple[Arm, ...] = Field(min_length=1)
    allocation: Allocation
    masking: Masking
    days: Annotated[float, Field(gt=0)]
    periods: tuple[Period, ...] = ()
    visits: tuple[Visit, ...] = Field(min_length=1)
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)
    multiplicity: Multiplicity | None = None
    dropout: Dropout = Dropout()
    rescue: Rescue | None = None
    relapse: Relapse | None = None
    published: tuple[Published, ...] = ()
    read: dict[str, str] = Field(default_factory=dict)
    assumed: dict[str, str] = Field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def arm(self, name: str) -> Arm:
        """The arm of that name."""
        return next(arm for arm in self.arms if arm.name == name)

    def visit(self, name: str) -> Visit:
        """The visit of that name."""
        return next(visit for visit in self.visits if visit.name == name)

    @property
    def digest(self) -> str:
        """A hash of everything that the document says, for what is stored about the trial."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def n(self) -> PositiveInt:
        """Everybody randomised."""
        return self.allocation.total

    @property
    def compared(self) -> tuple[str, ...]:
        """What an analysis may compare: the arms, or, in a crossover, what the periods give."""
        if self.kind != "crossover":
            return tuple(arm.name for arm in self.arms)
        return tuple(dict.fromkeys(one.name or one.compound for arm in self.arms for one in arm.regimens))

    @property
    def compounds(self) -> tuple[str, ...]:
        """Every drug that somebody in the trial is given, blanks left out, oral antidepressants too."""
        phases: tuple[Arm | LeadIn, ...] = (*self.arms, *self.lead_in)
        given = (one.compound for phase in phases for one in phase.regimens)
        tablets = (drug for phase in phases if phase.background for drug in phase.background.drugs)
        return tuple(name for name in dict.fromkeys((*given, *tablets)) if name not in BLANKS)

    @property
    def chance_of_drug(self) -> float:
        """The share of people whom randomisation gives the drug, as the consent form would tell them."""
        drug = sum(self.allocation.ratio[arm.name] for arm in self.arms if arm.control == "drug")
        return drug / sum(self.allocation.ratio.values())

    @property
    def adaptive(self) -> bool:
        """Whether what somebody is given hangs on how they do: a flexible dose, a rescue, a step."""
        flexible = any(one.flexible for arm in self.arms for one in arm.regimens)
        return flexible or self.rescue is not None or self.kind == "steps"

    @property
    def primary(self) -> tuple[Endpoint, ...]:
        """The primary endpoints."""
        return tuple(end for end in self.endpoints if end.role == "primary")
