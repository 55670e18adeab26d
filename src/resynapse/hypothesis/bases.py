"""Chains with further slow rooms: monoamine stores that can be emptied, and newborn neurons."""

from __future__ import annotations

from functools import cache

from ..chains import anchored, set_path
from ..core.chain import Chain
from ..core.parameter import Species
from ..mood.depletable import DepletableDespair
from ..mood.hippocampal import HippocampalDespair
from ..slow_chains import slow_chain
from ..synapse.depletable import DepletableMonoamine
from ..synapse.newborn import NewbornNeurons


@cache
def depletable_chain(species: Species = "human", body: str | None = None) -> Chain:
    """The slow chain of people, whose monoamine stores can be emptied (`monoamine.store_left`) and whose mood feels it.

    With full stores every number is the slow chain's. Only people have a slow limb: other species are ignored here and
    left out of `species` by the hypotheses that use it.
    """
    stages = {
        "monoamine": DepletableMonoamine.load(set_path("synapse", "human_depletable")),
        "mood": DepletableDespair.load(set_path("mood", "human_depletable")),
    }
    return anchored(slow_chain(body).replace(**stages))


@cache
def neurogenic_chain(species: Species = "human", body: str | None = None) -> Chain:
    """The slow chain of people with newborn hippocampal neurons, which mood weighs by `mood.w_newborn` (0)."""
    slow = slow_chain(body)
    added = {
        "newborn": NewbornNeurons.load(set_path("synapse", "human_newborn")),
        "mood": HippocampalDespair.load(set_path("mood", "human_hippocampal")),
    }
    return anchored(Chain({**slow.stages, **added}, slow.external))
