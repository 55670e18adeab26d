"""Lives kept on disk: under a hash of what they hang on, with a checksum, and made anew when that does not fit."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.generic]]
_MARK = 64


def folder() -> Path | None:
    """Where lives are kept: `RESYNAPSE_CACHE`, or the user's cache folder; nowhere when it says `off`."""
    chosen = os.environ.get("RESYNAPSE_CACHE", "")
    if chosen.lower() == "off":
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (Path(chosen) if chosen else base / "resynapse") / "lives"


def kept(name: str, make: Callable[[], Arrays]) -> Arrays:
    """What is kept under `name`, or what `make` gives, which is then kept.

    A file whose checksum does not fit its content (cut short, or a bit turned) is made anew.
    """
    where = folder()
    found = _read(where / f"{name}.npz") if where else None
    if found is not None:
        return found
    made = make()
    if where:
        _write(where / f"{name}.npz", made)
    return made


def _read(path: Path) -> Arrays | None:
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    if raw[:_MARK].decode("ascii", "replace") != hashlib.sha256(raw[_MARK:]).hexdigest():
        return None
    with np.load(io.BytesIO(raw[_MARK:]), allow_pickle=False) as found:
        return {key: found[key] for key in found.files}


def _write(path: Path, arrays: Arrays) -> None:
    """Writes beside and moves over, so that nobody ever reads half a file; a full disk only means no cache."""
    memory = io.BytesIO()
    np.savez(memory, **arrays)  # type: ignore[arg-type]
    content = memory.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as beside:
            beside.write(hashlib.sha256(content).hexdigest().encode("ascii") + content)
        Path(beside.name).replace(path)
    except OSError:
        return
