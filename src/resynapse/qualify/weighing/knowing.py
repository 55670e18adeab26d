"""What is not known of the typical person, as draws: a calibration where one is on file, else what the files doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...calibrate.posterior import PLACEBO, RUNS, SPREAD, Posterior, calibration, calibrations, merged
from ...core.chain import Chain
from ..answering.doubt import drawn

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Known:
    """Draws of equal weight.

    **Arguments:** `values` by address of the chain (one a draw, in the stage's unit); `spreads` by address, standard
    deviations between people on the normal scale; `placebo` by field of the measured score; `words` say where the
    draws come from; `calibration` is its name, empty where there is none.
    """

    draws: int
    values: Mapping[str, Floats]
    words: str
    spreads: Mapping[str, Floats] = field(default_factory=dict)
    placebo: Mapping[str, Floats] = field(default_factory=dict)
    calibration: str = ""

    def only(self, draws: NDArray[np.int64]) -> Known:
        """Some of the draws."""
        kinds = (self.values, self.spreads, self.placebo)
        values, spreads, placebo = ({a: v[draws] for a, v in kind.items()} for kind in kinds)
        return replace(self, draws=len(draws), values=values, spreads=spreads, placebo=placebo)

    def of_score(self, name: str, filed: float) -> Floats:
        """A value of the measured score in every draw: what the calibration knows of it, or what is on file."""
        return self.placebo.get(name, np.full(self.draws, filed))


def on_file(folder: Path = RUNS) -> Posterior | None:
    """All calibrations on file that speak of the default human chain, joined; `None` where there is none.

    One that calls itself rough is left aside: it has to be named. Where two know the same value the one nearer to the
    score counts.
    """
    found = [one for name in calibrations(folder) if _of_people(one := calibration(name, folder))]
    return merged(*sorted(found, key=_nearness)) if found else None


def _of_people(found: Posterior) -> bool:
    """Whether a calibration is a finished one of the default chain of a person, as far as its record says."""
    usual = {"species": "human", "body": "kpk1", "hypothesis": ""}
    return not _rough(found) and all((found.record.chain.get(w) or value) == value for w, value in usual.items())


def _rough(found: Posterior) -> str:
    """What a calibration says against itself; nothing where it says nothing."""
    return str(found.record.more.get("rough") or "")


def _nearness(found: Posterior) -> tuple[bool, bool]:
    """Body first, then what lies between, then the score."""
    rooms = {a.removeprefix(SPREAD).partition(".")[0] for a in found.addresses}
    return f"{PLACEBO}".rstrip(".") in rooms or "scale" in rooms, bool(rooms - {"body"})


def known(chain: Chain, draws: int, seed: int, found: Posterior | None = None) -> Known:
    """Draws from a calibration, or from the ranges on file where there is none."""
    return _from_files(chain, draws, seed) if found is None else _from_calibration(found, draws, seed)


def _from_files(chain: Chain, draws: int, seed: int) -> Known:
    values = drawn(chain, draws, seed)
    words = (
        f"no calibration is used: bands hold nine in ten of {draws} draws (seed {seed}) of {len(values)} values, each "
        "from a triangle over its range on file and independent of the others, so that they are wider than what "
        "observations would leave"
    )
    return Known(draws, values, words)


def _from_calibration(found: Posterior, draws: int, seed: int) -> Known:
    rows = found.draws[found.rows(draws, seed)]
    columns = dict(zip(found.addresses, rows.T, strict=True))
    sure = "" if found.record.converged else ", whose sampling has not converged"
    sure += f" ({_rough(found)})" if _rough(found) else ""
    words = (
        f"bands hold nine in ten of {draws} posterior draws (seed {seed}) of the calibration {found.name}{sure}, "
        f"{len(columns)} numbers; values that it did not fit stand as they are on file"
    )
    return Known(
        draws,
        {a: v for a, v in columns.items() if not a.startswith((SPREAD, PLACEBO))},
        words,
        {a.removeprefix(SPREAD): v for a, v in columns.items() if a.startswith(SPREAD)},
        {a.removeprefix(PLACEBO): v for a, v in columns.items() if a.startswith(PLACEBO)},
        found.name,
    )
