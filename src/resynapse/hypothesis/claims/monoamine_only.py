"""Monoamines only: depression is a lack of serotonin and noradrenaline, and what does not raise them does not help."""

from ...core.chain import Chain
from ...core.parameter import Species
from ...slow_chains import slow_chain
from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_TABLETS = Experiment("human", "escitalopram", "po", "10 mg")


def _slow(species: Species, body: str | None) -> Chain:
    return slow_chain(body)


HYPOTHESIS = Hypothesis(
    name="monoamine_only",
    claim="Depression is a lack of monoamines: what raises them for weeks treats it, and a fast NMDA blocker does not.",
    sources=("ruhe2007", "taylor2006"),
    values=blend({}).values,
    base=_slow,
    species=("human",),
    predicts=(
        Prediction("despair", "down", _TABLETS, (1008.0, 1008.0), "taylor2006", "better than placebo within six weeks"),
        Prediction("despair", "none", _TABLETS, (24.0, 24.0), "taylor2006", "about a third of six weeks by week 1"),
        Prediction("despair", "none", _INFUSION, (24.0, 24.0), "murrough2013a", "less depression at 24 h"),
    ),
    against=(
        "any drug that treats within hours without raising monoamines",
        "depletion of monoamines leaving healthy people's mood as it was",
        "two thirds of people not remitting on what raises monoamines",
    ),
    remark="For people only: rodents have no slow limb here. The slow drive acts through BDNF, as in the default slow "
    "chain; depletion (reserpine, tryptophan) is not on file. Dopamine released by ketamine is not modelled.",
)
