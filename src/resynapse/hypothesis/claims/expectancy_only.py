"""Expectancy only: what helps is what people expect when they feel that they got the drug."""

from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_ALONE = blend({})
_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")

HYPOTHESIS = Hypothesis(
    name="expectancy_only",
    claim="Ketamine itself does nothing to mood: people feel that they got it, and expect to get well.",
    sources=("lii2023",),
    stages=_ALONE.stages,
    values=_ALONE.values,
    predicts=(
        Prediction(
            "despair",
            "none",
            _INFUSION,
            (24.0, 24.0),
            "lii2023",
            "-5.8 points under anaesthesia (95 % CI -13.3 to 1.6)",
        ),
        Prediction("cadss_total", "up", _INFUSION, (0.5, 1.0), "lii2023", "felt, when awake: what unblinds"),
        Prediction("despair", "none", Experiment(), (24.0, 24.0), "zanos2016", "less immobility: mice expect nothing"),
        Prediction("lhb_burst_fraction", "none", Experiment(), (24.0, 24.0), "ma2023", "suppressed to 24 h"),
    ),
    against=(
        "effects in animals, which do not know what they were given",
        "an effect of the drug in people who were truly masked",
        "a comparator that is felt as strongly and does not treat",
    ),
    remark="The drug's effect on mood is exactly none in this chain; belief, raters and placebo belong to trials. "
    "Receptors and glutamate are as in the default chain.",
)
