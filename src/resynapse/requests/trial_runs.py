"""Trials run many times: in several processes, stored line by line, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
import multiprocessing as mp
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..banked import PEOPLE, Tell, banked, worlds
from ..calibrate.doubt import Doubt, certain
from ..calibrate.posterior import Knowledge
from ..core.errors import RequestError
from ..engine.backend import cores
from ..engine.errand import worker_environment
from ..trial.analysis import Estimate
from ..trial.design import Design
from ..trial.run import Trial, plan, scaled
from ..trial.run.dataset import DataSet
from ..trial.run.outcome import answers
from ..trial.run.power import CONDITIONS, Row, favours, plain, row, share, summed, unblinding, under
from ..trial.score import digest, facts, values
from .trial_scales import item_means, scale_means
from .trial_steps import run_steps

STORE, TRIAL = "replicates.jsonl", "trial.json"
NOTES = (
    "for research; not medical advice",
    "the drug's effect is fitted to trials: still too weak days after a dose, too strong under repeated sprays",
    "how much less the drug does for somebody who fell already (`overlap`) is assumed or fitted to few trials",
)
_CHUNK = 20
_MOST = 1_000_000


@dataclass(frozen=True)
class Asked:
    """What is asked of a design: how many people in the bank, how many replicates, which seed, how many processes.

    **Arguments:** `valence` lets a good first experience carry the drug's effect (share per SD), which is contested;
    `word` is how the design was named: by its name, or by the path of its file; `doubt` are draws of a calibration:
    replicates are run in them by turns, each with its own bank of so many people.
    """

    design: Design
    people: int = PEOPLE
    replicates: int = 200
    seed: int = 1
    workers: int | None = None
    valence: float = 0.0
    word: str = ""
    doubt: Doubt | None = None

    def __post_init__(self) -> None:
        if not 100 <= self.people <= _MOST:
            raise RequestError(
                "a bank of so many people cannot be made", given=self.people, allowed=f"100 to {_MOST:,}"
            )
        if not 1 <= self.replicates <= _MOST:
            raise RequestError("so many replicates cannot be run", given=self.replicates, allowed=f"1 to {_MOST:,}")
        low, high = facts("between")["valence"].range or (0.0, 0.0)
        if not low <= self.valence <= high:
            raise RequestError("valence lies in the range on file", given=self.valence, allowed=f"{low} to {high}")
        if self.seed < 0:
            raise RequestError("a seed is 0 or more", where="seed", given=self.seed)
        if self.workers is not None and self.workers < 1:
            raise RequestError(
                "a run needs a process at least", where="--workers", given=self.workers, allowed="1 or more"
            )

    def trial(self, tell: Tell = lambda _: None) -> Trial:
        """The trial, with its people banked."""
        whole = (
            self._known(tell) if self.doubt else Trial(*banked(self.design, self.people, self.seed, tell), self.seed)
        )
        if not self.valence:
            return whole
        between = replace(whole.values.between, valence=self.valence)
        return whole.valued(replace(whole.values, between=between))

    def _filed(self, tell: Tell) -> Trial:
        return Trial(*banked(self.design, self.people, self.seed, tell), self.seed)

    def _known(self, tell: Tell) -> Trial:
        """The trial at the medians of a calibration, with its draws as worlds."""
        doubt = self.doubt or certain(Knowledge())
        centre = worlds(self.design, self.people, self.seed, certain(doubt.centre, doubt.name), tell)
        drawn = worlds(self.design, self.people, self.seed, doubt, tell) if len(doubt) > 1 else centre
        known = values().knowing(doubt.centre.placebo)
        return Trial(plan(self.design), centre[0].bank, self.seed, values=known, worlds=drawn)


def run_trial(asked: Asked, out: Path | None = None, tell: Tell = lambda _: None) -> dict[str, Any]:
    """One trial as plain data: who came, what they guessed and felt, every endpoint's answer; tables into `out`."""
    if asked.design.kind == "steps":
        _refuse_calibrated(asked)
        lived = run_steps(asked.design, asked.people, asked.seed, tell)
        return _stored({**lived, "given": asked.word or asked.design.name}, out)
    trial = asked.trial(tell)
    if out is not None:
        _check_own(out, _about(asked, trial))
    tell("the trial runs")
    data = DataSet(trial, trial.replicate(0))
    found = {
        **_about(asked, trial),
        "flow": data.flow,
        "guesses": data.guesses,
        "adverse_events": data.events,
        "course": _course(data),
        "scales": scale_means(data),
        "items": item_means(data),
        "endpoints": _answered(data),
    }
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        data.subjects().to_csv(out / "subjects.csv", index=False)
        data.visits().to_csv(out / "visits.csv", index=False)
    return _stored(found, out)


