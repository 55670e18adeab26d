"""The people that a parameter set was built on, and what is said when somebody lies outside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from .errors import RequestError

Range = tuple[float, float]
_UNITS = {"weight": "kg", "age": "years"}


class Population(BaseModel):
    """Whom a parameter set was built on.

    **Arguments:** `people` says who they were; `weight` (kg) and `age` (years) are the ranges that were studied;
    `refused_outside` are wider ranges beyond which the set would mislead and is refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    people: str
    where: str
    source: str
    weight: Range | None = None
    age: Range | None = None
    refused_outside: Mapping[str, Range] = {}
    note: str | None = None

    def remarks(self, who: str, covariates: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
        """One remark for each covariate by which some of the people lie outside those studied.

        **Arguments:** `who` names the room and the set; `covariates` are those of every person, where known.

        **Raises:** `RequestError` when somebody lies beyond what is refused.
        """
        studied = {"weight": self.weight, "age": self.age}
        for name, bounds in self.refused_outside.items():
            self._refuse(who, name, bounds, [c[name] for c in covariates if name in c])
        return tuple(
            f"{who} was built on {self.people}, {name} {_words(name, bounds)}: {far} of {len(covariates)} simulated "
            f"{'person' if len(covariates) == 1 else 'people'} outside" + (f" ({self.note})" if self.note else "")
            for name, bounds in studied.items()
            if bounds and (far := sum(not _inside(c[name], bounds) for c in covariates if name in c))
        )

    def _refuse(self, who: str, name: str, bounds: Range, values: Sequence[float]) -> None:
        for value in values:
            if not _inside(value, bounds):
                raise RequestError(
                    f"{who} says nothing about this person: it was built on {self.people}",
                    where=name,
                    given=_words(name, (value, value)),
                    allowed=_words(name, bounds),
                    then=self.note or "choose another theory (`--body`)",
                )


def _inside(value: float, bounds: Range) -> bool:
    return bounds[0] <= value <= bounds[1]


def _words(name: str, bounds: Range) -> str:
    low, high = bounds
    numbers = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"{numbers} {_UNITS.get(name, '')}".strip()
