"""How runs are timed, and on what machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Timed:
    """Seconds by the clock, and of all processor cores together; `result` is what the last run gave."""

    wall: float
    cpu: float
    result: Any


def best(run: Callable[[], Any], repeats: int) -> Timed:
    """The least of several runs, wall and processor apart, after one that warms up and is not timed."""
    run()
    wall = cpu = float("inf")
    result = None
    for _ in range(repeats):
        begin, busy = time.perf_counter(), time.process_time()
        result = run()
        wall, cpu = min(wall, time.perf_counter() - begin), min(cpu, time.process_time() - busy)
    return Timed(wall, cpu, result)


def engine(people: int, timed: Timed, error: float, **more: Any) -> dict[str, Any]:
    """What is kept of an engine: how many people a second of processor time, and how far from the reference."""
    rates = {"people_per_cpu_s": people / timed.cpu, "people_per_wall_s": people / timed.wall}
    return {**rates, "max_rel_err": error, "people": people, **more, "load": round(os.getloadavg()[0], 1)}


def machine() -> dict[str, Any]:
    """What the numbers belong to."""
    import jax

    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "jax": jax.__version__,
        "accelerators": [str(d) for d in jax.devices() if d.platform != "cpu"],
        "load_before": [round(v, 2) for v in os.getloadavg()],
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
