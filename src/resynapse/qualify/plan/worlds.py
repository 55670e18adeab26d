"""The ways the world could be under which a plan is simulated: draws of a calibration, or of what the files doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...banked import banked, worlds
from ...calibrate.doubt import Doubt, certain, doubted
from ...calibrate.posterior import Knowledge, Posterior, calibration
from ...chains import default_chain
from ...trial.design import Design
from ...trial.run import Trial, plan
from ...trial.run.power import uncertain
from ..answering.doubt import drawn
from .plan import Trials

Tell = Callable[[str], None]
DOUBTED = "the values on file"


@dataclass(frozen=True)
class Worlds:
    """Draws of knowledge.

    **Arguments:** `calibration` names what is on file (joined by `+`); without it trials are run with the chain as it
    is on file, and where doubt is asked for every value that says how uncertain it is is drawn from its own range.
    Values of the placebo layer that no calibration knows are drawn from theirs. `seed` fixes the draws.
    """

    calibration: str | None
    seed: int

    @property
    def words(self) -> str:
        """What is simulated, in words."""
        return f"draws of the calibration {self.calibration}" if self.calibration else DOUBTED

    @property
    def posterior(self) -> Posterior | None:
        """The calibration itself, if there is one.

        **Raises:** `RequestError` with the nearest name when it is not on file.
        """
        return calibration(self.calibration) if self.calibration else None

    @property
    def typical(self) -> Knowledge:
        """The medians of a calibration; nothing, which is the files as they are, without one."""
        found = self.posterior
        return Knowledge.typical() if found is None else found.typical

    def doubt(self, count: int) -> Doubt:
        """So many draws, of the calibration or of what the files doubt."""
        found = self.posterior
        if found is not None:
            return doubted(found, min(count, len(found)), self.seed)
        values = drawn(default_chain("human"), count, self.seed)
        table = np.stack(list(values.values()), axis=1)
        digest = hashlib.sha256(table.tobytes()).hexdigest()[:16]
        return Doubt("what the files doubt", digest, tuple(values), table, Knowledge())

    def trial(self, design: Design, size: Trials, tell: Tell = lambda _: None) -> Trial:
        """A trial to be run many times: in the draws of the calibration by turns, or in the chain as it is on file."""
        if not self.calibration:
            return Trial(*banked(design, size.people, self.seed, tell), self.seed)
        return self.doubted(design, size.people, self.doubt(size.draws), tell)

    def doubted(self, design: Design, people: int, doubt: Doubt, tell: Tell = lambda _: None) -> Trial:
        """A trial in the draws of a doubt by turns, its people banked under each."""
        centre = worlds(design, people, self.seed, certain(doubt.centre, doubt.name), tell)[0]
        own = worlds(design, people, self.seed, doubt, tell)
        whole = Trial(plan(design), centre.bank, self.seed, worlds=own)
        return replace(whole, values=whole.values.knowing(centre.placebo))


def in_turn(trial: Trial, number: int) -> Trial:
    """The trial of one draw, the values of the placebo layer that it does not know drawn from their ranges."""
    own = trial.drawn(number)
    return own.valued(uncertain(own.values, own.seed, number, own.known))
