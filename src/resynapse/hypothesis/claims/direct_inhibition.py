"""Direct inhibition: block of resting receptors frees the translation of BDNF, without any burst."""

from ...chains import default_chain
from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction
from ..under import held

_ALONE = blend({"eef2": 1.0})
_INTERNEURON = Experiment(under=held("glun2b_deletion_interneuron", default_chain("mouse")))
_PYRAMIDAL = Experiment(under=held("glun2b_deletion_pyramidal", default_chain("mouse")))
_ANTIBODY = Experiment(under=(("synapse.bdnf_free", 0.0),))

HYPOTHESIS = Hypothesis(
    name="direct_inhibition",
    claim="Ketamine blocks NMDA receptors at rest, eEF2 kinase falls silent, and BDNF is translated without any change "
    "in firing.",
    sources=("autry2011", "gideons2014"),
    stages=_ALONE.stages,
    values=_ALONE.values,
    predicts=(
        Prediction("eef2_p", "down", Experiment(dose="3 mg/kg"), (0.5, 0.5), "autry2011", "down, half of it recalled"),
        Prediction("bdnf", "up", Experiment(), (0.5, 0.5), "autry2011", "up within the hour (recalled)"),
        Prediction("despair", "down", Experiment(), (24.0, 24.0), "autry2011", "less immobility to 24 h and beyond"),
        Prediction("despair", "none", _ANTIBODY, (24.0, 24.0), "lepack2015", "lost under an antibody against BDNF"),
        Prediction(
            "despair", "none", _INTERNEURON, (24.0, 24.0), "gerhard2020", "lost without GluN2B there", Experiment()
        ),
        Prediction("despair", "up", _PYRAMIDAL, (24.0, 24.0), "gerhard2020", "kept without GluN2B there", Experiment()),
        Prediction(
            "glutamate_pfc",
            "up",
            Experiment("rat", stress=0.0),
            (0.0, 1.0),
            "moghaddam1997",
            "up; it plays no part in this explanation",
        ),
    ),
    against=(
        "the effect lost when GluN2B is missing from interneurons, and kept when it is missing from pyramidal cells",
        "pretreatment with another NMDA blocker abolishing the effect",
        "R-ketamine outlasting S-ketamine in mice",
    ),
    remark="Deletion of GluN2B by kind of cell comes out the wrong way round in prefrontal cortex: it needs the "
    "resting pool, of which GluN2B is given 0.8. Memantine, which spares resting receptors and leaves eEF2 alone "
    "(for this explanation), is asked of all wirings together and not here.",
)
