"""Opioid dependence: whatever ketamine does, an opioid tone has to let it through to mood."""

from dataclasses import replace

from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_NALTREXONE = replace(_INFUSION, under=(("mood.expression", 0.0),))

HYPOTHESIS = Hypothesis(
    name="opioid_dependence",
    claim="Relief reaches mood only through a working opioid system: an antagonist takes the antidepressant effect "
    "away and leaves the dissociation.",
    sources=("williams2018", "hirota1999"),
    predicts=(
        Prediction("despair", "down", _INFUSION, (24.0, 24.0), "williams2018", "7 of 12 responded on day 1"),
        Prediction("despair", "none", _NALTREXONE, (24.0, 24.0), "williams2018", "much smaller on days 1 and 3"),
        Prediction("cadss_total", "up", _NALTREXONE, (0.5, 1.0), "williams2018", "no difference in dissociation"),
        Prediction("occupancy_mor", "none", _INFUSION, (0.0, 2.0), "hirota1999", "Ki 42 umol/L: about 1 % at the peak"),
    ),
    against=(
        "people on naltrexone or on opioid maintenance who respond (small series, mixed)",
        "mu receptors almost empty at antidepressant doses: only a permissive or an indirect part remains",
        "an antagonist that takes any antidepressant's or a placebo's effect away as well",
    ),
    remark="The wiring is the default one: nothing differs until an antagonist is given, which is `mood.expression` 0 "
    "for a full one. Direct agonism is not wired: at 1 % occupancy it would do nothing. Opioid release is not "
    "modelled. Under the antagonist somebody well would not rest at 0, so it is asked of depressed people only.",
)
