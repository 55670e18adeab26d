"""One replicate of a trial: people are enrolled, allocated, treated, asked, and some leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...core.chance import normals, uniforms
from ...core.errors import RequestError
from ..bank import Bank
from ..design.people import eligible
from ..score import (
    Draws,
    Felt,
    Told,
    Values,
    believe,
    drawn,
    expectancy,
    feeling,
    guesses,
    keeping,
    measured,
    nonspecific,
    pull,
    seen_often,
    values,
    weigh,
    wobble,
)
from .exposure import Exposed, exposures, told
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
class Trial:
    """A trial that can be run again and again: a plan, people, values of the score, and what is let act."""

    plan: Plan
    bank: Bank
    seed: int
    switches: Switches = Switches()
    values: Values = field(default_factory=values)

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
        found = np.flatnonzero(eligible(rules, self.bank.covariates))
        if not found.size:
            raise RequestError("nobody of the bank may enter", where="eligibility", then="widen the rules")
        return found

    def switched(self, **changes: bool | str) -> Trial:
        """The same trial, with something else let act."""
        return self._with(replace(self, switches=replace(self.switches, **changes)))  # type: ignore[arg-type]

    def valued(self, value: Values) -> Trial:
        """The same trial under other values of the score."""
        return self._with(replace(self, values=value))

    def _with(self, other: Trial) -> Trial:
        """Another trial of the same people under the same regimens, for whom nothing has to be laid out anew."""
        for name in ("exposed", "told", "allowed"):
            other.__dict__[name] = getattr(self, name)
        return other

    def replicate(self, number: int) -> Replicate:
        """One replicate: everything that happened, the same for the same seed and number."""
        return _run(self, number)


@dataclass(frozen=True)
class Replicate:
    """What happened in one trial, one row a person.

    **Arguments:** `who` are numbers in the bank; `arm` is the place of their arm; `score` is MADRS at every look as it
    would be seen (nan after people left unseen); `belief` is the last chance they gave to the drug, `said` their
    guess (1, 0, -1 do not know); `stopped` is the look from which treatment was over (the number of looks: never);
    `rescued` the look of a rescue; `level` the last level of a flexible dose; `screened` counts people who were looked
    at; `why` is the reason for stopping, 0 for none.
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


@dataclass
class _State:
    """What is known while visits go by."""

    score: Floats
    stopped: Numbers
    rescued: Numbers
    level: Numbers


def _run(trial: Trial, number: int) -> Replicate:
    design = trial.plan.design
    for times in (_FIRST_TRIES, 4.0, 12.0, _MOST_TRIES):
        found = _attempt(trial, number, int(np.ceil(times * design.n)) + 20)
        if found is not None:
            return found
    what = "too few people of the bank pass the entry of this trial"
    raise RequestError(what, where=design.name, given=f"{design.n} wanted of {int(_MOST_TRIES * design.n)} looked at")


def _attempt(trial: Trial, number: int, candidates: int) -> Replicate | None:
    """The replicate when so many people are looked at; nothing when too few of them can be enrolled."""
    plan, design, seed = trial.plan, trial.plan.design, trial.seed
    chosen = uniforms((seed, "trial", number, "enrolment"), range(candidates))
    who = trial.allowed[(chosen * trial.allowed.size).astype(np.int64)]
    shape = (candidates, len(plan.looks), max(e.sessions.size for e in trial.exposed.values()))
    draws = drawn(seed, number, shape)
    error = _errors(trial, draws)
    entered = _first_score(trial, who, error)
    passed = np.flatnonzero(entered >= (design.eligibility.madrs_at_least or 0.0))
    if passed.size < design.n:
        return None
    if plan.before:
        passed = _kept_on(trial, number, (who, draws, error), passed)
        if passed.size < design.n:
            return None
    kept = passed[: design.n]
    arm = allocated(trial, number)
    return _follow(trial, number, (who[kept], arm), (_of(draws, kept), error[kept]), int(kept[-1]) + 1)


