"""ADSL: one record a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .study import Study, flag, study_day

Columns = Mapping[str, NDArray[Any]]
_COVARIATES = {"age": "AGE", "weight": "WEIGHTBL", "bmi": "BMIBL", "prior_failures": "PRFAILN", "baseline": "MADRSBL"}
_REASONS = {"lack_of_effect": "LACK OF EFFICACY", "other": "OTHER", "adverse_event": "ADVERSE EVENT"}
_GUESSES = {1: "DRUG", 0: "CONTROL", -1: "DO NOT KNOW"}


def adsl(study: Study) -> Columns:
    """The subject-level data set."""
    table = study.tables["subjects"]
    who = table["subject"].to_numpy(np.int64)
    stopped = table["stopped_at"].to_numpy(object) != ""
    found: dict[str, NDArray[Any]] = {
        **study.identified(who),
        "PERSONID": table["person"].to_numpy(np.int64),
        "ARM": table["arm"].to_numpy(object),
        "ARMCD": np.array([f"ARM{study.arms.index(arm) + 1:02d}" for arm in table["arm"]], dtype=object),
        **_periods(study, who),
        **_covariates(table),
        "RANDFL": flag(np.ones(len(who))),
        "ITTFL": flag(np.ones(len(who))),
        "COMPLFL": flag(~stopped, "N"),
        "RESCFL": flag(table["rescued_at"].to_numpy(object) != "", "N"),
        "EOTSTT": np.where(stopped, "DISCONTINUED", "COMPLETED").astype(object),
        "DCTREAS": np.array([_REASONS.get(str(word), "") for word in table["reason"]], dtype=object),
        **_exposure(study, who),
        "BELIEF": table["belief"].to_numpy(np.float64),
        "TRTGUESS": np.array([_GUESSES[int(g)] for g in table["guess"]], dtype=object),
    }
    strata = [one["by"] for one in study.record["design"]["allocation"]["strata"] if one["by"] in table.columns]
    if strata:
        words = [
            "; ".join(f"{name}={value}" for name, value in zip(strata, row, strict=True))
            for row in _rows(table, strata)
        ]
        found["STRATUM"] = np.array(words, dtype=object)
    return found


def _rows(table: Any, names: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name] for name in names), strict=True))


def _periods(study: Study, who: NDArray[np.int64]) -> Columns:
    if len(study.starts) < 2:
        return {}
    second = study.treatment(who, np.ones(len(who), np.int64))
    return {"TRT02P": second, "TRT02A": second}


def _covariates(table: Any) -> Columns:
    known = {new: table[old].to_numpy(np.float64) for old, new in _COVARIATES.items() if old in table.columns}
    found: dict[str, NDArray[Any]] = dict(known)
    if "AGE" in known:
        found["AGEU"] = np.full(len(table), "YEARS", dtype=object)
    if "sex" in table.columns:
        found["SEX"] = np.where(table["sex"].to_numpy(np.float64) == 1.0, "F", "M").astype(object)
    return found


def _exposure(study: Study, who: NDArray[np.int64]) -> Columns:
    """Exposure from randomisation on: what a lead-in gave is no treatment of the arm, and has a count of its own."""
    doses = study.tables["doses"]
    own = doses[doses["day"] >= 0.0].groupby("subject")["day"]
    first, last, count = (own.agg(how).reindex(who) for how in ("min", "max", "count"))
    begin, end = study_day(first.to_numpy(np.float64)), study_day(last.to_numpy(np.float64))
    before = doses[doses["day"] < 0.0].groupby("subject")["day"].count().reindex(who)
    return {
        "SAFFL": flag(count.fillna(0) > 0, "N"),
        "TRTSDY": begin,
        "TRTEDY": end,
        "TRTDURD": end - begin + 1.0,
        "NDOSE": count.fillna(0).to_numpy(np.float64),
        "NDOSELI": before.fillna(0).to_numpy(np.float64),
    }
