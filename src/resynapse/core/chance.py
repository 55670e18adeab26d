"""Chance that can be looked up: every number is a pure function of the name of its stream and of a person's number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from operator import index

import numpy as np
from numpy.typing import NDArray

from .errors import RequestError

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Stream = tuple[str | int, ...]
Chance = Callable[[Stream, Iterable[int]], Floats]
"""Where standard normal numbers come from: `normals`, or scores that somebody chose."""

_BLOCK = 4
_DENSE = 64


def uniforms(stream: Stream, people: Iterable[int]) -> Floats:
    """One number between 0 and 1, both excluded, for each person.

    Person $k$ has the $k$-th output of Philox 4x64, a counter-based generator, whose key is the hash of the stream's
    name. A person's number hangs on nothing else: not on who else is asked for, in which order, or on which machine.

    **Arguments:** `stream` names what is drawn, such as a seed, a kind and an address, in words and whole
    numbers; `people` are numbers from 0 up.

    **Raises:** `RequestError` when a person's number is negative.
    """
    who = numbered(people)
    key = _key(stream)
    raw = np.empty(len(who), dtype=np.uint64)
    for part in _stretches(who):
        first = int(who[part].min())
        raw[part] = _outputs(key, first, int(who[part].max()) - first + 1)[who[part] - first]
    return ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(stream: Stream, people: Iterable[int]) -> Floats:
    """One standard normal number for each person, the normal quantile of `uniforms`."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniforms(stream, people)), dtype=np.float64)


def numbered(people: Iterable[int]) -> Numbers:
    """People's numbers as an array.

    **Raises:** `RequestError` when a number is negative.
    """
    who = np.arange(people.start, people.stop, people.step) if isinstance(people, range) else np.asarray(people)
    who = who.astype(np.int64)
    if who.size and who.min() < 0:
        raise RequestError("people are numbered from 0", given=int(who.min()))
    return who


def _key(stream: Stream) -> int:
    name = repr(tuple(word if isinstance(word, str) else int(index(word)) for word in stream))
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "little")


def _outputs(key: int, first: int, count: int) -> NDArray[np.uint64]:
    block, within = divmod(first, _BLOCK)
    found: NDArray[np.uint64] = np.random.Philox(key=key, counter=block).random_raw(within + count)
    return found[within:]


def _stretches(who: Numbers) -> Iterator[slice]:
    """Parts of `who` whose numbers lie so close that they are best looked up together."""
    if not who.size:
        return
    if np.ptp(who) < _DENSE * len(who):
        yield slice(0, len(who))
        return
    cuts = [0, *(np.flatnonzero(np.diff(who) != 1) + 1), len(who)]
    yield from (slice(a, b) for a, b in pairwise(cuts))
