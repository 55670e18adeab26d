"""Opioid dependence: whatever ketamine does, an opioid tone has to let it through to mood."""

from dataclasses import replace

from ...chains import default_chain
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction
from ..siblings import opioid_gated
from ..under import held

_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_BLOCKED = held("naltrexone", default_chain("human").replace(mood=opioid_gated("human")))
_NALTREXONE = replace(_INFUSION, under=_BLOCKED)
_MOUSE = Experiment(under=_BLOCKED)
_WELL = Experiment("human", drug=None, stress=0.0)

HYPOTHESIS = Hypothesis(
    name="opioid_dependence",
    claim="Relief reaches mood only through a working opioid system: an antagonist takes the antidepressant effect "
    "away and leaves the dissociation.",
    sources=("williams2018", "klein2020", "jiang2024", "hirota1999"),
    stages={"mood": opioid_gated},
    predicts=(
        Prediction("despair", "down", _INFUSION, (24.0, 24.0), "williams2018", "7 of 12 responded on day 1"),
        Prediction(
            "despair",
            "up",
            _NALTREXONE,
            (24.0, 24.0),
            "williams2018",
            "much smaller on day 1 (7 responders)",
            _INFUSION,
        ),
        Prediction("despair", "up", _NALTREXONE, (72.0, 72.0), "williams2018", "much smaller on day 3", _INFUSION),
        Prediction(
            "despair",
            "up",
            _NALTREXONE,
            (24.0, 24.0),
            "yoon2025",
            "no difference between groups over four weekly infusions (20 with naltrexone, 19 without; alcohol as well)",
            _INFUSION,
        ),
        Prediction("cadss_total", "none", _NALTREXONE, (0.5, 1.0), "williams2018", "no difference", _INFUSION),
        Prediction("despair", "up", _MOUSE, (24.0, 24.0), "wulf2022", "lost in mice; by kappa block too", Experiment()),
        Prediction("opioid_release", "up", Experiment("rat"), (0.0, 1.0), "jiang2024", "beta-endorphin up in rats"),
        Prediction("occupancy_mor", "none", _INFUSION, (0.0, 2.0), "hirota1999", "Ki 42 umol/L: about 1 % at the peak"),
        Prediction(
            "despair", "none", replace(_WELL, under=_BLOCKED), (24.0, 24.0), "klein2020", "not read: well people", _WELL
        ),
    ),
    against=(
        "people on naltrexone or on opioid maintenance who respond: five in an open series, then a randomised trial",
        "mu receptors almost empty at antidepressant doses: only a permissive or an indirect part remains",
        "an antagonist that takes any antidepressant's or a placebo's effect away as well",
        "a mu agonist that does not treat, which only a permissive part survives",
    ),
    remark="A wiring of its own: opioids are released with glutamate, compete at mu receptors with what else is there, "
    "and open a gate between synapses and mood; only relief passes it, so that an antagonist makes nobody ill. How far "
    "the gate shuts is put in (half-opening at half of resting activation), not found. Kappa receptors are left out.",
)
