"""Trials of steps: people live through one course after another, and who is not well enters the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import stats

from ..core.errors import RequestError
from ..core.source import bibliography
from ..person import population
from ..person.lived import lived
from ..person.lived.beliefs import facts
from ..person.lived.sequence import Sequence, stard
from ..trial.design import Design
from ..trial.design.published import printed

_SHARES = (0.5, 0.9)
_NOTES = (
    "for research; not medical advice",
    "the tablets, weeks and side effects are those of the sequence on file; rules of entry on a score are not asked",
    "remission is QIDS of 5 or less; natural course and hope were fitted to these very steps (role build)",
)


def run_steps(design: Design, people: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """A trial of steps as plain data: who entered each step, who remitted, and what was printed of it.

    **Raises:** `RequestError` where the design gives what the sequence on file does not hold.
    """
    sequence = stard()
    check_sequence(design, sequence)
    lives = lived(population(design.population), people, seed, sequence, tell)
    steps = [_step(lives, k, arm) for k, arm in enumerate(design.arms)]
    return {
        "design": design.name,
        "title": design.title,
        "seed": seed,
        "bank": {"people": people, "population": design.population},
        "steps": steps,
        "published": _beside(design, steps),
        "notes": list(_NOTES),
    }


def check_sequence(design: Design, sequence: Sequence) -> None:
    """Refuse steps of which the sequence on file knows nothing.

    **Raises:** `RequestError` naming the step and the drugs.
    """
    if len(design.arms) > len(sequence.steps):
        raise RequestError("more steps than the sequence on file", given=len(design.arms), allowed=len(sequence.steps))
    for arm, step in zip(design.arms, sequence.steps, strict=False):
        drugs = set(arm.background.drugs if arm.background else ())
        if not drugs <= set(step.drugs) or arm.regimens:
            then = "steps of other drugs are not simulated"
            raise RequestError("the sequence on file gives other tablets", where=arm.name, given=drugs, then=then)


def _step(lives: Any, k: int, arm: Any) -> dict[str, Any]:
    entered, remitted = lives.entered[:, k], lives.remitted[:, k] & lives.entered[:, k]
    n, came = int(entered.sum()), int(remitted.sum())
    share = came / n if n else float("nan")
    low = {f"{round(100 * s)}": predicted(came, n, arm.n, s) for s in _SHARES}
    error = float(np.sqrt(share * (1.0 - share) / n)) if n else None
    return {
        "arm": arm.name,
        "entered": n,
        "remitted": came,
        "share": share,
        "error": error,
        "n": arm.n,
        "interval": low,
    }


def predicted(came: int, n: int, people: int, share: float) -> tuple[float, float]:
    """Where the share of so many other people lies with this chance: beta-binomial, Jeffreys' prior."""
    law = stats.betabinom(people, came + 0.5, n - came + 0.5)
    low, high = law.interval(share)
    return float(low / people), float(high / people)


def lived_assumptions() -> Iterator[dict[str, Any]]:
    """What steps take for granted besides the chain, in the form in which every run tells its assumptions."""
    for name, fact in facts().items():
        if fact.origin == "assumed_here":
            low, high = fact.range or (None, None)
            known = {"address": f"lived.{name}", "value": fact.value, "unit": fact.unit}
            yield {**known, "low": low, "high": high, "note": fact.note, "source": fact.source}


def lived_sources(design: Design) -> Iterator[dict[str, Any]]:
    """What a design of steps, what was published of it, and what is known of courses rest on."""
    published = (one.observation.study.source for one in printed(design))
    keys = [design.source, *published, *(fact.source for fact in facts().values())]
    for key in dict.fromkeys(k for k in keys if k):
        found = bibliography()[key]
        yield {"key": found.key, "text": found.text, "url": found.url}


def _beside(design: Design, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by = {one["arm"]: one for one in steps}
    return [
        {
            "endpoint": one.endpoint,
            "of": list(one.of),
            "value": one.observation.value,
            "role": one.observation.role,
            "predicted": by[one.of[0]]["share"],
            "interval": by[one.of[0]]["interval"],
        }
        for one in printed(design)
    ]
