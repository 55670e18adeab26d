"""The visual predictive check: do percentiles of what was measured lie where the theory says they should?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .likelihood import TINY

Floats = NDArray[np.float64]
PERCENTILES = (5.0, 50.0, 95.0)
_INTERVAL = (5.0, 95.0)
_MOST_BINS, _FEWEST_GAPS = 8, 2
_CLEAR, _SOON = 0.1, 0.1  # a gap on the log scale that counts; hours added before the logarithm


@dataclass(frozen=True)
class Check:
    """Percentiles of measured and simulated values in bins of time.

    **Arguments:** `edges` are the limits of the bins (h), `middle` the median time in each; `observed` has shape
    percentiles x bins; `low`, `median` and `high` are the 90 % interval and the median of the same percentiles over
    simulated tables; `corrected` says whether the values are prediction-corrected; `times` and `values` are the points;
    `left_out` is the number of measurements that cannot be corrected.
    """

    edges: Floats
    middle: Floats
    observed: Floats
    low: Floats
    median: Floats
    high: Floats
    corrected: bool
    times: Floats
    values: Floats
    left_out: int = 0


def bins(times: Floats) -> Floats:
    """Limits between bins: in the clear gaps between sampling times, else such that bins hold about equally many."""
    unique = np.unique(times)
    if len(unique) <= _MOST_BINS:
        inner = (unique[1:] + unique[:-1]) / 2
    else:
        clear = _clear_gaps(times, unique)
        inner = clear if len(clear) >= _FEWEST_GAPS else _even_limits(times, unique)
    return np.concatenate([[unique[0]], inner, [unique[-1]]])


def _clear_gaps(times: Floats, unique: Floats) -> Floats:
    """The widest gaps (on a logarithmic scale) that leave enough measurements on both sides."""
    wide = np.diff(np.log(unique + _SOON))
    least, chosen = len(times) // (3 * _MOST_BINS), [unique[0], unique[-1]]
    for i in np.argsort(-wide, kind="stable"):
        limits = np.sort([*chosen, (unique[i] + unique[i + 1]) / 2])
        enough = np.histogram(times, limits)[0].min() >= max(1, least)
        if wide[i] > _CLEAR and enough and len(limits) <= _MOST_BINS + 1:
            chosen = list(limits)
    return np.array(sorted(chosen)[1:-1])


def _even_limits(times: Floats, unique: Floats) -> Floats:
    quantiles = np.quantile(times, np.linspace(0, 1, _MOST_BINS + 1)[1:-1])
    places = np.unique(np.clip(np.searchsorted(unique, quantiles, side="right"), 1, len(unique) - 1))
    return (unique[places - 1] + unique[places]) / 2


def check(times: Floats, values: Floats, simulations: Floats, edges: Floats) -> Check:
    """The visual predictive check of many people's measurements.

    **Arguments:** `values` may hold minus infinity for what lay below a limit: it ranks lowest, and a percentile that
    falls on it is not drawn; `simulations` has shape tables x measurements.
    """
    return _checked(times, values, simulations, edges, False)


def corrected_check(times: Floats, values: Floats, simulations: Floats, edges: Floats, pred: Floats) -> Check:
    r"""The prediction-corrected check, for people with different doses and covariates.

    $y \cdot \widetilde{\mathrm{PRED}}_{bin} / \mathrm{PRED}$, for values and simulations alike (Bergstrand and others
    2011, doi 10.1208/s12248-011-9255-z). Measurements whose PRED is 0, such as those before the first dose, have no
    such ratio: they are left out here, counted in `left_out`, and do not enter the bin's median PRED.
    """
    used = pred > TINY
    found = _corrected(times[used], values[used], simulations[:, used], edges, pred[used])
    return replace(found, left_out=int((~used).sum()))


def _corrected(times: Floats, values: Floats, simulations: Floats, edges: Floats, pred: Floats) -> Check:
    place = _place(times, edges)
    typical = np.array([np.median(pred[place == b]) if (place == b).any() else np.nan for b in range(len(edges) - 1)])
    factor = typical[place] / pred
    return _checked(times, values * factor, simulations * factor, edges, True)


def _checked(times: Floats, values: Floats, simulations: Floats, edges: Floats, corrected: bool) -> Check:
    place = _place(times, edges)
    filled = [b for b in range(len(edges) - 1) if (place == b).any()]
    size = (len(filled), len(PERCENTILES))
    observed = np.array([_observed(values[place == b]) for b in filled]).reshape(size).T
    each = [np.percentile(simulations[:, place == b], PERCENTILES, axis=1) for b in filled]
    drawn = np.moveaxis(np.array(each).reshape(*size, len(simulations)), 0, -1)
    low, median, high = np.percentile(drawn, (_INTERVAL[0], 50.0, _INTERVAL[1]), axis=1)
    middle = np.array([np.median(times[place == b]) for b in filled])
    return Check(edges, middle, observed, low, median, high, corrected, times, values)


def _place(times: Floats, edges: Floats) -> NDArray[np.int64]:
    return np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)


def _observed(values: Floats) -> Floats:
    """Percentiles in which what lay below a limit ranks lowest."""
    low, high = (np.percentile(values, PERCENTILES, method=m) for m in ("lower", "higher"))
    finite = np.isfinite(low) & np.isfinite(high)
    known = np.percentile(np.where(np.isfinite(values), values, 0.0), PERCENTILES)
    return np.where(finite, known, np.nan)
