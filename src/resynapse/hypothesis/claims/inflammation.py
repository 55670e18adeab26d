"""Inflammation: stress inflames, inflammation wears synapses down, and ketamine calms it."""

from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction
from ..siblings import inflamed_plasticity

HYPOTHESIS = Hypothesis(
    name="inflammation",
    claim="Depression is in part an inflammation of the brain, and ketamine relieves it by lowering cytokines.",
    sources=("kopra2021",),
    stages={"synapse": inflamed_plasticity},
    values=blend({}).values,
    predicts=(
        Prediction("cytokines", "down", Experiment(), (2.0, 24.0), "kopra2021", "down in rodents, uneven in patients"),
        Prediction(
            "despair",
            "down",
            Experiment(),
            (24.0, 24.0),
            "zanos2016",
            "less immobility at 24 h",
            unmet="two hours of drug lower a cytokine that takes a day to move by a few per cent, and synapses by less",
        ),
        Prediction("cytokines", "down", Experiment(drug="hydroxynorketamine_r"), (2.0, 24.0), "kopra2021", "not read"),
    ),
    against=(
        "patients whose cytokines do not fall and who improve all the same",
        "other drugs that lower the same cytokines and do not treat within a day",
        "an effect in animals that are not inflamed",
    ),
    remark="Every other drive is off. One cytokine state, half of stress' effect on synapses through it (assumed): "
    "calming lasts as long as the drug and a day more.",
)
