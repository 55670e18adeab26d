"""Measure all jobs in one run and write `results.json`.

`python -m bench [--full] [--people N] [--jobs P,C,profiles,scaling] [--out FILE]`
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resynapse.core.solver import keep_compiled_code

from . import pkpd, pkpd_peers, profiles, scaling, whole, whole_peers
from .near_limit import near_limit
from .roofline import roofline
from .timing import best, engine, machine

HERE = Path(__file__).parent
BATCH = 256  # people at once for tools that are mapped over people by JAX
JOBS = ("P", "C", "profiles", "scaling")


def linear_job(people: int, few: int, repeats: int) -> dict[str, Any]:
    """Job P: what general tools can do too."""
    crowd, some, batch = (pkpd.Crowd(n) for n in (people, few, min(people, BATCH)))
    wanted = pkpd_peers.reference(pkpd.Crowd(min(few, 8)))
    runs: dict[str, tuple[pkpd.Crowd, Callable[[], Any]]] = {
        "resynapse": (crowd, crowd.printed),
        "resynapse_jax": (crowd, crowd.scanned),
        "libroadrunner": (some, lambda: pkpd_peers.by_roadrunner(some)),
        "diffrax_tsit5": (batch, lambda: pkpd_peers.by_diffrax(batch)),
        "scipy_lsoda": (some, lambda: pkpd_peers.by_scipy(some, "LSODA", 1e-6)),
    }
    found = {}
    for name, (who, run) in runs.items():
        timed = best(run, repeats if who is crowd else 1)
        apart = pkpd.errors(timed.result, wanted)
        found[name] = engine(who.count, timed, apart["response"], errors=apart)
    found |= near_limit()
    return {"what": f"{pkpd.READS} times, {len(pkpd.DAYS)} infusions, 28 days", "engines": found, **ratios(found)}


def whole_job(people: int, few: int, repeats: int) -> dict[str, Any]:
    """Job C: the whole chain."""
    crowd, batch, some, pair = (whole.Crowd(n) for n in (people, min(people, BATCH), min(few, 16), min(few, 2)))
    wanted = whole_peers.reference(pair)
    found = {}
    for name, run in {
        "resynapse": crowd.printed,
        "resynapse_2_threads": lambda: crowd.printed(threads=2),
        "resynapse_jax": batch.scanned,
        "diffrax_tsit5": lambda: whole_peers.by_diffrax(batch, "diffrax_tsit5"),
        "diffrax_kvaerno5": lambda: whole_peers.by_diffrax(some, "diffrax_kvaerno5"),
        "scipy_lsoda": lambda: whole_peers.by_scipy(pair),
    }.items():
        timed = best(run, repeats if name.startswith("resynapse") else 1)
        apart = whole_peers.errors(crowd, timed.result, wanted)
        count = len(timed.result["despair"])
        found[name] = engine(count, timed, max(apart.values()), errors=apart)
    told = f"{whole.READS} times, {len(whole.DAYS)} infusions, 28 days, {len(whole.SPREADS)} values that differ"
    return {"what": told, "engines": found, "roofline": roofline(crowd, found["resynapse"]), **ratios(found)}


def profile_job(people: int, few: int, repeats: int) -> dict[str, Any]:
    """Concentrations as a fit and a figure need them."""
    found = profiles.job(people, few, repeats)
    return {**found, **ratios(found["engines"])}


def ratios(engines: dict[str, Any]) -> dict[str, Any]:
    """How many times more people a second than each other engine."""
    own = engines["resynapse"]["people_per_cpu_s"]
    return {"times_faster_than": {name: own / e["people_per_cpu_s"] for name, e in engines.items()}}


def measured(jobs: tuple[str, ...], people: int, few: int, full: bool) -> dict[str, Any]:
    """All results of one run."""
    keep_compiled_code()
    here = machine()
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "P": lambda: linear_job(people, few, 5),
        "C": lambda: whole_job(people, few, 5),
        "profiles": lambda: profile_job(people, few, 5),
    }
    sizes = scaling.FULL_SIZES if full else scaling.SIZES
    # populations first: a child's peak memory counts from what its parent held when it was born
    runs = list(scaling.engine_runs(sizes)) if "scaling" in jobs else []
    costs = list(scaling.kernel_costs(max(16, people // 10))) if "scaling" in jobs else []
    found = {name: run() for name, run in made.items() if name in jobs}
    return {"machine": here, "jobs": found, "scaling": runs, "costs": costs}


def main() -> None:
    """Measure and store."""
    words = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    words.add_argument("--full", action="store_true", help="a million people as well (minutes)")
    words.add_argument("--people", type=int, default=10_000, help="people of the jobs")
    words.add_argument("--few", type=int, default=32, help="people given to slower tools")
    words.add_argument("--jobs", default=",".join(JOBS), help="which of " + ", ".join(JOBS))
    words.add_argument("--out", type=Path, default=HERE / "results.json")
    given = words.parse_args()
    found = measured(tuple(given.jobs.split(",")), given.people, given.few, given.full)
    given.out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
