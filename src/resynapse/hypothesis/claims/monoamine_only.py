"""Monoamines only: depression is a lack of serotonin and noradrenaline, and what does not raise them does not help."""

from ..bases import depletable_chain
from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction
from ..under import held

_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_TABLETS = Experiment("human", "escitalopram", "po", "10 mg")
_WELL = Experiment("human", drug=None, stress=0.0)
_DEPLETED = Experiment("human", drug=None, stress=0.0, under=held("monoamine_depletion", depletable_chain()))

HYPOTHESIS = Hypothesis(
    name="monoamine_only",
    claim="Depression is a lack of monoamines: what raises them for weeks treats it, and a fast NMDA blocker does not.",
    sources=("ruhe2007", "taylor2006", "moreno1999"),
    values={**blend({}).values, "mood.w_lack": 1.0},
    base=depletable_chain,
    species=("human",),
    predicts=(
        Prediction("despair", "down", _TABLETS, (1008.0, 1008.0), "taylor2006", "better than placebo within six weeks"),
        Prediction("despair", "none", _TABLETS, (24.0, 24.0), "taylor2006", "about a third of six weeks by week 1"),
        Prediction("despair", "none", _INFUSION, (24.0, 24.0), "murrough2013a", "less depression at 24 h"),
        Prediction(
            "despair",
            "up",
            _DEPLETED,
            (24.0, 336.0),
            "ruhe2007",
            "depletion did not lower mood in healthy people; it did in people remitted from depression",
            versus=_WELL,
        ),
    ),
    against=(
        "any drug that treats within hours without raising monoamines",
        "depletion of monoamines leaving healthy people's mood as it was",
        "two thirds of people not remitting on what raises monoamines",
        "depletion leaving remitted people without drugs as they were in one trial, and lowering their mood in another",
    ),
    remark="For people only: rodents have no slow limb here. Empty stores push mood the whole way (`mood.w_lack` 1): "
    "healthy people fall ill in it, which nobody has seen. With a tenth of that push in the circuit wiring only people "
    "near the edge fall. Tablets act through BDNF, as in the slow chain. Dopamine set free by ketamine is left out.",
)
