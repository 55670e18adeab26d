"""Claim C07: what is felt and measured in the chair, by dose, by route and by repetition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from ...dose import Regimen
from ...dose.schedule import schedule_times
from ...evidence import Observation
from ...report.claim_figure import Curves, Ribbon, Row, Rows
from ...trial.score import ever as at_least_once
from ...trial.score import sensing, values
from ..answer import Answer
from ..answering.band import Band, bands
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked, Crowd, crowd
from .running import people
from .words import drawn, ends, point

Floats = NDArray[np.float64]
POPULATION = "trd_phase3"
EVENTS = ("dizziness", "nausea", "sedation")
_PORTS = ("cadss_total", "sbp_change", "sbp_max", "adverse_event_probability")
_MINUTES = np.array([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 105, 120, 150, 180, 240.0])
_GIVEN = {
    "iv 0.1 mg/kg": ("ketamine", "iv", "0.1 mg/kg", "40 min"),
    "iv 0.2 mg/kg": ("ketamine", "iv", "0.2 mg/kg", "40 min"),
    "iv 0.5 mg/kg": ("ketamine", "iv", "0.5 mg/kg", "40 min"),
    "iv 1.0 mg/kg": ("ketamine", "iv", "1.0 mg/kg", "40 min"),
    "nasal 56 mg (S)": ("esketamine", "nasal", "56 mg", None),
    "nasal 84 mg (S)": ("esketamine", "nasal", "84 mg", None),
    "im 0.5 mg/kg": ("ketamine", "im", "0.5 mg/kg", None),
    "oral 1.0 mg/kg": ("ketamine", "oral", "1.0 mg/kg", None),
}
_USUAL, _SPRAY = "iv 0.5 mg/kg", "nasal 84 mg (S)"
_SESSIONS = 8
_ABOVE = 4
_GONE = 1.0
_JNJ = "jnjmedicalconnect"


@dataclass(frozen=True, eq=False)
class Session:
    """One session of everybody: CADSS by the minute, its peak and that of pressure, and the chance of each event.

    **Assumes:** the chain's chances are shares over four weeks of eight sessions, as the label counts; those of one
    session follow as in trials (`trial.score.sensing`).
    """

    cadss: Floats
    peak: Floats
    pressure: Floats
    pressure_max: Floats
    chances: Mapping[str, Floats]


def even_low_doses(terms: Terms) -> Answer:
    """The answer to claim C07: rates and courses of acute effects."""
    name, count = terms.population or POPULATION, people(terms)
    asked = Asked(name, count, terms.seed)
    one = {k: _session(crowd(asked, _regimen(v), _MINUTES / 60.0, _PORTS), 0.0) for k, v in _GIVEN.items()}
    again, observed = _repeated(asked), _observed()
    doubt = (
        f"{drawn(count, name, terms)}; each person's own CADSS scatters around these means (negative binomial of size "
        f"{values().trust.dispersion:g}: {_above(one[_USUAL].peak):.0f} % of people score above {_ABOVE} after "
        "0.5 mg/kg by vein); CADSS, pressure and events were tuned to rows shown here, so that agreement there is no "
        "test; low doses, other routes and repetition are predicted."
    )
    details = {**_details(one, again), "observed": records(observed)}
    panels = (_course(one, observed), _by_session(again), _by_dose(one, observed))
    foot = f"{count} people of {name}, seed {terms.seed}. Red: observed."
    sentences = (_in_one(one), _in_eight(again), _published(observed))
    return Answer(claim("C07"), sentences, doubt, details, lambda: figure("C07", panels, terms, foot))


def _in_one(one: Mapping[str, Session]) -> str:
    usual, spray, least = one[_USUAL], one[_SPRAY], one["iv 0.1 mg/kg"]
    strong = Band.of(one["iv 1.0 mg/kg"].peak).words("points")
    return (
        f"Dissociation (mean CADSS of a person at its peak) is {Band.of(usual.peak).words('points')} after 0.5 mg/kg "
        f"over 40 min, {Band.of(least.peak).words('points')} after 0.1 mg/kg, {strong} after 1.0 mg/kg and "
        f"{Band.of(spray.peak).words('points')} after 84 mg of esketamine by nose; it peaks after "
        f"{_peak_minute(usual):.0f} and {_peak_minute(spray):.0f} min and is below {_GONE:g} point after "
        f"{_gone_minute(usual)} and {_gone_minute(spray)}; in one session of 0.5 mg/kg {_chances(usual)}, and after "
        f"0.1 mg/kg {_chances(least)}."
    )


def _in_eight(again: list[Session]) -> str:
    first, last = again[0], again[-1]
    ever = ", ".join(f"{Band.of(_ever(again, e)).words('%')} have {e}" for e in EVENTS)
    return (
        "Over eight sprays of 84 mg in four weeks the peak of CADSS goes from "
        f"{Band.of(first.peak).words('points')} to {Band.of(last.peak).words('points')} and the rise of pressure from "
        f"{Band.of(first.pressure).words('mmHg')} to {Band.of(last.pressure).words('mmHg')}: tolerance to "
        f"dissociation and none of pressure, both put in; {ever} at some time, mostly the same people in each session, "
        "and these chances hang on concentration alone, so that no hypothesis of the antidepressant effect is tested."
    )


def _published(observed: tuple[Observation, ...]) -> str:
    return (
        f"Published: {told([o for o in observed if o.statistic not in ('tmax', 'time_resolved')])}, a peak at "
        f"{_minutes(observed)} min ({_JNJ}); rates over four weeks of sprays were put in, and those of one session "
        "follow from how much oftener they come in four weeks than in one (`williamson2022`, put in as well); "
        "hallucination has no state of its own beside dissociation, and confusion none at all."
    )


def _details(one: Mapping[str, Session], again: list[Session]) -> dict[str, object]:
    return {
        "cadss_peak_points": {k: Band.of(v.peak).record for k, v in one.items()},
        "cadss_above_4_percent": {k: _above(v.peak) for k, v in one.items()},
        "event_percent": {k: {e: 100 * float(v.chances[e].mean()) for e in EVENTS} for k, v in one.items()},
        "pressure_rise_mmhg": {k: Band.of(v.pressure).record for k, v in one.items()},
        "cadss_peak_by_session": {str(i): Band.of(s.peak).record for i, s in enumerate(again, start=1)},
    }


def _ever(sessions: list[Session], event: str) -> Floats:
    """Who has an event at least once (%), when its chance in each session is the mean one."""
    once = np.mean([s.chances[event] for s in sessions], axis=0)
    return 100.0 * at_least_once(once, sensing().prone, len(sessions))


def _regimen(words: tuple[str, str, str, str | None]) -> Regimen:
    drug, route, dose, over = words
    return Regimen(drug, route, dose, over, days=1.0)


def _repeated(asked: Asked) -> list[Session]:
    given = Regimen("esketamine", "nasal", "84 mg", schedule="twice weekly for 4 weeks", days=28.0)

    starts = [float(t) for t in schedule_times(given.schedule, given.days)][:_SESSIONS]
    grid = _MINUTES[_MINUTES <= 120.0] / 60.0
    hours = sorted({round(s + g, 6) for s in starts for g in grid})
    found = crowd(asked, given, hours, _PORTS)
    return [_session(found, s) for s in starts]


def _session(found: Crowd, start: float) -> Session:
    here = (found.hours >= start - 1e-6) & (found.hours <= start + 4.0 + 1e-6)

    def top(port: str) -> Floats:
        return np.asarray(found[port][:, here].max(axis=1))

    chances = {e: sensing().in_one_session(top(f"adverse_event_probability.{e}")) for e in EVENTS}
    return Session(found["cadss_total"][:, here], top("cadss_total"), top("sbp_change"), top("sbp_max"), chances)


def _above(peak: Floats) -> float:
    """The share who score above 4, when each person's score is negative binomial around their mean (%)."""
    size = values().trust.dispersion
    return 100.0 * float(np.mean(nbinom.sf(_ABOVE, size, size / (size + np.maximum(peak, 1e-9)))))


