"""One digest for every way of computing the same people, and nobody lost on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest
from invented import Broken, Choosy, Invented, Poisoned, Troubled

from resynapse.core.errors import PeopleError, RequestError, RunError
from resynapse.engine import Dask, Limits, Local, Serial, Work, read_manifest, run, verify

SOURCE = Path(__file__).parents[2] / "src"
TASKS = Path(__file__).parent / "tasks"
GROUPS = {"people": (), "visits": ("time_h",)}


def ran(task, out: Path, backend=None, people: int = 120, size: int = 24, limits: Limits | None = None):
    return run(Work(task, people, size, GROUPS), out, backend or Serial(), limits=limits)


@pytest.fixture(scope="module")
def digest(whole: Path) -> str:
    return verify(whole).digest


def table(folder: Path, name: str) -> dict[str, np.ndarray]:
    return duckdb.read_parquet(f"{folder}/{name}/*.parquet").order("ALL").fetchnumpy()


@pytest.mark.parametrize("shards", [1, 2, 7, 64])
def test_the_cut_into_shards_moves_no_bit(tmp_path, digest, shards):
    found = ran(Invented(), tmp_path / "run", size=-(-120 // shards))
    assert found.digest == digest
    assert found.exit_code == 0
    assert verify(tmp_path / "run").record == {
        "digest": digest, "people": 120, "missing": 0, "failures": [], "problems": [],
    }  # fmt: skip


def test_another_seed_or_person_gives_another_digest(tmp_path, digest):
    assert ran(Invented(seed=2), tmp_path / "seed").digest != digest
    assert ran(Invented(), tmp_path / "fewer", people=119).digest != digest


def test_what_is_stored_is_what_the_task_said(whole):
    said, stored = Invented()(range(120)), table(whole, "people")
    for name, values in said["people"].items():
        np.testing.assert_array_equal(np.ma.filled(stored[name].astype(float), np.nan), np.asarray(values, float))
    assert len(table(whole, "visits")["person"]) == 360


def test_summaries_are_exact_and_hang_on_no_shard(tmp_path, whole):
    ran(Invented(), tmp_path / "run", size=11)
    scores = Invented()(range(120))["visits"]["score"].reshape(120, 3)
    for folder in (whole, tmp_path / "run"):
        rows = duckdb.read_parquet(f"{folder}/summary.parquet").filter("quantity = 'score'").fetchnumpy()
        assert rows["time_h"].tolist() == [0.0, 24.0, 168.0]
        assert rows["n"].tolist() == [120] * 3
        for name, p in (("p05", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95)):
            np.testing.assert_allclose(rows[name], np.quantile(scores, p, axis=0), rtol=1e-14)
        np.testing.assert_allclose(rows["mean"], scores.mean(axis=0), rtol=1e-13)
        np.testing.assert_allclose(rows["sd"], scores.std(axis=0, ddof=1), rtol=1e-12)
    late = duckdb.read_parquet(f"{whole}/summary.parquet").filter("quantity = 'late'").fetchnumpy()
    assert late["people"] == [120] > late["n"] > 0


def test_spawned_workers_give_the_same_numbers(tmp_path, digest):
    assert ran(Invented(), tmp_path / "run", Local(2), size=18).digest == digest


def test_a_killed_worker_is_replaced_and_its_shard_done_again(tmp_path, digest):
    task = Troubled(marks=tmp_path, kill=(7, 60))
    assert ran(task, tmp_path / "run", Local(2)).digest == digest
    assert len(list(tmp_path.glob("kill-*"))) == 2
    assert [row.attempts for row in read_manifest(tmp_path / "run").rows] == [1, 0, 1, 0, 0]


def test_a_person_with_whom_every_worker_dies_is_found_and_listed(tmp_path):
    task = Troubled(marks=tmp_path, always=3)
    found = ran(task, tmp_path / "run", Local(2), people=12, size=6, limits=Limits(attempts=2))
    assert (found.exit_code, found.missing) == (3, 1)
    assert [(f.first, f.stop) for f in found.failures] == [(3, 4)]
    assert "SIGKILL" in found.failures[0].error
    assert table(tmp_path / "run", "people")["person"].tolist() == [k for k in range(12) if k != 3]
    assert verify(tmp_path / "run").exit_code == 3


def test_a_worker_that_hangs_is_ended_and_its_shard_done_again(tmp_path, digest):
    task, said = Troubled(marks=tmp_path, hang=(110,)), []
    work = Work(task, 120, 24, GROUPS)
    found = run(work, tmp_path / "run", Local(1), said.append, Limits(least_s=1.0, patience=5.0))
    assert found.digest == digest
    assert any("take too long" in line for line in said)


def test_the_very_first_shard_may_not_hang_for_ever_either(tmp_path, digest):
    task = Troubled(marks=tmp_path, hang=(5,))
    found = ran(task, tmp_path / "run", Local(1), size=120, limits=Limits(least_s=0.5, patience=6.0))
    assert (found.digest, found.exit_code) == (digest, 0)
    assert [row.attempts for row in read_manifest(tmp_path / "run").rows] == [1]


@pytest.mark.parametrize("backend", [Serial(), Local(1)], ids=["serial", "local"])
def test_people_with_whom_the_task_fails_are_listed_and_everybody_else_stored(tmp_path, backend):
    found = ran(Poisoned(bad=(5, 6, 77)), tmp_path / "run", backend)
    assert (found.exit_code, found.missing) == (3, 3)
    assert [(f.first, f.error) for f in found.failures] == [
        (k, f"ValueError: person {k} cannot be solved") for k in (5, 6, 77)
    ]
    assert table(tmp_path / "run", "people")["person"].tolist() == sorted(set(range(120)) - {5, 6, 77})
    checked = verify(tmp_path / "run")
    assert (checked.exit_code, checked.missing, checked.problems) == (3, 3, ())
    assert checked.digest == found.digest


def test_who_fails_does_not_hang_on_the_shards(tmp_path):
    digests = {ran(Poisoned(bad=(5, 77)), tmp_path / str(size), size=size).digest for size in (10, 33, 120)}
    assert len(digests) == 1


def test_many_who_fail_are_found_and_everybody_else_is_stored(tmp_path):
    bad = tuple(range(0, 120, 3))
    found = [ran(task(bad=bad), tmp_path / task.__name__, size=60) for task in (Poisoned, Choosy)]
    for outcome in found:
        assert [(f.first, f.error) for f in outcome.failures] == [
            (k, f"ValueError: person {k} cannot be solved") for k in bad
        ]
    assert found[0].digest == found[1].digest


def test_who_fails_must_have_been_asked_for(tmp_path):
    class Mistaken(Choosy):
        def __call__(self, people):
            raise PeopleError({people.stop: ValueError("somebody else")})

    with pytest.raises(RunError, match="not asked for"):
        ran(Mistaken(), tmp_path / "run")


def test_when_everybody_fails_nobody_is_tried_for_ever(tmp_path):
    found = ran(Broken(how="fails"), tmp_path / "run", people=100, size=50)
    assert (found.exit_code, found.missing) == (3, 100)
    assert sum(f.stop - f.first for f in found.failures) == 100
    assert verify(tmp_path / "run").missing == 100


def test_a_task_that_loses_somebody_is_caught(tmp_path):
    found = ran(Broken(how="loses"), tmp_path / "run", people=4, size=2)
    assert (found.exit_code, found.missing) == (3, 4)
    assert "exactly the people" in found.failures[0].error


def test_warnings_reach_the_manifest(tmp_path):
    found = ran(Broken(how="warns"), tmp_path / "run", people=4, size=2)
    assert found.exit_code == 0
    assert found.warnings == ("RuntimeWarning: divide by zero encountered in log",)


def test_a_full_disk_ends_the_run_with_a_word(tmp_path):
    with pytest.raises(RunError, match="cannot be written"):
        ran(Broken(how="disk"), tmp_path / "run", people=4, size=2)


def test_progress_tells_rate_and_time_left(tmp_path):
    said: list[str] = []
    run(Work(Invented(), 60, 20), tmp_path / "run", Serial(), said.append)
    assert [line.split(",")[0] for line in said if "/s" in line] == [f"{n} of 60 people" for n in (20, 40, 60)]
    assert said[1].endswith("left")


def test_a_finished_run_is_not_computed_again(tmp_path, digest):
    ran(Invented(), tmp_path / "run")
    again = ran(Invented(), tmp_path / "run")
    assert (again.computed, again.digest) == (0, digest)


DRIVER = """
import sys
from pathlib import Path
from invented import Troubled
from resynapse.engine import Local, Serial, Work, run

