"""Whatever happens to a stored run, `verify` notices."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.engine import verify

KINDS = ("cut short", "bit turned", "gone", "twice", "exchanged", "emptied")
REPEATS = 40


def damaged(folder: Path, kind: str, rng: np.random.Generator) -> None:
    """Do one thing to one file of a run, chosen by chance."""
    parts = sorted(folder.glob("*/part-*.parquet"))
    one, other = (parts[i] for i in rng.choice(len(parts), 2, replace=False))
    held = one.read_bytes()
    if kind == "cut short":
        one.write_bytes(held[: rng.integers(len(held))])
    elif kind == "bit turned":
        at = int(rng.integers(len(held)))
        one.write_bytes(held[:at] + bytes([held[at] ^ (1 << int(rng.integers(8)))]) + held[at + 1 :])
    elif kind == "gone":
        one.unlink()
    elif kind == "twice":
        first = int(rng.integers(10**6))
        one.with_name(f"part-{first:010d}-{first + 24:010d}.parquet").write_bytes(held)
    elif kind == "exchanged":
        one.write_bytes(other.read_bytes())
        other.write_bytes(held)
    else:
        one.write_bytes(b"")


@pytest.mark.parametrize("kind", KINDS)
def test_every_damage_is_noticed(whole, tmp_path, kind):
    rng = np.random.default_rng(KINDS.index(kind))
    for number in range(REPEATS):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        damaged(folder, kind, rng)
        found = verify(folder)
        assert found.problems, (kind, number)
        assert found.exit_code == 1
        assert found.digest is None
        assert kind == "twice" or found.missing > 0


def test_a_sound_run_is_found_sound(whole):
    assert verify(whole).exit_code == 0


def test_a_damaged_summary_is_noticed(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    summary = tmp_path / "run" / "summary.parquet"
    summary.write_bytes(summary.read_bytes() + b"x")
    assert verify(tmp_path / "run").problems == ("summary.parquet: is not what was stored",)
    summary.unlink()
    assert verify(tmp_path / "run").exit_code == 1


def test_no_bit_of_the_manifest_can_be_turned(whole, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    path, rng = folder / "manifest.json", np.random.default_rng(1)
    held = path.read_bytes()
    for _ in range(60):
        at = int(rng.integers(len(held)))
        path.write_bytes(held[:at] + bytes([held[at] ^ (1 << int(rng.integers(8)))]) + held[at + 1 :])
        try:
            found = verify(folder)
        except RequestError:
            continue
        assert found.record == verify(whole).record  # only white space between words was changed


def test_there_must_be_a_run(tmp_path):
    with pytest.raises(RequestError, match="there is no run here"):
        verify(tmp_path)
