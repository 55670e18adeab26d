"""Chains with further slow rooms: monoamine stores that can be emptied, and newborn neurons."""

from __future__ import annotations

from functools import cache

from ..chains import anchored, own_set
from ..core.calibrated import CALIBRATED
from ..core.chain import Chain
from ..core.parameter import Species
from ..mood.depletable import DepletableDespair
from ..mood.hippocampal import HippocampalDespair
from ..slow_chains import slow_chain
from ..synapse.depletable import DepletableMonoamine
from ..synapse.newborn import NewbornNeurons


@cache
def depletable_chain(species: Species = "human", body: str | None = None, calibration: str = CALIBRATED) -> Chain:
    """The slow chain of people, whose monoamine stores can be emptied (`monoamine.store_left`) and whose mood feels it.

    With full stores every number is the slow chain's. Only people have a slow limb: other species are ignored here and
    left out of `species` by the hypotheses that use it.
    """
    stages = {
        "monoamine": DepletableMonoamine.load(own_set("synapse", "human_depletable", calibration)),
        "mood": DepletableDespair.load(own_set("mood", "human_depletable", calibration)),
    }
    return anchored(slow_chain(body, calibration).replace(**stages))


@cache
def neurogenic_chain(species: Species = "human", body: str | None = None, calibration: str = CALIBRATED) -> Chain:
    """The slow chain of people with newborn hippocampal neurons, which mood weighs by `mood.w_newborn` (0)."""
    slow = slow_chain(body, calibration)
    added = {
        "newborn": NewbornNeurons.load(own_set("synapse", "human_newborn", calibration)),
        "mood": HippocampalDespair.load(own_set("mood", "human_hippocampal", calibration)),
    }
    return anchored(Chain({**slow.stages, **added}, slow.external))
