"""A stored run as a figure: its values, its rows, dose and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....chains import prior_chain
from ....report.clinic_figure import Seen, Told, draw_clinic
from ...inference.prior import Law
from ...posterior import PLACEBO, Posterior
from .laws import laws
from .screening import doubted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ENDS = np.array([-1.6449, 0.0, 1.6449])
_QUANTILES = ("q05", "q25", "q50", "q75", "q95")
_SHARES = ("response", "remission", "relapse")


def picture(found: Posterior) -> Figure:
    """Values, rows, dose and time of a run of the default chain."""
    said = found.record.more["headline"]
    rows = sorted(said["rows"], key=lambda r: r["what"])
    seen = tuple(
        Seen(r["what"], r["observed"], tuple(r[q] for q in _QUANTILES), any(s in r["what"] for s in _SHARES))
        for r in rows
    )
    told = tuple(_told(found, a) for a in found.addresses)
    return draw_clinic(told, seen, said["drug_alone"], f"run {found.name} {found.digest}; build rows only")


def _told(found: Posterior, address: str) -> Told:
    before, after = _three(_prior(address).at(_ENDS)), _three(np.quantile(found.of(address), (0.05, 0.5, 0.95)))
    learned = address not in found.record.not_identified
    return Told(address.removeprefix(PLACEBO), before, after, learned)


def _three(values: Any) -> tuple[float, float, float]:
    low, middle, high = values
    return float(low), float(middle), float(high)


def _prior(address: str) -> Law:
    own = laws()
    if address.startswith("spread.") and address.removeprefix("spread.") in own.spreads:
        return own.spreads[address.removeprefix("spread.")]
    field = address.removeprefix(PLACEBO)
    return own.score[field] if field in own.score else doubted(prior_chain())[address]
