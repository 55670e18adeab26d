"""Claim C15: esketamine was approved although two of five phase III trials beat placebo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...evidence import Observation
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
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
_WON = ("transform_2", "sustain_1")
_MANY = len(TRIALS) + 1
_LEVEL = 0.05
_FEW = 20
_SLOWER = 3  # so many times fewer replicates of the trial that goes through a lead-in and a year
_CHAIN, _ASSUMED, _DRAWN = "the chain as it is", f"{TRUE_EFFECT:g} points assumed", f"{TRUE_EFFECT:g} points, trials differ"
_SCORES = np.arange(_MANY + 1.0)


@dataclass(frozen=True)
class World:
    """The programme under one truth: who was positive in each replicate, trial by trial, and what that makes of scores.

    **Arguments:** with `together` the trials of a replicate share a draw, so that they are counted as they came;
    otherwise they are independent given the truth.
    """

    name: str
    positive: Mapping[str, Flags]
    together: bool = False

    @property
    def power(self) -> dict[str, Share]:
        """Each trial's own power."""
        return {k: share(v) for k, v in self.positive.items()}

    @property
    def scores(self) -> Floats:
        """The chance of 0 to 5 positive trials."""
        return _counted(self.positive) if self.together else _independent([p.value for p in self.power.values()])

    @property
    def error(self) -> Floats:
        """Standard errors of those chances, by chance alone: each trial's replicates are drawn anew."""
        chance, again = np.random.default_rng(0), []
        for _ in range(200):
            anew = {k: chance.choice(v, v.size) for k, v in self.positive.items()}
            again.append(_independent([float(v.mean()) for v in anew.values()]))
        least = min(v.size for v in self.positive.values())
        return np.sqrt(self.scores * (1 - self.scores) / least) if self.together else np.std(again, axis=0)

    @property
    def as_it_was(self) -> float:
        """The chance that exactly the two trials win that won."""
        if self.together:
            size = min(v.size for v in self.positive.values())
            return float(np.mean(np.all([v[:size] == (k in _WON) for k, v in self.positive.items()], axis=0)))
        return float(np.prod([p.value if k in _WON else 1.0 - p.value for k, p in self.power.items()]))


