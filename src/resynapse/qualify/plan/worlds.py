"""The ways the world could be under which a plan is simulated: draws of a calibration, or of what the files doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...banked import banked
from ...calibrate.posterior import Knowledge, calibration
from ...chains import default_chain
from ...trial.design import Design
from ...trial.run import Trial
from ...trial.run.power import uncertain
from ..answering.doubt import drawn

Tell = Callable[[str], None]
DOUBTED = "the values on file, each drawn from its range"


@dataclass(frozen=True)
class Worlds:
    """Draws of knowledge.

    **Arguments:** `calibration` names what is on file (joined by `+`); without it every value of the chain that says
    how uncertain it is, and every value of the placebo layer, is drawn from its own range. `seed` fixes the draws.
    """

    calibration: str | None
    seed: int

    @property
    def words(self) -> str:
        """What is drawn, in words."""
        return f"draws of the calibration {self.calibration}" if self.calibration else DOUBTED

    @property
    def typical(self) -> Knowledge:
        """The mean of the draws of a calibration; nothing, which is the files as they are, without one."""
        return calibration(self.calibration).typical if self.calibration else Knowledge.typical()

    def draws(self, count: int) -> tuple[Knowledge, ...]:
        """So many draws; the first of many are the same as few."""
        if self.calibration:
            return tuple(calibration(self.calibration).knowledge(count, self.seed))
        return tuple(Knowledge({a: float(v[k]) for a, v in self._doubted(count).items()}) for k in range(count))

    def _doubted(self, count: int) -> dict[str, list[float]]:
        return {a: v.tolist() for a, v in drawn(default_chain("human"), count, self.seed).items()}

    def trial(self, design: Design, people: int, known: Knowledge, number: int, tell: Tell = lambda _: None) -> Trial:
        """A trial in one of these worlds, its people banked; the placebo layer is this draw's as well."""
        found = Trial(*banked(design, people, self.seed, tell), self.seed)
        if not self.calibration:
            return found.valued(uncertain(found.values, self.seed, number))
        placebo = replace(found.values.placebo, **known.placebo)
        return found.valued(replace(found.values, placebo=placebo))

    def trials(
        self, design: Design, people: int, replicates: int, tell: Tell = lambda _: None
    ) -> Callable[[int], Trial]:
        """The trial of each replicate: always the chain as it is on file, or one draw of the calibration after another.

        Values of the placebo layer are drawn replicate by replicate in either case, where the trial is run.
        """
        one = Trial(*banked(design, people, self.seed, tell), self.seed)
        return lambda number: one
