"""The few numbers that a person wants to see first, printed after a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

_PLASMA = ("cv_ketamine", "ca_ketamine")
_PEAKS = (
    "ce_nmdar",
    "occupancy_nmdar_interneuron",
    "occupancy_nmdar_pyramidal",
    "glutamate_pfc",
    "cadss_total",
    "sbp_change",
)
_LATER = ("madrs_total", "despair", "spine_density", "lhb_burst_fraction", "fst_immobility")
_LOOKS = {"2 h": 2.0, "24 h": 24.0, "day 7": 168.0, "day 14": 336.0}


def print_headline(tree: xr.DataTree, folder: Path | None, report: bool) -> None:
    """Print the first person's start, extreme (farthest from the start) and later values, and where the result is."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if Console().is_terminal else 120)
    signals = tree["signals"].to_dataset()
    table = Table(
        "",
        "unit",
        "before",
        "extreme",
        *_LOOKS,
        box=None,
        header_style="bold",
        title=tree.attrs["title"],
        title_justify="left",
    )
    plasma = [name for name in _PLASMA if name in signals][:1]
    for name in (*plasma, *_PEAKS, *_LATER):
        if name in signals:
            table.add_row(name, signals[name].attrs["units"], *_row(signals[name].isel(person=0)))
    console.print(table)
    _print_rest(console, tree, folder, report)


def _row(signal: xr.DataArray) -> list[str]:
    values, times = signal.values, signal["time"].values
    extreme = values[np.argmax(np.abs(values - values[0]))]
    looks = [np.interp(t, times, values) if times[0] <= t <= times[-1] else np.nan for t in _LOOKS.values()]
    return [_number(v, float(np.max(np.abs(values)))) for v in (values[0], extreme, *looks)]


def _print_rest(console: Any, tree: xr.DataTree, folder: Path | None, report: bool) -> None:
    people = tree["signals"].sizes["person"]
    if people > 1:
        console.print(f"Shown: the first of {people} people.")
    if "calibration" in tree.attrs:
        from .report.doubt import about, doubt
        from .report.result import opened

        result = opened(tree)
        for line in (about(result), *doubt(result)):
            console.print(line, highlight=False)
    if "observed" in tree.children:
        from .qualify.beside import summary

        console.print(summary(tree["observed"].to_dataset()))
    if folder is not None:
        console.print(f"Report: {folder / 'report.html'}" if report else f"Result: {folder / 'result.nc'}")
    console.print("For research. Not medical advice, and never advice to a patient.")


def _number(value: float, scale: float) -> str:
    """Three digits; far below the largest value of its row a number is only written as about zero."""
    if not np.isfinite(value):
        return ""
    tiny = 0 < abs(value) < 1e-4 * scale
    return "~0" if tiny else f"{value:.3g}"
