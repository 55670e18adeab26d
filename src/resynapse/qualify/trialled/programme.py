"""Claim C15: esketamine was approved although two of five phase III trials beat placebo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence import Observation
from ...report.claim_figure import Bars, Panel, Ribbon, Row, Rows
from ...trial.design.course import Dropout
from ...trial.design.library import design
from ...trial.run import Trial
from ...trial.run.power import Share, row, share
from ..answer import Answer
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .running import Runs, people, replicates, trial, weakened

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
TRUE_EFFECT = 3.5
"""Points of MADRS between the arms at day 28 that the second world assumes (belief's part in it)."""

TRIALS = {
    "transform_1": ("TRANSFORM-1 (84 mg first)", "84 mg at day 28"),
    "transform_2": ("TRANSFORM-2", "change at day 28"),
    "transform_3": ("TRANSFORM-3 (65 and over)", "change at day 28"),
    "sustain_1": ("SUSTAIN-1 (withdrawal)", "time to relapse"),
}
_ARMS = {"transform_1": "esketamine 84", "transform_2": "esketamine", "transform_3": "esketamine"}
_OPEN = "SUSTAIN-2 (open label)"
_LAST = "sustain_1"
_WON = ("transform_2", "sustain_1")
_MANY = len(TRIALS) + 1
_LEVEL = 0.05
_PART = 0.4
_FEW = 20
_USUAL, _AVERAGED = 100, 40
_SLOWER = 3  # so many times fewer replicates of the trial that goes through a lead-in and a year
_CHAIN = "the chain as it is"
_ASSUMED = f"{TRUE_EFFECT:g} points, belief in it"
_DRUG = f"{TRUE_EFFECT:g} points, all by the drug"
_SCORES = np.arange(_MANY + 1.0)


@dataclass(frozen=True)
class World:
    """The programme under one truth: who was positive in each replicate, trial by trial, and what that makes of scores.

    **Assumes:** trials are independent given the truth.
    """

    name: str
    positive: Mapping[str, Flags]

    @property
    def power(self) -> dict[str, Share]:
        """Each trial's own power."""
        return {k: share(v) for k, v in self.positive.items()}

    @property
    def scores(self) -> Floats:
        """The chance of 0 to 5 positive trials."""
        return _independent([p.value for p in self.power.values()])

    @cached_property
    def error(self) -> Floats:
        """Standard errors of those chances: each trial's replicates are drawn anew."""
        chance, again = np.random.default_rng(0), []
        for _ in range(200):
            anew = [chance.choice(v, v.size).mean() for v in self.positive.values()]
            again.append(_independent([float(v) for v in anew]))
        return np.asarray(np.std(again, axis=0))

    @property
    def as_it_was(self) -> float:
        """The chance that exactly the two trials win that won."""
        return float(np.prod([p.value if k in _WON else 1.0 - p.value for k, p in self.power.items()]))


@dataclass(frozen=True, eq=False)
class Programme:
    """What was found: the trials as they are, three worlds, what leaves the assumed difference, and what was published.

    **Arguments:** `lines` and `factor` are by world that assumes a difference, then by trial.
    """

    each: Mapping[str, Trial]
    worlds: tuple[World, World, World]
    lines: Mapping[str, Mapping[str, Line]]
    factor: Mapping[str, Mapping[str, float]]
    observed: tuple[Observation, ...]


def two_of_five(terms: Terms) -> Answer:
    """The answer to claim C15: each trial's power and the distribution of the score, under three truths."""
    count = replicates(terms, _USUAL)
    found = _found(terms, count)
    foot = (
        f"{count} replicates, banks of {people(terms)}, seed {terms.seed}. Line: two standard errors, by chance alone."
    )
    parts = (_sentences(found), _doubt(found, terms, count), _details(found))
    return Answer(claim("C15"), *parts, lambda: figure("C15", _panels(found.worlds), terms, foot))


def _found(terms: Terms, count: int) -> Programme:
    terms.tell("people are banked")
    each = {k: trial(design(k), terms) for k in TRIALS}
    even = {k: one.switched(belief=False) for k, one in each.items()}
    parts = {_ASSUMED: each, _DRUG: even}
    terms.tell("how much of the chain's effect leaves the assumed difference")
    lines = {w: _lines_of(own) for w, own in parts.items()}
    factor = {w: _factors(own) for w, own in lines.items()}
    truths = {w: {k: weakened(o, factor[w][k]) for k, o in own.items()} for w, own in parts.items()}
    chain = _world(_CHAIN, each, count, terms)
    assumed, drug = (_world(w, own, count, terms) for w, own in truths.items())
    return Programme(each, (chain, assumed, drug), lines, factor, _observed())


def _sentences(found: Programme) -> tuple[str, str, str]:
    chain, assumed, drug = found.worlds
    return (
        f"With the chain as it is the trials' own powers are {_powers(chain)}, and {_OPEN} cannot be positive: two of "
        f"five come out in {_chance(chain)}, most often {_usual(chain)}; where the true difference at day 28 is "
        f"{TRUE_EFFECT:g} points and belief is part of it they are {_powers(assumed)} and the score is two in "
        f"{_chance(assumed)}, most often {_usual(assumed)}; where the drug alone brings it {_powers(drug)}, "
        f"{_chance(drug)} and {_usual(drug)}.",
        f"Two or fewer come out in {_at_most(chain)}, {_at_most(assumed)} and {_at_most(drug)} % of programmes, and "
        f"exactly the two that won win in {100 * chain.as_it_was:.1f}, {100 * assumed.as_it_was:.1f} and "
        f"{100 * drug.as_it_was:.1f} %: two of five is an ordinary score of a real and modest effect and says little "
        "against it, since only four of the five could win; SUSTAIN-1 won and is far from it in every one of these "
        "worlds (powers above), so that scores are too low by that trial: given that it won, one of the other three "
        f"wins, and two of five come out, in {_given_last(chain)}, {_given_last(assumed)} and {_given_last(drug)} %.",
        f"Published: {told(found.observed)}; the chain's own difference at day 28 is far above them "
        f"({_own(found.each)}), a known miss of repeated dosing, so that its high powers are refuted, while those of "
        "the assumed difference hang on the spread of scores, on leaving and on where the difference comes from.",
    )


def _doubt(found: Programme, terms: Terms, count: int) -> str:
    return (
        f"{count} replicates a trial ({_times(count)} of SUSTAIN-1; seed {terms.seed}) with people from banks of "
        f"{people(terms)}, standard errors of powers up to {_error(found.worlds):.0f} points; the assumed worlds take "
        f"{_shares(found.factor[_ASSUMED])} and {_shares(found.factor[_DRUG])} of the chain's effect, with its time "
        f"course, SUSTAIN-1 as TRANSFORM-2; belief alone would show {_felt(found.lines[_ASSUMED])} points; raised "
        "doses, background tablets, the interim look and the lead-in are as in the designs on file, part of them "
        "recalled; trials are independent given the truth here (`resynapse trial programme esketamine` lets them "
        "share what differs between trials)."
    )


def _details(found: Programme) -> dict[str, Any]:
    worlds = found.worlds
    return {
        "power_percent": {w.name: {k: 100 * p.value for k, p in w.power.items()} for w in worlds},
        "power_error": {w.name: {k: 100 * p.error for k, p in w.power.items()} for w in worlds},
        "number_positive_percent": {w.name: [float(100 * v) for v in w.scores] for w in worlds},
        "number_positive_error": {w.name: [float(100 * v) for v in w.error] for w in worlds},
        "as_it_was_percent": {w.name: 100 * w.as_it_was for w in worlds},
        "share_of_the_chains_effect": {w: dict(v) for w, v in found.factor.items()},
        "observed": records(found.observed),
    }


def _panels(worlds: Sequence[World]) -> tuple[Panel, ...]:
    shown = tuple(Ribbon(w.name, _SCORES, *_ends(w)) for w in worlds)
    title, came = "How many of five trials come out positive", "what came: two of five"
    scores = Bars(title, "positive trials", "% of programmes", shown, 2.0, came)
    names = tuple(w.name for w in worlds)
    powers = Rows("Power of each trial; bar, two standard errors", "%", tuple(_lines(worlds)), None, names)
    return scores, powers


def _world(name: str, trials: Mapping[str, Trial], count: int, terms: Terms) -> World:
    found = {}
    for k, one in trials.items():
        terms.tell(f"{name}: {TRIALS[k][0]}, {count if k in _ARMS else _times(count)} replicates")
        found[k] = _positive(one, k, count)
    return World(name, found)


def _positive(one: Trial, name: str, count: int) -> Flags:
    """In which replicates the first primary endpoint is significant in favour of the drug."""
    end, times = TRIALS[name][1], count if name in _ARMS else _times(count)
    found = [row(one, k, [end])[0] for k in range(times)]
    good = [r.estimate < (0.0 if name in _ARMS else 1.0) for r in found]
    return np.array([bool(r.p < _LEVEL and g) for r, g in zip(found, good, strict=True)])


def _times(count: int) -> int:
    return max(count // _SLOWER, _FEW)


@dataclass(frozen=True)
class Line:
    """The mean difference at day 28 without the drug's effect, and with a part of it; on a straight line between."""

    none: float
    some: float

    @property
    def factor(self) -> float:
        """The share of the chain's effect that leaves the assumed difference."""
        return max((-TRUE_EFFECT - self.none) / (self.some - self.none) * _PART, 0.0)


def _lines_of(each: Mapping[str, Trial]) -> dict[str, Line]:
    shares = (0.0, _PART)
    return {k: Line(*(_difference(weakened(each[k], s), arm) for s in shares)) for k, arm in _ARMS.items()}


def _factors(lines: Mapping[str, Line]) -> dict[str, float]:
    found = {k: line.factor for k, line in lines.items()}
    return found | {_LAST: found["transform_2"]}


def _difference(one: Trial, arm: str) -> float:
    """The mean difference at day 28 if nobody left."""
    stays = one.plan.design.model_copy(update={"dropout": Dropout()})
    whole = Trial(replace(one.plan, design=stays), one.bank, one.seed, one.switches, one.values)
    return float(Runs(whole, _AVERAGED).contrast(arm, "placebo")[:, -1].mean())


def _felt(lines: Mapping[str, Line]) -> str:
    """The difference that a drug which is felt and does nothing would show."""
    return ", ".join(f"{-line.none:.1f}" for line in lines.values())


def _own(each: Mapping[str, Trial]) -> str:
    found = {k: _difference(each[k], arm) for k, arm in _ARMS.items()}
    return ", ".join(f"{v:.1f} points in {_short(k)}" for k, v in found.items())


def _given_last(world: World) -> str:
    """The chance that exactly one of the other three wins (%)."""
    return f"{100 * _independent([p.value for k, p in world.power.items() if k != _LAST])[1]:.0f}"


def _independent(powers: Sequence[float]) -> Floats:
    """The chance of each number of positive trials, of which the open one is none."""
    found = np.ones(1)
    for p in powers:
        found = np.convolve(found, [1.0 - p, p])
    return np.append(found, 0.0)


def _powers(world: World) -> str:
    return ", ".join(f"{100 * p.value:.0f} % ({_short(k)})" for k, p in world.power.items())


def _short(name: str) -> str:
    return TRIALS[name][0].split()[0]


def _chance(world: World) -> str:
    return f"{100 * world.scores[2]:.0f} % of programmes (standard error {100 * world.error[2]:.1f})"


def _usual(world: World) -> int:
    return int(world.scores.argmax())


def _at_most(world: World) -> str:
    return f"{100 * float(world.scores[:3].sum()):.0f}"


def _error(worlds: Sequence[World]) -> float:
    return max(100 * p.error for w in worlds for p in w.power.values())


def _shares(factor: Mapping[str, float]) -> str:
    return ", ".join(f"{100 * v:.0f}" for k, v in factor.items() if k in _ARMS) + " %"


def _observed() -> tuple[Observation, ...]:
    last = [o for o in rows(study="popova2019", quantity="madrs_total") if o.time == 28.0]
    whole = [o for o in rows(study="ochsross2020", quantity="madrs_total", arm="esketamine_placebo")]
    hazard = rows(study="daly2019", quantity="relapse", statistic="hazard_ratio", endpoint="efficacy")
    first = rows(study="fedgchin2019", quantity="response")[:3]
    return (*first, *last, *whole, *hazard)


def _ends(world: World) -> tuple[Floats, Floats, Floats]:
    middle, error = 100 * world.scores, 200 * world.error
    return np.maximum(middle - error, 0.0), middle, np.minimum(middle + error, 100.0)


def _lines(worlds: Sequence[World]) -> Iterator[Row]:
    for k, (title, _) in TRIALS.items():
        for i, world in enumerate(worlds):
            p = world.power[k]
            low, high = (100 * min(max(p.value + s * p.error, 0.0), 1.0) for s in (-2, 2))
            won = ("positive" if k in _WON else "not positive") if not i else ""
            yield Row(title if not i else "", low, 100 * p.value, high, won, i)