def _answered(data: DataSet) -> dict[str, Any]:
    """Every endpoint's answer with its unit, or in words why there is none."""
    units = {end.name: end.unit for end in data.trial.plan.design.endpoints}
    return {
        name: {**one.record(), "unit": units[name]} if isinstance(one, Estimate) else {"refused": one}
        for name, one in answers(data).items()
    }


def _stored(found: dict[str, Any], out: Path | None) -> dict[str, Any]:
    """The same, kept in a folder where one is named."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / TRIAL).write_text(json.dumps(found, indent=1, allow_nan=False), encoding="utf-8")
    return found


def power(
    asked: Asked, conditions: Iterable[str] = tuple(CONDITIONS), out: Path | None = None, tell: Tell = lambda _: None
) -> dict[str, Any]:
    """Power, type I error, assurance and what unblinding adds, with Monte-Carlo errors, as plain data."""
    trial = asked.trial(tell)
    store = _Store(out, asked, trial.bank.digest)
    rows = {name: _rows(asked, trial, name, store, tell) for name in conditions}
    found: dict[str, Any] = {**_about(asked, trial), "replicates": asked.replicates}
    found |= {name: [plain(one) for one in summed(asked.design, own)] for name, own in rows.items()}
    if {"power", "without_belief"} <= rows.keys():
        names = dict.fromkeys(r.endpoint for r in rows["power"])
        found["unblinding"] = [plain(unblinding(rows["power"], rows["without_belief"], name)) for name in names]
    if out is not None:
        (out / "power.json").write_text(json.dumps(found, indent=1, allow_nan=False), encoding="utf-8")
    return found


def sample_size(asked: Asked, wanted: float, tell: Tell = lambda _: None) -> dict[str, Any]:
    """How many people the first primary endpoint needs for a power: the total is halved and doubled, then bisected."""
    if not 0.05 < wanted < 0.999:
        raise RequestError("a power lies between 0.05 and 0.999", given=wanted)
    if not asked.design.primary:
        raise RequestError("a sample size needs a primary endpoint", where=asked.design.name)
    seen: dict[int, Any] = {}

    def at(n: int) -> float:
        if n not in seen:
            tell(f"{n} people")
            smaller = replace(asked, design=scaled(asked.design, n))
            rows = _rows(smaller, smaller.trial(tell), "power", _Store(None, smaller), tell)
            seen[n] = summed(smaller.design, rows)[0].positive
        return float(seen[n].value)

    low, high = _bracket(at, wanted, asked.design.n)
    while high - low > max(2, 0.04 * high):
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle) >= wanted else (middle, high)
    tried = [{"n": n, "power": s.value, "error": s.error} for n, s in sorted(seen.items())]
    return {"design": asked.design.name, "wanted": wanted, "n": high if at(high) >= wanted else None, "tried": tried}


def programme(designs: Iterable[Asked], name: str, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Several trials of one drug, which share part of what differs between trials, and how many come out positive.

    A trial is positive as `positive` says. A trial without an analysis cannot be positive.
    """
    counts, each, shared, notes = [], [], [], list(NOTES)
    for asked in designs:
        notes = [*NOTES, *doubts(asked.doubt)]
        trial = asked.trial(tell).switched(between=True, programme=name)
        rows = _rows(asked, trial, "assurance", _Store(None, asked), tell, name)
        came = positive(asked.design, rows, asked.replicates)
        each.append({"design": asked.design.name, **asdict(share(came))})
        counts.append(came)
        shared.append(asked.design.name)
    number = np.sum(counts, axis=0)
    spread = [asdict(share(number == k)) | {"positive": k} for k in range(len(counts) + 1)]
    return {"programme": name, "designs": shared, "each": each, "number_positive": spread, "notes": notes}


