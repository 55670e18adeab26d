"""Noncompartmental analysis: exposure, terminal half-life, clearance and volumes of one profile, without a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial as bound

from ..core.errors import ResynapseError
from ..core.units import convert
from .area import LINEAR_UP_LOG_DOWN, AreaRule, area, moment, until
from .profile import Administration, Curve, Profile, curve
from .terminal import FEWEST, TerminalPhase, best_line

MOST_EXTRAPOLATED = 20.0
"""Per cent of an area beyond (or before) the samples above which it is called uncertain."""

STRAIGHT_ENOUGH = 0.9
"""Adjusted r2 below which a terminal slope is called doubtful."""

LONG_ENOUGH = 2.0
"""Half-lives that a terminal window should span."""

CARRIED_OVER = 0.05
"""Share of the peak above which a concentration before the dose is called a remainder of earlier doses."""

NOTHING_MEASURED = "no concentration could be measured"
"""Why a profile without any measurable sample has no metric."""

NO_SLOPE = f"no terminal slope: fewer than {FEWEST} measurable samples after the peak, or they do not fall"
"""Why a profile has no terminal slope."""

_NOT_GIVEN = "the analyte was not given, or its dose is not known"
_NO_EXPOSURE = "the concentrations are 0 throughout"


@dataclass(frozen=True)
class Metric:
    """One number with its unit; where it cannot be told it is `NaN` and `reason` says why."""

    value: float
    unit: str
    reason: str = ""

    def record(self) -> dict[str, object]:
        """As plain data: a number that cannot be told is `None`."""
        told: dict[str, object] = {"value": self.value if math.isfinite(self.value) else None, "unit": self.unit}
        return told | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, eq=False)
class Analysis:
    """What noncompartmental analysis found in one profile.

    **Arguments:** `metrics` by name; `terminal` is the line behind the half-life, `None` when there is none; `warnings`
    are reasons to doubt a number that is given; `curve` holds the samples that were used.
    """

    profile: Profile
    given: Administration
    rule: AreaRule
    curve: Curve
    terminal: TerminalPhase | None
    metrics: Mapping[str, Metric]
    warnings: tuple[str, ...]

    def __getitem__(self, name: str) -> float:
        """The value of one metric."""
        return self.metrics[name].value

    def record(self) -> dict[str, object]:
        """Every metric as plain data, with the rule and the warnings."""
        told = {name: metric.record() for name, metric in self.metrics.items()}
        return told | {"area_rule": self.rule.name, "warnings": list(self.warnings)}


def analyse(
    found: Profile, given: Administration, rule: AreaRule = LINEAR_UP_LOG_DOWN, partial: tuple[float, ...] = ()
) -> Analysis:
    r"""Analyse the samples after one dose.

    Peak and last value are read off. $AUC_{last}$ ends with the last measurable sample and $AUC_{inf} = AUC_{last} +
    C_{last} / \lambda_z$, with the measured $C_{last}$ or the one on the terminal line (`_pred`).
    $CL = D / AUC_{inf}$, $V_z = CL / \lambda_z$, $MRT = AUMC_{inf} / AUC_{inf} - T / 2$ after an infusion of $T$ hours,
    $V_{ss} = CL \cdot MRT$. After an extravascular dose clearance and volume carry `_f`, and the mean residence time
    includes absorption.

    **Arguments:** `partial` are times (h) for further areas $AUC_{0-t}$; beyond the last sample they follow the
    terminal line.

    **Assumes:** linear kinetics, elimination from the sampled pool, and a terminal phase that was reached.

    **Leaves out:** sparse sampling, urine, and several doses in one profile (see `exposure`).

    **Source:** `gabrielsson2016`, `bae2020noncompart`; compared with Phoenix WinNonlin in the tests.
    """
    used = curve(found, given)
    terminal = _terminal(used, given)
    measured = _Measured(used, terminal, given, found.unit, rule)
    metrics = dict(measured.metrics(partial))
    return Analysis(found, given, rule, used, terminal, metrics, (*used.notes, *_doubts(measured, metrics)))


def _terminal(used: Curve, given: Administration) -> TerminalPhase | None:
    times, values = used.samples
    if times.size == 0:
        return None
    peak = int(values.argmax()) + (0 if given.includes_peak else 1)
    return best_line(times[peak:], values[peak:])


@dataclass(frozen=True, eq=False)
class _Measured:
    """One curve with everything that its metrics are computed from."""

    curve: Curve
    terminal: TerminalPhase | None
    given: Administration
    unit: str
    rule: AreaRule

    def metrics(self, partial: tuple[float, ...]) -> Iterator[tuple[str, Metric]]:
        """Every metric by its name."""
        yield from self._seen()
        yield from self._areas(partial)
        yield from self._slope()
        yield from self._disposition()

    @property
    def empty(self) -> bool:
        return self.curve.times.size == 0

    @property
    def last(self) -> tuple[float, float]:
        """Time and value of the last measurable sample."""
        return float(self.curve.times[-1]), float(self.curve.values[-1])

    @property
    def auc_last(self) -> float:
        return area(self.curve.times, self.curve.values, self.rule)

    @property
    def auc_inf(self) -> float:
        return self.auc_last + self._tail(self.last[1])

    @property
    def mrt(self) -> float:
        return self._moment_to_infinity / self.auc_inf - self.given.infused_h / 2

    def _seen(self) -> Iterator[tuple[str, Metric]]:
        times, values = self.curve.samples
        blank = "" if not self.empty else NOTHING_MEASURED
        peak = 0 if self.empty else int(values.argmax())
        for name, unit, value in (
            ("cmax", self.unit, lambda: values[peak]),
            ("tmax", "h", lambda: times[peak]),
            ("clast", self.unit, lambda: self.last[1]),
            ("tlast", "h", lambda: self.last[0]),
            ("c0", self.unit, lambda: self.curve.values[0]),
        ):
            yield name, _metric(unit, value, blank)

    def _areas(self, partial: tuple[float, ...]) -> Iterator[tuple[str, Metric]]:
        blank = NOTHING_MEASURED if self.empty else ""
        auc, aumc = times_hours(self.unit), times_hours(self.unit, "h^2")
        yield "auc_last", _metric(auc, lambda: self.auc_last, blank)
        for t in partial:
            missing = NO_SLOPE if not self.empty and t > self.last[0] and self.terminal is None else ""
            yield f"auc_0_{t:g}", _metric(auc, bound(self._partial, t), blank or missing)
        back = blank or ("" if self.given.back_extrapolates else "only after a bolus")
        yield "auc_back_extrapolated", _metric("%", lambda: 100 * self._first_piece / self._endless, back)
        yield "aumc_last", _metric(aumc, lambda: moment(self.curve.times, self.curve.values, self.rule), blank)
        yield "auc_inf", self._with_slope(auc, lambda: self.auc_inf)
        yield "auc_extrapolated", self._with_slope("%", lambda: self._beyond(self.last[1]))
        yield "auc_inf_pred", self._with_slope(auc, lambda: self.auc_last + self._tail(self._predicted))
        yield "auc_extrapolated_pred", self._with_slope("%", lambda: self._beyond(self._predicted))
        yield "aumc_inf", self._with_slope(aumc, lambda: self._moment_to_infinity)

    def _slope(self) -> Iterator[tuple[str, Metric]]:
        line = bound(_known, self.terminal)
        yield "lambda_z", self._with_slope("1/h", lambda: line().rate)
        yield "half_life", self._with_slope("h", lambda: line().half_life)
        yield "lambda_z_from", self._with_slope("h", lambda: line().start)
        yield "lambda_z_to", self._with_slope("h", lambda: line().end)
        yield "lambda_z_points", self._with_slope("1", lambda: line().points)
        yield "lambda_z_r2_adjusted", self._with_slope("1", lambda: line().r2_adjusted)
        yield "span_ratio", self._with_slope("1", lambda: line().span_ratio)

    def _disposition(self) -> Iterator[tuple[str, Metric]]:
        dose, f = self.given, self.given.suffix
        blank = self._blank(dose.amount <= 0, _NOT_GIVEN)
        cl = clearance(dose, self.unit, self._with_slope(times_hours(self.unit), lambda: self.auc_inf))
        steady = cl.reason or self._blank(not dose.intravenous, "needs an intravenous dose of the analyte")
        yield "mrt", self._with_slope("h", lambda: self.mrt)
        yield f"cl{f}", cl
        yield f"vz{f}", _metric("L", lambda: cl.value / _known(self.terminal).rate, cl.reason)
        yield "vss", _metric("L", lambda: cl.value * self.mrt, steady)
        undosed = "" if dose.amount > 0 and not self.empty else _NOT_GIVEN
        yield "cmax_per_dose", _metric(f"{self.unit}/{dose.unit}", lambda: self._peak / dose.amount, undosed)
        yield (
            "auc_per_dose",
            _metric(f"{times_hours(self.unit)}/{dose.unit}", lambda: self.auc_inf / dose.amount, blank),
        )

    @property
    def _peak(self) -> float:
        return float(self.curve.samples[1].max())

    @property
    def _first_piece(self) -> float:
        return area(self.curve.times[:2], self.curve.values[:2], self.rule) if self.curve.samples[0][0] > 0 else 0.0

    @property
    def _endless(self) -> float:
        return self.auc_last if self.terminal is None else self.auc_inf

    @property
    def _moment_to_infinity(self) -> float:
        time, value = self.last
        rate = _known(self.terminal).rate
        return moment(self.curve.times, self.curve.values, self.rule) + value * time / rate + value / rate**2

    def _tail(self, value: float) -> float:
        return value / _known(self.terminal).rate

    @property
    def _predicted(self) -> float:
        return _known(self.terminal).at(self.last[0])

    def _beyond(self, value: float) -> float:
        """Per cent of the area that lies beyond the last sample."""
        return 100 * self._tail(value) / (self.auc_last + self._tail(value))

    def _partial(self, t: float) -> float:
        time, value = self.last
        if t > time:
            rate = _known(self.terminal).rate
            return self.auc_last - value / rate * math.expm1(-rate * (t - time))
        return area(*until(self.curve.times, self.curve.values, t, self.rule), self.rule)

    def _with_slope(self, unit: str, value: Callable[[], float]) -> Metric:
        return _metric(unit, value, "" if self.terminal is not None else NO_SLOPE)

    def _blank(self, missing: bool, reason: str) -> str:
        return reason if missing else "" if self.terminal is not None else NO_SLOPE


def clearance(given: Administration, unit: str, exposed: Metric) -> Metric:
    """The dose over the area that it gave: to infinity after one dose, over one interval at steady state.

    **Arguments:** `unit` is that of the concentrations; `exposed` is the area under them.
    """
    missing = ("" if given.amount > 0 else _NOT_GIVEN) or exposed.reason or ("" if exposed.value else _NO_EXPOSURE)
    reason = missing or _mismatch(given, unit)
    return _metric("L/h", lambda: given.amount / exposed.value * _litres(given.unit, unit), reason)


def times_hours(unit: str, hours: str = "h") -> str:
    """The unit of an area: `ng/mL` becomes `ng*h/mL`."""
    over, slash, under = unit.partition("/")
    return f"{over}*{hours}{slash}{under}"


def _mismatch(given: Administration, unit: str) -> str:
    try:
        _litres(given.unit, unit)
    except ResynapseError:
        return f"a dose in {given.unit} and concentrations in {unit} measure different things"
    return ""


def _litres(dose: str, concentration: str) -> float:
    """One unit of dose over one of concentration, in litres."""
    return convert(1.0, f"{dose}/({concentration})", "L")


def _metric(unit: str, value: Callable[[], float], reason: str) -> Metric:
    return Metric(math.nan, unit, reason) if reason else Metric(float(value()), unit)


def _known(terminal: TerminalPhase | None) -> TerminalPhase:
    assert terminal is not None  # noqa: S101
    return terminal


def _doubts(measured: _Measured, metrics: Mapping[str, Metric]) -> Iterator[str]:
    """Reasons to doubt what was found, in words."""
    if measured.empty:
        return
    beyond, back = (metrics[name].value for name in ("auc_extrapolated", "auc_back_extrapolated"))
    if beyond > MOST_EXTRAPOLATED:
        yield f"{beyond:.0f} % of the area to infinity lies beyond the last sample (more than {MOST_EXTRAPOLATED:g} %)"
    if back > MOST_EXTRAPOLATED:
        yield f"{back:.0f} % of the area lies before the first sample (more than {MOST_EXTRAPOLATED:g} %)"
    yield from _doubts_of_slope(measured.terminal)
    times, values = measured.curve.samples
    if times[0] == 0 and values[0] > CARRIED_OVER * values.max() and not measured.given.back_extrapolates:
        yield f"the concentration at the dose is {values[0] / values.max():.0%} of the peak: earlier doses are in it"
    if values.argmax() == 0 and not measured.given.includes_peak:
        yield "the first sample is the highest: the true peak may lie before it"


def _doubts_of_slope(terminal: TerminalPhase | None) -> Iterator[str]:
    if terminal is None:
        yield NO_SLOPE
        return
    if terminal.r2_adjusted < STRAIGHT_ENOUGH:
        yield f"the terminal phase is not straight: adjusted r2 {terminal.r2_adjusted:.3f}, below {STRAIGHT_ENOUGH:g}"
    if terminal.span_ratio < LONG_ENOUGH:
        yield f"the terminal window spans {terminal.span_ratio:.1f} half-lives, fewer than {LONG_ENOUGH:g}"
