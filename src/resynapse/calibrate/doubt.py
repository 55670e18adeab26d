"""Knowledge as several draws: everybody is followed under each of them, so that doubt and people stay apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.chain import Chain
from ..core.errors import RequestError
from .posterior import PLACEBO, SPREAD, Knowledge, Posterior

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Doubt:
    """So many draws of what is not known, and numbered cases: case `k` is person `k // n` under draw `k % n`.

    The first cases are the same however many people there are. One draw is knowledge without doubt: cases are people.

    **Arguments:** `name` of the calibration and `digest` of everything that the draws hang on; `addresses` as in a
    posterior; `table` (draw x address); `centre` holds the medians of the whole posterior, where one value must do for
    all; `converged` says whether the calibration's sampling did.
    """

    name: str
    digest: str
    addresses: tuple[str, ...]
    table: Floats = field(compare=False, repr=False)
    centre: Knowledge = field(compare=False, repr=False)
    converged: bool = True

    def __len__(self) -> int:
        """Number of draws."""
        return len(self.table)

    @property
    def record(self) -> dict[str, Any]:
        """What it is, as plain JSON."""
        return {"calibration": self.name, "digest": self.digest, "draws": len(self), "converged": self.converged}

    @property
    def told(self) -> str:
        """Name and digest, and a warning where sampling had not converged."""
        warned = "" if self.converged else "; its sampling had not converged, so that its tails are rough"
        return f"calibration {self.name} (digest {self.digest}{warned})"

    def knowledge(self, draw: int) -> Knowledge:
        """One of the draws."""
        return Knowledge.told(dict(zip(self.addresses, self.table[draw].tolist(), strict=True)))

    def who(self, cases: Numbers) -> Numbers:
        """The person of each case."""
        return np.asarray(cases // len(self))

    def which(self, cases: Numbers) -> Numbers:
        """The draw of each case."""
        return np.asarray(cases % len(self))

    def values(self, which: Numbers) -> dict[str, Any]:
        """Values of the chain by address under these draws; one for all where there is one draw."""
        return {a: v for a, v in self._columns(which).items() if not a.startswith((SPREAD, PLACEBO))}

    def spreads(self, which: Numbers) -> dict[str, Any]:
        """Spreads between people by address of the chain under these draws; one for all where there is one draw."""
        own = self._columns(which).items()
        return {a.removeprefix(SPREAD): v for a, v in own if a.startswith(SPREAD)}

    def _columns(self, which: Numbers) -> dict[str, Any]:
        if len(self) == 1:
            return dict(zip(self.addresses, self.table[0].tolist(), strict=True))
        return dict(zip(self.addresses, self.table[which].T, strict=True))


def doubted(posterior: Posterior, draws: int, seed: int) -> Doubt:
    """Draws of a posterior in random order; the first 100 of 200 are the same as 100.

    **Raises:** `RequestError` when there are not so many.
    """
    if not 1 <= draws <= len(posterior):
        raise RequestError(
            "so many draws cannot be taken",
            where=f"draws of {posterior.name}",
            given=draws,
            allowed=f"1 to {len(posterior):,}",
        )
    rows = posterior.rows(draws, seed)
    digest = _hash([posterior.digest, rows.tolist()])
    told = (posterior.addresses, posterior.draws[rows], posterior.typical)
    return Doubt(posterior.name, digest, *told, posterior.record.converged)


def at_centre(posterior: Posterior) -> Doubt:
    """The medians of a posterior, as a doubt of a single draw."""
    own = certain(posterior.typical, posterior.name)
    return replace(own, digest=posterior.digest, converged=posterior.record.converged)


def certain(knowledge: Knowledge, name: str = "") -> Doubt:
    """One way the world could be, as a doubt of a single draw."""
    told = addressed(knowledge)
    table = np.array([list(told.values())], dtype=np.float64).reshape(1, len(told))
    return Doubt(name, _hash(sorted(told.items())), tuple(told), table, knowledge)


def news(chain: Chain, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """What of these values the chain has a room for, and does not hold already.

    What it does not have, such as mood in a body alone, is left out; so is what it holds, so that knowing what stands
    in the files moves no bit.
    """
    own, known = chain.parameters, {a: v for a, v in numbers.items() if a.partition(".")[0] in chain.stages}
    return {a: v for a, v in known.items() if a not in own or not np.all(np.asarray(v) == np.asarray(own[a]))}


def addressed(knowledge: Knowledge) -> Mapping[str, float]:
    """Knowledge by the addresses of a posterior: the way back from `Knowledge.told`."""
    kinds = (("", knowledge.values), (SPREAD, knowledge.spreads), (PLACEBO, knowledge.placebo))
    return {f"{kind}{address}": float(v) for kind, own in kinds for address, v in own.items()}


def _hash(what: Any) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]
