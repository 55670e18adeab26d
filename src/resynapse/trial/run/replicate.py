"""One replicate of a trial: people are enrolled, allocated, treated, asked, and some leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...core.chance import uniforms
from ...core.errors import RequestError
from ..bank import Bank
from ..design.people import eligible
from ..score import Draws, Felt, Told, Values, believe, drawn, feeling, guesses, measured, values, weigh
from .entry import begins, errors, first_score, goes_on, may_enter, rescued_now
from .exposure import Exposed, exposures, told
from .fall import common, falls
from .leaving import leave
from .paths import rules
from .plan import Plan

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]
_FIRST_TRIES = 1.5
_MOST_TRIES = 60.0
NEVER = np.inf


@dataclass(frozen=True)
class Switches:
    """What of the score is let act.

    **Arguments:** `drug` is its effect on the score (what is felt stays); without `belief` everybody
    hopes as if they could not tell; `between` draws what a trial shares; `programme` names trials that share part
    of it.
    """

    drug: bool = True
    belief: bool = True
    between: bool = False
    programme: str = ""


@dataclass(frozen=True)
class World:
    """One way the world could be: people under one draw of a calibration, and values of the score by field."""

    bank: Bank
    placebo: Mapping[str, float]


@dataclass(frozen=True)
class Trial:
    """A trial that can be run again and again: a plan, people, values of the score, and what is let act.

    **Arguments:** `worlds` are draws of what is in doubt: replicate `k` is run in one of them (`drawn`).
    """

    plan: Plan
    bank: Bank
    seed: int
    switches: Switches = Switches()
    values: Values = field(default_factory=values)
    worlds: tuple[World, ...] = ()

    @cached_property
    def exposed(self) -> Mapping[str, Exposed]:
        """Every arm for everybody in the bank."""
        return exposures(self.plan, self.bank)

    @cached_property
    def told(self) -> Told:
        """What people are told."""
        return told(self.plan, self.exposed)

    @cached_property
    def allowed(self) -> Numbers:
        """Who of the bank passes the rules that do not hang on a rating."""
        rules = self.plan.design.eligibility.model_copy(update={"madrs_at_least": None})
        if rules.failures == "lived":
            rules = rules.model_copy(update={"failures": "drawn"})  # they have been lived by now
        found = np.flatnonzero(eligible(rules, self.bank.covariates) & self.bank.sound)
        if not found.size:
            raise RequestError("nobody of the bank may enter", where="eligibility", then="widen the rules")
        return found

    def switched(self, **changes: bool | str) -> Trial:
        """The same trial, with something else let act."""
        return self._with(replace(self, switches=replace(self.switches, **changes)))  # type: ignore[arg-type]

    def valued(self, value: Values) -> Trial:
        """The same trial under other values of the score."""
        return self._with(replace(self, values=value))

    def drawn(self, number: int) -> Trial:
        """The trial in the world of one replicate: itself where nothing is in doubt."""
        if not self.worlds:
            return self
        own = self.worlds[number % len(self.worlds)]
        return replace(self, bank=own.bank, values=self.values.knowing(own.placebo), worlds=(own,))

    @property
    def known(self) -> tuple[str, ...]:
        """The fields of the score that a calibration knows in the only world there is."""
        return tuple(self.worlds[0].placebo) if len(self.worlds) == 1 else ()

    def _with(self, other: Trial) -> Trial:
        """Another trial of the same people under the same regimens, for whom nothing has to be laid out anew."""
        for name in ("exposed", "told", "allowed"):
            other.__dict__[name] = getattr(self, name)
        return other

    def replicate(self, number: int, everybody: int | None = None) -> Replicate:
        """One replicate: everything that happened, the same for the same seed and number.

        **Arguments:** `everybody` puts all people into the arm at this place, whatever their lot: what would have
        happened to the same people.
        """
        return _run(self, number, everybody)


@dataclass(frozen=True)
class Replicate:
    """What happened in one trial, one row a person.

    **Arguments:** `who` are numbers in the bank; `arm` is the place of their arm; `score` is MADRS at every look as it
    would be seen (nan after people left unseen); `belief` is the last chance they gave to the drug, `said` their
    guess (1, 0, -1 do not know); `stopped` is the look from which treatment was over (the number of looks: never);
    `rescued` the look of a rescue; `level` the last level of a flexible dose; `screened` counts people who were looked
    at; `why` is the reason for stopping, 0 for none; `way` is the way that they took through their arm, and `days` are
    those of its sessions (people x sessions, infinite beyond the last).
    """

    number: int
    who: Numbers
    arm: Numbers
    score: Floats
    belief: Floats
    said: Numbers
    felt: Felt
    stopped: Numbers
    rescued: Numbers
    level: Numbers
    screened: int
    why: Numbers
    way: Numbers
    days: Floats


@dataclass
class _State:
    """What is known while visits go by."""

    score: Floats
    stopped: Numbers
    rescued: Numbers
    way: Numbers
    why: Numbers


def _run(trial: Trial, number: int, everybody: int | None) -> Replicate:
    design = trial.plan.design
    for times in (_FIRST_TRIES, 4.0, 12.0, _MOST_TRIES):
        found = _attempt(trial, number, int(np.ceil(times * design.n)) + 20, everybody)
        if found is not None:
            return found
    what = "too few people of the bank pass the entry of this trial"
    raise RequestError(what, where=design.name, given=f"{design.n} wanted of {int(_MOST_TRIES * design.n)} looked at")


def _attempt(trial: Trial, number: int, candidates: int, everybody: int | None) -> Replicate | None:
    """The replicate when so many people are looked at; nothing when too few of them can be enrolled."""
    plan, design, seed = trial.plan, trial.plan.design, trial.seed
    chosen = uniforms((seed, "trial", number, "enrolment"), range(candidates))
    who = trial.allowed[(chosen * trial.allowed.size).astype(np.int64)]
    shape = (candidates, len(plan.looks), max(e.days.shape[1] for e in trial.exposed.values()))
    draws = drawn(seed, number, shape)
    error = errors(trial, draws)
    passed = np.flatnonzero(may_enter(design, first_score(trial, who, error)))
    if passed.size >= design.n and plan.stages:
        passed = _kept_on(trial, number, (who, draws, error), passed)
    if passed.size < design.n:
        return None
    kept = passed[: design.n]
    arm = allocated(trial, number) if everybody is None else np.full(design.n, everybody)
    return _follow(trial, number, (who[kept], arm), (_of(draws, kept), error[kept]), int(kept[-1]) + 1)


def allocated(trial: Trial, number: int) -> Numbers:
    """The arm of each person in order of enrolment, at random, every arm as large as planned."""
    sizes = [arm.n for arm in trial.plan.design.arms]
    order = np.argsort(uniforms((trial.seed, "trial", number, "allocation"), range(sum(sizes))), kind="stable")
    return np.repeat(np.arange(len(sizes)), sizes)[order]


def _kept_on(trial: Trial, number: int, people: tuple[Numbers, Draws, Floats], passed: Numbers) -> Numbers:
    """Who goes on after the lead-in: all looks that count must fit the rule of their phase."""
    who, draws, error = people
    arm = np.zeros(passed.size, np.int64)
    found = _scores(trial, number, (who[passed], arm), (_of(draws, passed), error[passed]))
    return passed[goes_on(trial.plan, found.state.score)]


def _of(draws: Draws, rows: Numbers) -> Draws:
    return Draws(**{name: getattr(draws, name)[rows] for name in draws.__dataclass_fields__})


@dataclass(frozen=True)
class _Scored:
    felt: Felt
    belief: Floats
    days: Floats
    state: _State


def _follow(
    trial: Trial, number: int, people: tuple[Numbers, Numbers], chance: tuple[Draws, Floats], screened: int
) -> Replicate:
    who, arm = people
    found = _scores(trial, number, people, chance)
    last = found.belief[:, -1] if found.belief.shape[1] else np.full(len(who), trial.told.chance)
    said = guesses(last, chance[0].guess, trial.values.trust.unsure)
    state = found.state
    score = state.score.copy()
    if not trial.plan.design.dropout.followed:
        score[np.arange(score.shape[1]) >= state.stopped[:, None]] = np.nan
    level = np.array([e.level[np.minimum(state.way, e.ways - 1)] for e in trial.exposed.values()])
    own = level[arm, np.arange(len(arm))]
    rest = (state.stopped, state.rescued, own, screened, state.why, state.way, found.days)
    return Replicate(number, who, arm, score, last, said, found.felt, *rest)


def _scores(trial: Trial, number: int, people: tuple[Numbers, Numbers], chance: tuple[Draws, Floats]) -> _Scored:
    """The course of every person, look by look, since doses, rescue and leaving hang on earlier scores."""
    draws, error = chance
    ways = [_believed(trial, people, draws, way) for way in range(max(e.ways for e in trial.exposed.values()))]
    fall = np.stack([falls(trial, number, people, (draws, one.belief, one.days)) for one in ways])
    events = np.stack([_events_by(trial, one) for one in ways])
    strength = _strength(trial, number) * _valence(trial, ways[0].felt)
    state = _visited(trial, people, (draws, fall, error, strength), events)
    return _taken(ways, state)


@dataclass(frozen=True)
class _Way:
    """What everybody would feel and believe on one way."""

    felt: Felt
    belief: Floats
    days: Floats


def _taken(ways: list[_Way], state: _State) -> _Scored:
    """What people felt and believed on the way that they took."""
    if len(ways) == 1:
        return _Scored(ways[0].felt, ways[0].belief, ways[0].days, state)
    rows = np.arange(len(state.way))

    def own(each: list[Floats]) -> Floats:
        return np.stack(each)[state.way, rows]

    felt = Felt(own([w.felt.cadss for w in ways]), own([w.felt.events for w in ways]))
    return _Scored(felt, own([w.belief for w in ways]), own([w.days for w in ways]), state)


def _believed(trial: Trial, people: tuple[Numbers, Numbers], draws: Draws, way: int) -> _Way:
    """What is felt and believed after each session on one way, with the days of sessions (people x sessions)."""
    who, arm = people
    width = draws.count.shape[1]
    mean, chances = np.zeros((len(who), width)), np.zeros((len(who), width, 3))
    days, known = np.full((len(who), width), NEVER), np.zeros((len(who), width), bool)
    for k, own in enumerate(trial.exposed.values()):
        here, at, held = arm == k, min(way, own.ways - 1), own.days.shape[1]
        mean[here, :held], chances[here, :held] = own.cadss[at, who[here]], own.chances[at, who[here]]
        days[here, :held], known[here, :held] = own.days[at], own.open[at]
    felt = feeling(mean, chances, (draws.frail, draws.count, draws.sensed), trial.values.trust.dispersion)
    belief = _belief(trial, arm, felt, days)
    if known.any() and trial.switches.belief:
        belief = np.where(np.maximum.accumulate(known, axis=1), 1.0, belief)
    return _Way(felt, belief, days)


def _belief(trial: Trial, arm: Numbers, felt: Felt, days: Floats) -> Floats:
    masked = trial.plan.design.masking.participants
    controls = np.array([a.control == "drug" for a in trial.plan.design.arms])
    if masked == "open":
        return np.broadcast_to(np.where(controls[arm], 1.0, 0.0)[:, None], days.shape).copy()
    if masked == "asleep" or not trial.switches.belief:
        return np.full(days.shape, 0.5 if not trial.switches.belief else trial.told.chance)
    ratio = np.where(np.isfinite(days), weigh(felt, trial.told, trial.values.trust), 0.0)
    if trial.plan.design.kind == "crossover":
        return _by_period(trial, ratio, days)
    return believe(ratio, trial.told.chance, trial.values.trust)


def _by_period(trial: Trial, ratio: Floats, days: Floats) -> Floats:
    """In a crossover everybody has the drug once: each session is judged for itself, at even odds."""
    found = [believe(ratio[:, k : k + 1], 0.5, trial.values.trust)[:, 0] for k in range(ratio.shape[1])]
    return np.stack(found, axis=1)


def _events_by(trial: Trial, way: _Way) -> Floats:
    """How many sensations came in the last session before each look (people x looks)."""
    days = trial.plan.days
    latest = (way.days[:, None, :] <= days[None, :, None] - 1e-9).sum(-1) - 1
    if not way.days.shape[1]:
        return np.zeros(latest.shape)
    came = np.take_along_axis(way.felt.events.sum(-1), np.maximum(latest, 0), 1)
    return np.where(latest >= 0, came, 0.0)


def _strength(trial: Trial, number: int) -> float:
    """By what the drug's effect is multiplied in this trial."""
    if not trial.switches.drug:
        return 0.0
    known = trial.values.between
    return max(1.0 + known.drug_sd * common(trial, number, "drug"), 0.0) if trial.switches.between else 1.0


