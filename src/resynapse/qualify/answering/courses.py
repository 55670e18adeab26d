"""Claims C21 and C28: how synapses follow a fast dose, and how slowly they follow a slow drug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import default_chain
from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment
from ...report.claim_figure import Curves, Mark, Panel, Ribbon
from ...slow_chains import slow_chain
from ..answer import Answer
from .band import Band, bands, sureness
from .ensemble import Arm, Ensemble
from .explanations import explanations
from .seen import records, relative, rows, told
from .telling import doubted, listed
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_RAT = Experiment("rat", stress=0.0)
_STRESSED = Experiment("rat")
_HOURS = np.array([0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 120, 168, 240, 336.0])
_TICKS = (0.1, 0.5, 2.0, 6.0, 24.0, 72.0, 336.0)
_PORTS = {"bdnf": "BDNF", "mtorc1": "mTORC1", "ampar_surface": "surface AMPA receptors", "spine_density": "spines"}
_EVIDENCE = ("autry2011", "li2010", "li2011", "phoumthipphavong2016", "modasava2019")
_DAYS = np.array([0.25, 1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 42.0])
_TABLETS = Experiment("human", "escitalopram", "po", "10 mg")
_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")


@dataclass(frozen=True, eq=False)
class _MoreSynapses(Told):
    """What was found for claim C28, and how it is told."""

    chain: Chain
    found: dict[str, dict[str, Floats]]
    rise: dict[str, Floats]
    peak: dict[str, Any]
    share: Floats
    grows: list[str]
    silent: list[str]
    observed: tuple[Observation, ...]
    spines: dict[float, Floats]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"After 10 mg/kg in the unstressed rat BDNF rises by {Band.of(_at(self.rise['bdnf'], 0.5)).words('%')} "
            f"at half an hour, mTORC1 by {Band.of(_at(self.rise['mtorc1'], 1.0)).words('%')} at 1 h, surface AMPA "
            f"receptors by {Band.of(_at(self.rise['ampar_surface'], 24.0)).words('%')} and spines by "
            f"{Band.of(self.spines[24.0]).words('%')} at 24 h, and at two weeks "
            f"{Band.of(self.spines[336.0]).words('%')} is left of the spines; the middle courses peak after "
            f"{', '.join(f'{self.peak[p]:g} h ({name})' for p, name in _PORTS.items())}.",
            f"The burst alone makes {Band.of(self.share).words('%')} of the new spines of the default blend at 24 h, "
            f"block of eEF2 kinase and HNK the rest; by themselves {listed(self.grows)} grow spines in most draws, "
            f"{listed(self.silent)} do not, so that more synapses are no proof of a burst.",
            f"For it: {told([o for o in self.observed if o.mark == 'seen' and o.direction not in ('none', '')])}; "
            "recalled sizes "
            f"({told([o for o in self.observed if o.value is not None and o.statistic == 'percent_change'])}) stand "
            "beside; that formation does not rise at once "
            f"({told([o for o in self.observed if o.row == 'H12' and o.direction == 'none'])}) agrees with the "
            f"model's {Band.of(self.spines[6.0]).words('%')} at 6 h; against it in people: "
            f"{told(rows(study='holmes2022'))}.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.chain)}; most rodent sizes are recalled and only their directions were read; "
            "prefrontal spines stand for all; in the model spines carry the effect, in the experiments they "
            "maintain it."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "change_percent": {
                p: {f"{h:g}": Band.of(_at(self.rise[p], h)).record for h in (0.5, 1, 6, 24, 168, 336)} for p in _PORTS
            },
            "share_of_burst_percent": Band.of(self.share).record,
            "hypotheses_that_grow_spines": list(self.grows),
            "observed": records((*self.observed, *rows(study="holmes2022"))),
        }

    def panels(self) -> tuple[Panel, ...]:
        return tuple(_course_panel(port, self.found, self.observed) for port in _PORTS)


def more_synapses(terms: Terms) -> Answer:
    """The answer to claim C28: what follows the burst, and how long, beside what was seen in rodents."""
    chain = default_chain("rat")
    ensemble = Ensemble(_HOURS, tuple(_PORTS), terms.count, terms.seed)
    arms = {"well": _RAT, "ill": _STRESSED, "burst alone": replace(_RAT, under=_only("activity"))}
    found = ensemble.follow({k: Arm(chain, e) for k, e in arms.items()})
    rise = {p: 100.0 * (found["well"][p] - 1.0) for p in _PORTS}
    peak = {p: _HOURS[np.median(rise[p], axis=0).argmax()] for p in _PORTS}
    part = found["burst alone"]["spine_density"] - 1.0
    share = 100.0 * _at(part, 24.0) / _at(found["well"]["spine_density"] - 1.0, 24.0)
    grows, silent = _growers(terms)
    observed = _observed()
    spines = {h: _at(rise["spine_density"], h) for h in (6.0, 24.0, 336.0)}
    return _MoreSynapses(terms, chain, found, rise, peak, share, grows, silent, observed, spines).answer("C28")


@dataclass(frozen=True, eq=False)
class _SlowPlasticity(Told):
    """What was found for claim C21, and how it is told."""

    chain: Chain
    found: dict[str, dict[str, Floats]]
    gain: dict[str, dict[str, Floats]]
    relief: dict[str, Floats]
    six: Floats
    third: Floats
    blocked: Floats
    observed: tuple[Observation, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "Under escitalopram 10 mg a day monoamine tone is up by "
            f"{Band.of(100 * _day(self.found['tablets']['monoamine_tone'], 1.0)).words('%')} on the first day, BDNF "
            f"by {Band.of(100 * _day(self.gain['tablets']['bdnf'], 7.0)).words('points')} of healthy rest at a week, "
            f"spines by {Band.of(100 * _day(self.gain['tablets']['spine_density'], 42.0)).words('points')} and "
            f"despair down by {Band.of(100 * self.six).words('%')} at six weeks, of which "
            f"{Band.of(100 * self.third).words('%')} is there after one week; one infusion of 0.5 mg/kg lowers "
            f"despair by {Band.of(100 * _day(self.relief['infusion'], 1.0)).words('%')} in a day and by "
            f"{Band.of(100 * _day(self.relief['infusion'], 42.0)).words('%')} at six weeks.",
            "It does so only in the wirings that have a slow monoamine drive on BDNF (`monoamine_only` and the slow "
            "default chain, where the relief left without activity-dependent BDNF is "
            f"{Band.of(self.blocked).words('%')}); the hypotheses of ketamine alone have no slow limb and say "
            "nothing of tablets, and no rival of the slow step (newborn neurons, desensitised receptors alone, "
            "direct TrkB binding of the tablet) is weighed here.",
            f"For a slow build-up: {told(self.observed)}, on which the speed of the slow step was calibrated, so "
            "that it is no test; the size of the six-week effect was calibrated too; spines or BDNF under a slow "
            "drug are not on file for people, and that plasticity is what helps remains an assumption.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.chain)}; the strength and the speed of the slow drive are calibrated to "
            "response in trials, not measured in synapses; no tolerance, no withdrawal, a typical person without "
            "placebo response."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "despair_fall_percent": {
                k: {f"{d:g}": Band.of(100 * _day(self.relief[k], d)).record for d in (1, 7, 14, 42)}
                for k in self.relief
            },
            "share_of_six_weeks_at_week_1": Band.of(self.third).record,
            "spines_gained_points": {
                k: Band.of(100 * _day(self.gain[k]["spine_density"], 42.0)).record for k in self.gain
            },
            "probability_that_spines_grow_slowly": sureness(
                _day(self.gain["tablets"]["spine_density"], 42.0) - _day(self.gain["tablets"]["spine_density"], 7.0)
            ),
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        both = {"tablets": "escitalopram 10 mg a day", "infusion": "ketamine 0.5 mg/kg, once"}
        names = {"bdnf": "BDNF, points of healthy rest", "spine_density": "spines, points of healthy rest"}
        shown = [
            Curves(
                f"Person: {name}",
                "days since the first dose",
                f"gain of {name.split(',')[0]}, points",
                tuple(Ribbon(label, _DAYS, *bands(100 * self.gain[k][p])) for k, label in both.items()),
                rest=0.0,
            )
            for p, name in names.items()
        ]
        fall = tuple(Ribbon(label, _DAYS, *bands(100 * self.relief[k])) for k, label in both.items())
        seen = Mark(
            7.0,
            "taylor2006, share of week 6 times the middle there",
            _share(self.observed) * 100 * float(np.median(self.six)),
        )
        mood = Curves(
            "Person: relief", "days since the first dose", "despair, % below untreated", fall, (seen,), rest=0.0
        )
        return (*shown, mood)


def slow_plasticity(terms: Terms) -> Answer:
    """The answer to claim C21: BDNF, spines and despair under six weeks of tablets, beside one infusion."""
    chain = slow_chain()
    ports = ("monoamine_tone", "bdnf", "spine_density", "despair", "madrs_total")
    ensemble = Ensemble(24.0 * _DAYS, ports, terms.count, terms.seed)
    arms = {
        "tablets": _TABLETS,
        "infusion": _INFUSION,
        "nothing": _TABLETS.control,
        "tablets without BDNF": replace(_TABLETS, under=(("synapse.val66met", 0.0),)),
    }
    found = ensemble.follow({k: Arm(chain, e) for k, e in arms.items()})
    gain = {k: {p: found[k][p] - found["nothing"][p] for p in ports} for k in ("tablets", "infusion")}
    relief = {k: -gain[k]["despair"] for k in gain}
    week, six = (_day(relief["tablets"], d) for d in (7.0, 42.0))
    third = week / six
    blocked = 100.0 * (found["nothing"]["despair"] - found["tablets without BDNF"]["despair"])[:, -1]
    observed = rows(study="taylor2006")
    return _SlowPlasticity(terms, chain, found, gain, relief, six, third, blocked, observed).answer("C21")


def _share(observed: Sequence[Observation]) -> float:
    return next(float(o.value or 0.0) for o in observed if o.statistic == "fraction_of_week6_effect")


def _only(kept: str) -> tuple[tuple[str, float], ...]:
    """The drives of the default blend off, but one."""
    return tuple((f"synapse.weight_{d}", 0.0) for d in ("activity", "eef2", "hnk") if d != kept)


def _growers(terms: Terms) -> tuple[list[str], list[str]]:
    """Hypotheses under which spines are up at 24 h in most draws, and the others; in the rat."""
    few = Ensemble([24.0], ("spine_density",), min(terms.count, 50), terms.seed)
    found = few.follow({name: Arm(chain, _RAT) for name, chain in explanations("rat").items()})
    up = {name: sureness(c["spine_density"][:, 0], 1.005) > 0.5 for name, c in found.items()}
    return [n for n, yes in up.items() if yes], [n for n, yes in up.items() if not yes]


def _observed() -> tuple[Observation, ...]:
    ports = (*_PORTS, "spine_formation")
    found = [o for study in _EVIDENCE for o in rows(study=study) if o.quantity in ports]
    return tuple(o for o in found if o.arm.drug[:1] == ("ketamine",))


def _course_panel(port: str, found: dict[str, dict[str, Floats]], observed: Sequence[Observation]) -> Panel:
    ribbons = tuple(
        Ribbon(f"{name} rat", _HOURS, *bands(found[k][port]))
        for k, name in (("well", "unstressed"), ("ill", "stressed"))
    )
    own = [o for o in observed if o.quantity == port and o.statistic in ("percent_change", "direction")]
    marks = tuple(relative(o, float(o.time or 0.0)) for o in own)
    name = _PORTS[port]
    return Curves(
        f"Rat, 10 mg/kg: {name}",
        "hours after the dose",
        f"{name}, 1 at healthy rest",
        ribbons,
        marks,
        True,
        _TICKS,
        1.0,
    )


def _at(course: Floats, hour: float) -> Floats:
    return np.asarray(course[:, int(np.argmin(np.abs(_HOURS - hour)))])


def _day(course: Floats, day: float) -> Floats:
    return np.asarray(course[:, int(np.argmin(np.abs(_DAYS - day)))])
