"""ADAE, ADTTE and ADPPK: adverse events, times to events, and doses with scores between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .study import HOURS, MADRS, Study, flag, study_day

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, NDArray[Any]]
_SENSED = ("dizziness", "nausea", "sedation")
_EVENTS = {"time_to_relapse": "RELAPSE", "time_to_response": "RESPONSE"}
_STOPPING = "stopping treatment"
_CENSORED = {"stopped": "STOPPED TREATMENT, NO LONGER WATCHED", "watched": "WATCHED TO THE END OF THE TRIAL"}


def adae(study: Study) -> Columns:
    """The data set of adverse events: one record a person, session and sensation."""
    long = study.tables["sessions"].melt(["subject", "session", "day"], list(_SENSED), "term", "came")
    long = long[long["came"] > 0].sort_values(["subject", "session", "term"])
    who, period = long["subject"].to_numpy(np.int64), study.period(long["day"])
    known, emergent = study.identified(who), period >= 0
    later = long.assign(emergent=emergent).duplicated(["subject", "term", "emergent"]).to_numpy()
    return {
        **known,
        "TRTA": study.had(who, long["day"]),
        "APERIOD": period + 1,
        "AESEQ": (long.groupby("subject").cumcount() + 1).to_numpy(np.int64),
        "AETERM": long["term"].str.upper().to_numpy(object),
        "AEDECOD": long["term"].str.capitalize().to_numpy(object),
        "AESPID": long["session"].astype(str).to_numpy(object),
        "ASTDY": study_day(long["day"]),
        "ARELTM": HOURS * long["day"].to_numpy(np.float64),
        "TRTEMFL": flag(emergent),
        "AOCCPFL": flag(emergent & ~later),
    }


def adtte(study: Study) -> Columns:
    """The data set of times to events; besides the design's endpoints there is the time to stopping treatment."""
    table = study.tables["times"]
    who, event = table["subject"].to_numpy(np.int64), table["event"].to_numpy(np.int64)
    measures = {e["endpoint"]: e["measure"] for e in study.record["contrasts"]}
    names = list(dict.fromkeys(name for name in table["endpoint"] if name != _STOPPING))
    codes = {name: f"TTE{i + 1:02d}" for i, name in enumerate(names)} | {_STOPPING: "TTSTOP"}
    words = {name: _EVENTS.get(measures.get(name, ""), "STOPPED TREATMENT") for name in (*names, _STOPPING)}
    told = [words[n] if e == "event" else _CENSORED[e] for n, e in zip(table["endpoint"], table["ended"], strict=True)]
    since = table["origin"].to_numpy(np.float64)
    return {
        **study.identified(who),
        "PARAMCD": np.array([codes[n] for n in table["endpoint"]], dtype=object),
        "PARAM": np.array([f"{n.capitalize()} (days)" for n in table["endpoint"]], dtype=object),
        "AVAL": table["day"].to_numpy(np.float64),
        "CNSR": 1 - event,
        "EVNTDESC": np.array(told, dtype=object),
        "STARTDY": study_day(since),
        "ADY": study_day(since + table["day"].to_numpy(np.float64)),
    }


def adppk(study: Study) -> Columns:
    """Doses that hold drug with the MADRS totals between them, in the order that an event table wants.

    A score of the same time stands before the dose. The run stores no concentrations, so that there are none here.
    """
    import pandas as pd

    rows = pd.concat([_scored(study), _dosed(study)], ignore_index=True)
    rows = rows.sort_values(["subject", "day", "EVID"], kind="stable", ignore_index=True)
    who = rows["subject"].to_numpy(np.int64)
    people = study.tables["subjects"].set_index("subject").loc[who]
    first = rows.groupby("subject")["day"].transform("min")
    return {
        **study.identified(who),
        "ID": who + 1,
        "TIME": HOURS * (rows["day"] - first).to_numpy(np.float64),
        "EVID": rows["EVID"].to_numpy(np.int64),
        "MDV": rows["EVID"].to_numpy(np.int64),
        **{name: rows[name].to_numpy(np.float64) for name in ("AMT", "DUR", "DV")},
        **{name: rows[name].fillna("").to_numpy(object) for name in ("DRUG", "ROUTE", "QUANTITY")},
        "WT": people["weight"].to_numpy(np.float64),
        "AGE": people["age"].to_numpy(np.float64) if "age" in people.columns else np.full(len(who), np.nan),
        "SEX": people["sex"].to_numpy(np.float64) if "sex" in people.columns else np.full(len(who), np.nan),
        "ARELTM": HOURS * rows["day"].to_numpy(np.float64),
    }


def _scored(study: Study) -> pd.DataFrame:
    table = study.tables["visits"]
    own = table[table["scale"] == MADRS][["subject", "day", "value"]].rename(columns={"value": "DV"})
    return own.assign(EVID=0, QUANTITY=MADRS, AMT=np.nan, DUR=np.nan, DRUG="", ROUTE="")


def _dosed(study: Study) -> pd.DataFrame:
    table = study.tables["doses"]
    own = table[(table["blank"] == 0) & np.isfinite(table["mg"].to_numpy(np.float64))]
    own = own[["subject", "day", "mg", "over_h", "compound", "route"]]
    named = own.rename(columns={"mg": "AMT", "over_h": "DUR", "compound": "DRUG", "route": "ROUTE"})
    lasting = named["DUR"].where(named["DUR"] > 0.0)
    return named.assign(EVID=1, QUANTITY="", DV=np.nan, DUR=lasting)