def _valence(trial: Trial, felt: Felt) -> Floats:
    """By what a good or bad first experience multiplies the drug's effect; nothing unless it is believed in."""
    weight = trial.values.between.valence
    if weight == 0.0 or not felt.cadss.shape[1]:
        return np.ones((len(felt.cadss), 1))
    first = felt.events[:, 0].sum(-1)
    spread = max(float(first.std()), 1e-9)
    return np.maximum(1.0 - weight * (first - first.mean()) / spread, 0.0)[:, None]


def _visited(
    trial: Trial, people: tuple[Numbers, Numbers], parts: tuple[Draws, Floats, Floats, Floats], events: Floats
) -> _State:
    (who, arm), (draws, fall, error, strength) = people, parts
    n, looks = len(who), len(trial.plan.looks)
    never = np.full(n, looks)
    state = _State(np.empty((n, looks)), never, never.copy(), np.zeros(n, np.int64), np.zeros(n, np.int64))
    effect = _effects(trial, who, arm)
    start, rows = begins(trial, who), np.arange(n)
    for k in range(looks):
        drug = strength[:, 0] * effect[state.way, rows, k] * _left(trial, state, k)
        state.score[:, k] = measured(start, fall[state.way, rows, k], drug, error[:, k])
        _turn(trial, arm, state, k)
        leave(trial, (arm, draws.leaving), (state.score, state.stopped, state.why), (k, events[state.way, rows, k]))
    return state


