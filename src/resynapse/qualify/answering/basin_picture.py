"""Claims C38 and C53: two lasting states, a dose that kicks from one to the other, and the load that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import anchored, default_chain
from ...core.chain import Chain
from ...core.event import Happening, Level
from ...evidence import Observation
from ...hypothesis import Experiment
from ...person import population
from ...person.basin import STRESS, Basins, basins
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from .band import Band, bands
from .doubt import drawn
from .ensemble import Arm, Courses, Ensemble
from .seen import records, rows, told
from .telling import doubted
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_WEEK = 168.0
_CROWD, _POPULATION = 300, "trd_phase3"
_RHO = {"weak feedback (rho 0.4)": 0.4, "strong feedback (rho 0.8)": 0.8}
_STRONG = "strong feedback (rho 0.8)"
_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_DAYS = np.unique(np.concatenate([np.arange(0.0, 14.5, 0.5), np.arange(14.0, 141.0, 2.0)]))
_LOOK, _BLOW, _END = 84.0, (84.0, 98.0), 140.0  # days: before the blow, the blow, and six weeks after it
_EXTRA = 0.5
_WELL = 0.5
_GRID = STRESS[::2]
_RAMP = np.arange(0.0, 60.0)
_TOP, _AFTER = 0.6, 0.1
_ILL_WEEKS = (2, 8, 26, 52)


@dataclass(frozen=True, eq=False)
class _Defibrillator(Told):
    """What was found for claim C38, and how it is told."""

    crowd: Crowd
    found: dict[str, Floats]
    two: NDArray[np.bool_]
    share: tuple[float, float]
    over: dict[str, float]
    kept: str
    back: str
    held: NDArray[np.bool_]
    fallen: float
    weak: str
    observed: tuple[Observation, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"Of {self.crowd.count} people of `{self.crowd.name}`, {self.share[0]:.1f} % have two lasting states "
            f"under their own mean load and {self.share[1]:.1f} % under some load; with strong feedback (rho 0.8) "
            f"two states exist in {100 * float(self.two.mean()):.0f} % of draws at the load that keeps depression "
            f"up, six infusions leave {self.over[self.kept]:.0f} % of draws well twelve weeks later and one infusion "
            f"{self.over[f'{_STRONG}, one']:.0f} %, against {self.over[f'{self.weak}, six']:.0f} % with weak "
            "feedback.",
            f"The dose does reset and the risk does stay: of the draws that were well, {self.fallen:.0f} % are ill "
            f"again six weeks after two weeks of a load that is {_EXTRA:g} higher, and where feedback is weak "
            "despair returns without any blow "
            f"({Band.of(100 * _at(self.found[f'{self.weak}, six'], _LOOK)).words('%')} of the ill state at twelve "
            "weeks); every hypothesis that relieves despair at all kicks through the same mood and stress rooms, so "
            "that none of them is tested by it.",
            f"Observed times to relapse ({told(self.observed[:4])}) are what drug-free monostable people give as "
            "well; a few people who stay well for months are the only sign of a second state, and nobody has "
            "measured two states in one person.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, default_chain('human'))}; shares of people are of {self.crowd.count} drawn with "
            f"seed {self.terms.seed}; the feedback (strength, steepness, turning point) is assumed in full, and life "
            "is taken to be steady but for the one blow."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "population": self.crowd.name,
            "people": self.crowd.count,
            "two_states_now_percent": self.share[0],
            "two_states_ever_percent": self.share[1],
            "draws_with_two_states_percent": 100 * float(self.two.mean()),
            "well_at_12_weeks_percent": self.over,
            "fallen_after_blow_percent": self.fallen if self.held.any() else None,
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        shown = {f"{k}, six": f"{k}: six infusions" for k in _RHO} | {
            self.back: "strong feedback: six infusions, then a blow"
        }
        courses = tuple(Ribbon(w, _DAYS, *bands(100 * self.found[k])) for k, w in shown.items())
        second = Curves(
            "Person: infusions in weeks 1 and 2; blow in weeks 13 and 14",
            "days since the first infusion",
            "despair, % of the ill state",
            courses,
            rest=100 * _WELL,
        )
        return _curve_panel(self.terms), second


def defibrillator(terms: Terms) -> Answer:
    """The answer to claim C38: who has two lasting states, whom six infusions carry over, and what pulls back."""
    crowd = _crowd(terms)
    found = _kicked(terms)
    two = _two_states(terms)
    share = 100 * float(np.mean(crowd.two_now)), 100 * float(np.mean(crowd.two_ever))
    over = {k: _share(_at(c, _LOOK) < _WELL) for k, c in found.items()}
    kept, back = f"{_STRONG}, six", f"{_STRONG}, six, blow"
    held = _at(found[kept], _LOOK) < _WELL
    fallen = 100 * float(np.mean(_at(found[back], _END)[held] > _WELL)) if held.any() else float("nan")
    weak = "weak feedback (rho 0.4)"
    observed = tuple(o for o in rows(endpoint="efficacy", statistic="median_time") if "relapse" in o.quantity)
    return _Defibrillator(terms, crowd, found, two, share, over, kept, back, held, fallen, weak, observed).answer("C38")


@dataclass(frozen=True, eq=False)
class _Collapse(Told):
    """What was found for claim C53, and how it is told."""

    ramp: dict[str, Floats]
    jump: dict[str, Floats]
    fold: dict[str, float]
    weeks: dict[int, tuple[Floats, Floats]]
    well: dict[int, float]
    before: dict[int, Band]
    left: dict[int, Band]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"When the load of life rises evenly over {len(_RAMP)} weeks from 0 to {_TOP:g}, despair rises in its "
            f"steepest week {Band.of(self.jump[_STRONG]).words()} times as fast as on average with strong feedback "
            f"(rho 0.8) and {Band.of(self.jump['weak feedback (rho 0.4)']).words()} times with weak (rho 0.4): in "
            f"{self.fold[_STRONG]:.0f} % and {self.fold['weak feedback (rho 0.4)']:.0f} % of draws it erodes and "
            "then collapses (more than three times).",
            f"A load of {_TOP:g} lasts {', '.join(str(w) for w in self.weeks)} weeks, then it falls to {_AFTER:g} "
            f"and one infusion is given: four weeks later {', '.join(f'{self.well[w]:.0f}' for w in self.weeks)} % "
            f"of draws are well (rho 0.8); despair had reached {self.before[2].words('%')} after 2 weeks and "
            f"{self.before[8].words('%')} after 8, so that most of the difference is how far the collapse had come "
            "and how many slow spines (months) were lost, and beyond half a year duration adds nothing, because "
            "nothing in this model scars; no hypothesis on file is about lasting harm.",
            "For a fold no observation is on file in either direction: onset week by week beside the same people's "
            "load would be needed; that long episodes answer less is what the model gives for the first months, and "
            "no row of the evidence tests it.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, default_chain('human'))}; the strength of the feedback is set to two values and "
            "not drawn; the load is smooth, while real loads fluctuate and blur the fold."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "steepest_week_over_mean": {k: Band.of(v).record for k, v in self.jump.items()},
            "collapses_percent": self.fold,
            "well_four_weeks_after_percent": {str(w): v for w, v in self.well.items()},
            "despair_when_lifted_percent": {str(w): b.record for w, b in self.before.items()},
            "despair_four_weeks_after_percent": {str(w): b.record for w, b in self.left.items()},
            "observed": [],
        }

    def panels(self) -> tuple[Panel, ...]:
        onset = Curves(
            "Person: despair while the load rises evenly from 0 to 0.6",
            "weeks",
            "despair, % of the ill state",
            tuple(Ribbon(k, _RAMP, *bands(100 * c)) for k, c in self.ramp.items()),
            rest=100 * _WELL,
        )
        after = Rows(
            "Before and after the load is lifted and one infusion given, rho 0.8",
            "despair, % of the ill state (nothing observed is on file)",
            tuple(
                Row(f"{w} weeks: {what}" if i == 0 else what, b[w].low, b[w].middle, b[w].high, group=i)
                for w in self.weeks
                for i, (what, b) in enumerate((("when lifted", self.before), ("four weeks later", self.left)))
            ),
        )
        return onset, after


def collapse(terms: Terms) -> Answer:
    """The answer to claim C53: load that rises evenly, despair that does not, and what a long illness costs."""
    ramp = _ramped(terms)
    jump = {k: _steepest(c) for k, c in ramp.items()}
    fold = {k: 100 * float(np.mean(v > 3.0)) for k, v in jump.items()}
    weeks = _recovered(terms)
    well = {w: 100 * float(np.mean(after < _WELL)) for w, (_, after) in weeks.items()}
    before, left = ({w: Band.of(100 * v[i]) for w, v in weeks.items()} for i in (0, 1))
    return _Collapse(terms, ramp, jump, fold, weeks, well, before, left).answer("C53")


@dataclass(frozen=True, eq=False)
class Crowd:
    """Who of some people has two lasting states, now and under some load."""

    name: str
    count: int
    two_now: NDArray[np.bool_]
    two_ever: NDArray[np.bool_]


def _crowd(terms: Terms) -> Crowd:
    chosen = population(terms.population or _POPULATION)
    people = chosen.sample(terms.people or _CROWD, terms.seed)
    chain = default_chain(chosen.species)
    found = basins(anchored(chain.with_values(people.values(chain))), (), _GRID)
    return Crowd(chosen.name, len(people), found.two(people.covariates["load"]), found.can_be_two)


def _fed(rho: float) -> Chain:
    """The human chain with feedback of this strength."""
    return default_chain("human").with_values({"life.rho": rho})


def _own_basins(rho: float, terms: Terms, few: int) -> Basins:
    chain = _fed(rho)
    values = {a: v for a, v in drawn(chain, few, terms.seed).items() if a.split(".")[0] not in ("body", "safety")}
    return basins(anchored(chain.with_values(values)), ("despair",), _GRID)


def _two_states(terms: Terms) -> NDArray[np.bool_]:
    """In which draws strong feedback gives two lasting states at the load that keeps depression up."""
    found = _own_basins(_RHO[_STRONG], terms, min(terms.count, 50))
    return np.asarray(found.two(np.full(len(found.load), 1.0 - _RHO[_STRONG])))


def _curve_panel(terms: Terms) -> Panel:
    """Resting states over load: the typical person at two strengths of feedback."""
    chain = anchored(default_chain("human")).with_values({"life.rho": np.array(list(_RHO.values()))})
    found = basins(chain, ("despair",), _GRID)
    ribbons = [
        _line(name, load, 100 * despair)
        for name, load, despair in zip(_RHO, found.load, found.signals["despair"], strict=True)
    ]
    return Curves(
        "Resting states over load (where the line turns back, two last)",
        "load of life, 1: keeps full stress up without feedback",
        "despair at rest, % of the ill state",
        tuple(ribbons),
        rest=100 * _WELL,
    )


def _line(name: str, load: Floats, despair: Floats) -> Ribbon:
    shown = (load > -0.2) & (load < 1.0)
    return Ribbon(name, load[shown], despair[shown], despair[shown], despair[shown])


def _kicked(terms: Terms) -> dict[str, Floats]:
    """Despair of a person with weak or strong feedback after one or six infusions, with and without a blow."""
    ensemble = Ensemble(24.0 * _DAYS, ("despair",), terms.count, terms.seed)
    blow = Level("load", 24.0 * _BLOW[0], _EXTRA, 24.0 * _BLOW[1])
    arms: dict[str, Arm] = {}
    for name, rho in _RHO.items():
        chain = _fed(rho)
        more = _again(chain, (2, 4, 7, 9, 11))
        arms |= {
            f"{name}, one": Arm(chain, _INFUSION),
            f"{name}, six": Arm(chain, _INFUSION, more),
            f"{name}, six, blow": Arm(chain, _INFUSION, (*more, blow)),
        }
    return {k: c["despair"] for k, c in ensemble.follow(arms).items()}


def _again(chain: Chain, days: Sequence[float]) -> tuple[Happening, ...]:
    """The infusion once more on other days."""
    first = _INFUSION.happenings(chain, 70.0, 24.0)
    return tuple(replace(h, start=h.start + 24.0 * day) for day in days for h in first)


def _ramped(terms: Terms) -> dict[str, Floats]:
    """Despair week by week while the load rises by the same step every week, from a person who is well."""
    ensemble = Ensemble(_WEEK * _RAMP, ("despair",), terms.count, terms.seed)
    step = _TOP / len(_RAMP)
    steps = tuple(Level("load", _WEEK * week, step) for week in _RAMP[1:])
    none = replace(_INFUSION.control, stress=0.0)
    found = ensemble.follow({k: Arm(_fed(rho), none, steps) for k, rho in _RHO.items()})
    return {k: c["despair"] for k, c in found.items()}


def _steepest(course: Floats) -> Floats:
    """The steepest week over the mean one."""
    steps = np.diff(course, axis=1)
    return np.asarray(steps.max(axis=1) / steps.mean(axis=1))


def _recovered(terms: Terms) -> dict[int, tuple[Floats, Floats]]:
    """Despair when a load is lifted, and four weeks after that and one infusion, by how many weeks the load lasted."""
    chain, none = _fed(_RHO[_STRONG]), replace(_INFUSION.control, stress=0.0)
    infusion = _INFUSION.happenings(chain, 70.0, 24.0)
    found: dict[int, tuple[Floats, Floats]] = {}
    for weeks in _ILL_WEEKS:
        lifted = _WEEK * weeks
        loads = (Level("load", 0.0, _TOP, lifted), Level("load", lifted, _AFTER))
        given = tuple(replace(h, start=h.start + lifted) for h in infusion)
        ensemble = Ensemble([lifted, lifted + 4 * _WEEK], ("despair",), terms.count, terms.seed)
        course: Courses = ensemble.follow({"": Arm(chain, none, (*loads, *given))})[""]
        found[weeks] = course["despair"][:, 0], course["despair"][:, 1]
    return found


def _at(course: Floats, day: float) -> Floats:
    return np.asarray(course[:, int(np.argmin(np.abs(_DAYS - day)))])


def _share(flags: NDArray[np.bool_]) -> float:
    return 100 * float(np.mean(flags))
