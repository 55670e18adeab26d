"""Extrasynaptic GluN2B: tonic receptors hold protein synthesis back until they are blocked."""

from ...chains import default_chain
from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction
from ..siblings import extrasynaptic_plasticity
from ..under import held

_ALONE = blend({"tonic": 1.0})
_RAPAMYCIN = Experiment(under=(("synapse.mtor_active", 0.0),))
_TONIC = default_chain("mouse").replace(synapse=extrasynaptic_plasticity("mouse"))
_PYRAMIDAL = Experiment(under=held("glun2b_deletion_pyramidal", _TONIC))
_ANTIBODY = Experiment(under=(("synapse.bdnf_free", 0.0),))

HYPOTHESIS = Hypothesis(
    name="extrasynaptic_glun2b",
    claim="Ambient glutamate at extrasynaptic GluN2B receptors of pyramidal cells holds mTORC1 back; ketamine lifts "
    "that brake.",
    sources=("miller2014",),
    stages=_ALONE.stages,
    values=_ALONE.values,
    predicts=(
        Prediction("mtorc1", "up", Experiment(), (0.5, 2.0), "miller2014", "up, mimicked and occluded by deletion"),
        Prediction("despair", "down", Experiment(), (24.0, 24.0), "miller2014", "mimicked and occluded by deletion"),
        Prediction(
            "despair",
            "up",
            _PYRAMIDAL,
            (24.0, 24.0),
            "gerhard2020",
            "kept after knock-down in prefrontal pyramidal cells; occluded by deletion (Miller 2014)",
            versus=Experiment(),
        ),
        Prediction("despair", "none", _RAPAMYCIN, (24.0, 24.0), "li2010", "lost under rapamycin in the rat's brain"),
        Prediction(
            "despair", "down", _ANTIBODY, (24.0, 24.0), "lepack2015", "lost: the brake is not enough without BDNF"
        ),
    ),
    against=(
        "GluN2B knock-down in pyramidal cells of prefrontal cortex leaving the effect as it was",
        "BDNF being needed for the effect",
        "rapamycin prolonging the response in patients instead of blocking it",
    ),
    remark="The resting pool stands for extrasynaptic GluN2B, which is given 0.8 of it; with deletion a fifth of the "
    "brake can still be lifted. That deletion by itself lifts it, and looks like ketamine, is left out.",
)
