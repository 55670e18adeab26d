"""What people of each arm believe, as the measured score has it: computed once an arm, from what sessions feel like."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ....core.chain import Chain
from ....trial.score import Feel, Told, Values, believe, drawn, expected_of, feel, feeling, weigh
from .arms import Arm, Evidence
from .latent import Followed, despair
from .nodes import Nodes

Floats = NDArray[np.float64]
Felt = tuple[Floats, Floats]
_PEOPLE, _SEED = 4096, 2026
_AFTER_A_DOSE = (0.5, 2.0 / 3.0, 0.75, 1.0, 1.5)
_PORTS = ("cadss_total", "adverse_event_probability")
_SENSED = ("dizziness", "nausea", "sedation")


def sessions(told: Evidence, regimen: str) -> tuple[float, ...]:
    """The days of the doses of a regimen."""
    return tuple(sorted(d for part in told.regimens[regimen].parts for d in part.at))


def felt(chain: Chain, told: Evidence, who: Mapping[str, Nodes]) -> dict[str, Felt]:
    """What sessions of each regimen feel like: dissociation (people x sessions) and chances (people x sessions x 3).

    **Assumes:** the chain's values on file: what is felt is not calibrated here.
    """
    labels = dict(chain.port(_PORTS[1]).dims)
    names = next(iter(labels.values()))
    chosen = [1 + list(names).index(s) for s in _SENSED]
    found = {}
    for name, given in told.regimens.items():
        days = sessions(told, name)
        hours = tuple(sorted({0.0, *(24.0 * d + after for d in days for after in _AFTER_A_DOSE)}))
        one = Followed(name, given, who[told.given_to[name]], hours)
        whole = despair(chain, (one,), {}, {}, _PORTS)[name][0]
        found[name] = (
            _peaks(whole[..., 0], days, hours),
            np.stack([_peaks(whole[..., k], days, hours) for k in chosen], -1),
        )
    return found


def beliefs(told: Evidence, known: Mapping[str, Felt], value: Values, nodes: int) -> dict[tuple[str, str], Floats]:
    """Belief in having had the drug after each session (nodes x sessions), by arm: quantiles in one shuffled order.

    Open arms believe 1; people asleep what they were told.
    """
    return {arm.key: _spread_out(_belief(told, known, value, arm), nodes) for arm in told.arms.values()}


def _belief(told: Evidence, known: Mapping[str, Felt], value: Values, arm: Arm) -> Floats:
    count = len(sessions(told, _regimen(told, arm)))
    if arm.open:
        return np.ones((_PEOPLE, count))
    control = feel("saline" if arm.feel == "asleep" else arm.feel)
    mean, chances = known[arm.regimen] if arm.regimen else _constant(control, count)
    rows = np.arange(_PEOPLE) % len(mean)
    draws = drawn(_SEED, 0, (_PEOPLE, 1, count))
    numbers = (draws.frail, draws.count, draws.sensed)
    seen = feeling(mean[rows], chances[rows], numbers, value.trust.dispersion)
    words = Told(_of_drug(told, known, arm, control), control, arm.chance)
    ratio = weigh(seen, words, value.trust) * (arm.feel != "asleep")
    return believe(ratio, arm.chance, value.trust)


def _of_drug(told: Evidence, known: Mapping[str, Felt], arm: Arm, control: Feel) -> Feel:
    """How the trial's own drug feels at its first session; a drug that is not fitted feels as its control."""
    own = {a.regimen for a in told.arms.values() if a.study == arm.study and a.regimen}
    if not own:
        return control
    each = [expected_of(known[r][0][:, :1], known[r][1][:, :1]) for r in sorted(own)]
    names = ("cadss", "dizziness", "nausea", "sedation")
    return Feel(**{name: float(np.mean([getattr(one, name) for one in each])) for name in names})


def _regimen(told: Evidence, arm: Arm) -> str:
    """The regimen whose days of sessions an arm keeps: its own, or that of a drug arm beside it."""
    beside = [a.regimen for a in told.arms.values() if a.study == arm.study and a.regimen]
    return arm.regimen or (beside[0] if beside else "iv05")


def latest(told: Evidence, arm: Arm, day: float) -> tuple[int, float]:
    """Which session was the last before a day, and how long ago (days)."""
    days = np.array(sessions(told, _regimen(told, arm)))
    place = max(int((days < day - 1e-9).sum()) - 1, 0)
    return place, max(day - float(days[place]), 0.0)


def _constant(like: Feel, count: int) -> Felt:
    chances = np.broadcast_to([like.dizziness, like.nausea, like.sedation], (1, count, 3))
    return np.full((1, count), like.cadss), chances


def _spread_out(belief: Floats, nodes: int) -> Floats:
    places = (np.arange(nodes) + 0.5) / nodes
    order = np.random.default_rng(_SEED).permutation(nodes)
    return np.asarray(np.quantile(belief, places, axis=0)[order])


def _peaks(values: Floats, days: tuple[float, ...], hours: tuple[float, ...]) -> Floats:
    when = np.array(hours)
    parts = [values[:, (when >= 24.0 * d) & (when <= 24.0 * d + _AFTER_A_DOSE[-1] + 1e-9)].max(axis=1) for d in days]
    return np.stack(parts, axis=1)
