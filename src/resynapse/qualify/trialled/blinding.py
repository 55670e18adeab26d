"""Claim C43: how much of a measured contrast belief carries, under each blinding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...evidence import Observation
from ...report.claim_figure import Row, Rows
from ...trial.design import Design
from ...trial.design.giving import Dosing
from ...trial.design.library import design
from ...trial.run import Trial, scaled
from ...trial.run.dataset import DataSet
from ..answer import Answer
from ..answering.band import Band
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .running import Runs, looked_at, people, replicates, trial
from .words import ends, point, run, seen_words

Floats = NDArray[np.float64]
POPULATION = "trd_academic"
_N = 200
_DRUG, _CONTROL = "ketamine", "control"
_OPEN = "open, saline"
_BLINDINGS = {
    _OPEN: ("saline", "open"),
    "saline": ("saline", "masked"),
    "midazolam": ("midazolam", "masked"),
    "asleep": ("masked", "asleep"),
}


@dataclass(frozen=True, eq=False)
class Blinding:
    """What a trial under one blinding shows a day after one infusion, replicate by replicate.

    **Arguments:** `seen` is the measured contrast (points); `even` the one with everybody's hope held even; `alone` the
    one of a drug that is felt and does nothing; `response` the share with half of the score gone, by arm (%);
    `belief` the mean chance given to the drug, by arm; `right` the share that guessed right (%).
    """

    seen: Floats
    even: Floats
    alone: Floats
    response: Mapping[str, Floats]
    belief: Mapping[str, float]
    right: float

    @property
    def carried(self) -> Floats:
        """What belief carries (points)."""
        return np.asarray(self.seen - self.even)

    @property
    def share(self) -> float:
        """The share of the mean contrast that belief carries (%)."""
        return abs(100.0 * float(self.carried.mean() / self.seen.mean()))


def expectation(terms: Terms) -> Answer:
    """The answer to claim C43: belief on and off under four blindings."""
    name, times = terms.population or POPULATION, replicates(terms, 100)
    found = _found(name, times, terms)
    observed = _observed()
    foot = (
        f"{times} replicates of {_N} people, bank of {people(terms)} of {name}, seed {terms.seed}. Bar: nine in ten "
        "trials; red: published."
    )
    doubt = (
        f"{run(times, people(terms), name, terms)}; hope, disappointment and how much the drug moves were "
        "fitted to trials of role build, Lii's and Murrough's among them, so that their rows are no test; what "
        "midazolam feels like and that improvement does not feed belief are assumed; setting is not modelled apart "
        "from hope; who knows what they get is compared with the masked trial against saline with hope held even."
    )
    details = {k: _record(b, times) for k, b in found.items()} | {"observed": records(observed)}
    panels = (_contrasts(found), _answered(found, observed))
    return Answer(claim("C43"), _sentences(found, observed), doubt, details, lambda: figure("C43", panels, terms, foot))


def _found(name: str, times: int, terms: Terms) -> dict[str, Blinding]:
    found = {}
    for k, words in _BLINDINGS.items():
        terms.tell(f"{k}: {times} replicates, with belief and without")
        found[k] = _blinding(trial(_design(name, *words), terms), times)
    found[_OPEN] = replace(found[_OPEN], even=found["saline"].even)
    return found


def _sentences(found: Mapping[str, Blinding], observed: tuple[Observation, ...]) -> tuple[str, str, str]:
    gap = found["saline"].seen.mean() - found["midazolam"].seen.mean()
    drugs = [float(np.median(b.response[_DRUG])) for k, b in found.items() if k != _OPEN]
    return (
        f"A day after one infusion of 0.5 mg/kg, in trials of {_N} people, belief carries {_carried(found)}; "
        f"a drug that is felt and does nothing would show {_alone(found)} points.",
        f"Control arms answer in {_responses(found, _CONTROL)} and drug arms, within {max(drugs) - min(drugs):.0f} "
        f"points of each other where people are masked, in {_responses(found, _DRUG)}: the pattern sits in the control "
        "arm, because disappointment is steeper than hope; it needs no change of the drug's effect, and `expectancy "
        f"only` would be left with belief's part alone, at most {max(b.share for b in found.values()):.0f} % of any "
        "contrast here.",
        f"Published: {told(observed)}; the order is met, the distance between saline and midazolam ({abs(gap):.1f} "
        "points of contrast here) is smaller than published, and the masked trial, whose interval holds no effect and "
        "the full one, cannot decide.",
    )


def _record(one: Blinding, times: int) -> dict[str, object]:
    return {
        "contrast_points": Band.of(one.seen).record,
        "without_belief_points": Band.of(one.even).record,
        "carried_points": Band.of(one.carried).record,
        "carried_error": float(one.carried.std(ddof=1) / np.sqrt(times)),
        "belief_alone_points": Band.of(one.alone).record,
        "response_percent": {a: Band.of(v).record for a, v in one.response.items()},
        "belief": dict(one.belief),
        "guessed_right_percent": one.right,
    }


_POINTS = "points"


def _design(name: str, control: str, masked: str) -> Design:
    base = looked_at(scaled(design("lii_2023"), _N), (0.0, 1.0, 7.0))
    compound = "midazolam" if control == "midazolam" else "saline"
    dose = "0.045 mg/kg" if control == "midazolam" else None
    given = Dosing(compound=compound, route="iv", dose=dose, over="40 min")
    drug, other = base.arms
    changes = {"name": _CONTROL, "control": control, "regimens": (given,)}
    arms = (drug, other.model_copy(update=changes))
    masking = base.masking.model_copy(update={"participants": masked})
    ratio = base.allocation.model_copy(update={"ratio": {_DRUG: 1.0, _CONTROL: 1.0}})
    return base.model_copy(update={"population": name, "arms": arms, "masking": masking, "allocation": ratio})


def _blinding(one: Trial, times: int) -> Blinding:
    seen, even = Runs(one, times), Runs(one.switched(belief=False), times)
    alone = Runs(one.switched(drug=False), times)
    told_of = DataSet(one, one.replicate(0)).guesses
    right = float(np.mean([v["right"] for v in told_of.values()]))
    gaps = [r.contrast(_DRUG, _CONTROL)[:, r.at(1.0)] for r in (seen, even, alone)]
    answered = {a: 100 * seen.responded(a, 1.0) for a in (_DRUG, _CONTROL)}
    believed = {a: float(v["belief"]) for a, v in told_of.items()}
    return Blinding(gaps[0], gaps[1], gaps[2], answered, believed, 100.0 * right)


def _carried(found: Mapping[str, Blinding]) -> str:
    each = (
        f"{Band.of(-b.carried).words(_POINTS)} of a contrast of {Band.of(-b.seen).words(_POINTS)} ({b.share:.0f} %) "
        f"under {k}"
        for k, b in found.items()
    )
    return "; ".join(each)


def _alone(found: Mapping[str, Blinding]) -> str:
    return ", ".join(f"{-b.alone.mean():.1f} ({k})" for k, b in found.items())


def _responses(found: Mapping[str, Blinding], arm: str) -> str:
    return ", ".join(f"{np.median(b.response[arm]):.0f} % ({k})" for k, b in found.items())


def _observed() -> tuple[Observation, ...]:
    pooled = rows(study="wilkinson2019", endpoint="efficacy")
    masked = [o for o in rows(study="lii2023", quantity="response") if o.time == 1.0]
    return (
        *pooled,
        *masked,
        *rows(study="lii2023", arm="ketamine_placebo_d1_3"),
        *rows(quantity="allocation_guessed_right"),
    )


def _contrasts(found: Mapping[str, Blinding]) -> Rows:
    kinds = ("measured", "belief held even", "belief alone")
    lines = []
    for k, b in found.items():
        for i, v in enumerate((b.seen, b.even, b.alone)):
            seen = _masked() if k == "asleep" and not i else None
            said = "" if seen is None else f"{seen_words(seen)}, days 1 to 3"
            lines.append(Row(k if not i else "", *ends(v), said, i, None if seen is None else point(seen, 0.0)))
    return Rows("Contrast with the control arm at 24 h", "points of MADRS", tuple(lines), 0.0, kinds)


def _masked() -> Observation:
    return rows(study="lii2023", arm="ketamine_placebo_d1_3")[0]


def _answered(found: Mapping[str, Blinding], observed: tuple[Observation, ...]) -> Rows:
    by = {(o.study.name, o.arm.name): o for o in observed if o.statistic == "response_rate"}
    seen = {
        ("saline", _CONTROL): by["wilkinson2019", "saline"],
        ("saline", _DRUG): by["wilkinson2019", "ketamine_in_saline_controlled"],
        ("midazolam", _CONTROL): by["wilkinson2019", "midazolam"],
        ("midazolam", _DRUG): by["wilkinson2019", "ketamine_in_midazolam_controlled"],
        ("asleep", _CONTROL): by["lii2023", "placebo"],
        ("asleep", _DRUG): by["lii2023", "ketamine"],
    }
    lines = []
    for k, b in found.items():
        for i, arm in enumerate((_DRUG, _CONTROL)):
            o = seen.get((k, arm))
            said = "" if o is None else seen_words(o, " %", 100)
            mark = None if o is None else point(o, 0.0, lambda v: 100.0 * v)
            lines.append(Row(k if not i else "", *ends(b.response[arm]), said, i, mark))
    return Rows("Response at 24 h", "% of the arm", tuple(lines), None, ("ketamine", "control"))
