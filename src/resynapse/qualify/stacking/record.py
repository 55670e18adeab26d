"""Explanations weighed, as plain data for JSON: weights, how much they hang on which studies, averages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...calibrate.questions.likelihood import blind
from ...calibrate.questions.question import questions
from ..exam.exam import DRAWS, named
from .average import LEVEL, Averaged, averaged
from .densities import Densities, mechanism, on_file
from .predictions import HOURS, INFUSION, PORT, relief
from .weights import bootstrapped, left_out, mixed, pseudo_bma, stacked

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
TIMES = 1000
"""How often the studies are drawn anew."""

JUDGES_NOT = (
    "The weights were chosen on verify rows: these rows can no longer judge the average. Its fair score is the one "
    "with each study left out in turn."
)
FEW = "A dozen explanations are weighed by some fifteen studies: the weights are wide, and a study more may turn them."
ANSWERS = "They weigh explanations against each other. A high weight says nothing about whether any of them is true."


def weighed(seed: int = 1, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Explanations weighed by mechanism rows that were not fitted, with the average of one prediction.

    **Raises:** `RequestError` when posterior draws of an explanation are missing or out of date.
    """
    found = mechanism(tell=tell)
    courses = relief(found.names, on_file(), tell=tell)
    return record(found, courses, seed)


def record(found: Densities, courses: Mapping[str, Floats], seed: int = 1) -> dict[str, Any]:
    """The whole comparison from densities, and from what each explanation predicts (draws x hours)."""
    weights = stacked(found.logs)
    by_name = dict(zip(found.names, weights, strict=True))
    return {
        "draws": DRAWS,
        "seed": seed,
        "hypotheses": _hypotheses(found, weights, seed),
        "not_weighed": dict(found.left),
        "studies": _studies(found, weights),
        "scores": scores(found.logs, found.names),
        "prediction": prediction(averaged(courses, by_name), courses),
        "notes": [JUDGES_NOT, FEW, ANSWERS],
    }


def _hypotheses(found: Densities, weights: Floats, seed: int) -> dict[str, Any]:
    again, other = bootstrapped(found.logs, seed, TIMES), pseudo_bma(found.logs, seed, TIMES)
    ends = np.quantile(again, [(1.0 - LEVEL) / 2.0, 0.5, (1.0 + LEVEL) / 2.0], axis=0)
    claims = {c.name: c.claim for c in named(found.names)}
    return {
        name: {
            "claim": claims[name],
            "weight": float(weights[k]),
            "low": float(ends[0, k]),
            "middle": float(ends[1, k]),
            "high": float(ends[2, k]),
            "ever": float((again[:, k] > 0.01).mean()),
            "pseudo_bma": float(other[k]),
            "log_score": float(found.logs[:, k].sum()),
        }
        for k, name in enumerate(found.names)
    }


def _studies(found: Densities, weights: Floats) -> list[dict[str, Any]]:
    fair, average = left_out(found.logs), mixed(found.logs, weights)
    return [
        {
            "study": study,
            "rows": list(found.rows[i]),
            "best": found.names[int(found.logs[i].argmax())],
            "average": float(average[i]),
            "left_out": float(fair.scores[i]),
            "blind": _blind(found.rows[i]),
            "log_density": {n: float(v) for n, v in zip(found.names, found.logs[i], strict=True)},
        }
        for i, study in enumerate(found.studies)
    ]


def _blind(rows: tuple[str, ...]) -> float | None:
    """The log score of somebody who finds every word equally likely; none where a row is a size."""
    each = [blind(q.seen) for q in questions() if q.id in rows]
    return None if None in each else float(sum(e for e in each if e is not None))


def scores(logs: Floats, names: tuple[str, ...]) -> dict[str, Any]:
    """Log scores of averages and of the best explanation alone: as chosen, and with each study left out in turn."""
    alone = logs.sum(axis=0)
    fair, equal = left_out(logs).scores, mixed(logs, np.full(logs.shape[1], 1.0 / logs.shape[1]))
    chosen = [int(np.delete(logs, i, axis=0).sum(axis=0).argmax()) for i in range(len(logs))]
    single = np.array([logs[i, k] for i, k in enumerate(chosen)])
    return {
        "average": float(mixed(logs, stacked(logs)).sum()),
        "average_left_out": float(fair.sum()),
        "equal": float(equal.sum()),
        "best": names[int(alone.argmax())],
        "best_alone": float(alone.max()),
        "best_left_out": float(single.sum()),
        "over_equal": _paired(fair - equal),
        "over_best": _paired(fair - single),
    }


def _paired(gain: Floats) -> dict[str, float]:
    """A sum of differences over studies with its standard error."""
    return {"sum": float(gain.sum()), "se": float(np.sqrt(len(gain)) * gain.std(ddof=1))}


def prediction(found: Averaged, courses: Mapping[str, Floats]) -> dict[str, Any]:
    """One averaged prediction as plain data."""
    return {
        "of": INFUSION.words,
        "port": PORT,
        "what": "relief: despair without the drug less despair with it (1 from depressed to well)",
        "level": LEVEL,
        "hours": list(HOURS),
        **{n: [float(v) for v in getattr(found, n)] for n in ("mean", "within", "between", "low", "high", "share")},
        "hypotheses": {n: [float(v) for v in c.mean(axis=0)] for n, c in courses.items()},
    }
