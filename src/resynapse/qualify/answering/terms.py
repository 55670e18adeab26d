"""On which terms a claim is asked: how many draws of values or of people, which seed, which population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...core.errors import RequestError
from ...person.population import population

DRAWS, FEWEST, MOST = 200, 20, 5000
MOST_PEOPLE = 100_000


@dataclass(frozen=True)
class Terms:
    """What the asker chose; `None` leaves it to the claim.

    **Arguments:** `draws` are draws of the values that the parameter sets doubt; `people` and `population` say who is
    drawn, where a claim is about people; `seed` fixes both; `tell` is told what is being done.

    **Raises:** `RequestError` for too few or too many draws or people, or a negative seed.
    """

    draws: int | None = None
    seed: int = 1
    people: int | None = None
    population: str | None = None
    tell: Callable[[str], None] = field(default=lambda _: None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.draws is not None and not FEWEST <= self.draws <= MOST:
            allowed = f"{FEWEST} to {MOST}"
            raise RequestError("this number of draws gives no band", where="--draws", given=self.draws, allowed=allowed)
        if self.people is not None and not FEWEST <= self.people <= MOST_PEOPLE:
            allowed = f"{FEWEST} to {MOST_PEOPLE:,}"
            raise RequestError("so many people are not drawn", where="--people", given=self.people, allowed=allowed)
        if self.seed < 0:
            raise RequestError("a seed is a whole number from 0 up", where="--seed", given=self.seed)

    @property
    def count(self) -> int:
        """How many draws of values."""
        return DRAWS if self.draws is None else self.draws

    def within(self, id: str, allowed: tuple[str, ...]) -> Terms:
        """The same terms, when the claim understands all of them.

        **Raises:** `RequestError` naming the words that it does understand, or for a population of animals.
        """
        given = {w: getattr(self, w) for w in ("draws", "people", "population")}
        for word, value in given.items():
            if value is not None and word not in allowed:
                raise RequestError(
                    f"claim {id} is not asked of {_OF[word]}",
                    where=f"--{word}",
                    given=value,
                    allowed=[f"--{w}" for w in (*allowed, "seed")],
                )
        if self.population is not None and population(self.population).species != "human":
            then = "name a population of people (`resynapse populations`)"
            raise RequestError("this claim is about people", where="--population", given=self.population, then=then)
        return self


_OF = {"draws": "drawn values", "people": "drawn people", "population": "a population"}
