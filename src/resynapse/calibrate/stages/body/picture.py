"""The body's calibration as a figure: from a stored run, the rows and the exact solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....report.calibration_figure import Band, Known, Met, draw_calibration
from ...posterior import Posterior
from . import told
from .evidence import Evidence, Row, evidence
from .predicted import answers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
_WIDE = 1.6449
_DRAWS = 60


def picture(posterior: Posterior) -> Figure:
    """Values before and after on the left, rows on the right."""
    rows = evidence()
    title = "KPK-1's values, fitted to pharmacokinetic rows of role build"
    note = f"Run {posterior.name} {posterior.digest}, {len(rows.rows)} rows."
    return draw_calibration(title, known(posterior), met(posterior, rows), note)


def known(posterior: Posterior) -> tuple[Known, ...]:
    """Bands of every value and spread before and after."""
    scores, open_ones = np.array([-_WIDE, 0.0, _WIDE]), posterior.record.not_identified
    before = {a: law.at(scores) for a, law in told.laws().items()}
    before |= {f"spread.{group[0]}": law.at(scores) for group, law in told.spreads().items()}
    declared = told.chain().declared
    return tuple(
        Known(a.replace("body.", ""), _unit(a, declared), _band(b), _after(posterior, a), a not in open_ones)
        for a, b in before.items()
    )


def met(posterior: Posterior, rows: Evidence) -> tuple[Met, ...]:
    """Every row, and every curve, as observed over predicted by the middle of the posterior."""
    some = np.linspace(0, len(posterior) - 1, _DRAWS).astype(int)
    values = {a: posterior.of(a)[some] for a in told.laws()}
    found = np.median(answers([r.asked for r in rows.rows], values), axis=0)
    single = [
        Met(_name(r), (float(r.seen.value / np.exp(p)),), _between(posterior, r, r.seen.sd))
        for r, p in zip(rows.single, found, strict=False)
    ]
    start, curves = len(rows.single), []
    for course in rows.courses:
        ratios = np.exp(course.seen.logs - found[start : start + len(course.rows)])
        start += len(course.rows)
        sd = float(posterior.record.more["misfit_of_curves"])
        words = f"{_name(course.rows[0])} ({len(course.rows)} times)"
        curves.append(Met(words, tuple(ratios.tolist()), _between(posterior, course.rows[0], sd)))
    return (*single, *curves)


def _between(posterior: Posterior, row: Row, sd: float) -> tuple[float, float]:
    """Where 90 % of such ratios should lie: the row's own error and differences between studies."""
    between = float(posterior.record.more["between_studies"])
    sizes = [told.setting("study", "hnk_sd") if name.endswith(" hnk") else between for name, _ in row.effects]
    wide = _WIDE * float(np.sqrt(sd**2 + sum(s**2 for s in sizes)))
    return float(np.exp(-wide)), float(np.exp(wide))


def _name(row: Row) -> str:
    o, asked = row.observation, row.asked
    metric = {"at": "curve", "auc_ratio": "area ratio", "half_life": "half-life"}.get(asked.metric, asked.metric)
    return f"{o.study.name} {o.arm.name.removeprefix('caucasian_18_60_')}: {o.quantity} {metric}"


def _unit(address: str, declared: object) -> str:
    return "1" if address.startswith("spread.") else str(declared[address].unit)  # type: ignore[index]


def _band(values: Floats) -> Band:
    low, middle, high = (float(v) for v in values)
    return low, middle, high


def _after(posterior: Posterior, address: str) -> Band:
    return _band(np.quantile(posterior.of(address), [0.05, 0.5, 0.95]))
