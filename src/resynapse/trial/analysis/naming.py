"""Analyses as documents: a method with its arguments, as a trial design writes it down before the trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from ...core.errors import RequestError, nearest
from .ancova import Ancova, Pooled, Sandwich
from .covariance import (
    HeterogeneousAutoregressive,
    HeterogeneousCompoundSymmetry,
    HeterogeneousToeplitz,
    Unstructured,
)
from .crossover import Crossover
from .freedom import KenwardRoger, Satterthwaite
from .logrank import CombinedLogRank, LogRank, MaxCombo
from .mediation import Mediation
from .mmrm import Mmrm
from .multiplicity import FixedSequence, Hochberg
from .responders import CommonOddsRatio, CommonRiskDifference, RiskDifference
from .shares import MiettinenNurminen, Newcombe
from .survival import Cox, KaplanMeier

Analysis = (
    Mmrm
    | Ancova
    | RiskDifference
    | CommonRiskDifference
    | CommonOddsRatio
    | KaplanMeier
    | Cox
    | LogRank
    | MaxCombo
    | CombinedLogRank
    | Mediation
    | Crossover
)
Procedure = Hochberg | FixedSequence

ANALYSES: Mapping[str, type[Analysis]] = {
    "mmrm": Mmrm,
    "ancova": Ancova,
    "risk_difference": RiskDifference,
    "common_risk_difference": CommonRiskDifference,
    "common_odds_ratio": CommonOddsRatio,
    "kaplan_meier": KaplanMeier,
    "cox": Cox,
    "log_rank": LogRank,
    "max_combo": MaxCombo,
    "combined_log_rank": CombinedLogRank,
    "mediation": Mediation,
    "crossover": Crossover,
}
PROCEDURES: Mapping[str, type[Procedure]] = {"hochberg": Hochberg, "fixed_sequence": FixedSequence}

_WHOLE: Mapping[str, Mapping[str, object]] = {
    "covariances": {
        "unstructured": Unstructured(),
        "toeplitz": HeterogeneousToeplitz(),
        "autoregressive": HeterogeneousAutoregressive(),
        "compound_symmetry": HeterogeneousCompoundSymmetry(),
    },
    "freedom": {"satterthwaite": Satterthwaite(), "kenward_roger": KenwardRoger()},
    "errors": {"pooled": Pooled(), "hc3": Sandwich()},
    "interval": {"newcombe": Newcombe(), "miettinen_nurminen": MiettinenNurminen()},
}


def read_analysis(document: Mapping[str, Any]) -> Analysis:
    """The analysis that a document names: `method`, then the arguments of that method.

    **Raises:** `RequestError` for an unknown method, argument or choice, or a missing argument.
    """
    return _read(document, ANALYSES)


def read_procedure(document: Mapping[str, Any]) -> Procedure:
    """The procedure for several hypotheses that a document names.

    **Raises:** as `read_analysis`.
    """
    return _read(document, PROCEDURES)


def document_of(named: Analysis | Procedure) -> dict[str, Any]:
    """The document that names an analysis or a procedure, every argument written out."""
    methods = {kind: method for method, kind in (ANALYSES | PROCEDURES).items()}  # type: ignore[operator]
    return {"method": methods[type(named)]} | {f.name: _said(f.name, getattr(named, f.name)) for f in fields(named)}


def _read(document: Mapping[str, Any], methods: Mapping[str, type[Any]]) -> Any:
    method = str(document.get("method", ""))
    if method not in methods:
        word = nearest(method, methods)
        raise RequestError("no such method of analysis", where="method", given=method, allowed=methods, nearest=word)
    kind = methods[method]
    known = {f.name: f for f in fields(kind)}
    given = {name: value for name, value in document.items() if name != "method"}
    for name in given:
        if name not in known:
            word = nearest(name, known)
            raise RequestError("a method has no such argument", where=method, given=name, allowed=known, nearest=word)
    for name, needed in known.items():
        if _required(needed) and name not in given:
            raise RequestError("a method lacks an argument", where=method, given=f"no `{name}`", then=f"give `{name}`")
    return kind(**{name: _meant(name, value) for name, value in given.items()})


def _required(argument: Field[Any]) -> bool:
    return argument.default is MISSING and argument.default_factory is MISSING


def _meant(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_meant(name, one) for one in value)
    if name not in _WHOLE:
        return value
    choices = _WHOLE[name]
    if value not in choices:
        raise RequestError("no such choice", where=name, given=value, allowed=choices, nearest=nearest(value, choices))
    return choices[value]


def _said(name: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return [_said(name, one) for one in value]
    if name not in _WHOLE:
        return value
    return next(word for word, whole in _WHOLE[name].items() if whole == value)
