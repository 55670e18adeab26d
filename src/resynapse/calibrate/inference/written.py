"""A calibration as a parameter file: means, errors, spreads and correlations, over the set that it moved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

from ...core.chain import Chain
from ...core.errors import ParameterError
from ...core.parameter import Entry, ParameterSet
from ...core.units import convert
from ...core.variability import Kind, Spread
from ...person.draw import kind_of
from ..posterior import SPREAD, Posterior

_WORTH = 0.3
"""Weaker correlations are left to the run itself: a file lists what cannot be understood apart."""


def write(posterior: Posterior, chain: Chain, slot: str, where: str, folder: Path | None = None) -> Path:
    """Write the values of one room of a chain as a parameter set that inherits the room's own, and return its path.

    The file is named `<set>_<run>.toml` and lies beside the set that it inherits, or in `folder`, where that set must
    then lie too. Values are means of the draws, `error` their standard deviations, and every entry names run and hash.

    **Arguments:** `where` is the page that explains the run.

    **Raises:** `ParameterError` when the run says nothing of this room.
    """
    parent = chain.stages[slot].provenance[0]
    text = told(posterior, chain, slot, where)
    path = (folder or parent.path.parent) / f"{parent.name}_{posterior.name.replace('+', '_')}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def told(posterior: Posterior, chain: Chain, slot: str, where: str) -> str:
    """The text of such a file."""
    parent = chain.stages[slot].provenance[0]
    means, sds = posterior.means, posterior.sds
    names = [n for n in parent.entries if f"{slot}.{n}" in means or f"{SPREAD}{slot}.{n}" in means]
    if not names:
        raise ParameterError("this calibration says nothing of this room", where=slot, given=posterior.name)
    entries = {n: _entry(parent.entries[n], f"{slot}.{n}", chain, means) for n in names}
    blocks = [_head(posterior, parent)]
    blocks += [_block(n, entry, sds.get(f"{slot}.{n}"), where) for n, entry in entries.items()]
    blocks += [*_covariances(parent, entries), *_correlations(posterior, slot, where)]
    return "\n".join(blocks)


def _head(posterior: Posterior, parent: ParameterSet) -> str:
    source = next(iter(parent.entries.values())).source
    return "\n".join(
        [
            "[set]",
            f"title = {json.dumps(f'{parent.title}; calibrated here: {posterior.record.title}', ensure_ascii=False)}",
            f'species = "{parent.species}"',
            f'inherits = "{parent.name}"',
            f'source = "{source}"',
            f'calibration = "{posterior.name} {posterior.digest}"',
            "",
        ]
    )


def _entry(old: Entry, address: str, chain: Chain, means: Mapping[str, float]) -> Entry:
    """The old entry with the mean of the draws, in the stage's unit, and with the mean spread."""
    unit = chain.declared[address].unit
    factor = convert(1.0, old.unit, unit, ParameterError, address)
    spread = _spread(old, means.get(f"{SPREAD}{address}"), factor, kind_of(chain, address))
    value = means.get(address, old.value * factor)
    return old.model_copy(update={"value": value, "unit": unit, "spread": spread})


def _spread(old: Entry, mean: float | None, factor: float, kind: Kind) -> Spread | None:
    """The calibrated spread; a value that had none gets one on the scale that people are drawn on."""
    if old.spread is None:
        return None if mean is None else Spread(kind=kind, sd=mean)
    own = old.spread.omega * (factor if old.spread.kind == "normal" else 1.0)
    return Spread(kind=old.spread.kind, sd=own if mean is None else mean)


def _block(name: str, entry: Entry, sd: float | None, where: str) -> str:
    lines = [f"[{name}]", f"value = {entry.value:.6g}", f'unit = "{entry.unit}"']
    lines += ['origin = "calibrated_here"', f'where = "{where}"', f'measured_in = "{entry.measured_in}"']
    if entry.translation:
        lines.append(f"translation = {json.dumps(entry.translation, ensure_ascii=False)}")
    if sd is not None:
        lines.append(f"error = {{ se = {sd:.4g} }}")
    for word, spread in (("spread", entry.spread), ("occasion", entry.occasion)):
        if spread:
            lines.append(f'{word} = {{ kind = "{spread.kind}", sd = {spread.omega:.4g} }}')
    if entry.said_as:
        lines.append(f'said_as = "{entry.said_as}"')
    return "\n".join([*lines, ""])


def _covariances(parent: ParameterSet, entries: Mapping[str, Entry]) -> Iterator[str]:
    """All covariances of the old set, at the old correlation between the new spreads."""
    for one in parent.covariances:
        old = [parent.entries[n].spread for n in one.between]
        new = [entries[n].spread if n in entries else s for n, s in zip(one.between, old, strict=True)]
        ratio = 1.0
        for before, after in zip(old, new, strict=True):
            ratio *= after.omega / before.omega if before and after else 1.0
        yield _pair("covariance", one.between, one.value * ratio, one.where, one.source)


def _correlations(posterior: Posterior, slot: str, where: str) -> Iterator[str]:
    own = [(i, a.removeprefix(f"{slot}.")) for i, a in enumerate(posterior.addresses) if a.startswith(f"{slot}.")]
    found = posterior.correlations
    for (i, one), (j, other) in combinations(own, 2):
        if abs(found[i, j]) >= _WORTH:
            yield _pair("correlation", (one, other), float(found[i, j]), where)


def _pair(kind: str, between: tuple[str, str], value: float, where: str, source: str | None = None) -> str:
    lines = [f"[[{kind}]]", f'between = ["{between[0]}", "{between[1]}"]', f"value = {value:.4g}"]
    lines.append(f"where = {json.dumps(where, ensure_ascii=False)}")
    return "\n".join([*lines, *([f'source = "{source}"'] if source else []), ""])
