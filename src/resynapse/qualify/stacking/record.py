"""Explanations weighed, as plain data for JSON: weights, how much they hang on which studies, averages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...calibrate.posterior import calibration
from ...calibrate.questions.likelihood import blind
from ...calibrate.questions.question import questions
from ...calibrate.stages.clinic.rivals.rival import run_of
from ..exam.exam import DRAWS, named
from .average import LEVEL, Averaged, averaged
from .clinic.foretold import Foretold, foretold
from .clinic.judging import Wish, judging
from .densities import Densities, answered, changing, densities, judged, on_file
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
FEW = "A dozen explanations are weighed by some thirty studies: the weights are wide, and a study more may turn them."
ANSWERS = "They weigh explanations against each other. A high weight says nothing about whether any of them is true."


@dataclass(frozen=True)
class Parts:
    """What judges: rows of the mechanism, those of them where something was seen to change, and trials in people."""

    mechanism: Densities
    changed: Densities
    clinic: Densities

    @property
    def joined(self) -> Densities:
        """Mechanism rows and trials together."""
        return self.mechanism.joined(self.clinic)

    @property
    def alone(self) -> Mapping[str, Densities]:
        """Each by itself."""
        return {"mechanism": self.mechanism, "clinic": self.clinic}


def weighed(seed: int = 1, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Explanations weighed by rows and trials that were not fitted, with averages of predictions.

    **Raises:** `RequestError` when posterior draws of an explanation, or its answers about trials, are missing or out
    of date.
    """
    said = foretold()
    answers = answered(tell=tell)
    parts = Parts(densities(judged(), answers), densities(changing(judged()), answers), said.densities())
    courses = relief(parts.joined.names, on_file(), tell=tell)
    return record(parts, courses, said, seed) | {"runs": runs(said.names)}


def record(parts: Parts, courses: Mapping[str, Floats], said: Foretold, seed: int = 1) -> dict[str, Any]:
    """The whole comparison from densities, and from what each explanation predicts.

    **Arguments:** `courses` (draws x hours) are of one infusion, by explanation.
    """
    found = parts.joined
    weights = stacked(found.logs)
    by_name = dict(zip(found.names, weights, strict=True))
    return {
        "draws": DRAWS,
        "seed": seed,
        "hypotheses": _hypotheses(parts, seed),
        "not_weighed": dict(found.left),
        "studies": _studies(parts, weights),
        "scores": scores(found.logs, found.names),
        "alone": {kind: _alone(one, seed) for kind, one in parts.alone.items()},
        "prediction": prediction(averaged(courses, by_name), courses),
        "clinical": clinical(said, by_name),
        "doubt": {n: max(said.se[n].values()) for n in said.names},
        "notes": [JUDGES_NOT, FEW, ANSWERS],
    }


def runs(names: Iterable[str]) -> dict[str, Any]:
    """How each explanation's calibration on the clinic's rows went."""
    found = {n: calibration(run_of(n)) for n in names}
    return {
        n: {
            "run": one.name,
            "digest": one.digest,
            "fitted": len(one.record.more["picked"]),
            "cpu_seconds": one.record.more["cpu_seconds"],
            **{k: one.record.more["settled"][k] for k in ("pareto_k", "effective_draws", "put_right")},
            **{k: one.record.more["bridge"][k] for k in ("unknowns", "worst_rhat_of_groups", "normal_law_pareto_k")},
        }
        for n, one in found.items()
    }


def _alone(found: Densities, seed: int) -> dict[str, Any]:
    """Weights and scores by one kind of evidence alone."""
    low, high = _ends(found.logs, seed)[[0, 2]]
    each = zip(found.names, stacked(found.logs), low, high, found.logs.sum(axis=0), strict=True)
    return {
        "studies": len(found.studies),
        "scores": scores(found.logs, found.names),
        "hypotheses": {
            n: {"weight": float(w), "low": float(a), "high": float(b), "log_score": float(total)}
            for n, w, a, b, total in each
        },
    }


def _ends(logs: Floats, seed: int) -> Floats:
    again = bootstrapped(logs, seed, TIMES)
    return np.asarray(np.quantile(again, [(1.0 - LEVEL) / 2.0, 0.5, (1.0 + LEVEL) / 2.0], axis=0))


def _hypotheses(parts: Parts, seed: int) -> dict[str, Any]:
    found, changed = parts.joined, parts.changed.joined(parts.clinic)
    weights, other = stacked(found.logs), pseudo_bma(found.logs, seed, TIMES)
    left = dict(zip(changed.names, stacked(changed.logs), strict=True))
    alone = {kind: dict(zip(d.names, stacked(d.logs), strict=True)) for kind, d in parts.alone.items()}
    again, ends = bootstrapped(found.logs, seed, TIMES), _ends(found.logs, seed)
    claims = {c.name: c.claim for c in named(found.names)}
    return {
        name: {
            "claim": claims[name],
            "weight": float(weights[k]),
            "low": float(ends[0, k]),
            "middle": float(ends[1, k]),
            "high": float(ends[2, k]),
            "ever": float((again[:, k] > 0.01).mean()),
            "changed": float(left.get(name, 0.0)),
            **{kind: float(one.get(name, 0.0)) for kind, one in alone.items()},
            "pseudo_bma": float(other[k]),
            "log_score": float(found.logs[:, k].sum()),
        }
        for k, name in enumerate(found.names)
    }


def _studies(parts: Parts, weights: Floats) -> list[dict[str, Any]]:
    found = parts.joined
    fair, average = left_out(found.logs), mixed(found.logs, weights)
    return [
        {
            "study": study,
            "kind": "mechanism" if study in parts.mechanism.studies else "clinic",
            "rows": list(found.rows[i]),
            "best": found.names[int(found.logs[i].argmax())],
            "average": float(average[i]),
            "left_out": float(fair.scores[i]),
            "blind": _blind(found.rows[i]),
            "log_density": {n: float(v) for n, v in zip(found.names, found.logs[i], strict=True)},
        }
        for i, study in enumerate(found.studies)
    ]


def clinical(said: Foretold, weights: Mapping[str, float]) -> dict[str, Any]:
    """Predictions on the clinical scale, averaged, with their bands."""
    return {w.name: _averaged(w, said.draws(w.name), weights) for w in judging().wishes}


def _averaged(wish: Wish, draws: Mapping[str, Floats], weights: Mapping[str, float]) -> dict[str, Any]:
    found = averaged(draws, weights)
    equal = averaged(draws, dict.fromkeys(weights, 1.0))
    return {
        "words": wish.words,
        "unit": wish.row.unit,
        "seen": wish.seen,
        "level": LEVEL,
        **_banded(found),
        "equal": _banded(equal),
        "hypotheses": {n: _spread(draws[n][:, 0]) for n in weights},
    }


def _banded(found: Averaged) -> dict[str, Any]:
    pairs = {"band": (found.low, found.high), "within": found.inside, "between": found.across, "apart": found.apart}
    return {
        "mean": float(found.mean[0]),
        "sd_within": float(np.sqrt(found.within[0])),
        "sd_between": float(np.sqrt(found.between[0])),
        "share": float(found.share[0]),
        **{name: [float(low[0]), float(high[0])] for name, (low, high) in pairs.items()},
    }


def _spread(values: Floats) -> dict[str, float]:
    low, high = np.quantile(values, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def _blind(rows: tuple[str, ...]) -> float | None:
    """The log score of somebody who finds every word equally likely; none where a row is a size, or of a trial."""
    each = [blind(q.seen) for q in questions() if q.id in rows]
    return None if None in each or len(each) < len(rows) else float(sum(e for e in each if e is not None))


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
