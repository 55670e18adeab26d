"""The posterior on file: draws of every explanation, and whether they still fit today's values and questions.

`posterior.npz` holds scores in thousandths (draw x moved address, by explanation), `posterior.json` what they stand
for: addresses, the questions that conditioned, seed, diagnostics, and a digest of everything that they hang on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...calibrate.inference.prior import uncertain
from ...calibrate.questions.draws import OPEN, Draws, Scores
from ...calibrate.questions.likelihood import DISCREPANCY, NOISE, RELIABLE, WIDER, asked_of
from ...calibrate.questions.question import Question
from ...calibrate.questions.room import room
from ...calibrate.questions.sitting import Candidate
from ...core.errors import RequestError, ResynapseError
from ...core.parameter import Species
from .posterior import KEPT, Conditioned

Floats = NDArray[np.float64]
Record = Mapping[str, Any]
FOLDER = Path(__file__).parent
_SPECIES: tuple[Species, ...] = ("human", "rat", "mouse")
_THOUSANDTHS = 1000.0
_SAME = 1e-3
"""How far the log-likelihood at the typical values may differ between machines."""


@dataclass(frozen=True)
class Posterior:
    """What lies on file: scores by explanation and address, and its record."""

    scores: Mapping[str, Scores]
    record: Record

    def told(self, name: str) -> Record:
        """What is said about one explanation, with the mean weight of every open drive and how often it is on."""
        weights = {a.removeprefix(OPEN): np.maximum(v, 0.0) for a, v in self.scores[name].items() if a.startswith(OPEN)}
        open_drives = {n: {"mean": float(w.mean()), "on": float((w > 0).mean())} for n, w in weights.items()}
        return {**self.record["hypotheses"][name], "drives": open_drives}


def digest(who: Candidate, asked: Iterable[Question], seed: int) -> str:
    """The hash of what the draws of one candidate hang on: its values, their ranges, the questions, the likelihood."""
    made = hashlib.sha256(f"{RELIABLE} {NOISE} {DISCREPANCY} {WIDER} {seed}".encode())
    for line in (*_values(who), *_questions(asked)):
        made.update(line.encode())
    return made.hexdigest()[:16]


def _values(who: Candidate) -> Iterator[str]:
    yield f"{sorted(who.chosen.items())} {who.drives}"
    for species in _SPECIES:
        try:
            chain = who.make(species)
        except ResynapseError:
            continue
        own = chain.parameters
        yield from (f"{a} {float(own[a]):.6g}" for a in sorted(own) if not a.endswith("_ref") and np.ndim(own[a]) == 0)
        yield from (
            f"{u.address} {u.entry.value} {u.entry.range} {u.entry.error} {u.factor:.6g}" for u in uncertain(chain)
        )


def _questions(asked: Iterable[Question]) -> Iterator[str]:
    for q in asked:
        yield f"{q.id} {q.seen} {q.asked.model_dump_json()}"


def keep(who: Candidate, own: Conditioned, questions: tuple[Question, ...], seed: int, folder: Path) -> None:
    """Write the draws of one explanation into a folder, beside those of others that lie there already."""
    there = read(folder)
    scores = dict(there.scores) if there else {}
    told = dict(there.record["hypotheses"]) if there else {}
    scores[who.name] = dict(zip(own.addresses, own.scores.T, strict=True))
    told[who.name] = {**_told(own), **_marks(who, questions, seed)}
    arrays = {n: _packed(np.stack([*s.values()], axis=1)) for n, s in scores.items() if s}
    np.savez_compressed(folder / "posterior.npz", allow_pickle=False, **arrays)
    kept = {"seed": seed, "draws": KEPT, "hypotheses": dict(sorted(told.items()))}
    (folder / "posterior.json").write_text(json.dumps(kept, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _packed(scores: Floats) -> NDArray[np.int16]:
    return np.round(scores * _THOUSANDTHS).astype(np.int16)


def _marks(who: Candidate, questions: tuple[Question, ...], seed: int) -> dict[str, Any]:
    """By what the draws are known again."""
    here = room(who, questions, seed)
    return {
        "digest": digest(here.who, asked_of(questions), seed),
        "typical_log_likelihood": here.typical,
        "conditioned_on": [q.id for q in here.asked],
    }


def _told(own: Conditioned) -> dict[str, Any]:
    s = own.sample
    return {
        "addresses": list(own.addresses),
        "unmoved": len(own.unmoved),
        "converged": own.converged,
        "islands": list(s.logs.shape),
        "powers": [round(p, 4) for p in s.powers],
        "least_effective_share": round(s.least, 4),
        "accepted": round(s.accepted, 4),
        "memory": round(s.memory, 4),
        "disagreement": round(own.disagreement, 4),
        "row_gap": round(own.row_gap, 4),
        "log_evidence": [round(e, 3) for e in s.evidence],
        "log_likelihood": round(float(s.logs.mean()), 3),
        "widths": {a: round(v, 3) for a, v in own.widths.items()},
        "shifts": {a: round(v, 3) for a, v in own.shifts.items()},
    }


def read(folder: Path = FOLDER) -> Posterior | None:
    """The posterior in a folder, or nothing where none lies there."""
    if not (folder / "posterior.json").exists():
        return None
    record = json.loads((folder / "posterior.json").read_text(encoding="utf-8"))
    with np.load(folder / "posterior.npz") as arrays:
        kept = {name: arrays[name] / _THOUSANDTHS for name in arrays.files}
    scores = {
        name: dict(zip(told["addresses"], kept[name].T if name in kept else (), strict=True))
        for name, told in record["hypotheses"].items()
    }
    return Posterior(scores, record)


def stale(kept: Posterior | None, who: Candidate, questions: tuple[Question, ...]) -> str:
    """Why the draws on file do not belong to a candidate's values and questions of today; empty when they do."""
    if kept is None or who.name not in kept.scores:
        return "no posterior draws of it are on file"
    told = kept.told(who.name)
    if digest(who, asked_of(questions), kept.record["seed"]) != told["digest"]:
        return "its values, their ranges or the questions have changed since its posterior was drawn"
    return ""


def unfit(kept: Posterior | None, who: Candidate, questions: tuple[Question, ...]) -> str:
    """Why the draws on file cannot be used for a candidate today, its answers included; empty when they can."""
    reason = stale(kept, who, questions)
    if reason or kept is None:
        return reason
    here, told = room(who, questions, kept.record["seed"]), kept.told(who.name)
    same = [q.id for q in here.asked] == told["conditioned_on"]
    if same and abs(here.typical - told["typical_log_likelihood"]) <= _SAME:
        return ""
    return "its chain answers otherwise than when its posterior was drawn"


def posterior_draws(kept: Posterior, name: str, draws: Draws) -> Draws:
    """As many posterior draws of one explanation; what no build question moves keeps its prior.

    **Raises:** `RequestError` when more are asked for than lie on file.
    """
    most = kept.record["draws"]
    if len(draws.people) > most:
        raise RequestError(
            "so many posterior draws are not on file",
            given=len(draws.people),
            allowed=f"up to {most}",
            then="ask for fewer, or for prior draws",
        )
    return Draws(draws.people, draws.seed, kept.scores[name])