def _bracket(at: Any, wanted: float, n: int) -> tuple[int, int]:
    low, high = max(4, n // 2), n
    while at(high) < wanted and high < 64 * n:
        low, high = high, 2 * high
    while low > 4 and at(low) >= wanted:
        low, high = max(4, low // 2), low
    return low, high


def positive(design: Design, rows: list[Row], replicates: int) -> NDArray[np.bool_]:
    """In which replicates a trial is positive: a primary endpoint is rejected, in favour of the treatment.

    Several share the level by the design's own procedure, or in equal parts where it names none.
    """
    found = np.zeros(replicates, bool)
    by: dict[int, dict[str, Row]] = {}
    for r in rows:
        by.setdefault(r.replicate, {})[r.endpoint] = r
    for k, own in by.items():
        found[k] = bool(_rejected(design, own))
    return found


def _rejected(design: Design, own: Mapping[str, Row]) -> list[str]:
    """The primary endpoints of one replicate that are rejected in favour of the treatment."""
    ends = {end.name: end for end in design.primary if end.name in own}
    rule = design.multiplicity
    if rule is None:
        rejected = [name for name in ends if _p(own[name]) < 0.05 / len(ends)]
    else:
        decided = rule.procedure.decide({name: _held(own[name]) for name in rule.over})
        rejected = [name for name, one in decided.items() if one.rejected and name in ends]
    return [name for name in rejected if favours(ends[name], own[name].estimate)]


def _p(one: Row) -> float:
    return one.p if np.isfinite(one.p) else 1.0


def _held(one: Row) -> Estimate:
    """What a procedure needs of an endpoint; without an answer it cannot be rejected."""
    return Estimate(one.endpoint, one.estimate, np.nan, np.nan, one.low, one.high, _p(one), "", (), {})


def _rows(asked: Asked, trial: Trial, condition: str, store: _Store, tell: Tell, programme: str = "") -> list[Row]:
    """The rows of all replicates under a condition, those in the store first."""
    known = store.of(condition)
    missing = [k for k in range(asked.replicates) if k not in known]
    begun = trial.switched(programme=programme) if programme else trial
    for done, (numbers, rows) in enumerate(_computed(asked, begun, condition, missing)):
        store.add(condition, rows, numbers)
        for k in numbers:
            known[k] = [r for r in rows if r.replicate == k]
        tell(f"{asked.design.name}: {condition}, {min((done + 1) * _CHUNK, len(missing))} of {len(missing)} replicates")
    return [r for k in range(asked.replicates) for r in known[k]]


def _computed(asked: Asked, trial: Trial, condition: str, numbers: list[int]) -> Iterator[tuple[list[int], list[Row]]]:
    chunks = [numbers[i : i + _CHUNK] for i in range(0, len(numbers), _CHUNK)]
    workers = min(asked.workers or cores(), len(chunks))
    if workers <= 1:
        yield from ((chunk, _chunk(trial, condition, chunk)) for chunk in chunks)
        return
    with _environment(), ProcessPoolExecutor(workers, mp.get_context("spawn"), _begin, (trial, condition)) as pool:
        yield from zip(chunks, pool.map(_work, chunks), strict=True)


_own: dict[str, Any] = {}


def _begin(trial: Trial, condition: str) -> None:
    _own.update(trial=trial, condition=condition)


def _work(numbers: list[int]) -> list[Row]:
    return _chunk(_own["trial"], _own["condition"], numbers)


def _chunk(trial: Trial, condition: str, numbers: list[int]) -> list[Row]:
    return [one for k in numbers for one in row(under(trial, condition, k), k)]


@contextmanager
def _environment() -> Iterator[None]:
    """Workers with one thread each; what this process has set is put back."""
    wanted = {**worker_environment(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


class _Store:
    """Replicates on disk, one line each; without a folder nothing is kept."""

    def __init__(self, out: Path | None, asked: Asked, bank: str = ""):
        self._path = out / STORE if out else None
        self._known: dict[str, dict[int, list[Row]]] = {}
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._open(self._path, {**identity(asked), "bank": bank})

    def _open(self, path: Path, own_run: Mapping[str, Any]) -> None:
        told = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        read = [_whole(line) for line in told]
        if read and read[0] is not None and read[0] != own_run:
            raise RequestError("this folder holds another run", where=str(path), then="name another folder with --out")
        kept = [one for one in read[1:] if one is not None] if read and read[0] else []
        # Written anew, so that nothing is ever added to half a line that a run left when it was cut off.
        path.write_text("".join(f"{json.dumps(one)}\n" for one in (own_run, *kept)), encoding="utf-8")
        for one in kept:
            rows = [Row(**{**r, **{k: float("nan") for k, v in r.items() if v is None}}) for r in one["rows"]]
            self._known.setdefault(one["condition"], {})[one["replicate"]] = rows

    def of(self, condition: str) -> dict[int, list[Row]]:
        """What is known under a condition, by replicate."""
        return dict(self._known.get(condition, {}))

    def add(self, condition: str, rows: list[Row], numbers: list[int]) -> None:
        """Keeps what was computed."""
        if self._path is None:
            return
        with self._path.open("a", encoding="utf-8") as file:
            for k in numbers:
                own = [plain(r) for r in rows if r.replicate == k]
                file.write(json.dumps({"condition": condition, "replicate": k, "rows": own}, allow_nan=False) + "\n")


def _whole(line: str) -> dict[str, Any] | None:
    """What a line of the store says; nothing where a run was cut off in the middle of it."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _check_own(out: Path, about: Mapping[str, Any]) -> None:
    """Refuse a folder in which another trial lies: its tables would be lost.

    **Raises:** `RequestError` naming the trial that lies there.
    """
    there = _whole((out / TRIAL).read_text(encoding="utf-8")) if (out / TRIAL).is_file() else None
    if there is not None and any(there.get(k) != about[k] for k in ("design", "seed", "bank", "score")):
        given = f"{there.get('design')}, seed {there.get('seed')}"
        then = "name another folder with --out, or remove this one"
        raise RequestError("this folder holds another trial", where=str(out), given=given, then=then)


def identity(asked: Asked) -> dict[str, Any]:
    """What replicates hang on, beside their numbers."""
    return (
        {"design": asked.design.model_dump_json(), "people": asked.people, "seed": asked.seed, "score": digest()}
        | ({"valence": asked.valence} if asked.valence else {})
        | _calibrated(asked)
    )


def _calibrated(asked: Asked) -> dict[str, Any]:
    """Under which calibration, where there is one."""
    return {"calibration": asked.doubt.record} if asked.doubt else {}


def _about(asked: Asked, trial: Trial) -> dict[str, Any]:
    return {
        "design": asked.design.name,
        "title": asked.design.title,
        "seed": asked.seed,
        "bank": {"people": len(trial.bank), "digest": trial.bank.digest, "population": trial.bank.population},
        "score": digest(),
        "notes": [*NOTES, *_adaptive(asked.design), *doubts(asked.doubt), *_ran_away(trial)],
        **_calibrated(asked),
    }


def _refuse_calibrated(asked: Asked) -> None:
    if asked.doubt:
        what = "steps are lived with tablets, and no calibration speaks of them"
        raise RequestError(what, where=asked.design.name, given=asked.doubt.name, then="leave --calibration out")


def _ran_away(trial: Trial) -> tuple[str, ...]:
    """How many could not be followed under their draw, where there are any."""
    gone = sum(int((~world.bank.sound).sum()) for world in trial.worlds)
    of = sum(len(world.bank) for world in trial.worlds)
    return (f"{gone} of {of:,} people x draws ran away in the chain and are not enrolled",) if gone else ()


def doubts(doubt: Doubt | None) -> tuple[str, ...]:
    """What the reader should know of the calibration that people are simulated under."""
    if doubt is None:
        return ()
    if len(doubt) == 1:
        return (f"people and score are those of the mean of {doubt.told}",)
    return (f"one replicate is the mean of {doubt.told}; replicates take {len(doubt)} draws of it in turn",)


def _adaptive(design: Design) -> tuple[str, ...]:
    """What the reader should know where treatment hangs on how people do."""
    if not design.adaptive:
        return ()
    rule = design.rescue
    helped = "" if rule is None or rule.regimens else "; what the rescue gives is not said, so that it helps nobody"
    return (f"what people are given hangs on how they do: every way through an arm was simulated{helped}",)


def _course(data: DataSet) -> list[dict[str, Any]]:
    """Mean, SD, response and remission at every look, by arm; against a baseline unless well people are randomised."""
    found, plan = [], data.trial.plan
    for k, arm in enumerate(plan.design.arms):
        own = data.found.score[data.found.arm == k]
        for j, look in enumerate(plan.looks):
            score, base = own[:, j], own[:, plan.baseline[j]]
            seen = np.isfinite(score)
            if not seen.any():
                continue
            entry = {"arm": arm.name, "visit": look.name, "period": look.period, "day": look.day, "n": int(seen.sum())}
            entry |= {"mean": float(score[seen].mean()), "remission": float((score[seen] <= 12).mean())}
            found.append(entry | _against(plan.design, score[seen], base[seen]))
    return found


def _against(design: Design, score: NDArray[np.float64], base: NDArray[np.float64]) -> dict[str, float]:
    """What is said against the baseline; the score alone where people are randomised well, and can only lose."""
    if design.kind == "randomised_withdrawal":
        return {"sd": float(score.std())}
    change = score - base
    return {"change": float(change.mean()), "sd": float(change.std()), "response": float((score <= 0.5 * base).mean())}
