"""Doses that follow one another: other amounts, other drugs, at days laid down, as one regimen of one person."""

from __future__ import annotations

from dataclasses import dataclass

from ..compound import Compound
from ..core.errors import EventError
from .regimen import Regimen


@dataclass(frozen=True)
class Part:
    """One dose in words and the days on which it is given, the first dose of all being on day 0.

    **Arguments:** words as in a `Regimen`; `beside` says that the drug is company, given instead of ketamine.
    """

    drug: str
    route: str
    dose: str
    over: str | None
    at: tuple[float, ...]
    formulation: str | None = None
    beside: bool = False

    @property
    def regimen(self) -> Regimen:
        """One of these doses, on day 0.

        **Raises:** `EventError` for words that cannot be read, and for drugs that are company.
        """
        return Regimen(self.drug, self.route, self.dose, self.over, "once", formulation=self.formulation)


@dataclass(frozen=True)
class InTurn:
    """Parts that are given to the same people, whose days may lie between one another.

    **Raises:** `EventError` when nothing is given, or before day 0.
    """

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        days = [day for part in self.parts for day in part.at]
        if not days or min(days) < 0.0:
            raise EventError("doses in turn begin on day 0 or later, and there is one", where="at", given=days)

    @property
    def compound(self) -> Compound:
        """The first drug on file; company has a file of its own and is not one.

        **Raises:** `EventError` when all that is given is company.
        """
        return next(part for part in self.parts if not part.beside or part is self.parts[-1]).regimen.compound

    @property
    def drug(self) -> str:
        """The drugs, in words."""
        return ", ".join(dict.fromkeys(part.drug for part in self.parts))

    @property
    def dose(self) -> str:
        """The doses, in words."""
        return ", ".join(dict.fromkeys(part.dose for part in self.parts))

    @property
    def beside(self) -> tuple[str, ...]:
        """The drugs that are company."""
        return tuple(dict.fromkeys(part.drug for part in self.parts if part.beside))
