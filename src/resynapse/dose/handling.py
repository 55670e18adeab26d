"""How nasal devices were used, in words such as "5 min apart, sneeze after 1, missed 3".

Phrases, separated by commas: `together` (the default: all devices at one time, as the default body was fitted),
`spaced` (the labelled rest between devices), `<duration> apart`, `missed N`, `sneeze after N`. `N` counts the devices
of one dose.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ..compound import Compound, Handling, formulation
from ..core.errors import EventError
from ..core.units import hours

_ALLOWED = '"together", "spaced", "5 min apart", "missed 2", "sneeze after 1"'


def read_handling(drug: Compound, route: str, devices: int, preparation: str | None, words: str | None) -> Handling:
    """The preparation and the use of nasal devices for one dose.

    **Arguments:** `preparation` is the name of a formulation; `words` says how the `devices` were used.

    **Raises:** `EventError` for words that cannot be read or a device that does not exist, `RequestError` for a
    preparation that does not fit the drug or the route.
    """
    chosen = formulation(preparation, drug.name, route) if preparation else None
    plain = Handling(chosen)
    if words is None:
        return plain
    if drug.device is None or route != "nasal":
        raise EventError(f"a {route} dose of {drug.name} has no devices", where="devices", given=repr(words))
    handling = replace(plain, kept=(1.0,) * devices)
    for phrase in words.lower().split(","):
        handling = _with(handling, drug, phrase.strip())
    return handling if any(share < 1 for share in handling.kept) else replace(handling, kept=())


def _with(handling: Handling, drug: Compound, phrase: str) -> Handling:
    number = re.fullmatch(r"(missed|sneeze after) (\d+)", phrase)
    if phrase == "together":
        return replace(handling, between=0.0)
    if phrase == "spaced" and drug.device is not None:
        return replace(handling, between=drug.device.minutes_between.value / 60.0)
    if phrase.endswith(" apart"):
        return replace(handling, between=_rest(phrase.removesuffix(" apart")))
    if number is None:
        raise EventError("this use of devices cannot be read", where="devices", given=repr(phrase), allowed=_ALLOWED)
    return _device(handling, int(number[2]), 0.0 if number[1] == "missed" else 1.0 - _sneeze_loss(drug))


def _rest(words: str) -> float:
    found = hours(words, EventError, "devices")
    if found < 0:
        raise EventError("a rest cannot be negative", where="devices", given=repr(words))
    return found


def _sneeze_loss(drug: Compound) -> float:
    lost = formulation("nasal_device", drug.name, "nasal").sneeze_loss
    return lost.value if lost else 0.0


def _device(handling: Handling, number: int, share: float) -> Handling:
    kept = list(handling.kept)
    if not 1 <= number <= len(kept):
        raise EventError("this dose has no such device", where="devices", given=number, allowed=f"1 to {len(kept)}")
    kept[number - 1] *= share
    return replace(handling, kept=tuple(kept))
