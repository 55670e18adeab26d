"""Compiled code is kept on disk, and what was harmed there is made anew."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.core.solver.kernel import machine
from resynapse.core.solver.kernel.lanes import Code


def doubling(constant: float = 2.0) -> str:
    code = Code(8)
    with code.count("%first", "%last") as i:
        code.store("%x", i, code.load("%x", i) * constant)
    return code.text("f", "i64 %first, i64 %last, ptr %x, ptr %work")


def run(text: str) -> np.ndarray:
    machine.compiled.cache_clear()
    x = np.arange(16.0)
    machine.compiled(text, "f").call(0, 2, x.ctypes.data, None)
    return x


@pytest.fixture
def translations(monkeypatch, tmp_path) -> list[str]:
    """A fresh cache folder, and a list of what had to be compiled."""
    made, translate = [], machine._translated
    monkeypatch.setenv("RESYNAPSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(machine, "_translated", lambda code: made.append(code) or translate(code))
    return made


def test_code_is_compiled_once_and_then_read_from_disk(translations, tmp_path):
    for _ in range(3):
        np.testing.assert_array_equal(run(doubling()), 2.0 * np.arange(16.0))
    assert len(translations) == 1
    run(doubling(3.0))
    assert len(translations) == 2
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.parametrize("harm", ["empty", "cut", "flipped", "another"])
def test_a_harmed_file_is_noticed_and_made_anew(translations, tmp_path, harm: str):
    run(doubling())
    (place,) = (tmp_path / "cache").iterdir()
    held = bytearray(place.read_bytes())
    middle = len(held) // 2
    held[middle] ^= 1
    place.write_bytes({"empty": b"", "cut": held[:middle], "flipped": held, "another": b"no code at all" * 9}[harm])
    np.testing.assert_array_equal(run(doubling()), 2.0 * np.arange(16.0))
    assert len(translations) == 2
    run(doubling())
    assert len(translations) == 2


def test_nothing_is_kept_when_the_cache_is_off(translations, monkeypatch, tmp_path):
    monkeypatch.setenv("RESYNAPSE_CACHE", "off")
    run(doubling())
    run(doubling())
    assert len(translations) == 2
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_cannot_be_written_only_costs_time(translations, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RESYNAPSE_CACHE", str(tmp_path / "file" / "below"))
    np.testing.assert_array_equal(run(doubling()), 2.0 * np.arange(16.0))
