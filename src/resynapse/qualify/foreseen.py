"""What rows of kinetics should read, given all that the body's calibration leaves open: an interval a row.

A printed number is that of the typical person under one draw, times the effects of a study on its substances, times
the chance of so many people: as large as the study printed it, else as large as the people of that draw make it.
Nothing here is fitted: every size comes from the calibration's own record and file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..body.area import Floats
from ..body.modifier import changes
from ..calibrate.inference.observed import LogMean
from ..calibrate.inference.reading import seen
from ..calibrate.posterior import SPREAD, Posterior, calibration
from ..calibrate.stages.body import told
from ..chains import body_chain
from ..core.chain import Chain
from ..core.chance import Stream, normals
from ..core.errors import EvidenceError
from ..core.solver import profile_people, protocol
from ..core.variability import Spread
from ..person.draw import drawn_people
from .asked import Question, Regimen, questions
from .bodies import TIMES, given
from .fold import BodyReport, Foreseen
from .forecast.scores import LEVELS, interval
from .kinds import PROXIES
from .vectors import NCA, answered

PEOPLE_ASSUMED = 10.0
"""How many people a number is the mean of where none is printed."""

_SUBSTANCES = ("norketamine", "dhnk", "hnk", "ketamine")
_SIGNED = ("cmax", "auc", "clearance", "vss")


@dataclass(frozen=True)
class BodyDraws:
    """BodyDraws of the body's calibration under which rows are foreseen.

    **Arguments:** `name` is a calibration on file, `count` how many of its draws are taken, `seed` which.

    **Raises:** `RequestError` when there is no such calibration.
    """

    name: str
    count: int
    seed: int

    @cached_property
    def posterior(self) -> Posterior:
        """The calibration itself."""
        return calibration(self.name)

    @cached_property
    def table(self) -> dict[str, Floats]:
        """The chosen draws by address."""
        rows = self.posterior.rows(self.count, self.seed)
        return {a: self.posterior.of(a)[rows] for a in self.posterior.addresses}

    @property
    def values(self) -> dict[str, Floats]:
        """BodyDraws of values."""
        return {a: v for a, v in self.table.items() if not a.startswith(SPREAD)}

    @property
    def spreads(self) -> dict[str, Floats]:
        """BodyDraws of standard deviations between people."""
        return {a.removeprefix(SPREAD): v for a, v in self.table.items() if a.startswith(SPREAD)}

    def chance(self, *stream: str) -> Floats:
        """One standard normal number a draw."""
        named: Stream = (self.seed, "foreseen", *stream)
        return normals(named, range(self.count))

    def studies(self, substance: str) -> float:
        """How far studies differ in a substance (SD of the logarithm)."""
        if substance == "hnk":
            return told.setting("study", "hnk_sd")
        return float(self.posterior.record.more["between_studies"])


def foreseen(report: BodyReport, draws: BodyDraws, values: Mapping[str, float]) -> BodyReport:
    """The report with intervals beside its rows, where the theory has what the calibration knows.

    Left as they are: points of curves, which were read off a figure and have errors of their own; ratios between people
    with and without a modifier or of another weight, of which the calibration knows nothing; other theories.

    **Arguments:** `values` by address are those under which the report was made.
    """
    chain = body_chain("human", report.name)
    if not set(draws.values) <= set(chain.declared):
        return report
    chain = chain.with_values({a: v for a, v in values.items() if a in chain.declared})
    asked = {q.observed.row: q for q in questions() if isinstance(q, Question)}
    wanted = [q for r in report.rows if _known(q := asked[r.observed.row])]
    found = _World(chain, draws).moved(wanted)
    rows = tuple(
        replace(r, foreseen=_intervals(r.predicted, found[r.observed.row])) if r.observed.row in found else r
        for r in report.rows
    )
    return replace(report, rows=rows)


def _known(q: Question) -> bool:
    """Whether what is asked is one number of what the calibration knows."""
    return q.asked.statistic != "mean" and (q.reference is None or q.asked.statistic == "bioavailability")


def _intervals(predicted: float, moves: Floats) -> Foreseen:
    sample = predicted * np.exp(moves)
    return Foreseen(float(np.median(sample)), tuple((level, *interval(sample, level)) for level in LEVELS))


@dataclass(frozen=True)
class _World:
    """One theory under all draws."""

    chain: Chain
    draws: BodyDraws

    def moved(self, asked: Sequence[Question]) -> dict[str, Floats]:
        """By how much (logarithm) every question's number differs from that of the theory's own values, a draw each."""
        curves: dict[tuple[Regimen, bool], dict[str, NCA]] = {}
        for key, ports in _needed(asked).items():
            curves[key] = self._curves(*key, sorted(ports))
        return {q.observed.row: self._one(q, curves) for q in asked}

    def _curves(self, regimen: Regimen, by_weight: bool, ports: Sequence[str]) -> dict[str, NCA]:
        """Everybody's curves after one regimen: the theory's own person, one typical a draw, and one person a draw."""
        everybody = self._people(regimen, by_weight)
        doses = protocol(self.chain.external, [given(self.chain, regimen)])
        signals = profile_people(everybody, doses, TIMES, ports)
        dose = sum(d.amount for d in regimen.doses), regimen.doses[0].duration
        return {port: NCA(TIMES, values, *dose) for port, values in signals.items()}

    def _people(self, regimen: Regimen, by_weight: bool) -> Chain:
        fixed = {"weight": regimen.weight, **dict(regimen.values)}
        own = {f"body.{n}": v for n, v in fixed.items() if f"body.{n}" in self.chain.declared}
        base = self.chain.with_values(own)
        typical = base.with_values(self.draws.values)
        weight = Spread(kind="lognormal", sd=told.setting("spread", "weight_sd"))
        also = self.draws.spreads | ({} if by_weight else {"body.weight": weight})
        people = drawn_people(typical, range(self.draws.count), self.draws.seed, also)
        moved = {a: self._joined(base, typical, a, people.get(a)) for a in (self.draws.values | people)}
        chain = base.with_values(moved)
        others = [n for n, _ in regimen.values if n != "age" and f"body.{n}" not in own]
        return chain.with_values({a: _within(chain, a, v) for a, v in changes(chain, others).items()})

    def _joined(self, base: Chain, typical: Chain, address: str, people: Floats | None) -> Floats:
        """One value of everybody: the theory's own person, the typical ones, the people."""
        count = self.draws.count
        middle = np.broadcast_to(np.asarray(typical.parameters[address], dtype=float), (count,))
        return np.concatenate([[float(base.parameters[address])], middle, middle if people is None else people])

    def _one(self, q: Question, curves: Mapping[tuple[Regimen, bool], Mapping[str, NCA]]) -> Floats:
        by_weight = _by_weight(q)
        other = curves[q.reference, by_weight] if q.reference is not None else None
        logs = np.log(answered(q, curves[q.regimen, by_weight], other))
        count = self.draws.count
        typical, people = logs[1 : count + 1], logs[count + 1 :]
        return typical - logs[0] + self._chance(q, people - typical) + self._laboratory(q) + self._reading(q)

    def _chance(self, q: Question, apart: Floats) -> Floats:
        """What the chance of so many people does to a number (logarithm); `apart` is how one person lies off."""
        printed = _printed(q)
        if printed is None:
            return apart / math.sqrt(_people(q))
        return printed * self.draws.chance("people", q.observed.row)

    def _laboratory(self, q: Question) -> Floats:
        """What the study's own laboratory does to this number (logarithm)."""
        found = np.zeros(self.draws.count)
        for substance, sign in _effects(q):
            size = self.draws.studies(substance)
            found += sign * size * self.draws.chance("study", q.observed.study.name, substance)
        return found

    def _reading(self, q: Question) -> Floats:
        """Peak times are read at the times of blood samples."""
        if q.asked.statistic != "tmax":
            return np.zeros(self.draws.count)
        return (told.error("simons2022.tmax") or 0.0) * self.draws.chance("time", q.observed.row)


