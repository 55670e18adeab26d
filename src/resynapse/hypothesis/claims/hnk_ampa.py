"""HNK: a metabolite, not ketamine, does the work, at AMPA receptors."""

from ..drive import blend
from ..experiment import Experiment
from ..hypothesis import Hypothesis, Prediction

_ALONE = blend({"hnk": 1.0})
_HNK = Experiment(drug="hydroxynorketamine_r")
_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")

HYPOTHESIS = Hypothesis(
    name="hnk_ampa",
    claim="The metabolite (2R,6R)-hydroxynorketamine raises AMPA transmission and BDNF; NMDA receptors have no part "
    "in it.",
    sources=("zanos2016", "lumsden2019"),
    stages=_ALONE.stages,
    values=_ALONE.values,
    predicts=(
        Prediction("despair", "down", _HNK, (24.0, 24.0), "zanos2016", "works alone in mice"),
        Prediction(
            "despair",
            "down",
            Experiment("rat", "hydroxynorketamine_r", dose="20 mg/kg"),
            (24.0, 24.0),
            "shirayama2018",
            "no effect at 20 and 40 mg/kg in helpless rats",
        ),
        Prediction(
            "despair",
            "down",
            Experiment(drug="arketamine"),
            (24.0, 24.0),
            "zhang2014",
            "R-ketamine lasts longer, S-ketamine does not",
            versus=Experiment(drug="esketamine"),
        ),
        Prediction(
            "despair",
            "down",
            _INFUSION,
            (24.0, 24.0),
            "murrough2013a",
            "less depression at 24 h",
            unmet="free HNK after 0.5 mg/kg in people is some forty times under what half works in mice",
        ),
    ),
    against=(
        "no effect of HNK alone in another species or laboratory",
        "patients with more HNK in plasma improving less",
        "pretreatment with an NMDA blocker abolishing the effect of HNK as well",
    ),
    remark="Blockers of AMPA receptors and more HNK in some people than in others can be asked; a receptor of HNK is "
    "not known, so none is in the chain.",
)
