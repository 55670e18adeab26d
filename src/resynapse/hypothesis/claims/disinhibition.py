"""Disinhibition: interneurons are silenced first, and the burst that follows makes synapses."""

from ...chains import default_chain
from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction
from ..under import held

_ALONE = blend({"activity": 1.0})
_RAT = Experiment("rat", stress=0.0)
_NBQX = Experiment(under=(("synapse.ampar_open", 0.0),))
_INTERNEURON = Experiment(under=held("glun2b_deletion_interneuron", default_chain("mouse")))
_PYRAMIDAL = Experiment(under=held("glun2b_deletion_pyramidal", default_chain("mouse")))
_ANTIBODY = Experiment(under=(("synapse.bdnf_free", 0.0),))

HYPOTHESIS = Hypothesis(
    name="disinhibition",
    claim="Ketamine silences interneurons before pyramidal cells, and the glutamate burst that is set free makes "
    "synapses by way of AMPA receptors and BDNF.",
    sources=("moghaddam1997", "gerhard2020", "lepack2015"),
    stages=_ALONE.stages,
    values=_ALONE.values,
    predicts=(
        Prediction("glutamate_pfc", "up", _RAT, (0.0, 1.0), "moghaddam1997", "up at 10, 20 and 30 mg/kg"),
        Prediction(
            "glutamate_pfc",
            "down",
            Experiment("rat", dose="200 mg/kg", stress=0.0),
            (0.0, 1.0),
            "moghaddam1997",
            "down at 200 mg/kg",
        ),
        Prediction("despair", "down", Experiment(), (24.0, 24.0), "gerhard2020", "less immobility at 24 h"),
        Prediction("spine_density", "up", Experiment(), (24.0, 24.0), "phoumthipphavong2016", "denser to two weeks"),
        Prediction("despair", "none", _NBQX, (24.0, 24.0), "zanos2016", "lost under NBQX (recalled)"),
        Prediction("despair", "none", _ANTIBODY, (24.0, 24.0), "lepack2015", "lost under an antibody against BDNF"),
        Prediction(
            "despair",
            "up",
            _INTERNEURON,
            (24.0, 24.0),
            "gerhard2020",
            "lost without GluN2B in interneurons; here lessened by the share that GluN2B is given",
            versus=Experiment(),
        ),
        Prediction("despair", "down", _PYRAMIDAL, (24.0, 24.0), "gerhard2020", "kept without it in pyramidal cells"),
        Prediction(
            "despair",
            "up",
            Experiment(drug="arketamine"),
            (24.0, 24.0),
            "zhang2014",
            "the other way round at day 7: only R-ketamine still worked",
            versus=Experiment(drug="esketamine"),
        ),
    ),
    against=(
        "R-ketamine outlasting S-ketamine in mice, though it binds less",
        "Ro 25-6981, a GluN2B blocker that works in rodents without disinhibition in CA1",
        "an effect that survives the block of AMPA receptors or of BDNF",
        "other NMDA blockers that raise prefrontal glutamate and treat nobody",
    ),
    remark="With 0.3 of the interneurons' NMDA drive through GluN2B (assumed), deletion there takes some half of the "
    "effect and not all: the rest of the pool still disinhibits. Deletion's own disinhibition at rest, which occludes, "
    "is left out.",
)
