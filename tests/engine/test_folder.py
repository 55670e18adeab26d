"""The folder of a run: one driver at a time, a disk that is full, what is left when somebody dies."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from invented import Invented, Troubled

from resynapse.core.errors import RequestError, RunError
from resynapse.engine import Limits, Local, Serial, Work, read_manifest, run, verify
from resynapse.engine.adopt import swept
from resynapse.engine.lock import LOCK, fcntl, locked
from resynapse.engine.part import disk_failures, scratch, write_part

SOURCE = Path(__file__).parents[2] / "src"
TASKS = Path(__file__).parent / "tasks"
WORK = Work(Invented(), 24, 12)


def test_a_second_driver_of_a_new_run_takes_nothing_from_the_first(tmp_path):
    with locked(tmp_path):
        (tmp_path / "manifest.json").touch()
        with pytest.raises(RequestError, match="another process is at work"):
            run(WORK, tmp_path, Serial())
        (tmp_path / "manifest.json").unlink()
        with pytest.raises(RequestError, match="another process is at work"):
            run(WORK, tmp_path, Serial())
        assert (tmp_path / LOCK).exists()
        with pytest.raises(RequestError, match="another process is at work"), locked(tmp_path):
            pass


def test_a_lock_that_was_removed_while_it_was_taken_holds_nothing(tmp_path, monkeypatch):
    take = fcntl.flock

    def removed(file, how):
        monkeypatch.setattr(fcntl, "flock", take)
        take(file, how)
        (tmp_path / LOCK).unlink()

    monkeypatch.setattr(fcntl, "flock", removed)
    with locked(tmp_path), pytest.raises(RequestError, match="another process"), locked(tmp_path):
        pass


def test_a_manifest_that_was_never_whole_bars_no_new_run(tmp_path):
    scratch(tmp_path / "manifest.json").write_text("{")
    assert run(WORK, tmp_path, Serial()).exit_code == 0
    assert not scratch(tmp_path / "manifest.json").exists()


def test_a_folder_that_lies_in_a_file_is_refused(tmp_path):
    (tmp_path / "notes").touch()
    with pytest.raises(RequestError, match="not a folder"):
        run(WORK, tmp_path / "notes" / "run", Serial())


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    with pytest.raises(RequestError, match=r"cannot be made(?s:.)*too long"):
        run(WORK, tmp_path / ("x" * 300), Serial())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_no_manifest_ends_the_run_with_a_word(tmp_path, monkeypatch, number):
    def refused(path, text):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as full:
        full.setattr("resynapse.engine.manifest.replaced", refused)
        with pytest.raises(RunError, match="cannot be written"):
            run(WORK, tmp_path / "run", Serial())
    assert run(WORK, tmp_path / "run", Serial()).exit_code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_known_by_its_number_from_duckdb_too(tmp_path):
    with pytest.raises(OSError, match="No space left") as full, disk_failures():
        import duckdb

        duckdb.sql("COPY (SELECT range FROM range(100000)) TO '/dev/full' (FORMAT parquet)")
    assert full.value.errno == errno.ENOSPC


def test_what_a_disk_did_not_take_whole_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("resynapse.engine.part._forced", full)
    with pytest.raises(OSError, match="No space left"):
        write_part(tmp_path / "people" / "part.parquet", {"person": np.arange(3)}, {})
    assert not list((tmp_path / "people").iterdir())


def test_files_of_people_who_were_given_up_are_no_part_of_the_run(tmp_path):
    task = Troubled(marks=tmp_path, always=3)
    out = tmp_path / "run"
    run(Work(task, 4, 1), out, Local(1), limits=Limits(attempts=1))
    half = out / "visits" / "part-0000000003-0000000004.parquet"
    half.write_bytes(b"its worker died before it stored the table of people")
    assert verify(out).exit_code == 1
    swept(out, read_manifest(out))
    assert verify(out).exit_code == 3


DRIVER = """
import signal, sys
from pathlib import Path
from invented import Troubled
from resynapse.engine import Local, Work, run

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born deaf to it
    marks, out = map(Path, sys.argv[1:])
    run(Work(Troubled(marks=marks, hang=(0, 6)), 12, 6), out, Local(2))
"""


def children(pid: int) -> set[int]:
    """Processes that a process has started (Linux)."""
    return {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def alive(pid: int) -> bool:
    """Whether a process does anything (one that has ended but that nobody asked for its exit code does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_driver_and_the_folder_can_be_resumed(tmp_path, how):
    script, out = tmp_path / "driver.py", tmp_path / "run"
    script.write_text(DRIVER)
    paths = {"PYTHONPATH": os.pathsep.join([str(SOURCE), str(TASKS)])}
    words = [sys.executable, script, tmp_path, out]
    driver = subprocess.Popen(words, env={**os.environ, **paths}, start_new_session=True, stderr=subprocess.PIPE)
    while len(list(tmp_path.glob("hang-*"))) < 2:  # both workers sleep, for ten minutes if they are let
        assert driver.poll() is None
        time.sleep(0.02)
    workers = children(driver.pid)
    assert len(workers) >= 2
    (os.killpg if how == signal.SIGINT else os.kill)(driver.pid, how)
    assert driver.wait(20) == -how
    began = time.monotonic()
    while any(alive(pid) for pid in workers):
        assert time.monotonic() - began < 20, "a worker outlives its driver"
        time.sleep(0.02)
    driver.stderr.close()
    assert verify(out).record["missing"] == 12
    assert run(Work(Troubled(marks=tmp_path, hang=(0, 6)), 12, 6), out, Serial()).exit_code == 0
