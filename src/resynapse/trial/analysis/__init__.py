"""What trialists do with the data of a trial; every analysis is a frozen value that answers with an `Estimate`."""

from .ancova import Ancova, Pooled, Sandwich
from .covariance import (
    HeterogeneousAutoregressive,
    HeterogeneousCompoundSymmetry,
    HeterogeneousToeplitz,
    Unstructured,
)
from .crossover import Crossover
from .data import LongColumns, Outcome, Survival, Visits
from .estimate import Estimate
from .freedom import KenwardRoger, Satterthwaite
from .logrank import CombinedLogRank, LogRank, MaxCombo
from .mediation import Mediation
from .mmrm import ORDER, Mmrm
from .multiplicity import Decision, FixedSequence, Hochberg
from .naming import Analysis, Procedure, document_of, read_analysis, read_procedure
from .responders import CommonOddsRatio, CommonRiskDifference, RiskDifference
from .shares import MiettinenNurminen, Newcombe
from .survival import Cox, Curve, KaplanMeier

__all__ = [
    "ORDER",
    "Analysis",
    "Ancova",
    "CombinedLogRank",
    "CommonOddsRatio",
    "CommonRiskDifference",
    "Cox",
    "Crossover",
    "Curve",
    "Decision",
    "Estimate",
    "FixedSequence",
    "HeterogeneousAutoregressive",
    "HeterogeneousCompoundSymmetry",
    "HeterogeneousToeplitz",
    "Hochberg",
    "KaplanMeier",
    "KenwardRoger",
    "LogRank",
    "LongColumns",
    "MaxCombo",
    "Mediation",
    "MiettinenNurminen",
    "Mmrm",
    "Newcombe",
    "Outcome",
    "Pooled",
    "Procedure",
    "RiskDifference",
    "Sandwich",
    "Satterthwaite",
    "Survival",
    "Unstructured",
    "Visits",
    "document_of",
    "read_analysis",
    "read_procedure",
]
