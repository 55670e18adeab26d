"""TrkB binding: antidepressants, fast and slow, bind the receptor of BDNF itself."""

from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_ALONE = blend({"trkb": 1.0})
_HNK = Experiment(drug="hydroxynorketamine_r")
_ANTIBODY = Experiment(under=(("synapse.bdnf_free", 0.0),))
_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")

HYPOTHESIS = Hypothesis(
    name="trkb_binding",
    claim="Ketamine and its metabolite bind the transmembrane part of TrkB and make it listen better to the BDNF that "
    "is there.",
    sources=("casarotto2021",),
    stages=_ALONE.stages,
    values=_ALONE.values,
    predicts=(
        Prediction("trkb", "up", Experiment(), (0.0, 2.0), "casarotto2021", "TrkB signalling needs the binding site"),
        Prediction(
            "despair", "down", Experiment(), (24.0, 24.0), "casarotto2021", "lost with a mutated site (recalled)"
        ),
        Prediction("despair", "down", _HNK, (24.0, 24.0), "zanos2016", "HNK works alone in mice"),
        Prediction("despair", "none", _ANTIBODY, (24.0, 24.0), "lepack2015", "lost under an antibody against BDNF"),
        Prediction("despair", "down", _INFUSION, (24.0, 24.0), "murrough2013a", "less depression at 24 h"),
    ),
    against=(
        "a twelfth of the sites occupied at 1 umol/L: an amplifier is needed that nobody has measured",
        "memantine and other blockers differing in effect for a reason that has nothing to do with TrkB",
        "NMDA receptors being needed for the effect",
    ),
    remark="Both binding constants are recalled. Cholesterol, which the site is said to sense, is not in the chain.",
)
