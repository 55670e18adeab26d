"""Columns of results: what a task may give back, in one spelling, and the sums that tell whether they are still so."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RunError

Columns = Mapping[str, NDArray[Any]]
Tables = Mapping[str, Columns]
PEOPLE, PERSON = "people", "person"
_KINDS = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.bool_}


def tidied(tables: Tables, people: range) -> dict[str, dict[str, NDArray[Any]]]:
    """The tables in one spelling: 64 bits, one kind of zero, one kind of missing number.

    **Raises:** `RunError` when a table lacks a person, holds another one, or holds what cannot be stored.
    """
    if PEOPLE not in tables:
        raise RunError("a task must give a table of people", given=sorted(tables), allowed=PEOPLE)
    plain = {name: {key: _plain(key, v) for key, v in columns.items()} for name, columns in tables.items()}
    for name, columns in plain.items():
        _check_people(name, columns, np.arange(people.start, people.stop))
    return plain


def joined(pieces: list[dict[str, dict[str, NDArray[Any]]]]) -> dict[str, dict[str, NDArray[Any]]]:
    """Tables of consecutive people, one after the other."""
    return {
        name: {key: np.concatenate([piece[name][key] for piece in pieces]) for key in columns}
        for name, columns in (pieces[0].items() if pieces else ())
    }


def checksum(columns: Columns) -> str:
    """SHA-256 over names, kinds and every bit of some columns."""
    total = hashlib.sha256()
    for name in sorted(columns):
        total.update(f"{name}:{columns[name].dtype.str}:{len(columns[name])};".encode())
        total.update(_bytes(columns[name]))
    return total.hexdigest()


class Digest:
    """A digest of all columns of all people, fed piece by piece in person order; how they are cut moves nothing."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], Any] = {}

    def feed(self, tables: Tables) -> None:
        """Add the columns of the next people."""
        for name, columns in tables.items():
            for key, values in columns.items():
                start = hashlib.sha256(values.dtype.str.encode())
                self._sums.setdefault((name, key), start).update(_bytes(values))

    @property
    def value(self) -> str:
        """The digest of everything so far."""
        parts = (f"{name}.{key}={self._sums[name, key].hexdigest()}" for name, key in sorted(self._sums))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _bytes(values: NDArray[Any]) -> Any:
    return np.ascontiguousarray(values).view(np.uint8)


def _plain(name: str, values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in _KINDS:
        raise RunError(
            "a column is a list of numbers or of true and false",
            where=name,
            given=f"{array.ndim} axes of {array.dtype}",
            allowed="one axis of floats, integers or booleans",
        )
    plain: NDArray[Any] = array.astype(_KINDS[array.dtype.kind])
    return np.where(np.isnan(plain), np.nan, plain + 0.0) if plain.dtype.kind == "f" else plain


def _check_people(name: str, columns: Columns, expected: NDArray[np.int64]) -> None:
    who = columns.get(PERSON, np.empty(0, dtype=np.int64))
    found = who if name == PEOPLE else np.unique(who)
    sizes = {len(values) for values in columns.values()}
    if not np.array_equal(found, expected) or (np.diff(who) < 0).any() or len(sizes) != 1:
        raise RunError(
            "a table must hold exactly the people that were asked for, in order, and columns of one length",
            where=name,
            given=f"{len(who)} rows of {len(found)} people, columns of {sorted(sizes)} rows",
            allowed=f"people {expected[0]} to {expected[-1]}",
        )
