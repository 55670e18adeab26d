"""How a dose by one route reaches a body's input ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from jaxtyping import Array

from ..core.event import Happening, Impulse, Infusion


@dataclass(frozen=True)
class Delivery:
    """One way in which a route's dose enters the body.

    **Arguments:** `port` is the input port for ketamine without its enantiomer suffix (another substance enters at the
    same place: `iv_hnk` for `iv_ketamine`); `over` is the time over which the dose enters (h), `rate` the rate at which
    it does (umol/h), and without either it enters as it is given; `share` is the part of the dose that enters here
    (bioavailability, or one of several ways); `lag` is the time before anything enters (h); `devices` says whether the
    first nasal device, the later ones, or the whole dose enters here.
    """

    port: str
    over: Array | float | None = field(default=None, compare=False)
    rate: Array | float | None = field(default=None, compare=False)
    share: Array | float = field(default=1.0, compare=False)
    lag: Array | float = field(default=0.0, compare=False)
    devices: Literal["all", "first", "later"] = "all"

    def part(self, devices: int) -> float:
        """The part of the dose that enters here when it is spread evenly over `devices`."""
        here = {"all": 1.0, "first": 1.0 / devices, "later": 1.0 - 1.0 / devices}[self.devices]
        return here * float(self.share)

    def parts(
        self, devices: int, between: float = 0.0, kept: tuple[float, ...] = ()
    ) -> tuple[tuple[float, float], ...]:
        """When (h after the start) which parts of the dose enter here, device after device.

        **Arguments:** `between` is the time from one device to the next (h); `kept` is the share that each device
        delivers, empty for all; the first that delivers anything counts as the first.
        """
        if not between and not kept:
            return ((0.0, self.part(devices)),)
        used = [k for k, share in enumerate(kept or (1.0,) * devices) if share > 0]
        here = {"all": used, "first": used[:1], "later": used[1:]}[self.devices]
        return tuple((k * between, float(self.share) * (kept[k] if kept else 1.0) / devices) for k in here)

    def happening(self, port: str, start: float, amount: float, duration: float) -> Happening:
        """The impulse or infusion of `amount` (umol) on `port`; the theory's own rate or time precedes `duration`."""
        if self.rate is not None:
            duration = amount / float(self.rate)
        elif self.over is not None:
            duration = float(self.over)
        return entering(port, start + float(self.lag), amount, duration)


def by_devices(swallowed_over: Array) -> tuple[Delivery, ...]:
    """A spray whose first device is taken up better than later ones; the rest is swallowed over a time (h)."""
    return (
        Delivery("nasal_first_ketamine", devices="first"),
        Delivery("nasal_later_ketamine", devices="later"),
        Delivery("swallowed_first_ketamine", over=swallowed_over, devices="first"),
        Delivery("swallowed_later_ketamine", over=swallowed_over, devices="later"),
    )


def entering(port: str, start: float, amount: float, duration: float) -> Happening:
    """An infusion of `amount` (umol) over `duration` hours, or all at once when that is 0."""
    return Infusion(port, start, amount, duration) if duration > 0 else Impulse(port, start, amount)
