"""A calibration as a parameter file: centres, errors, spreads and correlations, over the set that it moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from ...core.calibrated import left_by
from ...core.chain import Chain
from ...core.errors import ParameterError
from ...core.parameter import Entry, ParameterSet
from ...core.units import convert
from ...core.variability import Kind, Spread
from ...person.draw import kind_of
from ..posterior import SPREAD, Posterior

_WORTH = 0.3
"""Weaker correlations are left to the run itself: a file lists what cannot be understood apart."""


@dataclass(frozen=True)
class Room:
    """A parameter set that a calibration moves.

    **Arguments:** `chain` says the units of its values, at addresses of `slot`; `parent` is the set itself, and
    `shared` are those of its values that the calibration was about: a sibling's own are none of them.
    """

    chain: Chain
    slot: str
    parent: ParameterSet
    shared: frozenset[str]

    @classmethod
    def of(cls, chain: Chain, slot: str) -> Room:
        """The first set of a slot of a chain, with all its values."""
        parent = chain.stages[slot].provenance[0]
        return cls(chain, slot, parent, frozenset(parent.entries))

    def sibling(self, other: ParameterSet) -> Room:
        """Another set for the same slot: it shares what stands in it exactly as it stands here."""
        mine = {n: _bare(e) for n, e in self.parent.entries.items()}
        return Room(
            self.chain, self.slot, other, frozenset(n for n, e in other.entries.items() if mine.get(n) == _bare(e))
        )


def _bare(entry: Entry) -> Entry:
    return entry.model_copy(update={"translation": None})


def write(posterior: Posterior, room: Room, where: str, folder: Path | None = None) -> Path:
    """Write the values of one set as a parameter set that inherits it, and return its path.

    The file is named `<set>_<run>.toml` and lies beside the set that it inherits, or in `folder`, where that set must
    then lie too. Values are medians of the draws, `error` their standard deviations within the range on file, and every
    value that the run moved names run and hash; one of which only the spread was fitted stays what it was.

    **Arguments:** `where` is the page that explains the run.

    **Raises:** `ParameterError` when the run says nothing of this set.
    """
    text = Written(posterior, room, where).text
    path = (folder or room.parent.path.parent) / f"{left_by(posterior.name, room.parent.name)}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@dataclass(frozen=True)
class Written:
    """What such a file says."""

    posterior: Posterior
    room: Room
    where: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The values of the set, or their spreads, of which the run says something."""
        told = {a.removeprefix(SPREAD) for a in self.posterior.addresses}
        own = self.room.parent.entries
        return tuple(n for n in own if n in self.room.shared and self._address(n) in told)

    @property
    def text(self) -> str:
        """The file.

        **Raises:** `ParameterError` when there is nothing to say.
        """
        if not self.names:
            given, slot = self.posterior.name, self.room.slot
            raise ParameterError("this calibration says nothing of this room", where=slot, given=given)
        blocks = [self._head, *(_block(n, entry) for n, entry in self._entries.items())]
        return "\n".join([*blocks, *self._covariances(), *self._correlations()])

    @property
    def _head(self) -> str:
        parent, run = self.room.parent, self.posterior
        title = f"{parent.title}; calibrated here: {run.record.title}"
        source = next(iter(parent.entries.values())).source
        told = {"title": title, "species": parent.species, "inherits": parent.name, "source": source}
        told |= {"calibration": self._run}
        return "\n".join(["[set]", *(f"{k} = {_quoted(v)}" for k, v in told.items()), ""])

    @property
    def _run(self) -> str:
        return f"{self.posterior.name} {self.posterior.digest}"

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {n: self._entry(n, self.room.parent.entries[n]) for n in self.names}

    def _entry(self, name: str, old: Entry) -> Entry:
        """The old entry with the centre of the draws, in the stage's unit, and with the centre of the spread."""
        address, (centres, sds) = self._address(name), self._known
        unit = self.room.chain.declared[address].unit
        factor = convert(1.0, old.unit, unit, ParameterError, address)
        spread = _spread(old, centres.get(f"{SPREAD}{address}"), factor, kind_of(self.room.chain, address))
        ends = (old.range[0] * factor, old.range[1] * factor) if old.range else None
        same = {"unit": unit, "spread": spread, "range": ends}
        if address not in centres:
            note = f"{old.note}; " if old.note else ""
            own = {"value": old.value * factor, "note": f"{note}the spread alone was calibrated ({self._run})"}
            return old.model_copy(update=same | own)
        told = {"value": centres[address], "error": {"se": sds[address]}, "note": f"before: {old.value:g} {old.unit}"}
        return old.model_copy(update=same | told | {"origin": "calibrated_here", "where": self.where})

    @cached_property
    def _known(self) -> tuple[dict[str, float], dict[str, float]]:
        return self.posterior.medians, self.posterior.sds

    def _address(self, name: str) -> str:
        return f"{self.room.slot}.{name}"

    def _covariances(self) -> Iterator[str]:
        """All covariances of the old set, at the old correlation between the new spreads."""
        own = self.room.parent.entries
        for one in self.room.parent.covariances:
            ratio = 1.0
            for name in one.between:
                before, after = own[name].spread, self._entries.get(name, own[name]).spread
                ratio *= after.omega / before.omega if before and after else 1.0
            yield _pair("covariance", one.between, one.value * ratio, one.where, one.source)

    def _correlations(self) -> Iterator[str]:
        places = {a: i for i, a in enumerate(self.posterior.addresses)}
        own = [(places[self._address(n)], n) for n in self.names if self._address(n) in places]
        found = self.posterior.correlations
        for (i, one), (j, other) in combinations(own, 2):
            if abs(found[i, j]) >= _WORTH:
                yield _pair("correlation", (one, other), float(found[i, j]), self.where)


def _spread(old: Entry, centre: float | None, factor: float, kind: Kind) -> Spread | None:
    """The calibrated spread; a value that had none gets one on the scale that people are drawn on."""
    if old.spread is None:
        return None if centre is None else Spread(kind=kind, sd=centre)
    own = old.spread.omega * (factor if old.spread.kind == "normal" else 1.0)
    return Spread(kind=old.spread.kind, sd=own if centre is None else centre)


def _block(name: str, entry: Entry) -> str:
    lines = [f"[{name}]", f"value = {entry.value:.6g}"]
    words = ("unit", "origin", "where", "source", "measured_in", "translation", "said_as", "note")
    lines += [f"{word} = {_quoted(getattr(entry, word))}" for word in words if getattr(entry, word)]
    lines += [f"range = [{entry.range[0]:.6g}, {entry.range[1]:.6g}]"] if entry.range else []
    lines += [f"error = {{ se = {entry.error['se']:.4g} }}"] if entry.error else []
    for word, spread in (("spread", entry.spread), ("occasion", entry.occasion)):
        if spread:
            lines.append(f'{word} = {{ kind = "{spread.kind}", sd = {spread.omega:.4g} }}')
    return "\n".join([*lines, ""])


def _pair(kind: str, between: tuple[str, str], value: float, where: str, source: str | None = None) -> str:
    lines = [f"[[{kind}]]", f'between = ["{between[0]}", "{between[1]}"]', f"value = {value:.4g}"]
    lines.append(f"where = {_quoted(where)}")
    return "\n".join([*lines, *([f'source = "{source}"'] if source else []), ""])


def _quoted(text: Any) -> str:
    return json.dumps(text, ensure_ascii=False)