def _within(chain: Chain, address: str, values: Floats) -> Floats:
    """Values at the edge of the declared range where a person's own and a modifier together would leave it."""
    return np.clip(values, *chain.declared[address].range)


def _needed(asked: Sequence[Question]) -> dict[tuple[Regimen, bool], set[str]]:
    found: dict[tuple[Regimen, bool], set[str]] = {}
    for q in asked:
        for regimen in filter(None, (q.regimen, q.reference)):
            found.setdefault((regimen, _by_weight(q)), set()).update(q.ports)
    return found


def _by_weight(q: Question) -> bool:
    """Whether doses went by weight, so that how heavy people are matters little."""
    return q.observed.arm.unit == "mg/kg"


def _printed(q: Question) -> float | None:
    """The standard error (logarithm) that the study printed; nothing where it printed none."""
    try:
        found = seen(q.observed)
    except EvidenceError:
        return None
    return found.sd if isinstance(found, LogMean) and q.observed.mark != "model_based" else None


def _people(q: Question) -> float:
    """Of how many people a number is the mean; without end for another model's typical person."""
    if q.observed.mark == "model_based":
        return math.inf
    return float(q.observed.n or q.observed.arm.n or PEOPLE_ASSUMED)


def _effects(q: Question) -> Iterator[tuple[str, float]]:
    """The substances whose measurement moves a number, and how; ratios of one substance to itself do not move."""
    statistic = q.asked.statistic
    if q.observed.quantity in PROXIES:
        yield _substance(q.ports[0]), 1.0
        yield _substance(q.ports[1]), -1.0
    elif statistic.startswith(_SIGNED) and statistic != "auc_ratio":
        yield _substance(q.port), -1.0 if statistic in ("clearance", "vss") else 1.0


def _substance(port: str) -> str:
    return next(s for s in _SUBSTANCES if s in port.split("_"))
