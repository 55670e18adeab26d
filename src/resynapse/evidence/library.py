"""The evidence library: every observation, which of them may tune the model, and which may only judge it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..core.errors import EvidenceError, nearest
from .reading import read_library
from .study import Observation, Role, Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Library:
    """A set of observations, the whole library or a part of it."""

    observations: tuple[Observation, ...]

    def __len__(self) -> int:
        """Number of observations."""
        return len(self.observations)

    def __iter__(self) -> Iterator[Observation]:
        """The observations in the order of their files."""
        return iter(self.observations)

    @cached_property
    def studies(self) -> tuple[Study, ...]:
        """The studies of these observations, each once."""
        return tuple({o.study.where: o.study for o in self}.values())

    @property
    def build(self) -> Library:
        """What calibration may open; the verify observations are not in it."""
        return self._role("build")

    @property
    def verify(self) -> Library:
        """What may only judge a finished model."""
        return self._role("verify")

    def select(self, **wanted: str | Iterable[str] | None) -> Library:
        """The observations that match every given word.

        **Arguments:** `endpoint`, `quantity`, `statistic`, `study`, `role`, `species`, `drug`, `route`, `mark`,
        `arm`; each one word or several, of which one must match.

        **Raises:** `EvidenceError` for an unknown filter, or a word that occurs nowhere in this library.
        """
        chosen = self.observations
        for name, words in wanted.items():
            if words is not None:
                chosen = self._matching(chosen, name, {words} if isinstance(words, str) else set(words))
        return Library(chosen)

    def overlaps(self) -> dict[str, tuple[Study, ...]]:
        """Groups of studies that share people, each group to be counted once."""
        groups: dict[str, list[Study]] = {}
        for study in self.studies:
            for group in study.overlap:
                groups.setdefault(group, []).append(study)
        return {group: tuple(members) for group, members in sorted(groups.items()) if len(members) > 1}

    def shared_between_roles(self) -> dict[str, tuple[Study, ...]]:
        """Overlap groups, or single studies, that stand on both sides: their verify rows are not a blind test."""
        roles: dict[str, set[str]] = {}
        for o in self:
            for group in o.study.overlap or (o.study.where,):
                roles.setdefault(group, set()).add(o.role)
        mixed = sorted(group for group, both in roles.items() if len(both) > 1)
        return {g: tuple(s for s in self.studies if g in (s.overlap or (s.where,))) for g in mixed}

    def records(self) -> list[dict[str, Any]]:
        """One flat JSON-able row for each observation."""
        return [o.record() for o in self]

    def frame(self) -> pd.DataFrame:
        """One row for each observation, as a pandas table."""
        import pandas as pd

        return pd.DataFrame(self.records())

    def _role(self, role: Role) -> Library:
        return Library(tuple(o for o in self if o.role == role))

    def _matching(self, among: tuple[Observation, ...], name: str, words: set[str]) -> tuple[Observation, ...]:
        if name not in _FILTERS:
            raise EvidenceError(
                "this is not a filter of the evidence library",
                given=name,
                allowed=sorted(_FILTERS),
                nearest=nearest(name, _FILTERS),
            )
        known = {word for o in self for word in _words(o, name)}
        for word in sorted(words - known):
            raise EvidenceError(
                f"no observation has this {name}",
                given=word,
                allowed=sorted(known) if len(known) <= _FEW else f"{len(known)} words",
                nearest=nearest(word, known),
                then=f"`resynapse evidence --json` shows every {name}",
            )
        return tuple(o for o in among if words & _words(o, name))


_FEW = 12  # words that a refusal can list
_FILTERS = ("endpoint", "quantity", "statistic", "study", "role", "species", "drug", "route", "mark", "arm")


def _words(o: Observation, name: str) -> set[str]:
    if name in ("endpoint", "species"):
        value = getattr(o.study, name)
    elif name in ("drug", "route"):
        value = getattr(o.arm, name)
    else:
        value = {"study": o.study.name, "arm": o.arm.name}.get(name) or getattr(o, name)
    return {value} if isinstance(value, str) else set(value)


@cache
def library() -> Library:
    """Everything that was entered, read and checked once.

    **Raises:** `EvidenceError` when an observation is incomplete or its source is unknown.
    """
    return Library(read_library(files(__package__) / "data"))
