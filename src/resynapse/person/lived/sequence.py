"""A sequence of steps: which drugs are offered when, and how many people cannot bear them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ...compound.antidepressant import antidepressant
from ...compound.fact import Fact, read_fact
from ...core.errors import RequestError


@dataclass(frozen=True)
class Step:
    """One step: `options` are drugs, or drugs together, offered to equal shares; `stopped` is the share that stops."""

    name: str
    options: tuple[tuple[str, ...], ...]
    stopped: Fact

    @property
    def drugs(self) -> tuple[str, ...]:
        """Every drug of the step, once."""
        return tuple(dict.fromkeys(drug for option in self.options for drug in option))


@dataclass(frozen=True)
class Sequence:
    """Steps of `weeks` weeks each, after `before` weeks without a drug."""

    steps: tuple[Step, ...]
    weeks: int
    before: int

    def __post_init__(self) -> None:
        for name in (drug for step in self.steps for drug in step.drugs):
            antidepressant(name)
        if not self.steps or self.weeks < 1 or self.before < 0 or not all(s.options for s in self.steps):
            raise RequestError("a sequence needs steps of at least a week, each with a drug", given=self.steps)

    @property
    def all_weeks(self) -> int:
        """Weeks from the beginning to the end of the last step."""
        return self.before + self.weeks * len(self.steps)


@cache
def stard() -> Sequence:
    """The four steps of the sequenced treatment trial STAR*D, as far as tablets alone carry them."""
    raw = tomllib.loads((files(__package__) / "sequence.toml").read_text(encoding="utf-8"))
    return Sequence(tuple(_step(table) for table in raw["step"]), raw["course"]["weeks"], raw["course"]["before"])


def _step(table: dict[str, object]) -> Step:
    options = tuple(tuple(option) for option in table["options"])  # type: ignore[attr-defined]
    return Step(str(table["name"]), options, read_fact(table["stopped"], f"sequence.toml: {table['name']}"))  # type: ignore[arg-type]
