"""Claim C55: the session's experience is uplifting for some and disturbing for others, and setting matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from ...dose import Regimen
from ...evidence import Observation
from ...report.claim_figure import Panel, Row, Rows
from ...trial.design.library import design
from ...trial.run import Trial, scaled
from ...trial.score import facts, sensing, values
from ..answer import Answer
from ..answering.band import Band
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .chair import EVENTS
from .crowd import Asked, Crowd, crowd
from .running import Runs, looked_at, people, replicates, trial
from .words import drawn, ends, run

Floats = NDArray[np.float64]
Moderated = tuple[Floats, Floats, Floats]
POPULATION = "trd_academic"
_DOSES = ("0.1 mg/kg", "0.2 mg/kg", "0.5 mg/kg", "1.0 mg/kg")
_MINUTES = np.array([0.0, 20, 30, 40, 50, 60, 90])
_STRONG, _N = 20, 144
_UNPLEASANT = 2


@dataclass(frozen=True, eq=False)
class Experience:
    """What sessions feel like by dose, and what either moderator does to the effect."""

    terms: Terms
    name: str
    count: int
    times: int
    harm: Mapping[str, tuple[float, float]]
    carried: Mapping[float, Moderated]
    settings: Mapping[float, Moderated]
    observed: tuple[Observation, ...]

    @cached_property
    def low(self) -> Moderated:
        """Where a bad experience helps."""
        return next(iter(self.carried.values()))

    @cached_property
    def mid(self) -> Moderated:
        """Where it does nothing."""
        return tuple(self.carried.values())[1]

    @cached_property
    def high(self) -> Moderated:
        """Where it weakens the drug."""
        return tuple(self.carried.values())[2]

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            f"In one session at {', '.join(_DOSES)} {_each(self.harm, 0)} of people have {_UNPLEASANT} or more of "
            f"dizziness, nausea and sedation, and {_each(self.harm, 1)} a CADSS of {_STRONG} or more: a disturbing "
            "session grows with the dose in this model, and nothing in it is uplifting, since it has no state for "
            "a good experience.",
            "If a bad experience weakens the drug (half of the effect a standard deviation) the contrast with "
            f"midazolam a day later is {_gap(self.high)} points and each further unpleasant sensation goes with "
            f"{_slope(self.high)} points; if it helps as much, {_gap(self.low)} and {_slope(self.low)}; if it does "
            f"nothing, {_gap(self.mid)} and {_slope(self.mid)}; a setting that makes everybody hope more "
            f"({', '.join(f'{h:.3g}' for h in self.settings)} points) changes the ketamine arm by "
            f"{', '.join(f'{v[2].mean():.1f}' for v in self.settings.values())} points and the contrast by "
            f"{', '.join(f'{v[0].mean():.1f}' for v in self.settings.values())}, so that setting moves both arms "
            "and mostly cancels in the contrast; no hypothesis on file says anything of either.",
            f"On file is next to nothing: {told(self.observed)}; valence was measured in none of them, setting was "
            "varied in none, and the range of the moderator is symmetric around nothing because the literature "
            "disagrees.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(self.count, self.name, self.terms)}; {run(self.times, self.count, self.name, self.terms)}; "
            "chances of sensations in one session follow from rates over four weeks; they are taken as "
            "independent in a person; the moderator is swept over its range and not known, hope stands in for "
            "setting, and neither music, therapist nor room is modelled."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "unpleasant_percent": {d: float(v[0]) for d, v in self.harm.items()},
            "strong_percent": {d: float(v[1]) for d, v in self.harm.items()},
            "moderator": {f"{w:g}": _record(v) for w, v in self.carried.items()},
            "hope_points": {f"{h:.3g}": _record(v) for h, v in self.settings.items()},
            "observed": records(self.observed),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        felt = [Row(d, v[0], v[0], v[0], "", 0) for d, v in self.harm.items()]
        strong = [Row("", v[1], v[1], v[1], "", 1) for v in self.harm.values()]
        both = tuple(r for pair in zip(felt, strong, strict=True) for r in pair)
        names = (f"{_UNPLEASANT} unpleasant sensations or more", f"CADSS of {_STRONG} or more")
        first = Rows("One session: nothing observed is on file", "% of people", both, None, names)
        lines = [Row(f"moderator {w:+g} a SD", *ends(v[0]), "", 0) for w, v in self.carried.items()]
        lines += [Row(f"hope {h:.3g} points", *ends(v[0]), "", 1) for h, v in self.settings.items()]
        second = Rows(
            "Contrast with midazolam at 24 h; bar, nine in ten trials",
            "points of MADRS",
            tuple(lines),
            0.0,
            ("if a bad experience weakens (+) or helps (-)", "setting as hope"),
        )
        bends = tuple(Row(f"moderator {w:+g} a SD", *ends(v[1])) for w, v in self.carried.items())
        third = Rows("Change with each further unpleasant sensation, ketamine arm", "points of MADRS", bends)
        return first, second, third

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        return f"{self.count} people of {self.name}, {self.times} replicates of {_N}, seed {self.terms.seed}."


def experience(terms: Terms) -> Answer:
    """The answer to claim C55: how often a session is unpleasant or strong, and what either could do to the effect."""
    name, count, times = terms.population or POPULATION, people(terms), replicates(terms, 100)
    harm = {d: _session(name, d, terms) for d in _DOSES}
    base = scaled(design("murrough_2013"), _N)
    one = trial(looked_at(base, (0.0, 1.0, 7.0)).model_copy(update={"population": name}), terms)
    weight, hope = facts("between")["valence"], facts("placebo")["hope"]
    carried = {w: _moderated(_valued(one, valence=w), times) for w in _swept(weight.range, weight.value)}
    settings = {h: _moderated(_valued(one, hope=h), times) for h in _swept(hope.range, hope.value)}
    observed = rows(quantity="cadss_to_madrs")
    said = Experience(
        terms=terms,
        name=name,
        count=count,
        times=times,
        harm=harm,
        carried=carried,
        settings=settings,
        observed=observed,
    )
    return Answer(
        claim("C55"), said.sentences, said.doubt, said.details, lambda: figure("C55", said.panels, terms, said.foot)
    )


def _session(name: str, dose: str, terms: Terms) -> tuple[float, float]:
    """Who has two unpleasant sensations or more, and who a strong dissociation (%)."""
    given = Regimen("ketamine", "iv", dose, "40 min", days=1.0)
    ports = ("cadss_total", "adverse_event_probability")
    found = crowd(Asked(name, people(terms), terms.seed), given, _MINUTES / 60.0, ports)
    return 100 * float(_several(found).mean()), 100 * float(_strong(found).mean())


def _several(found: Crowd) -> Floats:
    """The chance of two or more of the sensations in one session, independent in a person."""
    chance = [sensing().in_one_session(found[f"adverse_event_probability.{e}"].max(axis=1)) for e in EVENTS]
    total = np.zeros(len(chance[0]))
    for size in range(_UNPLEASANT, len(EVENTS) + 1):
        for some in combinations(range(len(EVENTS)), size):
            total += np.prod([c if i in some else 1.0 - c for i, c in enumerate(chance)], axis=0)
    return total


def _strong(found: Crowd) -> Floats:
    size = values().trust.dispersion
    peak = np.maximum(found["cadss_total"].max(axis=1), 1e-9)
    return np.asarray(nbinom.sf(_STRONG - 1, size, size / (size + peak)))


def _valued(one: Trial, valence: float | None = None, hope: float | None = None) -> Trial:
    now = one.values
    between = now.between if valence is None else replace(now.between, valence=valence)
    placebo = now.placebo if hope is None else replace(now.placebo, hope=hope)
    return one.valued(replace(now, between=between, placebo=placebo))


def _moderated(one: Trial, times: int) -> Moderated:
    """Contrast at 24 h, slope of the change on unpleasant sensations in the drug arm, and the change in that arm."""
    runs = Runs(one, times)
    at = runs.at(1.0)
    slopes = []
    for k in range(times):
        got = one.replicate(k)
        here = got.arm == 0
        felt, change = got.felt.events[here, 0].sum(-1), (got.score[:, at] - got.score[:, 0])[here]
        slopes.append(float(np.polyfit(felt, change, 1)[0]) if felt.std() else 0.0)
    return runs.contrast("ketamine", "midazolam")[:, at], np.array(slopes), runs.changes("ketamine")[:, at]


def _swept(ends: tuple[float, float] | None, middle: float) -> tuple[float, ...]:
    low, high = ends or (middle, middle)
    return (low, middle, high)


def _each(harm: Mapping[str, tuple[float, float]], place: int) -> str:
    return ", ".join(f"{v[place]:.0f} %" for v in harm.values())


def _gap(found: Moderated) -> str:
    return Band.of(found[0]).words()


def _slope(found: Moderated) -> str:
    return f"{found[1].mean():+.1f}"


def _record(found: Moderated) -> dict[str, object]:
    names = ("contrast_points", "slope_points_per_sensation", "ketamine_change_points")
    return {n: Band.of(v).record for n, v in zip(names, found, strict=True)}
