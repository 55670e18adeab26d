"""A running nose: two factors on nasal uptake, tuned to the published rises of peak and area and the earlier peak.

Run `python -m resynapse.calibrate.rhinitis` to repeat it; documented in `docs/calibration/rhinitis.md`.
"""

from __future__ import annotations

import numpy as np

from ..body.modifier import ObservedRatio, modifier
from ..chains import body_chain
from .exposure import Exposure, OneDose, exposures
from .fit import Fit, Floats, best_factors

PARAMETERS = ("fr_n", "ka_n")


def fit_rhinitis() -> Fit:
    """Factors on `fr_n` and `ka_n` that meet the ratios of peak, area and time of the peak best, all weighted alike."""
    return best_factors(misfits, len(PARAMETERS))


def misfits(factors: Floats) -> Floats:
    """Logarithms of predicted over observed ratio (people x targets) for trial factors (people x 2)."""
    targets = [o for o in modifier("rhinitis").observed if o.role == "build"]
    found = _courses(factors, targets[0])
    return np.array([[np.log(_ratio(t, ill, found[0]) / t.ratio) for t in targets] for ill in found[1:]])


def _courses(factors: Floats, given: ObservedRatio) -> list[Exposure]:
    chain = body_chain("human", "kpk1")
    well = [float(chain.parameters[f"body.{name}"]) for name in PARAMETERS]
    people = np.vstack([np.ones(len(PARAMETERS)), factors]) * well
    doses = [
        OneDose(given.drug, given.route, given.mg, given.over, given.devices, dict(zip(_ADDRESSES, row, strict=True)))
        for row in people.tolist()
    ]
    return [found[given.port] for found in exposures(chain, doses, (given.port,))]


def _ratio(target: ObservedRatio, ill: Exposure, well: Exposure) -> float:
    both = {
        "AUC": (ill.area, well.area),
        "Cmax": (ill.peak, well.peak),
        "tmax": (ill.peak_time, well.peak_time),
    }[target.metric]
    return both[0] / both[1]


_ADDRESSES = tuple(f"body.{name}" for name in PARAMETERS)

if __name__ == "__main__":
    best = fit_rhinitis()
    print("factors:", dict(zip(PARAMETERS, best.factors.round(3).tolist(), strict=True)))
    print("log misfits (peak, area, time of the peak):", best.left.round(3).tolist())
