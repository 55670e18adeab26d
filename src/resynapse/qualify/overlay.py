"""Curves of several theories of the body on what was observed after the same doses, arteries and veins apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..body.area import Floats
from ..chains import body_chain
from ..core.chain import Chain
from ..evidence import Observation, in_unit, library
from .arms import time_of
from .asked import Regimen, regimen_of
from .bodies import can_be_given, human_bodies, simulated
from .course import Course

_Courses = dict[Regimen, Course]
_UNIT = "ng/mL"


@dataclass(frozen=True)
class Protocol:
    """One dose regimen at one sampling site, the analytes looked at, and the studies that observed it.

    **Arguments:** `row` is the evidence row whose people were given the regimen; `studies` are studies and arms; `half`
    are those of a racemate whose numbers stand, halved, beside one mirror form; `until` is the last hour drawn.
    """

    title: str
    row: str
    site: str
    analytes: tuple[str, ...]
    until: float
    studies: tuple[tuple[str, str], ...] = ()
    half: tuple[tuple[str, str], ...] = ()

    @property
    def regimen(self) -> Regimen:
        """What is given."""
        return regimen_of(self.row, f"{self.site}_{self.analytes[0]}")


@dataclass(frozen=True)
class Seen:
    """One observed number of a panel (ng/mL): at its time (h), or a peak without a time (`None`)."""

    label: str
    value: float
    time: float | None
    low: float | None
    high: float | None
    recalled: bool


@dataclass(frozen=True, eq=False)
class Panel:
    """One analyte after one protocol: a curve a theory (hours, ng/mL), and what was observed."""

    title: str
    site: str
    analyte: str
    times: Floats
    curves: Mapping[str, Floats]
    seen: tuple[Seen, ...]
    until: float

    def record(self) -> dict[str, Any]:
        """The panel as plain data, which a report can draw."""
        told = {"title": self.title, "site": self.site, "analyte": self.analyte, "until": self.until}
        curves = {name: values.tolist() for name, values in self.curves.items()}
        return {**told, "times": self.times.tolist(), "curves": curves, "seen": [asdict(one) for one in self.seen]}


_BOTH = ("ketamine_s", "norketamine_s")
PROTOCOLS = (
    Protocol("S-ketamine 20 mg iv over 20 min", "8", "ca", ("ketamine_s",), 4.0, (("simons2022", "iv20"),)),
    Protocol("S-ketamine iv, three hourly steps", "22", "ca", _BOTH, 6.0, (("kamp2020", "s_ketamine"),)),
    Protocol(
        "S half of 0.5 mg/kg racemate iv over 40 min",
        "30",
        "cv",
        ("ketamine_s",),
        6.0,
        half=(("zanos2018", "iv05"), ("zhao2012", "iv05")),
    ),
    Protocol("esketamine 84 mg nasal", "18", "cv", _BOTH, 8.0, (("perezruixo2021", "caucasian_18_60_84mg"),)),
)
"""The protocols that are overlaid: two with arterial and two with venous sampling."""


def panels(names: Sequence[str] | None = None) -> tuple[Panel, ...]:
    """The curves of every theory (or those named) that has a protocol's site, route and analyte, and what was observed.

    **Raises:** `RequestError` for a name that is no theory of the human body.
    """
    courses = {name: _courses(body_chain("human", name)) for name in names or human_bodies()}
    return tuple(_panel(p, analyte, courses) for p in PROTOCOLS for analyte in p.analytes)


def _courses(chain: Chain) -> _Courses:
    return simulated(chain, [p.regimen for p in PROTOCOLS if can_be_given(chain, p.regimen)])


def _panel(p: Protocol, analyte: str, courses: Mapping[str, _Courses]) -> Panel:
    port = f"{p.site}_{analyte}"
    able = {name: found[p.regimen].signals for name, found in courses.items() if p.regimen in found}
    curves = {name: np.asarray(signals[port].values) for name, signals in able.items() if port in signals}
    times = next((np.asarray(signals["time"].values) for signals in able.values()), np.zeros(0))
    seen = [_seen(o, 1.0) for o in _observed(p.studies, port)]
    seen += [_seen(o, 0.5) for o in _observed(p.half, port.removesuffix("_s"))]
    return Panel(p.title, p.site, analyte, times, curves, tuple(seen), p.until)


def _observed(arms: Sequence[tuple[str, str]], port: str) -> list[Observation]:
    wanted = set(arms)
    rows = library().select(endpoint="pharmacokinetics", quantity=port) if wanted else ()
    return [o for o in rows if (o.study.name, o.arm.name) in wanted and o.statistic in ("mean", "cmax")]


def _seen(o: Observation, share: float) -> Seen:
    told = in_unit(o, _UNIT)
    low, high = told.interval or (None, None)
    ends = (None if low is None else low * share, None if high is None else high * share)
    half = ", half of the racemate" if share < 1 else ""
    peak = " peak" if o.statistic == "cmax" else ""
    mark = {"recalled": " (recalled)", "model_based": " (its own model)"}.get(o.mark, "")
    label = f"{o.study.name}{peak}{half}{mark}"
    time = time_of(o) if o.statistic == "mean" else None
    return Seen(label, (told.value or 0.0) * share, time, *ends, o.mark == "recalled")