if __name__ == "__main__":
    marks, out, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    groups = {"people": (), "visits": ("time_h",)}
    run(Work(Troubled(marks=marks, pause=0.3), 120, 12, groups), out, Local(2) if how == "local" else Serial())
"""


@pytest.mark.parametrize("how", ["serial", "local"])
def test_a_run_whose_driver_was_killed_goes_on_where_it_stopped(tmp_path, digest, how):
    script, out = tmp_path / "driver.py", tmp_path / "run"
    script.write_text(DRIVER)
    paths = {"PYTHONPATH": os.pathsep.join([str(SOURCE), str(TASKS)])}
    driver = subprocess.Popen([sys.executable, script, tmp_path, out, how], env={**os.environ, **paths})
    while len(list(out.glob("people/part-*.parquet"))) < 4:
        assert driver.poll() is None
        time.sleep(0.02)
    with pytest.raises(RequestError, match="another process is at work"):
        ran(Troubled(marks=tmp_path), out, size=12)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    time.sleep(0.5)  # its workers end their shard, find nobody there and go
    assert verify(out).exit_code == 3
    found = ran(Troubled(marks=tmp_path), out, size=12)
    assert found.digest == digest
    assert 0 < found.computed <= 84
    assert verify(out).record["missing"] == 0


def test_a_shard_on_the_disk_that_the_manifest_does_not_know_is_adopted_only_when_sound(tmp_path, digest):
    out = tmp_path / "run"
    ran(Invented(), out)
    manifest = read_manifest(out)
    forgotten = manifest.with_rows({r.shard: (type(r)(r.shard),) for r in manifest.rows[:3]})
    parts = sorted(out.glob("people/*.parquet"))
    parts[1].write_bytes(parts[1].read_bytes()[:-9])
    os.replace(sorted(out.glob("visits/*.parquet"))[3], sorted(out.glob("visits/*.parquet"))[2])
    forgotten.save(out)
    found = ran(Invented(), out)
    assert (found.digest, found.computed) == (digest, 72)
    assert verify(out).exit_code == 0


def test_damaged_shards_are_computed_again_on_resume(tmp_path, digest):
    out = tmp_path / "run"
    ran(Invented(), out)
    part = sorted(out.glob("visits/*.parquet"))[2]
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    assert verify(out).exit_code == 1
    found = ran(Invented(), out)
    assert (found.digest, found.computed) == (digest, 24)
    assert verify(out).exit_code == 0


def test_leftovers_of_dead_workers_are_cleared_away(tmp_path, digest):
    out = tmp_path / "run"
    ran(Invented(), out)
    (out / "people" / ".part-0000000000-0000000024.parquet.99.tmp").touch()
    (out / "people" / "part-0000000000-0000000012.parquet").touch()
    assert verify(out).exit_code == 1
    assert ran(Invented(), out).digest == digest
    assert verify(out).exit_code == 0
    assert not list(out.glob("people/.*"))


@pytest.mark.parametrize("people", [0, -1, 10**12])
def test_so_many_people_are_refused(people):
    with pytest.raises(RequestError, match="cannot be simulated"):
        Work(Invented(), people)


def test_no_workers_are_refused():
    with pytest.raises(RequestError, match="somebody must work"):
        Local(0)


def test_a_folder_with_something_else_is_refused(tmp_path, whole):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RequestError, match="holds something else"):
        ran(Invented(), tmp_path)
    with pytest.raises(RequestError, match=r"holds another run(?s:.)*task\.invented = 2 instead of 1"):
        ran(Invented(seed=2), whole)
    with pytest.raises(RequestError, match="people = 7 instead of 120"):
        ran(Invented(), whole, people=7)
    with pytest.raises(RequestError, match="not a folder"):
        ran(Invented(), tmp_path / "notes.txt")


def test_a_run_begun_with_other_versions_is_refused(tmp_path, monkeypatch):
    ran(Invented(), tmp_path / "run")
    manifest = read_manifest(tmp_path / "run")
    type(manifest)(**{**vars(manifest), "identity": {**manifest.identity, "jaxlib": "0.1"}}).save(tmp_path / "run")
    with pytest.raises(RequestError, match=r"other versions(?s:.)*jaxlib 0\.1"):
        ran(Invented(), tmp_path / "run")


def test_a_lock_of_a_dead_process_holds_nobody_up(tmp_path, digest):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").write_text("process 1 on nowhere")
    assert ran(Invented(), tmp_path / "run").digest == digest


def test_workers_that_cannot_begin_end_the_run(tmp_path):
    (tmp_path / "go.py").write_text(
        "from pathlib import Path\nfrom invented import Invented\nfrom resynapse.engine import Local, Work, run\n"
        f"run(Work(Invented(), 4, 2), Path({str(tmp_path / 'run')!r}), Local(1))\n"
    )
    paths = {"PYTHONPATH": os.pathsep.join([str(SOURCE), str(TASKS)])}
    done = subprocess.run(
        [sys.executable, tmp_path / "go.py"], env={**os.environ, **paths}, capture_output=True, text=True, timeout=60
    )
    assert "workers die before they begin" in done.stderr
    assert "__main__" in done.stderr


def test_importing_the_engine_is_light():
    heavy = {"jax", "numpy", "pandas", "xarray", "duckdb", "distributed"}
    ask = "import sys, json, resynapse.engine; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", ask], env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True
    )
    assert not heavy & set(json.loads(done.stdout))


def test_the_engine_itself_needs_no_model():
    ask = "import sys, resynapse.engine as e; e.run, e.verify, e.Local, e.Dask; print('jax' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", ask], env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"


def test_dask_without_its_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RequestError, match="cluster extra"):
        ran(Invented(), tmp_path / "run", Dask())
