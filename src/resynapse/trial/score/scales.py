"""Other scales, as they hang on the measured MADRS and on the chain's ideation and anhedonia."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .values import facts

Floats = NDArray[np.float64]
MADRS = "madrs_total"
_IDEATION, _ANHEDONIA = ("ssi_total", "cgi_ss"), ("shaps_total",)
_MIDDLE = 0.3


def converted(
    name: str, madrs: Floats, beyond: tuple[Floats, Floats], drawn: Floats, within: tuple[float, float]
) -> Floats:
    """A scale's score beside a measured MADRS: a linear link with an error, whole numbers in the scale's range.

    **Arguments:** `beyond` as for `items`; `drawn` are normal numbers; `within` is the range of the scale.
    """
    known = facts("scales")
    link = known[f"{name}.slope"].value * madrs
    if name in _IDEATION:
        link = link * np.exp(_MIDDLE * known["ideation.pull"].value * beyond[0])
    if name in _ANHEDONIA:
        link = link * np.exp(_MIDDLE * known["anhedonia.pull"].value * beyond[1])
    score = known[f"{name}.intercept"].value + link + known[f"{name}.error"].value * drawn
    return np.asarray(np.clip(np.round(score), *within))


def convertible() -> tuple[str, ...]:
    """The scales that can be said beside MADRS."""
    return tuple(key.partition(".")[0] for key in facts("scales") if key.endswith(".slope"))
