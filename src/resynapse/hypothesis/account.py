"""What a hypothesis is, as plain data: for the command line, the page and whoever reads JSON."""

from __future__ import annotations

from typing import Any

from ..core.source import source
from .drive import drives_of
from .hypothesis import Hypothesis, Prediction
from .library import hypotheses


def hypothesis_records() -> list[dict[str, Any]]:
    """Every hypothesis on file in one line each."""
    return [
        {
            "name": h.name,
            "claim": h.claim,
            "species": h.species,
            "predicts": len(h.predicts),
            "unmet": sum(bool(p.unmet) for p in h.predicts),
            "sources": h.sources,
        }
        for h in hypotheses()
    ]


def hypothesis_record(h: Hypothesis) -> dict[str, Any]:
    """Everything about one hypothesis: claim, wiring, predictions, what would count against it, sources."""
    keys = dict.fromkeys([*h.sources, *(p.source for p in h.predicts)])
    return {
        "name": h.name,
        "claim": h.claim,
        "species": list(h.species),
        "differs": [{"what": k, "default": old, "here": new} for k, (old, new) in h.differences(h.species[0]).items()],
        "drives": drives_of(h.prior(h.species[0])),
        "predicts": [_predicted(p) for p in h.predicts],
        "against": list(h.against),
        "remark": h.remark,
        "sources": [{"key": key, "text": source(key).text, "url": source(key).url} for key in keys],
    }


def _predicted(p: Prediction) -> dict[str, Any]:
    return {
        "prediction": p.words,
        "port": p.port,
        "direction": p.direction,
        "hours": list(p.hours),
        "species": p.experiment.species,
        "observed": p.observed,
        "source": p.source,
        "delivered": not p.unmet,
        "unmet": p.unmet,
    }
