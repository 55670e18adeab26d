"""One regimen of an arm in the time of the trial."""

from __future__ import annotations

from dataclasses import dataclass

from ..design.giving import Dosing
from ..score import Feel, feel

MIDAZOLAM = "midazolam"
_BLANK = {"nasal": "spray", "oral": "tablet"}


@dataclass(frozen=True)
class Dosed:
    """One regimen of an arm in the time of the trial: its first day and the days of its doses."""

    dosing: Dosing
    start: float
    sessions: tuple[float, ...]

    @property
    def drug(self) -> bool:
        """Whether the bank has to know it: midazolam, which moves no score in the chain, is only felt."""
        return not (self.dosing.blank or self.dosing.compound == MIDAZOLAM)

    @property
    def feel(self) -> Feel:
        """What it is told to feel like where the bank does not know."""
        if self.dosing.compound == MIDAZOLAM:
            return feel(MIDAZOLAM)
        return feel(_BLANK.get(self.dosing.route, "saline") if self.dosing.blank else "drug")


def given(one: Dosing, shift: float, cut: float | None = None) -> Dosed:
    """A regimen whose day 0 is day `shift` of the trial, cut off after `cut` days."""
    held = one if cut is None or one.days is not None else one.model_copy(update={"days": cut})
    return Dosed(held, shift + one.start, tuple(shift + day for day in held.given_on))
