"""What a request knows beyond the files: a calibration by name, at its medians or under so many of its draws."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..calibrate.doubt import Doubt, at_centre, doubted
from ..calibrate.posterior import Posterior, calibration
from ..core.errors import RequestError

_DEFAULT_BODY = {"human": "kpk1"}


@dataclass(frozen=True)
class Asked:
    """Of whom something is to be known: species, and theories in place of the default ones."""

    species: str = "human"
    body: str | None = None
    hypothesis: str | None = None

    @property
    def words(self) -> dict[str, str]:
        """The same in full, as a calibration says it."""
        body = self.body or _DEFAULT_BODY.get(self.species, self.species)
        return {"species": self.species, "body": body, "hypothesis": self.hypothesis or ""}


def known(name: str | None, draws: int | None, seed: int, asked: Asked = Asked()) -> Doubt | None:
    """What a calibration knows: its mean, or so many draws; nothing where none is named.

    **Arguments:** `name` is one on file, several with `+` between them, or the path of a folder of your own.

    **Raises:** `RequestError` for a name or a number of draws that there is not, draws without a calibration, and a
    calibration of another chain.
    """
    if name is None:
        if draws is not None:
            then = "add --calibration with a name that `resynapse calibration list` gives"
            raise RequestError("draws are those of a calibration", where="draws", given=draws, then=then)
        return None
    found = named(name)
    _check_fits(found, asked)
    if draws is None:
        return at_centre(found)
    return doubted(found, draws, seed)


def named(name: str) -> Posterior:
    """The calibration of this name, or the one in a folder of your own.

    **Raises:** `RequestError` with the nearest name.
    """
    if os.sep not in name:
        return calibration(name)
    path = Path(name)
    return calibration(path.name, path.parent)


def _check_fits(found: Posterior, asked: Asked) -> None:
    """Refuse values of another chain: what has the same name there means something else."""
    said = found.record.chain
    of = Asked(said.get("species", "human")).words | said
    for word, value in asked.words.items():
        if of.get(word, value) != value:
            raise RequestError(
                "this calibration is of another chain",
                where=f"calibration {found.name}",
                given=f"{word} {value or 'of the default chain'}",
                allowed=of[word] or "the default",
            )