def allocated(trial: Trial, number: int) -> Numbers:
    """The arm of each person in order of enrolment, at random, every arm as large as planned."""
    sizes = [arm.n for arm in trial.plan.design.arms]
    order = np.argsort(uniforms((trial.seed, "trial", number, "allocation"), range(sum(sizes))), kind="stable")
    return np.repeat(np.arange(len(sizes)), sizes)[order]


def _errors(trial: Trial, draws: Draws) -> Floats:
    """Wobble, rater's error, and what a rater adds to the score that lets somebody in."""
    known, looks = trial.values.measuring, trial.plan.looks
    sd = np.array([known.central_sd if look.central else known.rater_sd for look in looks])
    found = wobble(draws.wobble, trial.plan.days, trial.values) + sd * draws.rater
    if not looks[0].central:
        found[:, 0] += known.inflation
    return found


def _first_score(trial: Trial, who: Numbers, error: Floats) -> Floats:
    return measured(trial.bank.start[who], np.zeros(len(who)), np.zeros(len(who)), error[:, 0])


def _kept_on(trial: Trial, number: int, people: tuple[Numbers, Draws, Floats], passed: Numbers) -> Numbers:
    """Who goes on after the lead-in: all looks that count must fit its rule."""
    who, draws, error = people
    rule = trial.plan.design.lead_in[-1].keep
    if rule is None:
        return passed
    arm = np.zeros(passed.size, np.int64)
    found = _scores(trial, number, (who[passed], arm), (_of(draws, passed), error[passed]))
    last = [i for i, day in enumerate(trial.plan.days) if day < 0][-rule.visits_in_a_row :]
    score, first = found.score[:, last], found.score[:, :1]
    fits = np.ones(score.shape, bool)
    for bound, true in (
        (rule.at_most, score <= (rule.at_most or 0.0)),
        (rule.at_least, score >= (rule.at_least or 0.0)),
        (rule.fall_at_least, score <= (1.0 - (rule.fall_at_least or 0.0)) * first),
        (rule.fall_less_than, score > (1.0 - (rule.fall_less_than or 0.0)) * first),
    ):
        fits &= true if bound is not None else True
    return passed[fits.all(axis=1)]


def _of(draws: Draws, rows: Numbers) -> Draws:
    return Draws(**{name: getattr(draws, name)[rows] for name in draws.__dataclass_fields__})


@dataclass(frozen=True)
class _Scored:
    score: Floats
    belief: Floats
    felt: Felt
    state: _State
    why: Numbers


def _follow(
    trial: Trial, number: int, people: tuple[Numbers, Numbers], chance: tuple[Draws, Floats], screened: int
) -> Replicate:
    who, arm = people
    found = _scores(trial, number, people, chance)
    last = found.belief[:, -1] if found.belief.shape[1] else np.full(len(who), trial.told.chance)
    said = guesses(last, chance[0].guess, trial.values.trust.unsure)
    state = found.state
    score = found.score.copy()
    if not trial.plan.design.dropout.followed:
        score[np.arange(score.shape[1]) >= state.stopped[:, None]] = np.nan
    rest = (state.stopped, state.rescued, state.level, screened, found.why)
    return Replicate(number, who, arm, score, last, said, found.felt, *rest)


def _scores(trial: Trial, number: int, people: tuple[Numbers, Numbers], chance: tuple[Draws, Floats]) -> _Scored:
    """The course of every person, look by look, since doses, rescue and leaving hang on earlier scores."""
    draws, error = chance
    felt, belief, sessions = _believed(trial, people, draws)
    fall = _fall(trial, number, people, (draws, belief, sessions))
    strength = _strength(trial, number) * _valence(trial, felt)
    return _visited(trial, people, (draws, fall, error, strength), (felt, belief))


def _believed(trial: Trial, people: tuple[Numbers, Numbers], draws: Draws) -> tuple[Felt, Floats, Floats]:
    """What is felt and believed after each session, with the days of sessions (people x sessions)."""
    who, arm = people
    width = draws.count.shape[1]
    mean, chances = np.zeros((len(who), width)), np.zeros((len(who), width, 3))
    days = np.full((len(who), width), NEVER)
    for k, name in enumerate(trial.exposed):
        here, own = arm == k, trial.exposed[name]
        held = own.sessions.size
        mean[here, :held], chances[here, :held] = own.cadss[who[here]], own.chances[who[here]]
        days[here, :held] = own.sessions
    felt = feeling(mean, chances, (draws.frail, draws.count, draws.sensed), trial.values.trust.dispersion)
    return felt, _belief(trial, arm, felt, days), days


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