def two_of_five(terms: Terms) -> Answer:
    """The answer to claim C15: each trial's power and the distribution of the score, under two truths."""
    count, each = replicates(terms), {k: trial(design(k), terms) for k in TRIALS}
    factor = {k: _factor(each[k], arm) for k, arm in _ARMS.items()}
    factor["sustain_1"] = factor["transform_2"]
    weak = {k: weakened(one, factor[k]) for k, one in each.items()}
    worlds = (
        World(_CHAIN, {k: _positive(one, k, count) for k, one in each.items()}),
        World(_ASSUMED, {k: _positive(one, k, count) for k, one in weak.items()}),
        World(_DRAWN, {k: _positive(_apart(one), k, count) for k, one in weak.items()}, together=True),
    )
    chain, assumed, drawn = worlds
    observed = _observed()
    sentences = (
        f"With the chain as it is the trials' own powers are {_powers(chain)}, and {_OPEN} cannot be positive: two of five "
        f"come out in {_chance(chain, 2)}, two or fewer in {_at_most(chain):.0f} %, most often "
        f"{int(chain.scores.argmax())}; with a true difference of {TRUE_EFFECT:g} points at day 28 they are "
        f"{_powers(assumed)}, and the score is two in {_chance(assumed, 2)} and two or fewer in {_at_most(assumed):.0f} %, "
        f"most often {int(assumed.scores.argmax())}.",
        f"Where trials of one programme also share and differ in what acts on everybody in them, two of five come out in "
        f"{_chance(drawn, 2)} and two or fewer in {_at_most(drawn):.0f} %; exactly the two that won win in "
        f"{100 * chain.as_it_was:.1f}, {100 * assumed.as_it_was:.1f} and {100 * drawn.as_it_was:.1f} % of programmes; two of "
        "five is thus "
        f"{_judged(assumed)} of a real, modest effect, and four chances at most, since the fifth trial has no control.",
        f"Published: {told(observed)}; the chain's own difference at day 28 is far above them "
        f"({', '.join(f'{v:.1f} points in {TRIALS[k][0]}' for k, v in _own(each).items())}), a known miss of repeated dosing, "
        "so that its high powers are refuted, while those of the assumed effect hang on the spread of scores and on dropout "
        "alone.",
    )
    doubt = (
        f"{count} replicates a trial ({max(count // _SLOWER, _FEW)} of SUSTAIN-1; seed {terms.seed}), with people from banks of "
        f"{people(terms)}; the assumed world takes {_shares(factor)} of the chain's effect, with its time course, and belief "
        f"alone would show {_felt(each)} points there; doses that "
        "are raised, background tablets, the interim look of SUSTAIN-1 and who goes on after its lead-in are as in the "
        "designs on file, part of them recalled; trials are taken as independent given the truth but in the third world."
    )
    details = {
        "power_percent": {w.name: {k: 100 * p.value for k, p in w.power.items()} for w in worlds},
        "power_error": {w.name: {k: 100 * p.error for k, p in w.power.items()} for w in worlds},
        "number_positive_percent": {w.name: [float(100 * v) for v in w.scores] for w in worlds},
        "number_positive_error": {w.name: [float(100 * v) for v in w.error] for w in worlds},
        "as_it_was_percent": {w.name: 100 * w.as_it_was for w in worlds},
        "share_of_the_chains_effect": factor,
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        shown = tuple(Ribbon(w.name, _SCORES, *_ends(w)) for w in worlds)
        scores = Curves(
            "How many of five come out positive; what came was 2",
            "positive trials",
            "% of programmes",
            shown,
            ticks=tuple(float(s) for s in _SCORES),
            rest=0.0,
        )
        lines = tuple(_lines(worlds))
        return scores, Rows("Power of each trial; bar, two standard errors", "%", lines, None, tuple(w.name for w in worlds))

    foot = f"{count} replicates, banks of {people(terms)}, seed {terms.seed}. Band: two standard errors, by chance alone."
    return Answer(claim("C15"), sentences, doubt, details, lambda: figure("C15", panels(), terms, foot))


def _positive(one: Trial, name: str, count: int) -> Flags:
    """In which replicates the first primary endpoint is significant in favour of the drug."""
    end, times = TRIALS[name][1], count if name in _ARMS else max(count // _SLOWER, _FEW)
    found = [row(one, k, [end])[0] for k in range(times)]
    good = [r.estimate < (0.0 if name in _ARMS else 1.0) for r in found]
    return np.array([bool(r.p < _LEVEL and g) for r, g in zip(found, good, strict=True)])


def _apart(one: Trial) -> Trial:
    """The same trial where all trials of the programme differ, and share part of what makes them differ."""
    return one.switched(between=True, programme="esketamine")


def _factor(one: Trial, arm: str) -> float:
    """The share of the chain's effect that leaves the assumed difference between the arms, on a straight line."""
    none, some = _difference(weakened(one, 0.0), arm), _difference(weakened(one, 0.4), arm)
    return float(max((-TRUE_EFFECT - none) / (some - none) * 0.4, 0.0))


def _difference(one: Trial, arm: str, control: str = "placebo") -> float:
    return float(Runs(one, _FEW).contrast(arm, control)[:, -1].mean())


def _felt(each: Mapping[str, Trial]) -> str:
    """The difference that a drug which is felt and does nothing would show."""
    return ", ".join(f"{-_difference(weakened(each[k], 0.0), arm):.1f}" for k, arm in _ARMS.items())


def _own(each: Mapping[str, Trial]) -> dict[str, float]:
    return {k: _difference(each[k], arm) for k, arm in _ARMS.items()}


def _independent(powers: Sequence[float]) -> Floats:
    """The chance of each number of positive trials, of which the open one is none."""
    found = np.ones(1)
    for p in powers:
        found = np.convolve(found, [1.0 - p, p])
    return np.append(found, 0.0)


def _counted(positive: Mapping[str, Flags]) -> Floats:
    size = min(v.size for v in positive.values())
    number = np.sum([v[:size] for v in positive.values()], axis=0)
    return np.bincount(number, minlength=_MANY + 1) / size


def _powers(world: World) -> str:
    return ", ".join(f"{100 * p.value:.0f} % ({TRIALS[k][0]})" for k, p in world.power.items())


def _chance(world: World, score: int) -> str:
    return f"{100 * world.scores[score]:.0f} % of programmes (standard error {100 * world.error[score]:.1f})"


def _at_most(world: World, score: int = 2) -> float:
    return 100.0 * float(world.scores[: score + 1].sum())


def _judged(world: World) -> str:
    return "the likeliest score" if int(world.scores.argmax()) == 2 else "an ordinary score"


def _shares(factor: Mapping[str, float]) -> str:
    return ", ".join(f"{100 * v:.0f} % ({TRIALS[k][0].split()[0]})" for k, v in factor.items())


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
