"""Habenula: ketamine stops the bursting of the centre of disappointment, and stays trapped there."""

from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_ALONE = blend({"habenula": 1.0})
_NBQX = Experiment(under=(("synapse.ampar_open", 0.0),))
_NO_T_TYPE = Experiment(under=(("brain.t_type_left", 0.0),))

HYPOTHESIS = Hypothesis(
    name="habenula_burst_block",
    claim="Ketamine stops the bursts of the lateral habenula, which hold reward and mood down, and block that is "
    "trapped there outlasts the drug.",
    sources=("yang2018", "ma2023"),
    stages=_ALONE.stages,
    values=_ALONE.values,
    predicts=(
        Prediction("lhb_burst_fraction", "down", Experiment(), (0.5, 2.0), "yang2018", "down to about none"),
        Prediction("lhb_burst_fraction", "down", Experiment(), (24.0, 24.0), "ma2023", "suppressed to 24 h"),
        Prediction(
            "despair", "down", Experiment(), (2.0, 2.0), "yang2018", "despair and anhedonia relieved in an hour"
        ),
        Prediction("despair", "none", _NO_T_TYPE, (2.0, 2.0), "yang2018", "bursts need T-type channels as well"),
        Prediction("despair", "down", _NBQX, (24.0, 24.0), "zanos2016", "lost under NBQX (recalled)"),
        Prediction("spine_density", "none", Experiment(), (24.0, 24.0), "phoumthipphavong2016", "denser"),
    ),
    against=(
        "an effect lost under AMPA or BDNF block, which this explanation does not need",
        "a lasting effect independent of the habenula, as one laboratory finds",
        "memantine, which blocks the same channels, treating nobody",
        "the maintenance of the effect being lost when new spines are deleted",
    ),
    remark="No spines grow in it. Stimulation after the dose is a manipulation on file, early (more drug is "
    "trapped) and late (trapped drug leaves).",
)