def _fall(trial: Trial, number: int, people: tuple[Numbers, Numbers], known: tuple[Draws, Floats, Floats]) -> Floats:
    """Everything that falls without the drug: nonspecific, visits, expectancy, what the trial shares; then raters."""
    (who, arm), (draws, belief, sessions), plan = people, known, trial.plan
    value, design = trial.values.placebo, plan.design
    begun = plan.days - plan.origin
    new = np.array([a.background is not None and a.background.status == "new" for a in design.arms])
    led = any(phase.background is not None and phase.background.status == "new" for phase in design.lead_in)
    inpatient = design.population == "suicidal_inpatients"
    both = [nonspecific(value, begun, kind, inpatient) for kind in (False, True)]
    mean = np.stack(both)[(new | led).astype(int)][arm]
    latest = (sessions[:, None, :] <= plan.days[None, :, None] - 1e-9).sum(-1) - 1
    there = np.maximum(latest, 0)
    since = plan.days - np.take_along_axis(sessions, there, 1)
    b = np.take_along_axis(belief, there, 1)
    hope = np.where(latest >= 0, expectancy(value, b, np.where(np.isfinite(since), since, 0.0)), 0.0)
    shared = seen_often(value, begun) + shift(trial, number, begun)
    moved = pull(value, draws.moved, trial.bank.age[who])[:, None] * (
        keeping(value, begun, draws.losing) * (mean + shared) + hope
    )
    return moved + _leaning(trial, b, latest)


def _leaning(trial: Trial, belief: Floats, latest: Numbers) -> Floats:
    """What raters who saw the session add; central ones nothing."""
    if not trial.switches.belief:
        return np.zeros(belief.shape)
    site = np.array([0.0 if look.central else 1.0 for look in trial.plan.looks])
    return np.where(latest >= 0, trial.values.measuring.rater_bias * site * (belief - 0.5), 0.0)


def shift(trial: Trial, number: int, days: Floats) -> Floats:
    """The further fall of everybody in this trial: one part early, one that has grown by day 28."""
    if not trial.switches.between:
        return np.zeros(days.shape)
    known = trial.values.between
    early, late = (_common(trial, number, kind) for kind in ("early", "late"))
    since = np.maximum(days, 0.0)
    grown = np.minimum(since / 28.0, 1.0)
    return np.where(days > 0.0, known.day1_sd * early * (1.0 - grown) + known.day28_sd * late * grown, 0.0)


def _strength(trial: Trial, number: int) -> float:
    """By what the drug's effect is multiplied in this trial."""
    if not trial.switches.drug:
        return 0.0
    known = trial.values.between
    return max(1.0 + known.drug_sd * _common(trial, number, "drug"), 0.0) if trial.switches.between else 1.0


def _common(trial: Trial, number: int, kind: str) -> float:
    """A standard normal number of this trial, part of which it shares with other trials of its programme."""
    share = trial.values.between.shared if trial.switches.programme else 0.0
    own = normals((trial.seed, "between", trial.plan.design.name, kind), [number])[0]
    common = normals((trial.seed, "between", "programme", trial.switches.programme, kind), [number])[0]
    return float(np.sqrt(share) * common + np.sqrt(1.0 - share) * own)


def _valence(trial: Trial, felt: Felt) -> Floats:
    """By what a good or bad first experience multiplies the drug's effect; nothing unless it is believed in."""
    weight = trial.values.between.valence
    if weight == 0.0 or not felt.cadss.shape[1]:
        return np.ones((len(felt.cadss), 1))
    first = felt.events[:, 0].sum(-1)
    spread = max(float(first.std()), 1e-9)
    return np.maximum(1.0 - weight * (first - first.mean()) / spread, 0.0)[:, None]


