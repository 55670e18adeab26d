"""The page of speed and its figure, made from `results.json`: `python -m bench.page`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import NullLocator

from resynapse.report.style import INK, QUIET, stroke

ROOT = Path(__file__).parent.parent
PAGE, FIGURE = ROOT / "docs" / "reference" / "speed.md", ROOT / "docs" / "figures" / "speed.png"
NAMES = {
    "resynapse": "Resynapse",
    "resynapse_2_threads": "the same, two threads",
    "resynapse_jax": "Resynapse, differentiable path (JAX)",
    "libroadrunner": "libroadrunner (CVODE)",
    "diffrax_tsit5": "Diffrax Tsit5, mapped over people",
    "diffrax_kvaerno5": "Diffrax Kvaerno5, mapped over people",
    "scipy_lsoda": "SciPy LSODA, one by one",
    "near_limit_kernel": "a kernel near the limit of the machine, written by hand for this job",
}
TITLES = {
    "P": "Job P: linear kinetics, effect site, indirect response",
    "C": "Job C: the whole chain",
    "profiles": "Concentration profiles",
}
SECONDS = (1, 3, 10, 30, 100, 300)
OURS, PALE = stroke(0).color, "#b9c6cc"


def written(results: dict[str, Any]) -> str:
    """The page in Markdown."""
    machine = results["machine"]
    load = ", ".join(str(v) for v in machine["load_before"])
    graphics = ", ".join(machine["accelerators"]) or "not measured (none was at hand)"
    parts = [
        "# Speed",
        "",
        "Made by `make bench`; do not edit. What is timed, and how, stands in `bench/README.md`.",
        "",
        f"Measured on {machine['processor']}, {machine['cores']} cores, Python {machine['python']}, "
        f"JAX {machine['jax']}; load before the run: {load}. Graphics processor: {graphics}.",
        "",
        "People a second of *processor time* (all threads together), engines warm, best of several runs: this compares",
        "code and not the load of the moment, but read ratios to one significant figure.",
        "",
        "![People a second, and what a population costs](../figures/speed.png)",
        *(line for name, job in results["jobs"].items() for line in _job(name, job)),
        *_roof(results["jobs"].get("C", {}).get("roofline")),
        *_populations(results["scaling"]),
        *_costs(results["costs"]),
        *LIMITS,
    ]
    return "\n".join(parts) + "\n"


LIMITS = (
    "",
    "## What these numbers do not say",
    "",
    "- The other tools are general and adaptive; on job P they are more exact than they were asked to be. The kernel",
    "  gains from what it knows of a chain: linear parts are exact, people share a grid, nothing adapts.",
    "- Slower tools are timed on fewer people than the kernel; Diffrax is given a batch, because it needs one.",
    "- rxode2, nlmixr2, mrgsolve, Pumas and numbalsoda are missing: they could not be installed here.",
)


def _job(name: str, job: dict[str, Any]) -> list[str]:
    faster = job.get("times_faster_than", {})
    rows = [
        f"| {NAMES.get(n, n)} | {_rate(e['people_per_cpu_s'])} | {_times(faster.get(n))} "
        f"| {_error(e['max_rel_err'])} | {e['people']:,} |"
        for n, e in job["engines"].items()
    ]
    head = [
        "| engine | people per CPU-second | Resynapse is faster by | largest error | people timed |",
        "|---|---|---|---|---|",
    ]
    return ["", f"## {TITLES[name]}", "", f"{job['what'][0].upper()}{job['what'][1:]}.", "", *head, *rows]


def _error(largest: float) -> str:
    return f"{largest:.1e}" if largest else "stands for the truth"


def _times(ratio: float | None) -> str:
    return "" if ratio is None or ratio == 1.0 else f"{_rate(float(f'{ratio:.2g}'))}x"


def _rate(value: float) -> str:
    """Three figures, without powers of ten."""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 100.0 else f"{value:.3g}"


def _roof(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    return [
        "",
        "## How far from the machine's limit",
        "",
        f"Job C takes {found['steps']:,} steps of {found['states']['linear']} linear and {found['states']['slow']} "
        f"other states: about {found['operations_per_person'] / 1e6:.2g} million operations a person, counted in the",
        f"printed program, and {found['bytes_read_and_written_per_person'] / 1024:.1f} kB read and written. That is "
        f"{found['gigaflops']:.2g} GFLOP/s, or {100 * found['share_of_peak']:.0f} % of an assumed peak of 48 per core.",
        "Memory is far from limiting; what limits is arithmetic, and operations that wait for one another: the",
        "substeps of the habenula, divisions and roots.",
    ]


def _populations(runs: list[dict[str, Any]]) -> list[str]:
    if not runs:
        return []
    head = [
        "| people | processes | wall (s) | CPU (s) | peak memory (MB) | on disk (MB) |",
        "|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {r['people']:,} | {r['processes']} | {r['wall_s']:.1f} | {r['cpu_s']:.1f} "
        f"| {r['peak_memory_mb']:,.0f} | {r['stored_mb']:.1f} |"
        for r in runs
    ]
    told = "From request to tables on disk: people drawn, their rest found, four weeks solved, visits stored."
    return ["", "## Whole populations through the engine", "", told, "", *head, *rows]


def _costs(costs: list[dict[str, Any]]) -> list[str]:
    if not costs:
        return []
    said = {
        name: ", ".join(f"{c[name]}: {c['us_per_person']:.0f}" for c in costs if name in c)
        for name in ("doses", "days")
    }
    told = "Microseconds of processor time a person, by number of"
    return ["", f"{told} doses in four weeks: {said['doses']}; by days after one dose: {said['days']}."]


def drawn(results: dict[str, Any]) -> Any:
    """The figure: people a second in every engine, and wall time and memory of whole populations."""
    jobs = {n: j for n, j in results["jobs"].items() if n in ("P", "C")}
    figure = plt.figure(figsize=(12.0, 1.2 + 2.6 * len(jobs)), layout="constrained")
    bars, growth = figure.subfigures(1, 2, width_ratios=(2.1, 1.0))
    for axis, (name, job) in zip(bars.subplots(len(jobs), 1, squeeze=False)[:, 0], jobs.items(), strict=True):
        _bars(axis, TITLES[name], job["engines"])
    wall, memory = growth.subplots(2, 1, sharex=True)
    runs = sorted(results["scaling"], key=lambda r: r["people"])
    _growth(wall, "Wall time (s)", "wall_s", runs)
    _growth(memory, "Peak memory (MB)", "peak_memory_mb", runs)
    wall.set_title("Whole populations, request to tables on disk", loc="left", size=9)
    wall.set(yscale="log")
    wall.yaxis.set_minor_locator(NullLocator())
    wall.set_yticks(SECONDS, [str(s) for s in SECONDS])
    memory.set(xscale="log", xlabel="people", ylim=(0, 2200))
    memory.axhline(2000, color=QUIET, linewidth=0.8, linestyle=":")
    figure.suptitle("How fast, beside what", x=0.01, ha="left", size=12, weight="bold", color=INK)
    return figure


def _bars(axis: Any, title: str, engines: dict[str, Any]) -> None:
    order = sorted(engines, key=lambda n: engines[n]["people_per_cpu_s"])
    rates = [engines[n]["people_per_cpu_s"] for n in order]
    own = [n.startswith("resynapse") for n in order]
    axis.barh([NAMES.get(n, n) for n in order], rates, color=[OURS if o else PALE for o in own], height=0.65)
    for place, (name, rate) in enumerate(zip(order, rates, strict=True)):
        error = engines[name]["max_rel_err"]
        axis.text(rate, place, f"  {_rate(rate)} (error {error:.0e})", va="center", size=7.5, color=QUIET)
    axis.set(xscale="log", xlabel="people per second of processor time", xlim=(min(rates) / 3, max(rates) * 60))
    axis.set_title(title, loc="left", size=9)
    _plain(axis)


def _growth(axis: Any, label: str, column: str, runs: list[dict[str, Any]]) -> None:
    for processes, (mark, color) in {1: ("s--", QUIET), 2: ("o-", OURS)}.items():
        own = [r for r in runs if r["processes"] == processes]
        words = f"{processes} process{'es' * (processes > 1)}"
        axis.plot([r["people"] for r in own], [r[column] for r in own], mark, color=color, label=words, markersize=4)
    axis.set_ylabel(label, size=8)
    axis.legend(frameon=False, fontsize=7.5)
    _plain(axis)


def _plain(axis: Any) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=7.5, colors=INK)


def main() -> None:
    """Write page and figure."""
    results = json.loads((Path(__file__).with_name("results.json")).read_text("utf-8"))
    PAGE.write_text(written(results), "utf-8")
    drawn(results).savefig(FIGURE, dpi=150)


if __name__ == "__main__":
    main()
