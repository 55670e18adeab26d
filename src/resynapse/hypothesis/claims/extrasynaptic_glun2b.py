"""Extrasynaptic GluN2B: tonic receptors hold protein synthesis back until they are blocked."""

from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_ALONE = blend({"tonic": 1.0})
_RAPAMYCIN = Experiment(under=(("synapse.mtor_active", 0.0),))
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
    remark="The resting pool stands for extrasynaptic GluN2B; deletion in one kind of cell cannot be asked.",
)
