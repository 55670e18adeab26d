"""What each calibrated explanation says of the trials that judge: densities of studies, and wished predictions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ....calibrate.posterior import Posterior, calibration, calibrations
from ....calibrate.stages.clinic.foreseen import Foreseen, foreseen
from ....calibrate.stages.clinic.rivals.rival import DEFAULT, known, rival, run_of
from ....core.errors import RequestError
from ..densities import Densities
from .judging import Judging, Wish, judging

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
FILE = Path(__file__).parent / "foretold.json"
DRAWS, PEOPLE, STUDIES, SEED = 160, 96, 48, 1
"""Posterior draws, people of each population, studies drawn anew at every draw, seed."""
_QUANTILES = (0.05, 0.5, 0.95)
_THEN = "python -m resynapse.qualify.stacking.clinic"


@dataclass(frozen=True)
class Foretold:
    """What explanations say, by name.

    **Arguments:** `logs` are log predictive densities by unit with their Monte Carlo errors `se`; `rows` the bands
    (5, 50, 95 %) of every row in a study like it, sampling noise left out; `wishes` draws of each prediction.
    """

    logs: Mapping[str, Mapping[str, float]]
    se: Mapping[str, Mapping[str, float]]
    rows: Mapping[str, Mapping[str, tuple[float, ...]]]
    wishes: Mapping[str, Mapping[str, Floats]]

    @property
    def names(self) -> tuple[str, ...]:
        """The explanations."""
        return tuple(self.logs)

    def densities(self) -> Densities:
        """Densities of the clinical studies."""
        asked = judging()
        rows = {u: tuple(r.id for r in asked.rows if r.study in studies) for u, studies in asked.units.items()}
        logs = np.array([[self.logs[n][u] for n in self.names] for u in asked.units])
        return Densities(self.names, tuple(asked.units), tuple(rows.values()), logs, {})

    def draws(self, wish: str) -> dict[str, Floats]:
        """Draws (draws x 1) of a prediction by explanation."""
        return {n: np.asarray(self.wishes[n][wish])[:, None] for n in self.names}


def foretell(name: str, found: Posterior, asked: Judging) -> dict[str, Any]:
    """What one explanation says, as plain data."""
    seen = _ready().under(rival(name).chain, found, DRAWS, SEED)
    by_study = seen.log_densities(STUDIES, SEED)
    units = {u: sum(by_study[s] for s in studies) for u, studies in asked.units.items()}
    anew, mean = seen.anew(2, SEED + 1), seen.typical()
    return {
        "run": found.digest,
        "asked": asked.digest,
        "logs": {u: round(_mean(np.asarray(one)), 4) for u, one in units.items()},
        "se": {u: round(_error(np.asarray(one)), 4) for u, one in units.items()},
        "rows": {_key(r): _band(anew[:, :, k]) for k, r in enumerate(asked.rows)},
        "wishes": {w.name: _short(_wished(seen, w, anew[0], mean)) for w in asked.wishes},
    }


@cache
def _ready() -> Foreseen:
    """The arms under the default chain, whose sessions feel alike under all: compiled once."""
    return foreseen(rival(DEFAULT).chain, _one(), judging().told, (1, PEOPLE), SEED)


def _one() -> Posterior:
    """Any calibration of the stage: it says which values there are."""
    return next(calibration(run_of(n)) for n in known() if run_of(n) in calibrations())


def refresh(names: Iterable[str] = (), file: Path = FILE, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Ask every explanation that is calibrated and whose answers on file are not of today; each is kept at once."""
    asked, kept = judging(), _read(file)
    for name in tuple(names) or known():
        if run_of(name) not in calibrations():
            tell(f"{name}: not calibrated")
            continue
        found = calibration(run_of(name))
        if (kept.get(name, {}).get("run"), kept.get(name, {}).get("asked")) == (found.digest, asked.digest):
            tell(f"{name}: on file")
            continue
        tell(f"{name}: {DRAWS} draws of {PEOPLE} people under {len(asked.told.regimens)} regimens")
        kept[name] = foretell(name, found, asked)
        file.write_text(json.dumps({n: kept[n] for n in known() if n in kept}) + "\n", encoding="utf-8")
    return kept


def foretold(file: Path = FILE) -> Foretold:
    """The answers on file.

    **Raises:** `RequestError` when there are none, or some are of another run or of other rows than today's.
    """
    kept, asked = _read(file), judging()
    if not kept:
        raise RequestError("no explanation has been asked about the trials that judge", then=_THEN)
    stale = [n for n, one in kept.items() if (one["run"], one["asked"]) != (_digest(n), asked.digest)]
    if stale:
        raise RequestError("answers about the trials that judge are out of date", given=stale, then=_THEN)
    return Foretold(
        {n: one["logs"] for n, one in kept.items()},
        {n: one["se"] for n, one in kept.items()},
        {n: one["rows"] for n, one in kept.items()},
        {n: {w: np.array(v) for w, v in one["wishes"].items()} for n, one in kept.items()},
    )


def answered_by(file: Path = FILE) -> dict[str, str]:
    """The runs whose answers are on file, by explanation: they say which answers these are."""
    return {name: one["run"] for name, one in _read(file).items()}


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _digest(name: str) -> str:
    return calibration(run_of(name)).digest if run_of(name) in calibrations() else "none"


def _wished(seen: Foreseen, wish: Wish, anew: Floats, mean: Floats) -> Floats:
    """Draws of one prediction: of the mean trial, or of one trial with the chance of who is in it."""
    place = [row.id for row in seen.told.rows].index(wish.row.id)
    if wish.typical:
        return mean[:, place]
    return anew[:, place] + wish.row.sd * np.random.default_rng(SEED).standard_normal(len(anew))


def _mean(logs: Floats) -> float:
    return float(logsumexp(logs) - np.log(len(logs)))


def _error(logs: Floats) -> float:
    """The Monte Carlo error of the log of a mean of densities."""
    dense = np.exp(logs - logs.max())
    return float(dense.std(ddof=1) / dense.mean() / np.sqrt(len(dense)))


def _band(values: Floats) -> list[float]:
    return [round(float(q), 3) for q in np.quantile(values, _QUANTILES)]


def _short(values: Floats) -> list[float]:
    return [float(f"{v:.4g}") for v in values]


def _key(row: Any) -> str:
    return f"{row.id} {row.reads}"