def _effects(trial: Trial, who: Numbers, arm: Numbers) -> Floats:
    ways = max(e.ways for e in trial.exposed.values())
    found = np.zeros((ways, len(who), len(trial.plan.looks)))
    for k, own in enumerate(trial.exposed.values()):
        here = arm == k
        for way in range(ways):
            found[way, here] = own.effect[min(way, own.ways - 1), who[here]]
    return found


def _left(trial: Trial, state: _State, k: int) -> Floats:
    """What is left of the drug's effect in those who stopped."""
    days = trial.plan.days
    since = days[k] - days[np.minimum(state.stopped, len(days) - 1)]
    gone = np.exp(-np.maximum(since, 0.0) / trial.values.between.after_stop_days)
    return np.where(state.stopped <= k, gone, 1.0)


def _turn(trial: Trial, arm: Numbers, state: _State, k: int) -> None:
    """Raises doses and gives help at this look, to those who are still treated; they go on another way."""
    base, score = state.score[:, trial.plan.baseline[k]], state.score[:, k]
    treated = state.stopped > k
    ill = rescued_now(trial.plan, k, score, base) & treated & (state.rescued > k)
    state.rescued[ill] = k
    for place, (one, own) in enumerate(zip(trial.plan.design.arms, trial.exposed.values(), strict=True)):
        here = (arm == place) & treated
        for rule in (d.flexible for d in rules(one) if d.flexible is not None):
            higher = here & (own.raised[np.minimum(state.way, own.ways - 1), k] != state.way)
            higher &= score > _well(rule.raise_unless, base)
            state.way[higher & ~ill] = own.raised[state.way[higher & ~ill], k]
        state.way[here & ill] = own.rescued[state.way[here & ill], k]


def _well(word: str, base: Floats) -> Floats:
    """The score at or below which a dose stays as it is."""
    return {"response": 0.5 * base, "remission": np.full(len(base), 12.0), "never": np.full(len(base), -1.0)}[word]
