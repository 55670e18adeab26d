"""A hypothesis: one explanation of how the drug works, as a change of the default chain, with what it stakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..chains import anchored, default_chain, prior_chain
from ..core.calibrated import CALIBRATED, UNCALIBRATED
from ..core.chain import Chain
from ..core.errors import RequestError, ResynapseError, WiringError, nearest
from ..core.parameter import Species
from ..core.source import source
from .experiment import Experiment
from .siblings import Sibling

Base = Callable[[Species, str | None, str], Chain]
DIRECTIONS = ("up", "down", "none")
TOLERANCE = 0.02  # of a port whose healthy rest is 1, or of the distance from health to depression


@dataclass(frozen=True)
class Prediction:
    """What a hypothesis says would be seen.

    **Arguments:** the mean of `port` over `hours` after the dose goes up or down against `versus` (the same without
    drug unless another experiment is named), or changes by less than 0.02 (`none`); `source` is the observation that
    it stands beside, `observed` what was seen there; `unmet` says why the hypothesis' own chain does not deliver it.
    """

    port: str
    direction: str
    experiment: Experiment
    hours: tuple[float, float]
    source: str
    observed: str
    versus: Experiment | None = None
    unmet: str = ""

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            near = nearest(self.direction, DIRECTIONS)
            raise RequestError("unknown direction", given=self.direction, allowed=DIRECTIONS, nearest=near)
        source(self.source)

    @property
    def words(self) -> str:
        """The prediction in one line."""
        move = {"up": "rises", "down": "falls", "none": "does not change"}[self.direction]
        begin, end = self.hours
        when = f"at {begin:g} h" if begin == end else f"over {begin:g} to {end:g} h"
        against = f" (against {self.versus.words})" if self.versus else ""
        return f"`{self.port}` {move} {when}: {self.experiment.words}{against}"

    def effect(self, chain: Chain) -> float:
        """By how much the port differs from the control in this chain."""
        other = self.versus or self.experiment.control
        return self._mean(chain, self.experiment) - self._mean(chain, other)

    def holds(self, effect: float) -> bool:
        """Whether an effect has the predicted direction."""
        if self.direction == "none":
            return abs(effect) < TOLERANCE
        return effect * (1.0 if self.direction == "up" else -1.0) >= TOLERANCE

    def _mean(self, chain: Chain, experiment: Experiment) -> float:
        begin, end = self.hours
        times = [end] if begin == end else list(np.linspace(begin, end, 25))
        return float(np.mean(experiment.follow(chain, times, [self.port])[self.port]))


@dataclass(frozen=True)
class Hypothesis:
    """One explanation, complete enough to be wrong.

    **Arguments:** `claim` is one sentence; `sources` are bibliography keys; `stages` fill slots of the base chain
    with other theories, `values` set parameters by dotted address; `predicts` is what it stakes, `against` what would
    count against it; `remark` says what its wiring cannot say; `base` is the chain that it changes, the default one
    unless named; `species` are those that it can be built for.

    **Raises:** `WiringError` when the stages, values or ports do not fit the chain, with the reason.
    """

    name: str
    claim: str
    sources: tuple[str, ...]
    predicts: tuple[Prediction, ...]
    against: tuple[str, ...]
    stages: Mapping[str, Sibling] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    remark: str = ""
    base: Base = default_chain
    species: tuple[Species, ...] = ("human", "rat", "mouse")

    def __post_init__(self) -> None:
        for key in self.sources:
            source(key)
        chains = {species: self._wired(species, None) for species in self.species}
        for prediction in self.predicts:
            self._check(prediction, chains)

    def chain(self, species: str = "human", body: str | None = None, calibration: str = CALIBRATED) -> Chain:
        """The chain of this hypothesis for one species, with its own depressed resting state as mood's reference.

        **Arguments:** `calibration` is the run whose sets fill the rooms of a person that it shares with the default.

        **Raises:** `RequestError` for a species that it says nothing about.
        """
        known = next((s for s in self.species if s == species), None)
        if known is None:
            near = nearest(species, self.species)
            where = f"hypothesis `{self.name}`"
            raise RequestError(
                "this hypothesis has no chain of this species",
                where=where,
                given=species,
                allowed=self.species,
                nearest=near,
            )
        return anchored(self._wired(known, body, calibration))

    def prior(self, species: str = "human") -> Chain:
        """Its chain with the values on file before any calibration: what is compared and conditioned on mechanism.

        **Raises:** `RequestError` for a species that it says nothing about.
        """
        return self.chain(species, None, UNCALIBRATED)

    def differences(self, species: Species) -> dict[str, tuple[str, str]]:
        """What differs from the default chain before any fit: by slot names of theories, by address the values."""
        usual, own = prior_chain(species), self._wired(species, None, UNCALIBRATED)
        slots = {
            slot: (type(usual.stages[slot]).__name__ if slot in usual.stages else "none", type(stage).__name__)
            for slot, stage in own.stages.items()
            if slot not in usual.stages or type(stage) is not type(usual.stages[slot])
        }
        before, after = usual.parameters, own.parameters
        moved = {a: (f"{float(before[a]):g}" if a in before else "none", f"{float(after[a]):g}") for a in self.values}
        return slots | {a: pair for a, pair in moved.items() if pair[0] != pair[1]}

    def _wired(self, species: Species, body: str | None, calibration: str = CALIBRATED) -> Chain:
        usual = self.base(species, body, calibration)
        try:
            return usual.replace(**self._own(species, calibration)).with_values(self.values)
        except ResynapseError as failure:
            raise self._misfit(failure, species) from failure

    def _own(self, species: Species, calibration: str) -> dict[str, Any]:
        return {slot: made(species, calibration) for slot, made in self.stages.items()}

    def _check(self, prediction: Prediction, chains: Mapping[Species, Chain]) -> None:
        for experiment in (prediction.experiment, prediction.versus or prediction.experiment):
            if experiment.species not in chains:
                raise self._misfit(RequestError("a prediction about a species without a chain"), experiment.species)
            try:
                chains[experiment.species].port(prediction.port)
                chains[experiment.species].with_values(dict(u for u in experiment.under if not isinstance(u, str)))
            except ResynapseError as failure:
                raise self._misfit(failure, experiment.species) from failure

    def _misfit(self, failure: ResynapseError, species: Any) -> WiringError:
        return WiringError(
            f"this hypothesis does not fit the {species} chain: {failure.what}",
            where=f"hypothesis `{self.name}`" + (f", {failure.where}" if failure.where else ""),
            given=failure.given,
            allowed=failure.allowed,
            nearest=failure.nearest,
            then=failure.then,
        )
