"""The tables of a trial's page: predicted beside published, guesses, adverse events, mixed models, answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .style import number, p_words
from .trial import EN, MINUS, RATIOS, Row, TrialResult, between, in_percent, in_unit, with_interval

_ORDER = {"miss": 0, "inside": 1, "not predicted": 2}
_SENSED = ("dizziness", "nausea", "sedation")
_Z = 1.959963984540054


@dataclass(frozen=True)
class Table:
    """A table: a caption, columns, rows of words, and which rows are misses."""

    caption: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    missed: Sequence[bool] = ()


def published_table(trial: TrialResult) -> Table | None:
    """Every published number beside what the trial and its replicates say; misses first."""
    found = sorted(trial.record["published"], key=lambda one: _ORDER.get(one["verdict"], 3))
    if not found:
        return None
    columns = (
        *("Endpoint", "Of", "What", "Published", "Simulated, one trial", "95 % of replicates", "Published lies"),
        *("Replicates below it", "Role", "Source"),
    )
    missed = [one["verdict"] == "miss" for one in found]
    caption = f"Simulated beside published: {sum(missed)} of {len(found)} outside the prediction interval, these first"
    return Table(caption, columns, [_published_row(trial, one) for one in found], missed)


def _published_row(trial: TrialResult, one: Row) -> list[str]:
    pair = " over " if one["statistic"] in RATIOS else f" {MINUS} "
    joined = pair if len(one["of"]) == 2 and one["statistic"] != "response_rate" else " + "
    size, unit = in_percent(one)
    spread = str(one["dispersion"]).startswith("sd")
    ends = (None, None) if spread else (_times(size, one["low"]), _times(size, one["high"]))
    value = _times(size, one["value"])
    shown = with_interval(value, *ends) if value is not None else _direction(one["direction"])
    sd = f"; {one['dispersion']}".upper() if spread else ""
    interval = f" [{one['dispersion']}]" if one["dispersion"] and not spread and ends[0] is not None else ""
    told = {name: _times(size, x) for name, x in one["predicted"].items() if name != "count"}
    verdict = {"miss": "outside", "inside": "inside"}.get(one["verdict"], one["verdict"])
    return [
        str(one["endpoint"]),
        joined.join(one["of"]),
        f"{trial.statistic(one)}{f', {unit}' if unit else ''}",
        f"{shown}{interval}{sd}",
        number(_times(size, one["here"])),
        f"{between(told['low'], told['high'])}, median {number(told['median'])}" if one["predicted"]["count"] else EN,
        str(verdict),
        _percent(one["below"]) if one["below"] is not None else EN,
        f"{one['role']}, {one['mark']}",
        str(one["source"]),
    ]


def _times(size: float, value: Any) -> Any:
    return None if value is None else size * value


def _direction(word: str) -> str:
    return {"none": "no difference", "down": "lower", "up": "higher"}.get(word, "") or word


def guess_table(trial: TrialResult) -> Table:
    """What people thought they had, by arm, with Bang's index and its interval."""
    columns = (
        "Arm",
        "n",
        "Drug",
        "Control",
        "Do not know",
        "Right",
        "Bang's index (95 % CI)",
        "Mean belief",
    )
    return Table("Guesses at the end, before anybody was told", columns, [_guess(trial, arm) for arm in trial.arms])


def _guess(trial: TrialResult, arm: str) -> list[str]:
    own = trial.tables["subjects"].query("arm == @arm")
    said, n = own["guess"], len(own)
    drug, control = float((said == 1).mean()), float((said == 0).mean())
    told = trial.told["guesses"][arm]
    right, wrong, index = told["right"], told["wrong"], told["bang"]
    reach = _Z * math.sqrt(max(right + wrong - index**2, 0.0) / n)
    shares = [_percent(x) for x in (drug, control, 1.0 - drug - control, right)]
    interval = with_interval(index, max(index - reach, -1.0), min(index + reach, 1.0), 2)
    return [arm, str(n), *shares, interval, number(float(own["belief"].mean()), 2)]


def event_table(trial: TrialResult) -> Table:
    """People with each sensation in any session that took place, and the highest CADSS, by arm, from day 0 on."""
    columns = ("", *(f"{arm} (n = {_count(trial, arm)})" for arm in trial.arms))
    groups = [(_own(trial, arm), _count(trial, arm)) for arm in trial.arms]
    rows = _felt(groups)
    rows.append(["Stopped treatment", *(_stopped(trial, arm) for arm in trial.arms)])
    since = " from randomisation on" if lead_in_table(trial) else ""
    return Table(f"People with an event in any session{since}, n (%)", columns, rows)


