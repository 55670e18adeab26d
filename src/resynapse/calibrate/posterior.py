"""What is known after a calibration: draws of values that belong together, and one draw of them as knowledge.

An address is that of a value of a chain (`synapse.k_dis`, in the stage's unit), `spread.<address>` (standard deviation
between people on the normal scale of that value's spread) or `placebo.<field>` (a value of the measured score).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from ..core.errors import RequestError, nearest
from .recorded import Record, digest

Floats = NDArray[np.float64]
RUNS = Path(__file__).parent / "runs"
SPREAD, PLACEBO = "spread.", "placebo."
_AND = "+"


@dataclass(frozen=True)
class Knowledge:
    """One way the world could be: values that take the place of those on file. Empty, it is the files as they are.

    **Arguments:** `values` by address of the chain, in the stage's unit; `spreads` by the same addresses, standard
    deviations between people on the normal scale (of the logarithm, the logit or the value); `placebo` by field of
    the measured score's values.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
    placebo: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def typical(cls) -> Knowledge:
        """The values on file, as they are."""
        return cls()

    @classmethod
    def told(cls, numbers: Mapping[str, float]) -> Knowledge:
        """Knowledge from the addresses of a posterior."""
        told: dict[str, dict[str, float]] = {SPREAD: {}, PLACEBO: {}, "": {}}
        for address, number in numbers.items():
            kind = next(k for k in told if address.startswith(k))
            told[kind][address.removeprefix(kind)] = float(number)
        return cls(told[""], told[SPREAD], told[PLACEBO])

    def merged(self, other: Knowledge) -> Knowledge:
        """Both; what `other` says counts where both speak."""
        return Knowledge(
            {**self.values, **other.values}, {**self.spreads, **other.spreads}, {**self.placebo, **other.placebo}
        )

    def __bool__(self) -> bool:
        """Whether anything is known beyond the files."""
        return bool(self.values or self.spreads or self.placebo)


@dataclass(frozen=True)
class Posterior:
    """What a calibration left open: draws of equal weight.

    **Arguments:** `draws` (draw x address) in the units of the stages; `record` says how they came about.

    **Raises:** `RequestError` when the table does not fit the addresses, or holds what is not a finite number.
    """

    name: str
    addresses: tuple[str, ...]
    draws: Floats
    record: Record

    def __post_init__(self) -> None:
        if self.draws.ndim != 2 or self.draws.shape[1] != len(self.addresses) or not len(self.draws):
            raise RequestError(
                "a posterior is a table of draws by addresses",
                given=f"{self.draws.shape}",
                allowed=f"(draws, {len(self.addresses)})",
            )
        if not np.isfinite(self.draws).all():
            raise RequestError("a posterior holds finite numbers only", where=self.name)

    def __len__(self) -> int:
        """Number of draws."""
        return len(self.draws)

    @property
    def digest(self) -> str:
        """The hash of record and draws, by which written parameter files name their run."""
        return digest(self.name, self.addresses, self.draws, self.record)

    @property
    def means(self) -> dict[str, float]:
        """The mean of every address."""
        return self._by_address(self.draws.mean(axis=0))

    @property
    def medians(self) -> dict[str, float]:
        """The median of every address, the same on whatever scale it is taken."""
        return self._by_address(np.median(self.draws, axis=0))

    @property
    def sds(self) -> dict[str, float]:
        """The standard deviation of every address."""
        return self._by_address(self.draws.std(axis=0, ddof=1) if len(self) > 1 else np.zeros(len(self.addresses)))

    @property
    def correlations(self) -> Floats:
        """Correlations between addresses (address x address); a value that never moves goes with nothing."""
        away = self.draws - self.draws.mean(axis=0)
        sizes = np.sqrt((away**2).sum(axis=0))
        scaled = away / np.where(sizes > 0, sizes, 1.0)
        return np.asarray(scaled.T @ scaled * (1 - np.eye(len(sizes))) + np.eye(len(sizes)))

    @property
    def typical(self) -> Knowledge:
        """The median of every address, the point that written parameter files hold."""
        return Knowledge.told(self.medians)

    def draw(self, k: int) -> Knowledge:
        """The k-th draw.

        **Raises:** `RequestError` when there are not so many.
        """
        if not 0 <= k < len(self):
            raise RequestError("there is no such draw", where=self.name, given=k, allowed=f"0 to {len(self) - 1}")
        return Knowledge.told(dict(zip(self.addresses, self.draws[k].tolist(), strict=True)))

    def rows(self, n: int, seed: int) -> NDArray[np.int64]:
        """The numbers of `n` draws in random order; the first 100 of 200 are the same as 100.

        No draw comes twice before every draw came once.
        """
        order = np.random.default_rng(seed).permutation(len(self))
        return np.asarray(order[np.arange(n) % len(self)], dtype=np.int64)

    def knowledge(self, n: int, seed: int) -> Iterator[Knowledge]:
        """`n` draws in random order, as `rows` picks them."""
        return (self.draw(int(k)) for k in self.rows(n, seed))

    def of(self, address: str) -> Floats:
        """All draws of one address.

        **Raises:** `RequestError` with the nearest address.
        """
        if address not in self.addresses:
            raise RequestError(
                "this calibration says nothing of it",
                where=self.name,
                given=address,
                nearest=nearest(address, self.addresses),
            )
        return self.draws[:, self.addresses.index(address)]

    def _by_address(self, numbers: Floats) -> dict[str, float]:
        return dict(zip(self.addresses, numbers.tolist(), strict=True))


