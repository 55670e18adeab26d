"""A group experiment as a document: animals, stress, groups, test, and what was published."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from ..core.document import Part, Refusal, cited, fitted, read_document
from ..core.lines import document_file
from ..life.manipulation import manipulations
from ..life.protocol import protocol_names, stress_protocol
from ..mood.readout import Readout, readout, readouts
from ..person.population import population, populations
from .analysis import POSTHOC, TESTS
from .given import check_dose, on_file

Mark = Literal["seen", "recalled", "assumed"]
HERD = 512
"""Animals that are drawn for an experiment; more cannot be dealt out to its groups."""


class Beside(Part):
    """Another drug, given some hours before the first one."""

    drug: str
    dose: str
    route: str = "ip"
    hours_before: float = Field(default=0.5, ge=0.0)

    @field_validator("drug")
    @classmethod
    def _known_drug(cls, name: str) -> str:
        return on_file(name)

    @model_validator(mode="after")
    def _dosed(self) -> Beside:
        check_dose(self.drug, self.dose)
        return self


class Group(Part):
    """One group of animals.

    **Arguments:** `stress` overrides the experiment's protocol; without `drug` it is a vehicle; `cell` says where it
    stands in a factorial design; `values` are values of the chain for the whole time, by address.
    """

    name: str
    n: int
    stress: str | None = None
    drug: str | None = None
    dose: str | None = None
    route: str = "ip"
    manipulations: tuple[str, ...] = ()
    values: dict[str, float] = Field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
    cell: dict[str, str] = Field(default_factory=dict)

    @field_validator("n")
    @classmethod
    def _two_at_least(cls, n: int) -> int:
        if n < 2:
            raise Refusal("a group needs at least two animals: one has no scatter", given=n, allowed="2 and more")
        return n

    @field_validator("stress")
    @classmethod
    def _known_stress(cls, name: str | None) -> str | None:
        return name if name is None else _one_of(name, protocol_names(), "no such stress protocol")

    @field_validator("drug")
    @classmethod
    def _known_drug(cls, name: str | None) -> str | None:
        return name if name is None else on_file(name)

    @field_validator("manipulations")
    @classmethod
    def _known_manipulations(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_one_of(name, manipulations(), "no such manipulation on file") for name in names)

    @model_validator(mode="after")
    def _dosed(self) -> Group:
        if (self.drug is None) != (self.dose is None):
            raise Refusal("a drug and its dose belong together", given=f"drug {self.drug}, dose {self.dose}")
        if self.drug and self.dose:
            check_dose(self.drug, self.dose)
        return self


class Reading(Part):
    """What is measured, when, and over how long (`of`: seconds or trials, where it differs from the usual)."""

    name: str
    hours_after_dose: float
    of: float | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        return _one_of(name, readouts(), "no such read-out")

    @field_validator("hours_after_dose")
    @classmethod
    def _after(cls, hours: float) -> float:
        if hours <= 0.0:
            raise Refusal("the test lies before the dose", given=hours, allowed="hours above 0")
        return hours


class Comparison(Part):
    """How the experiment is judged: a test, what follows it, and the one comparison that decides.

    **Arguments:** `decides` names two groups, the second being the reference; `family` are all comparisons made
    after the test (the deciding one alone unless said).
    """

    test: str
    posthoc: str = "none"
    decides: tuple[str, str]
    family: tuple[tuple[str, str], ...] = ()
    alpha: float = Field(default=0.05, gt=0.0, lt=1.0)

    @field_validator("test")
    @classmethod
    def _known_test(cls, name: str) -> str:
        return _one_of(name, TESTS, "no such test")

    @field_validator("posthoc")
    @classmethod
    def _known_posthoc(cls, name: str) -> str:
        return _one_of(name, POSTHOC, "no such comparison after a test")

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All comparisons, the deciding one first."""
        return tuple(dict.fromkeys((self.decides, *self.family)))


class Unblocked(Part):
    """The effect that a block was seen to take: the same comparison in animals without the block, and its direction."""

    comparison: tuple[str, str]
    direction: Literal["up", "down"]


