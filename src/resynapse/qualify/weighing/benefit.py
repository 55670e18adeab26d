"""What a regimen brings beyond a control: points of MADRS, and people who respond or remit on the measured score.

The drug's part of a score comes from the chain. What falls without it (time, care, hope) is the same in both arms and
is taken from the measured score's values; people move with it much or little, scores wobble and raters err. Response
and remission are therefore probabilities, in closed form, and no trial is thrown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...mood import rules
from ...trial.score import nonspecific, room, values
from ...trial.score.values import Placebo
from .many import Many
from .settling import Study

Floats = NDArray[np.float64]
SCORE = "madrs_total"


@dataclass(frozen=True, eq=False)
class Benefit:
    """Beyond control, draw by draw: mean `fall` (points), and how many more in a hundred respond and remit.

    `control` is the share (%) who respond without the drug, `spread` the SD of the fall between people (points).
    """

    fall: Floats
    response: Floats
    remission: Floats
    control: Floats
    spread: Floats


def benefit(many: Many, score: Floats, day: float) -> Benefit:
    """What people have of a course of the chain's score (draws x people, at the start and on a day).

    **Arguments:** `score` has the start first and the day second along its last axis.
    """
    start, kinds = score[..., 0], _kinds(many, score[..., 0], score[..., 0] - score[..., 1], day)
    fall = sum((one.share[:, None] * one.brought for one in kinds), np.zeros(start.shape))
    (responded, remitted), (alone, remitted_alone) = (_shares(many, start, kinds, day, drug) for drug in (1.0, 0.0))
    return Benefit(
        fall.mean(axis=1), 100 * (responded - alone), 100 * (remitted - remitted_alone), 100 * alone, fall.std(axis=1)
    )


@dataclass(frozen=True, eq=False)
class Ratings:
    """How a trial of scores errs.

    **Arguments:** `arm` is the number of people an arm, `spread` (points) how far the drug's part differs between
    people, `shared` the relative SD of the drug's effect between trials.
    """

    arm: float
    spread: float
    shared: float

    def trial(self, name: str, words: str, signal: Floats, days: Sequence[float]) -> Study:
        """A trial whose results, mean differences between arms, are `signal` (draws x results) on these days."""
        error = [np.sqrt((2.0 * noise(day) ** 2 + self.spread**2) / self.arm) for day in days]
        return Study(name, words, signal, np.array(error), self.shared)


def ratings(many: Many, arm: float, spread: Floats) -> Ratings:
    """Ratings in arms of so many people whose relief differs by `spread` (points, draws)."""
    shared = many.known.of_score("drug_sd", values().between.drug_sd)
    return Ratings(arm, float(np.mean(spread)), float(np.mean(shared)))


def noise(day: float) -> float:
    """The standard deviation (points) of a measured change that is neither drug nor time: wobble, and two ratings."""
    own = values().measuring
    moved = 2.0 * own.wobble_sd**2 * (1.0 - np.exp(-day / own.wobble_days))
    return float(np.sqrt(moved + 2.0 * own.rater_sd**2))


@dataclass(frozen=True, eq=False)
class _Kind:
    """People who move alike with time, care and hope.

    **Arguments:** `share` of people (draws); what they fall by `alone` (draws x 1), and what the drug has `brought`
    them beyond that (draws x people).
    """

    share: Floats
    alone: Floats
    brought: Floats


def _kinds(many: Many, start: Floats, fall: Floats, day: float) -> tuple[_Kind, _Kind]:
    """Who moves easily and who little, the drug's fall being what it brings where nothing else moves a score."""
    value, drawn = values().placebo, many.known.placebo
    parts = [_placebo(value, drawn, k) if drawn else value for k in range(len(start))]
    mean, easily = np.array([_without(one, day) for one in parts]), np.array([one.easily_moved for one in parts])
    factor = (1.0 - (1.0 - easily) * value.others_move) / easily
    both = (easily, factor * mean), (1.0 - easily, value.others_move * mean)
    return tuple(_Kind(share, own[:, None], fall * _rooms(parts, start, own)) for share, own in both)  # type: ignore[return-value]


def _rooms(parts: Sequence[Placebo], start: Floats, alone: Floats) -> Floats:
    return np.stack([room(one, s, f) for one, s, f in zip(parts, start, alone, strict=True)])


def _shares(many: Many, start: Floats, kinds: tuple[_Kind, _Kind], day: float, drug: float) -> tuple[Floats, Floats]:
    """Shares of people who respond and who remit (draws), with the drug or without."""
    found = [np.zeros(len(start)), np.zeros(len(start))]
    for one in kinds:
        for place, chance in enumerate(_chances(many, start, one.alone + drug * one.brought, day)):
            found[place] = found[place] + one.share * chance.mean(axis=1)
    return found[0], found[1]


def _chances(many: Many, start: Floats, fallen: Floats, day: float) -> tuple[Floats, Floats]:
    """Each person's chance of response and remission, by wobble and raters alone."""
    rule, own = rules()[SCORE], values().measuring
    kept, loud = np.exp(-day / own.wobble_days), many.known.of_score("wobble_sd", own.wobble_sd)[:, None] ** 2
    left = 1.0 - rule.response
    of_half = np.sqrt((1.0 + left**2 - 2.0 * left * kept) * loud + (1.0 + left**2) * own.rater_sd**2)
    of_level = np.sqrt(loud + own.rater_sd**2)
    return (
        np.asarray(ndtr((fallen - rule.response * start) / of_half)),
        np.asarray(ndtr((rule.remission + fallen - start) / of_level)),
    )


def _without(value: Placebo, day: float) -> float:
    """The mean fall without the drug: time, care, and hope at a belief of one half."""
    return float(nonspecific(value, np.array([day]), False)[0]) + value.hope * 0.5 ** (day / value.half_life_days)


def _placebo(value: Placebo, drawn: Mapping[str, Floats], draw: int) -> Placebo:
    own = {f.name for f in fields(Placebo)}
    return replace(value, **{name: float(v[draw]) for name, v in drawn.items() if name in own})
