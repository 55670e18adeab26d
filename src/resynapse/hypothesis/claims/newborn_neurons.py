"""Newborn neurons: slow antidepressants work by cells that are born in the hippocampus and take weeks to join."""

from ..bases import neurogenic_chain
from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_TABLETS = Experiment("human", "fluoxetine", "po", "20 mg")
_SIX_WEEKS = (1008.0, 1008.0)

HYPOTHESIS = Hypothesis(
    name="newborn_neurons",
    claim="Slow antidepressants raise the birth of hippocampal neurons, and mood follows when these have joined the "
    "circuit; what works within a day works otherwise or not at all.",
    sources=("santarelli2003", "malberg2000"),
    values={**blend({}).values, "synapse.k_v": 0.0, "mood.w_newborn": 1.0},
    base=neurogenic_chain,
    species=("human",),
    predicts=(
        Prediction(
            "newborn_neurons",
            "up",
            _TABLETS,
            _SIX_WEEKS,
            "navailles2008",
            "up in rats (Malberg 2000); unchanged in adult mice of two strains",
        ),
        Prediction("newborn_neurons", "none", _TABLETS, (24.0, 24.0), "malberg2000", "by chronic, not acute, use"),
        Prediction("despair", "down", _TABLETS, _SIX_WEEKS, "santarelli2003", "lost in mice without new neurons"),
        Prediction("despair", "none", _TABLETS, (168.0, 168.0), "taylor2006", "a third of six weeks' effect by week 1"),
        Prediction(
            "newborn_neurons", "none", _INFUSION, (2.0, 24.0), "soumier2016", "young cells mature within 2 h in rats"
        ),
        Prediction("despair", "none", _INFUSION, (24.0, 24.0), "murrough2013a", "less depression at 24 h"),
    ),
    against=(
        "a drug that treats within a day, and does so in rats without new neurons",
        "strains in which fluoxetine treats and no more neurons are born",
        "too few new neurons making no animal depressed",
        "young neurons that ketamine needs in mice, by activity rather than by number",
    ),
    remark="For people only, with the pace of rodents. Every other way from a drug to mood is off, so that the weight "
    "of newborn neurons (1, about that of surface AMPA receptors) can be seen alone; everywhere else it is 0. How many "
    "neurons are born in grown people is disputed.",
)