class Finding(Part):
    """What was published of the deciding comparison: its direction, and means by group where they were read.

    **Arguments:** `blocks`, where finding nothing was read as a block: the effect that has to be there without it.
    """

    direction: Literal["up", "down", "none"]
    words: str
    where: str
    mark: Mark
    means: dict[str, float] = Field(default_factory=dict)
    blocks: Unblocked | None = None

    @model_validator(mode="after")
    def _blocked(self) -> Finding:
        if self.blocks and self.direction != "none":
            raise Refusal("a blocked effect was not found", given=self.direction, allowed="direction: none")
        return self


class Design(Part):
    """A published experiment, complete enough to be run again.

    **Arguments:** `role` is that of the study in the evidence; `stress` is the protocol of every group that does not
    name its own; `enrolled` says whether susceptible animals alone go on; `dose_after_h` is how long after the protocol
    the dose is given; `n_basis` says where the numbers of animals come from.
    """

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    title: str
    source: str
    role: Literal["build", "verify", "none"]
    species: Literal["mouse", "rat"]
    strain: str
    population: str
    stress: str = "none"
    enrolled: Literal["all", "susceptible"] = "all"
    dose_after_h: float = Field(default=1.0, ge=0.0)
    groups: tuple[Group, ...] = Field(min_length=2)
    n_basis: str
    n_mark: Mark
    blinded: Literal["yes", "no", "not said"]
    reading: Reading
    comparison: Comparison
    published: Finding
    notes: str = ""

    @field_validator("population")
    @classmethod
    def _known_population(cls, name: str) -> str:
        return _one_of(name, populations(), "no such population")

    @field_validator("stress")
    @classmethod
    def _known_stress(cls, name: str) -> str:
        return _one_of(name, protocol_names(), "no such stress protocol")

    @field_validator("source")
    @classmethod
    def _known_source(cls, key: str) -> str:
        return cited(key)

    @model_validator(mode="after")
    def _fits(self) -> Design:
        names = [g.name for g in self.groups]
        if len(set(names)) < len(names):
            raise Refusal("two groups have one name", given=", ".join(names))
        if sum(self.counts) > HERD:
            raise Refusal("so many animals are not drawn", given=sum(self.counts), allowed=f"{HERD} in all")
        for name in {*(n for pair in self.comparison.pairs for n in pair), *self.published.means}:
            _one_of(name, names, "no such group")
        self._check_blocked()
        TESTS[self.comparison.test].check(self.groups)
        self._check_species()
        return self

    def _check_blocked(self) -> None:
        """Refuse a block whose effect without it is not among the comparisons."""
        blocks = self.published.blocks
        if blocks and blocks.comparison not in self.comparison.pairs[1:]:
            pairs = [" less ".join(pair) for pair in self.comparison.family]
            raise Refusal(
                "the effect without the block is not compared", given=" less ".join(blocks.comparison), allowed=pairs
            )

    def _check_species(self) -> None:
        """Refuse animals that a protocol or a population is not of."""
        if population(self.population).species != self.species:
            raise Refusal("this population is of another species than the design", given=self.population)
        for name in {self.protocol_of(g) for g in self.groups}:
            known = stress_protocol(name).species
            if self.species not in known:
                raise Refusal(f"{name} is not done to this species", given=self.species, allowed=known)

    @property
    def readout(self) -> Readout:
        """The test that is run."""
        return readout(self.reading.name).over(self.reading.of)

    @property
    def counts(self) -> tuple[int, ...]:
        """Animals in each group."""
        return tuple(g.n for g in self.groups)

    def protocol_of(self, group: Group) -> str:
        """The name of a group's stress protocol."""
        return group.stress or self.stress


def read_design(text: str, where: str) -> Design:
    """A design from its YAML.

    **Raises:** `DocumentError` naming the line that cannot be read, what is allowed there and what is nearest.
    """
    return read_document(text, Design, where)


def design_file(file: Path) -> Design:
    """A design from a file of one's own.

    **Raises:** `DocumentError` when there is no such file, or as `read_design`.
    """
    return fitted(document_file(file, "`resynapse experiment list` names the experiments on file"), Design)


def _one_of(name: str, known: Iterable[str], what: str) -> str:
    if name not in set(known):
        raise Refusal(what, given=name, allowed=tuple(known))
    return name
