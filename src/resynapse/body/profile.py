"""What noncompartmental analysis starts from: the samples after one dose, and how the analyte came into the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.errors import RequestError
from .area import Flags, Floats


@dataclass(frozen=True)
class Administration:
    """A dose of the analyte itself.

    **Arguments:** `amount` in `unit`; an amount of 0 stands for an unknown one.
    """

    amount: float = 0.0
    unit: str = "mg"
    suffix = ""
    intravenous = True
    includes_peak = False
    back_extrapolates = False

    @property
    def infused_h(self) -> float:
        """Hours over which it was infused."""
        return 0.0


@dataclass(frozen=True)
class Bolus(Administration):
    """Given into a vein at once: the curve begins at its highest, which is found by going back from two samples."""

    includes_peak = True
    back_extrapolates = True


@dataclass(frozen=True)
class Infused(Administration):
    """Given into a vein at a constant rate for some hours; the mean residence time is shorter by half of them."""

    hours: float = 0.0

    @property
    def infused_h(self) -> float:
        return self.hours


@dataclass(frozen=True)
class Extravascular(Administration):
    """Swallowed, sprayed or injected elsewhere: clearance and volume are known up to the share absorbed (`/F`)."""

    suffix = "_f"
    intravenous = False


@dataclass(frozen=True)
class Formed(Administration):
    """Not given but formed in the body, as a metabolite is: it has no clearance of its own here."""

    intravenous = False


@dataclass(frozen=True, eq=False)
class Profile:
    """Samples of one analyte in one person after one dose.

    **Arguments:** `times` are hours after the dose, increasing; `values` are concentrations in `unit`, `NaN` where
    missing; `below` marks values under the limit of quantification; `before` is what is taken for the concentration
    at the dose where none was measured then: 0 for a first dose.

    **Raises:** `RequestError` for times that do not increase, and for negative or infinite values.
    """

    times: Floats
    values: Floats
    unit: str = "ng/mL"
    below: Flags | None = None
    before: float = 0.0
    name: str = field(default="profile", compare=False)

    def __post_init__(self) -> None:
        if self.times.ndim != 1 or self.times.shape != self.values.shape or self.times.size == 0:
            self._refuse("a profile needs as many concentrations as times, and one at least", self.times.shape)
        if not np.isfinite(self.times).all() or self.times[0] < 0 or (np.diff(self.times) <= 0).any():
            self._refuse("times of a profile are hours after the dose, each later than the one before", self.times)
        if (self.values < 0).any() or np.isinf(self.values).any():
            self._refuse("concentrations are finite and not negative", self.values)

    def _refuse(self, what: str, given: object) -> None:
        raise RequestError(what, where=self.name, given=given)


def profile(times: Sequence[float], values: Sequence[float], unit: str = "ng/mL") -> Profile:
    """A profile from plain lists of hours and concentrations."""
    return Profile(np.array(times, dtype=float), np.array(values, dtype=float), unit)


@dataclass(frozen=True, eq=False)
class Curve:
    """The samples that enter the analysis, after the rules for missing and unmeasurable values.

    Below the limit of quantification a value is 0 before the first measurable one, and left out between measurable
    ones and after the last. A missing value is left out. A curve without a sample at the dose begins with `before`;
    after a bolus it begins with the value that the line through the logarithms of the first two samples has there, or
    with the first sample when they do not fall.

    **Arguments:** `times` and `values` begin at 0 and end with the last measurable value; `samples` are those that were
    measured; `notes` says what was left out or put in.
    """

    times: Floats
    values: Floats
    samples: tuple[Floats, Floats]
    notes: tuple[str, ...]


def curve(found: Profile, given: Administration) -> Curve:
    """The curve that is analysed; it has no samples when nothing was measurable."""
    missing = np.isnan(found.values)
    low = (np.zeros(missing.shape, dtype=bool) if found.below is None else found.below) | (found.values == 0)
    measurable = np.flatnonzero(~missing & ~low)
    if measurable.size == 0:
        nothing = np.zeros(0)
        return Curve(nothing, nothing, (nothing, nothing), ("no concentration could be measured",))
    first, last = int(measurable[0]), int(measurable[-1])
    place = np.arange(missing.size)
    kept = ~missing & (place <= last) & ~(low & (place > first))
    times, values = found.times[kept], np.where(low, 0.0, found.values)[kept]
    left_out = int((low & (place > first) & (place < last)).sum())
    notes = [f"{left_out} values below the limit between measurable ones were left out"] if left_out else []
    notes += [f"{int(missing.sum())} missing values were left out"] if missing.any() else []
    return _begun(times, values, found, given, notes)


def _begun(times: Floats, values: Floats, found: Profile, given: Administration, notes: list[str]) -> Curve:
    """The curve with a value at time 0."""
    if given.back_extrapolates and times[0] == 0.0 and values[0] == 0.0:
        times, values = times[1:], values[1:]
    samples = (times, values)
    if times[0] == 0.0:
        return Curve(times, values, samples, tuple(notes))
    start = back_extrapolated(times, values) if given.back_extrapolates else found.before
    if found.before and not given.back_extrapolates:
        notes = [*notes, f"no sample at the dose: {found.before:.4g} {found.unit} taken"]
    return Curve(np.append(0.0, times), np.append(start, values), samples, tuple(notes))


def back_extrapolated(times: Floats, values: Floats) -> float:
    """The concentration right after a bolus: from the first two samples backwards, or the first where they rise."""
    if times.size < 2 or not values[0] > values[1] > 0:
        return float(values[values > 0][0])
    slope = np.log(values[0] / values[1]) / (times[1] - times[0])
    return float(values[0] * np.exp(slope * times[0]))
