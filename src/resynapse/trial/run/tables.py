"""What a trial leaves behind besides scores: doses, sessions, times to events, and what entered each analysis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import EventError, RequestError
from ..analysis import Survival
from ..analysis.mmrm import Mmrm
from ..design.giving import Dosing
from ..design.outcome import TIMES
from .dataset import DataSet
from .outcome import origin, outcome, survival, visits

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
SENSED = ("dizziness", "nausea", "sedation")


def doses(data: DataSet) -> pd.DataFrame:
    """One row a person and dose: day, drug, route, amount (mg of base, nan where no file can weigh it), duration.

    Doses are those of the way that the person took: raised ones from when they were raised, a rescue from its visit.

    **Assumes:** nothing is given from the look on at which treatment was over.
    """
    import pandas as pd

    rows = [row for person in range(len(data.arms)) for row in _doses_of(data, person)]
    columns = ("subject", "arm", "day", "compound", "route", "dose", "mg", "over_h", "blank")
    return pd.DataFrame(rows, columns=pd.Index(columns))


def sessions(data: DataSet) -> pd.DataFrame:
    """One row a person and session that took place: its day, the peak of CADSS, and which sensations came."""
    import pandas as pd

    rows = []
    for person, arm in enumerate(data.arms):
        days = data.found.days[person]
        for k in np.flatnonzero(days < data.over[person]):
            felt = data.found.felt.events[person, k]
            words = (person, arm, k + 1, float(days[k]), float(data.found.felt.cadss[person, k]), *map(int, felt))
            rows.append(words)
    return pd.DataFrame(rows, columns=pd.Index(("subject", "arm", "session", "day", "cadss", *SENSED)))


def times(data: DataSet) -> pd.DataFrame:
    """One row a person and time to an event: endpoint, days since `origin`, whether it was seen, and how it `ended`.

    It ended with an `event`, when treatment was `stopped`, or was `watched` to the end of the trial. Besides the
    endpoints of the design there is `stopping treatment`, for everybody. `origin` is a day of the trial: randomisation
    (0), or the last session where only those can relapse who got well in the trial.
    """
    import pandas as pd

    parts = [_stopping(data)]
    for end in data.trial.plan.design.endpoints:
        if end.measure in TIMES:
            made = survival(data, end)
            table = {"endpoint": end.name, "subject": made.covariates["subject"], "arm": made.arm}
            told = {"day": made.time, "event": made.event.astype(int), "origin": origin(data, end)}
            parts.append(pd.DataFrame({**table, **told, "ended": _ended(data, end, made)}))
    return pd.concat(parts, ignore_index=True)


def analysed(data: DataSet) -> pd.DataFrame:
    """One row a value that entered the analysis of an endpoint: who, which treatment, at which visit, what value."""
    import pandas as pd

    columns = ("endpoint", "subject", "arm", "visit", "period", "value")
    parts = [pd.DataFrame(columns=pd.Index(columns))]
    for end in data.trial.plan.design.endpoints:
        try:
            parts += list(_entered(data, end))
        except RequestError:
            continue  # the refusal stands beside the endpoint's answer
    there = [part for part in parts if len(part)]
    return pd.concat(there, ignore_index=True) if there else parts[0]


def periods(data: DataSet) -> pd.DataFrame:
    """One row a person and period: what was planned for it, which is the arm where there is one period."""
    import pandas as pd

    design = data.trial.plan.design
    n = len(data.arms)
    if design.kind != "crossover":
        return pd.DataFrame({"subject": np.arange(n), "period": 0, "treatment": data.arms})
    end = next(e for e in design.endpoints if e.measure not in TIMES)
    had = visits(data, end).arm
    count = len(design.periods)
    return pd.DataFrame(
        {"subject": np.tile(np.arange(n), count), "period": np.repeat(np.arange(count), n), "treatment": had}
    )


def _entered(data: DataSet, end: Any) -> Iterator[pd.DataFrame]:

    if end.measure in TIMES:
        return
    if isinstance(end.analysed, Mmrm):
        made = visits(data, end)
        rows, columns = np.nonzero(np.isfinite(made.score))
        who, value = made.covariates["subject"], made.score[rows, columns]
        visit = np.array(made.visits)[columns]
        yield _values(end.name, (who[rows], made.arm[rows]), visit, value, rows // len(data.arms))
        return
    one = outcome(data, end)
    who = one.covariates["subject"]
    period = np.concatenate([[0], np.cumsum(np.diff(who) < 0)]) if who.size else np.zeros(0, int)
    yield _values(end.name, (who, one.arm), np.full(who.size, end.visit or ""), one.value, period)


def _values(name: str, who: tuple[Any, Any], visit: Any, value: Floats, period: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {"endpoint": name, "subject": who[0], "arm": who[1], "visit": visit, "period": period, "value": value}
    )


def _stopping(data: DataSet) -> pd.DataFrame:
    import pandas as pd

    days, looks = data.trial.plan.days, len(data.trial.plan.looks)
    stopped = data.found.stopped < looks
    day = days[np.minimum(data.found.stopped, looks - 1)]
    who = np.arange(len(data.arms))
    table = {"endpoint": "stopping treatment", "subject": who, "arm": data.arms, "day": np.maximum(day, 0.0)}
    ended = np.where(stopped, "event", "watched")
    return pd.DataFrame({**table, "event": stopped.astype(int), "origin": 0.0, "ended": ended})


def _ended(data: DataSet, end: Any, made: Survival) -> NDArray[np.str_]:
    """How the watching of each person ended; who was cut off by the end of the trial was watched to the end."""
    plan, who = data.trial.plan, made.covariates["subject"]
    stopped = data.found.stopped[who]
    last = np.maximum(plan.days[np.maximum(np.minimum(stopped, len(plan.days)) - 1, 0)] - origin(data, end), 0.0)
    left = (stopped < len(plan.days)) & np.isclose(made.time, last)
    return np.where(made.event, "event", np.where(left, "stopped", "watched"))


def _doses_of(data: DataSet, person: int) -> list[tuple[Any, ...]]:
    plan, over = data.trial.plan, data.over[person]
    arm = str(data.arms[person])
    weights = data.trial.bank.covariates.get("weight")
    weight = float("nan") if weights is None else float(weights[data.found.who[person]])
    found = []
    for one in plan.paths[arm][int(data.found.way[person])].sessions:
        d = one.dosing
        if one.day < over:
            weighed = _weighed(d, weight)
            found.append((person, arm, one.day, d.compound, d.route, d.dose or "", *weighed, int(d.blank)))
    return found


def _weighed(dosing: Dosing, weight: float) -> tuple[float, float]:
    """Milligrams of base and hours; nothing for a blank and for a drug without a file."""
    if dosing.blank:
        return 0.0, 0.0
    try:
        first = dosing.regimen.events(weight)[0]
    except (EventError, RequestError):
        return float("nan"), float("nan")
    return first.amount_mg, first.duration_h
