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
from ..score import Draws, Felt, Told, Values, drawn, guesses, values
from .believed import last_belief, rows_of
from .entry import errors, first_score, goes_on, may_enter
from .exposure import Exposed, exposures, told
from .plan import Plan
from .visited import scored

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
_FIRST_TRIES = 1.5
_MOST_TRIES = 60.0


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
    return _follow(trial, number, (who[kept], arm), (rows_of(draws, kept), error[kept]), int(kept[-1]) + 1)


def allocated(trial: Trial, number: int) -> Numbers:
    """The arm of each person in order of enrolment, at random, every arm as large as planned."""
    sizes = [arm.n for arm in trial.plan.design.arms]
    order = np.argsort(uniforms((trial.seed, "trial", number, "allocation"), range(sum(sizes))), kind="stable")
    return np.repeat(np.arange(len(sizes)), sizes)[order]


def _kept_on(trial: Trial, number: int, people: tuple[Numbers, Draws, Floats], passed: Numbers) -> Numbers:
    """Who goes on after the lead-in: all looks that count must fit the rule of their phase."""
    who, draws, error = people
    arm = np.zeros(passed.size, np.int64)
    judged = int(trial.plan.baseline[-1]) + 1
    found = scored(trial, number, (who[passed], arm), (rows_of(draws, passed), error[passed]), judged)
    return passed[goes_on(trial.plan, found.state.score)]


def _follow(
    trial: Trial, number: int, people: tuple[Numbers, Numbers], chance: tuple[Draws, Floats], screened: int
) -> Replicate:
    who, arm = people
    found = scored(trial, number, people, chance)
    state, looks = found.state, np.append(trial.plan.days, np.inf)
    last = last_belief(trial, found.lived, looks[state.stopped])
    said = guesses(last, chance[0].guess, trial.values.trust.unsure)
    score = state.score.copy()
    if not trial.plan.design.dropout.followed:
        score[np.arange(score.shape[1]) >= state.stopped[:, None]] = np.nan
    level = np.array([e.level[np.minimum(state.way, e.ways - 1)] for e in trial.exposed.values()])
    own = level[arm, np.arange(len(arm))]
    rest = (state.stopped, state.rescued, own, screened, state.why, state.way, found.lived.days)
    return Replicate(number, who, arm, score, last, said, found.lived.felt, *rest)