def lead_in_table(trial: TrialResult) -> Table | None:
    """The same before randomisation, of all together; nothing where no session was held before it."""
    own = trial.tables["sessions"].query("day < 0")
    if not len(own):
        return None
    n = len(trial.tables["subjects"])
    caption = "The lead-in before randomisation, n (%): only those who were randomised later, not those who left"
    return Table(caption, ("", f"all (n = {n})"), _felt([(own, n)]))


def _count(trial: TrialResult, arm: str) -> int:
    return int((trial.tables["subjects"]["arm"] == arm).sum())


def _own(trial: TrialResult, arm: str) -> Any:
    return trial.tables["sessions"].query("arm == @arm and day >= 0")


def _felt(groups: Sequence[tuple[Any, int]]) -> list[list[str]]:
    """The rows of sensations, sessions and dissociation: sessions and number of people of each group."""
    rows = [[name.capitalize(), *(_with(own, n, (name,)) for own, n in groups)] for name in _SENSED]
    rows.append(["Any of these", *(_with(own, n, _SENSED) for own, n in groups)])
    rows.append(["Sessions, mean per person", *(number(len(own) / n, 3) for own, n in groups)])
    rows.append(["Highest CADSS, mean (SD)", *(_dissociation(own) for own, _ in groups)])
    return rows


def _with(own: Any, n: int, names: Sequence[str]) -> str:
    there = own[list(names)].max(axis=1)
    return _share(int(own.loc[there > 0, "subject"].nunique()), n)


def _dissociation(own: Any) -> str:
    highest = own.groupby("subject")["cadss"].max()
    return f"{number(float(highest.mean()))} ({number(float(highest.std()))})" if len(highest) > 1 else EN


def _stopped(trial: TrialResult, arm: str) -> str:
    return _share(int(trial.told["flow"]["arms"][arm]["stopped"]), _count(trial, arm))


def _share(count: int, n: int) -> str:
    return f"{count} ({_percent(count / n)})"


def _percent(share: float) -> str:
    return f"{100 * max(share, 0.0):.0f} %"


def answer_table(trial: TrialResult) -> Table:
    """Every endpoint with the answer of the one trial and what replicates say."""
    columns = ("Endpoint", "Role", "Estimate (95 % CI)", "p", "95 % of replicates", "Method", "People")
    rows = [_answer(trial, end) for end in trial.record["contrasts"]]
    return Table("Endpoints", columns, rows)


def _answer(trial: TrialResult, end: Row) -> list[str]:
    found = trial.answer(end["endpoint"])
    told = end["predicted"]
    known = [str(end["endpoint"]), str(end["role"])]
    if found.get("estimate") is None:
        why = str(found.get("refused") or "described, not tested")
        return [*known, EN, EN, EN, why, ""]
    people = ", ".join(f"{arm} {n}" for arm, n in found["n"].items())
    estimate = in_unit(end["unit"], found["estimate"], found["low"], found["high"])
    span = in_unit(end["unit"], told["low"], told["high"]) if told["count"] else EN
    return [*known, estimate, p_value(found["p"]), span, str(found["method"]), people]


def p_value(p: Any) -> str:
    """A p-value in print, without its letter."""
    return p_words(p).removeprefix("p ").removeprefix("= ").replace("< ", "<\u00a0")


def repeated_tables(trial: TrialResult) -> list[Table]:
    """Each mixed model in full: adjusted means and the difference at every visit."""
    return [_repeated(one) for one in trial.record["repeated"]]


def _repeated(one: Row) -> Table:
    treatment, control = one["treatment"], one["control"]
    columns = ("Visit", f"{treatment}, mean (SE)", f"{control}, mean (SE)", "Difference (95 % CI)", "SE", "df", "p")
    rows = []
    for row in one["rows"]:
        found = row["difference"]
        means = [
            f"{number(row['means'][arm]['estimate'])} ({number(row['means'][arm]['se'])})"
            for arm in (treatment, control)
        ]
        last = [number(found["se"]), number(found["df"]), p_value(found["p"])]
        rows.append([str(row["visit"]), *means, with_interval(found["estimate"], found["low"], found["high"]), *last])
    method = one["rows"][0]["difference"]["method"] if one["rows"] else ""
    return Table(f"{one['endpoint']}: adjusted means and differences at every visit. {method}", columns, rows)
