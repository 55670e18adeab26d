"""Whole lives: people who start a first course and go on from step to step until one helps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.chain import Chain
from ...core.chance import Numbers
from ...core.errors import RequestError
from ..population import Population
from .beliefs import facts
from .course_of_life import relative_scores, slow_motion
from .exposure import Exposure, exposed
from .judgement import Nonspecific, Outcome, believed, judged, reached
from .kept import kept
from .sequence import Sequence, stard

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Report = Callable[[str], None]
BLOCK = 500
START = "qids_baseline"
_OWN = {"sensitivity": "synapse.k_v", "movable_share": "scale.share"}


@dataclass(frozen=True)
class Lives:
    """What people lived through, one row a person.

    **Arguments:** `numbers` are the people's own; `covariates` by name; `option` the option given in each step, `left`
    the week after which it was stopped for side effects (or the last), `adequate` whether the course counts; `entered`,
    `fall`, `score`, `remitted` and `responded` as in `Outcome` (person x step); `relative` is the drug-attributable
    score over that at the start, at the end of every week.
    """

    numbers: Numbers
    covariates: Mapping[str, Floats]
    option: NDArray[np.int64]
    left: NDArray[np.int64]
    adequate: Flags
    entered: Flags
    fall: Floats
    score: Floats
    remitted: Flags
    responded: Flags
    relative: Floats

    @property
    def failed(self) -> Flags:
        """Adequate courses after which less than half of the score was gone (person x step)."""
        return self.entered & self.adequate & ~self.responded

    @property
    def resistant(self) -> Flags:
        """Who failed two adequate courses or more."""
        return np.asarray(self.failed.sum(axis=1) >= 2)

    @property
    def prior_failures(self) -> NDArray[np.int64]:
        """How many adequate courses failed each person."""
        return np.asarray(self.failed.sum(axis=1))

    def of(self, who: Flags) -> Lives:
        """The lives of some of these people."""
        one = {f.name: getattr(self, f.name)[who] for f in fields(self) if f.name != "covariates"}
        return Lives(covariates={k: v[who] for k, v in self.covariates.items()}, **one)


def lived(
    population: Population, n: int, seed: int, sequence: Sequence | None = None, tell: Report = lambda _: None
) -> Lives:
    """The lives of people 0 to n-1 of a population; person k's life is the same whatever n is.

    Blocks of 500 people are solved and kept in the user's cache folder under a hash of everything that they hang on.

    **Raises:** `RequestError` for fewer than one person; `SolveError` when a life cannot be solved.
    """
    if n < 1:
        raise RequestError("there is at least one person", given=n, allowed="1 or more")
    made, blocks = Making(population, seed, sequence or stard()), range(0, n, BLOCK)
    found = []
    for number, first in enumerate(blocks, start=1):
        found.append(made.block(first))
        tell(f"lived {number} of {len(blocks)} blocks of {BLOCK} people")
    return joined(found).of(np.arange(len(found) * BLOCK) < n)


@dataclass(frozen=True)
class Making:
    """How lives are made: of whom, by which chance, through which sequence.

    **Raises:** `RequestError` for people whom something has failed already.
    """

    population: Population
    seed: int
    sequence: Sequence

    def __post_init__(self) -> None:
        check_starters(self.population)

    def block(self, first: int) -> Lives:
        """The lives of one block of people, numbered from `first`, from the cache if they are there."""
        name = hashlib.sha256(f"{self.digest} {first}".encode()).hexdigest()[:32]
        return _unpacked(kept(name, lambda: _packed(self._solved(first))))

    @cached_property
    def digest(self) -> str:
        """A hash of everything that these lives hang on, besides a person's number."""
        return _digest(self.population, slow_motion(), self.sequence, self.seed)

    def _solved(self, first: int) -> Lives:
        people = self.population.sample(BLOCK, self.seed, first)
        exposure = exposed(self.sequence, people.numbers, self.seed)
        relative = relative_scores(slow_motion(), people, exposure, self.sequence)
        values = people.values(slow_motion())
        own = {word: values[address] for word, address in _OWN.items()}
        own["nonspecific"] = believed().person(people.numbers, self.seed)
        return told(people.numbers, self.seed, relative, exposure, {**people.covariates, **own})


def check_starters(population: Population) -> None:
    """Refuse people whom something has failed already, or of whom no score at the start is known."""
    known = population.specification.covariate
    if "prior_failures" in known or START not in known:
        raise RequestError(
            "these people do not start a first course: resistance is lived, not drawn",
            given=population.name,
            allowed=f"a population without prior_failures and with {START}, such as first_course",
        )


def joined(lives: list[Lives]) -> Lives:
    """Several blocks of lives as one."""
    names = [f.name for f in fields(Lives) if f.name != "covariates"]
    rows = {name: np.concatenate([getattr(part, name) for part in lives]) for name in names}
    shared = {k: np.concatenate([part.covariates[k] for part in lives]) for k in lives[0].covariates}
    return Lives(covariates=shared, **rows)


def told(who: Numbers, seed: int, relative: Floats, exposure: Exposure, covariates: Mapping[str, Floats]) -> Lives:
    """Lives from what the chain gave and what was swallowed: the nonspecific part, then the rater."""
    outcome = outcome_of(believed(), who, seed, (relative, exposure.left, covariates[START]))
    same = {f.name: getattr(outcome, f.name) for f in fields(Outcome)}
    return Lives(who, covariates, exposure.option, exposure.left, exposure.adequate, relative=relative, **same)


def outcome_of(
    beside: Nonspecific, who: Numbers, seed: int, course: tuple[Floats, NDArray[np.int64], Floats]
) -> Outcome:
    """What came of every course of these people; `course` holds relative scores, ends in weeks, and start scores."""
    relative, left, start = course
    ends = beside.courses(who, seed, left.shape[1])
    return judged(relative, left, start, reached(ends, left, beside.weeks))


def _digest(population: Population, chain: Chain, sequence: Sequence, seed: int) -> str:
    sets = sorted(s.digest for stage in chain.stages.values() for s in stage.provenance)
    values = {address: float(v) for address, v in chain.parameters.items()}
    told_of = (population.digest, sets, sorted(values.items()), sorted(facts().items()), sequence, seed, _recipe())
    return hashlib.sha256(repr(told_of).encode()).hexdigest()


@cache
def _recipe() -> str:
    """A hash of the code: a life that other code made is another life."""
    home = Path(str(files("resynapse")))
    code = [path for room in _ROOMS for path in sorted((home / room).rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


_ROOMS = ("body", "brain", "circuit", "compound", "core", "life", "mood", "person", "receptor", "synapse")


def _packed(lives: Lives) -> dict[str, NDArray[np.generic]]:
    own = {f.name: getattr(lives, f.name) for f in fields(Lives) if f.name != "covariates"}
    return own | {f"covariate_{k}": np.asarray(v) for k, v in lives.covariates.items()}


def _unpacked(found: Mapping[str, NDArray[np.generic]]) -> Lives:
    shared = {k.removeprefix("covariate_"): v for k, v in found.items() if k.startswith("covariate_")}
    own = {k: v for k, v in found.items() if not k.startswith("covariate_")}
    return Lives(covariates=shared, **own)  # type: ignore[arg-type]