def merged(*parts: Posterior) -> Posterior:
    """Stages joined by pairing their draws in order, as many as the shortest has.

    Where two stages know the same address, the later one counts; the record says which addresses those are.

    **Raises:** `RequestError` when there is nothing to join.
    """
    if not parts:
        raise RequestError("there is no calibration to join", allowed=calibrations())
    if len(parts) == 1:
        return parts[0]
    size = min(len(p) for p in parts)
    columns = {a: p.draws[:size, i] for p in parts for i, a in enumerate(p.addresses)}
    name = _AND.join(p.name for p in parts)
    return Posterior(name, tuple(columns), np.stack(list(columns.values()), axis=1), _joined(parts))


def _joined(parts: tuple[Posterior, ...]) -> Record:
    known = [a for p in parts for a in p.addresses]
    twice = sorted({a for a in known if known.count(a) > 1})
    return Record(
        title="; ".join(p.record.title for p in parts),
        method="joined",
        seed=parts[-1].record.seed,
        data=tuple(d for p in parts for d in p.record.data),
        priors={a: t for p in parts for a, t in p.record.priors.items()},
        diagnostics={a: d for p in parts for a, d in p.record.diagnostics.items()},
        divergences=sum(p.record.divergences for p in parts),
        not_identified=tuple(a for p in parts for a in p.record.not_identified),
        notes=tuple(n for p in parts for n in p.record.notes),
        more={"parts": {p.name: p.digest for p in parts}, "known_twice": twice},
    )


def calibrations(folder: Path = RUNS) -> tuple[str, ...]:
    """The names of all calibrations on file."""
    return tuple(sorted(p.parent.name for p in folder.glob("*/run.json")))


def calibration(name: str, folder: Path = RUNS) -> Posterior:
    """A calibration on file; several names with `+` between them are joined.

    **Raises:** `RequestError` with the nearest name when there is none, and when its files were changed.
    """
    parts = name.split(_AND)
    return _read(name, folder) if len(parts) == 1 else merged(*(_read(p, folder) for p in parts))


def keep(found: Posterior, folder: Path = RUNS) -> Path:
    """Store a calibration under its name and return where: `draws.npz` and `run.json` with its digest."""
    own = folder / found.name
    own.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(own / "draws.npz", allow_pickle=False, draws=found.draws)
    told = {"digest": found.digest, "addresses": list(found.addresses), "record": found.record.model_dump(mode="json")}
    (own / "run.json").write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return own


def _read(name: str, folder: Path) -> Posterior:
    known = calibrations(folder)
    if name not in known:
        raise RequestError("there is no such calibration", given=name, allowed=known, nearest=nearest(name, known))
    try:
        told = json.loads((folder / name / "run.json").read_text(encoding="utf-8"))
        with np.load(folder / name / "draws.npz", allow_pickle=False) as arrays:
            draws = np.asarray(arrays["draws"], dtype=np.float64)
        found = Posterior(name, tuple(told["addresses"]), draws, Record.model_validate(told["record"]))
    except (OSError, KeyError, ValueError, ValidationError, BadZipFile) as failure:
        raise RequestError("this calibration cannot be read", where=name, given=str(failure)) from failure
    if found.digest != told["digest"]:
        raise RequestError(
            "this calibration was changed after it was run",
            where=name,
            given=found.digest,
            allowed=told["digest"],
            then="restore its files, or run its stage again",
        )
    return found
