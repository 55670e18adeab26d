"""ADQS: every score, item and dissociation rating, one record a person, parameter and visit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .study import HOURS, MADRS, Study, flag, study_day

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, NDArray[Any]]
CRITERION = "AVAL is at most half of BASE"
_ITEMS = (
    *("apparent_sadness", "reported_sadness", "inner_tension", "reduced_sleep", "reduced_appetite"),
    *("concentration", "lassitude", "inability_to_feel", "pessimistic_thoughts", "suicidal_thoughts"),
)
_SESSIONS = 1000
_LONGEST = 8


def code(scale: str) -> str:
    """The code of a scale: `madrs_total` is `MADRS`."""
    return re.sub(r"[^A-Z0-9]", "", scale.removesuffix("_total").upper())[:_LONGEST]


def adqs(study: Study) -> Columns:
    """The data set of scores."""
    parts = [*_scales(study), *_items(study), _dissociation(study)]
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _scales(study: Study) -> Iterator[Columns]:
    table = study.tables["visits"]
    for scale in dict.fromkeys(table["scale"]):
        own = table[table["scale"] == scale]
        words = (code(scale), str(study.record["scales"][scale]["title"]), "TOTAL SCORE")
        known = _visited(study, own, words, own["value"].to_numpy(np.float64), own["change"].to_numpy(np.float64))
        after = np.isfinite(known["CHG"])
        found = dict(known)
        found["ANL01FL"] = flag(_analysed(study, own, scale, known))
        asked = after & (not study.withdrawn)
        found["CRIT1"] = np.where(asked, CRITERION, "").astype(object)
        met = known["AVAL"] <= 0.5 * known["BASE"]
        found["CRIT1FL"] = np.where(asked, flag(met, "N"), "").astype(object)
        yield found


def _items(study: Study) -> Iterator[Columns]:
    table = study.tables["visits"]
    own = table[table["scale"] == MADRS]
    for i, item in enumerate(_ITEMS):
        if item not in own.columns:
            continue
        value = own[item].to_numpy(np.float64)
        words = (f"MADRS{i + 1:02d}", f"MADRS item {i + 1}: {item.replace('_', ' ')}", "ITEM")
        yield _plain(_visited(study, own, words, value, value - _base(study, own, value)))


def _base(study: Study, own: pd.DataFrame, value: Any) -> NDArray[np.float64]:
    """Each person's value at the baseline visit of the period."""
    place = _places(study, own)
    first = np.asarray(study.record["baseline"])
    at_first = {(int(s), int(k)): v for s, k, v in zip(own["subject"], place, value, strict=True) if first[k] == k}
    pairs = zip(own["subject"], place, strict=True)
    return np.array([at_first.get((int(s), int(first[k])), np.nan) for s, k in pairs], dtype=np.float64)


def _places(study: Study, own: pd.DataFrame) -> NDArray[np.int64]:
    by = {(one["name"], one["period"]): k for k, one in enumerate(study.record["looks"])}
    return np.array([by[(v, int(p))] for v, p in zip(own["visit"], own["period"], strict=True)], dtype=np.int64)


def _visited(study: Study, own: pd.DataFrame, words: tuple[str, str, str], value: Any, change: Any) -> dict[str, Any]:
    who, place = own["subject"].to_numpy(np.int64), _places(study, own)
    first = np.asarray(study.record["baseline"])[place]
    after = place > first
    base, before = value - change, own["day"].to_numpy(np.float64) < 0.0
    period = np.where(before, -1, own["period"].to_numpy(np.int64))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where((base != 0.0) & (not study.withdrawn), 100.0 * change / base, np.nan)
    given = np.where(before, study.had(who, own["day"]), study.treatment(who, period))
    return {
        **study.identified(who),
        "TRTP": given,
        "TRTA": given,
        "APERIOD": period + 1,
        **_named(words, len(who)),
        "AVISIT": own["visit"].to_numpy(object),
        "AVISITN": place + 1,
        "ADY": study_day(own["day"]),
        "ARELTM": HOURS * own["day"].to_numpy(np.float64),
        "AVAL": value,
        "BASE": base,
        "CHG": np.where(after, change, np.nan),
        "PCHG": np.where(after, share, np.nan),
        "ABLFL": flag(place == first),
    }


def _named(words: tuple[str, str, str], count: int) -> dict[str, Any]:
    keys = ("PARAMCD", "PARAM", "PARCAT1")
    return {key: np.full(count, word, dtype=object) for key, word in zip(keys, words, strict=True)}


def _analysed(study: Study, own: pd.DataFrame, scale: str, known: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Records whose value, as it stands, entered the analysis of the first primary endpoint."""
    end = next((e for e in study.record["contrasts"] if e["role"] == "primary"), None)
    if end is None or end["scale"] != scale:
        return np.zeros(len(own), bool)
    table = study.tables["analysed"]
    table = table[table["endpoint"] == end["endpoint"]]
    keys = zip(table["subject"], table["visit"], table["period"], strict=True)
    entered = {(int(s), str(v), int(p)): float(x) for (s, v, p), x in zip(keys, table["value"], strict=True)}
    value = {"change": known["CHG"], "score": known["AVAL"]}.get(end["measure"])
    rows = zip(own["subject"], own["visit"], own["period"], strict=True)
    found = np.array([entered.get((int(s), str(v), int(p)), np.nan) for s, v, p in rows], dtype=np.float64)
    return np.isfinite(found) if value is None else np.isclose(found, value, atol=1e-9)


def _dissociation(study: Study) -> Columns:
    table = study.tables["sessions"]
    who, period = table["subject"].to_numpy(np.int64), study.period(table["day"])
    given, nothing = study.had(who, table["day"]), np.full(len(table), np.nan)
    found = {
        **study.identified(who),
        **{"TRTP": given, "TRTA": given, "APERIOD": period + 1},
        **_named(("CADSS", "Highest CADSS total of a session", "DISSOCIATION"), len(table)),
        "AVISIT": np.array([f"Session {k}" for k in table["session"]], dtype=object),
        "AVISITN": table["session"].to_numpy(np.int64) + _SESSIONS,
        "ADY": study_day(table["day"]),
        "ARELTM": HOURS * table["day"].to_numpy(np.float64),
        "AVAL": table["cadss"].to_numpy(np.float64),
        **{"BASE": nothing, "CHG": nothing, "PCHG": nothing, "ABLFL": flag(np.zeros(len(table)))},
    }
    return _plain(found)


def _plain(found: Mapping[str, Any]) -> Columns:
    """A part without flags of an analysis."""
    empty = np.full(len(found["STUDYID"]), "", dtype=object)
    return {**found, "ANL01FL": empty, "CRIT1": empty, "CRIT1FL": empty}
