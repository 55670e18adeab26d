"""Whole populations through the engine: time and memory against people, processes, doses and days.

`python -m bench.scaling PEOPLE PROCESSES` measures one run in a process of its own and prints it as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .timing import best
from .whole import DAYS, END_H, PORTS, READS, Crowd

SIZES, FULL_SIZES = (1_000, 10_000, 40_000), (1_000, 10_000, 100_000, 1_000_000)
ALONE = 100_000
SHARD = 4096
PORT = "madrs_total"


def one(people: int, processes: int) -> dict[str, Any]:
    """One population from request to tables on disk: four weeks, eight infusions, forty visits.

    Peak memory is that of the driver and of its largest worker, added as often as there are workers.
    """
    from resynapse.engine import Local, Serial
    from resynapse.requests.people import SimulatePeople

    visits = tuple(END_H / READS * i for i in range(READS + 1))
    words = {"drug": "ketamine", "route": "iv", "dose": "0.5 mg/kg", "over": "40 min"}
    when = {"schedule": "twice weekly for 4 weeks", "days": 28.0, "times": visits, "ports": (PORT,)}
    request = SimulatePeople(people=people, population="trd_phase3", seed=1, **words, **when)
    with tempfile.TemporaryDirectory() as folder:
        out, begin = Path(folder) / "run", time.perf_counter()
        request.run(out, Local(processes) if processes > 1 else Serial(), shard_size=SHARD)
        wall = time.perf_counter() - begin
        stored = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    own, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "people": people,
        "processes": processes,
        "wall_s": wall,
        "cpu_s": own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime,
        "peak_memory_mb": (own.ru_maxrss + (processes if processes > 1 else 0) * theirs.ru_maxrss) / 1024,
        "stored_mb": stored / 2**20,
    }


def engine_runs(sizes: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """Every size with two processes, and with one as far as that does not take minutes."""
    for people, processes in [*((n, 2) for n in sizes), *((n, 1) for n in sizes if n <= ALONE)]:
        command = [sys.executable, "-m", "bench.scaling", str(people), str(processes)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        yield json.loads(done.stdout.splitlines()[-1])


def kernel_costs(people: int) -> Iterator[dict[str, Any]]:
    """Processor time a person against the number of doses (in four weeks) and against days (of one dose)."""
    for doses in (1, 2, 4, 8):
        yield _cost("doses", doses, Crowd(people, DAYS[:doses]))
    for days in (7, 14, 28, 56):
        yield _cost("days", days, Crowd(people, (0,), 24.0 * days))


def _cost(name: str, value: int, crowd: Crowd) -> dict[str, Any]:
    timed = best(crowd.printed, 3)
    return {name: value, "us_per_person": 1e6 * timed.cpu / crowd.count, "ports": len(PORTS)}


if __name__ == "__main__":
    print(json.dumps(one(int(sys.argv[1]), int(sys.argv[2]))))
