"""Dask: a cluster of one's own and a scheduler somewhere, with workers that die."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from invented import Invented, Poisoned, Troubled

from resynapse.core.errors import RequestError
from resynapse.engine import Dask, Limits, Work, run, verify

ROOT = Path(__file__).parents[2]
PATHS = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests" / "engine" / "tasks")])
CLI = (sys.executable, "-m")
GROUPS = {"people": (), "visits": ("time_h",)}


def ran(task, out: Path, backend: Dask, size: int = 24):
    return run(Work(task, 120, size, GROUPS), out, backend, limits=Limits(least_s=30.0))


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process of its own."""
    environment, log = {**os.environ, "PYTHONPATH": PATHS}, tmp_path_factory.mktemp("cluster") / "log.txt"
    start = [*CLI, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    start += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    with log.open("w") as said:
        head = subprocess.Popen(start, env=environment, stderr=said)
    while not (found := re.search(r"tcp://127\.0\.0\.1:\d+", log.read_text())):
        assert head.poll() is None
        time.sleep(0.05)
    address = found[0]
    work = [*CLI, "distributed.cli.dask_worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
    hands = subprocess.Popen(work, env=environment, stderr=subprocess.DEVNULL)
    yield address
    for process in (hands, head):
        process.terminate()
        process.wait()


def test_a_cluster_of_ones_own_gives_the_same_digest(tmp_path, whole):
    found = ran(Poisoned(), tmp_path / "run", Dask(workers=2))
    assert found.digest == verify(whole).digest
    assert verify(tmp_path / "run").exit_code == 0


def test_a_worker_of_ones_own_that_hangs_is_ended(tmp_path, whole):
    work = Work(Troubled(marks=tmp_path, hang=(110,)), 120, 24, GROUPS)
    said: list[str] = []
    found = run(work, tmp_path / "run", Dask(workers=1), said.append, Limits(least_s=1.0, patience=5.0))
    assert found.digest == verify(whole).digest
    assert any("take too long" in line for line in said)


def test_a_scheduler_somewhere_gives_the_same_digest_also_when_workers_die(tmp_path, whole, scheduler):
    assert ran(Invented(), tmp_path / "calm", Dask(scheduler), size=18).digest == verify(whole).digest
    found = ran(Troubled(marks=tmp_path, kill=(7, 100)), tmp_path / "run", Dask(scheduler))
    assert found.digest == verify(whole).digest
    assert len(list(tmp_path.glob("kill-*"))) == 2


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no-such-host-anywhere:8786", "ftp://x"])
def test_a_scheduler_that_does_not_answer_is_refused_soon(tmp_path, address, monkeypatch):
    monkeypatch.setattr("resynapse.engine.cluster._PATIENCE_S", 1.0)
    began = time.monotonic()
    with pytest.raises(RequestError, match="no scheduler answers here"):
        ran(Invented(), tmp_path / "run", Dask(address))
    assert time.monotonic() - began < 10
    assert not list(tmp_path.iterdir())