def _chances(one: Session) -> str:
    return ", ".join(f"{100 * float(one.chances[e].mean()):.0f} % have {e}" for e in EVENTS)


def _peak_minute(one: Session) -> float:
    return float(_MINUTES[np.median(one.cadss, axis=0).argmax()])


def _gone_minute(one: Session) -> str:
    middle = np.median(one.cadss, axis=0)
    after = (middle < _GONE) & (np.arange(middle.size) > middle.argmax())
    return f"{_MINUTES[after.argmax()]:.0f} min" if after.any() else f"more than {_MINUTES[-1]:.0f} min"


def _observed() -> tuple[Observation, ...]:
    cadss = (*rows(study="vanschalkwyk2018"), *rows(study=_JNJ, quantity="cadss_total"))
    events = [o for o in rows(study="spravatolabel") if o.quantity in _of_label() and "placebo" not in o.arm.label]
    week = rows(study="williamson2022", quantity=("ae_dizziness", "ae_nausea"))
    pressure = [o for o in rows(study="rivaposse2018") if o.quantity.startswith("sbp")]
    return (*cadss, *events, *week, *pressure, *rows(study="chen2022", quantity="cadss_total"))


def _minutes(observed: tuple[Observation, ...]) -> str:
    """When dissociation was seen to peak and to be gone."""
    found = {o.statistic: o.value for o in observed if o.study.name == _JNJ}
    return f"{found['tmax']:g} min that is gone by {found['time_resolved']:g}"


def _of_label() -> tuple[str, ...]:
    return tuple(f"ae_{e}" for e in EVENTS)


def _course(one: Mapping[str, Session], observed: tuple[Observation, ...]) -> Curves:
    shown = tuple(Ribbon(k, _MINUTES, *bands(one[k].cadss)) for k in (_USUAL, _SPRAY))
    marks = tuple(point(o, 40.0) for o in observed if o.quantity == "cadss_total" and o.statistic == "mean")
    return Curves(
        "Dissociation in one session", "minutes after the start", "mean CADSS, points", shown, marks, rest=0.0
    )


def _by_dose(one: Mapping[str, Session], observed: tuple[Observation, ...]) -> Rows:
    label = {o.quantity: o for o in observed if o.study.name == "spravatolabel"}
    lines = []
    for k, v in one.items():
        for i, e in enumerate(EVENTS):
            o = label[f"ae_{e}"]
            seen = f"{100 * float(o.value or 0):.0f} % in 4 weeks ({o.study.name})" if k == _SPRAY else ""
            lines.append(Row(k if not i else "", *ends(100 * v.chances[e]), seen, i))
    return Rows("Chance of an event in one session", "% of sessions", tuple(lines), None, EVENTS)


def _by_session(again: list[Session]) -> Curves:
    x = np.arange(1.0, len(again) + 1.0)
    peak, rise = (np.stack([getattr(s, k) for s in again], axis=1) for k in ("peak", "pressure"))
    shown = (
        Ribbon("peak of CADSS, points", x, *bands(peak)),
        Ribbon("rise of systolic pressure, mmHg", x, *bands(rise)),
    )
    return Curves(
        "Eight sprays of 84 mg in four weeks", "session", "points or mmHg", shown, ticks=(1.0, 4.0, 8.0), rest=0.0
    )