def _visited(
    trial: Trial,
    people: tuple[Numbers, Numbers],
    parts: tuple[Draws, Floats, Floats, Floats],
    told: tuple[Felt, Floats],
) -> _Scored:
    (who, arm), (draws, fall, error, strength) = people, parts
    n, looks = len(who), len(trial.plan.looks)
    state = _State(np.empty((n, looks)), np.full(n, looks), np.full(n, looks), np.zeros(n, np.int64))
    why = np.zeros(n, np.int64)
    effect = _effects(trial, who, arm)
    start = trial.bank.start[who]
    rows = np.arange(n)
    for k in range(looks):
        drug = strength[:, 0] * effect[state.level, rows, k] * _left(trial, state, k)
        state.score[:, k] = measured(start, fall[:, k], drug, error[:, k])
        _dose_up(trial, arm, state, k)
        _rescue(trial, state, k)
        _leave(trial, (arm, draws, why), state, k)
    return _Scored(state.score, told[1], told[0], state, why)


def _effects(trial: Trial, who: Numbers, arm: Numbers) -> Floats:
    levels = max(e.effect.shape[0] for e in trial.exposed.values())
    found = np.zeros((levels, len(who), len(trial.plan.looks)))
    for k, own in enumerate(trial.exposed.values()):
        here = arm == k
        for level in range(levels):
            found[level, here] = own.effect[min(level, own.effect.shape[0] - 1), who[here]]
    return found


def _left(trial: Trial, state: _State, k: int) -> Floats:
    """What is left of the drug's effect in those who stopped."""
    days = trial.plan.days
    since = days[k] - days[np.minimum(state.stopped, len(days) - 1)]
    gone = np.exp(-np.maximum(since, 0.0) / trial.values.between.after_stop_days)
    return np.where(state.stopped <= k, gone, 1.0)


def _dose_up(trial: Trial, arm: Numbers, state: _State, k: int) -> None:
    """Raises a flexible dose of those who have not improved enough by this look."""
    for place, one in enumerate(trial.plan.design.arms):
        for rule in (d.flexible for d in one.regimens if d.flexible):
            if not 0.0 < trial.plan.days[k] <= rule.until:
                continue
            base = state.score[:, trial.plan.baseline[k]]
            well = {"response": 0.5 * base, "remission": np.full(len(base), 12.0), "never": np.full(len(base), -1.0)}
            higher = (arm == place) & (state.score[:, k] > well[rule.raise_unless])
            state.level[higher] = np.minimum(state.level[higher] + 1, len(rule.doses) - 1)


def _rescue(trial: Trial, state: _State, k: int) -> None:
    """Marks who is rescued at this look. What the rescue does to them is not simulated."""
    rule = trial.plan.design.rescue
    if rule is None or trial.plan.looks[k].name != rule.visit:
        return
    score, base = state.score[:, k], state.score[:, trial.plan.baseline[k]]
    ill = np.ones(len(score), bool)
    if rule.at_least is not None:
        ill &= score >= rule.at_least
    if rule.fall_less_than is not None:
        ill &= score > (1.0 - rule.fall_less_than) * base
    state.rescued[ill & (state.rescued > k)] = k


def _leave(trial: Trial, people: tuple[Numbers, Draws, Numbers], state: _State, k: int) -> None:
    """Lets some stop before the next look, sooner those who score high."""
    arm, draws, why = people
    days, design = trial.plan.days, trial.plan.design
    if k + 1 >= len(days) or days[k] < 0.0:
        return
    share = np.array([design.dropout.arms.get(one.name, design.dropout.share) for one in design.arms])[arm]
    length = (days[k + 1] - days[k]) / (days[-1] - max(days[0], 0.0))
    score = state.score[:, k]
    tilt = np.exp(trial.values.between.lack_of_effect * (score - score.mean()))
    hazard = -np.log1p(-share) * length * tilt / tilt.mean()
    leaves = (draws.leaving[:, k + 1] < -np.expm1(-hazard)) & (state.stopped > k + 1)
    state.stopped[leaves] = k + 1
    why[leaves] = np.where(score[leaves] > score.mean(), 2, 1)
