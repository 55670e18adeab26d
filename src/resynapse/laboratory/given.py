"""What animals are given: which drugs are known here, and what a dose of one puts into the chain of each animal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..company import companions, company_happenings, with_company
from ..compound.library import compound, names
from ..core.chain import Chain
from ..core.document import Refusal
from ..core.errors import RequestError, ResynapseError
from ..core.event import Happening
from ..core.parameter import Species
from ..dose import Regimen
from ..dose.regimen import read_dose
from ..slots import slots

Floats = NDArray[np.float64]
_HORIZON_DAYS = 30


def on_file(name: str) -> str:
    """The drug that is meant, by its own name.

    **Raises:** `Refusal` with the nearest name when it is not on file.
    """
    if name in companions():
        return name
    try:
        return compound(name).name
    except RequestError as failure:
        raise Refusal("no such drug on file", given=name, allowed=(*names(), *companions())) from failure


def check_dose(drug: str, dose: str) -> None:
    """Refuse words that are no dose of this drug; those of companions are read when they are given.

    **Raises:** `Refusal` saying what is allowed.
    """
    if drug in companions():
        return
    try:
        read_dose(dose, compound(drug))
    except ResynapseError as failure:
        raise Refusal.of(failure) from failure


def holding(chain: Chain, drugs: Iterable[str]) -> Chain:
    """The chain with the companions among these drugs."""
    return with_company(chain, [drug for drug in drugs if drug in companions()])


def dosed(
    chain: Chain, species: Species, words: tuple[str, str, str], at: float, weights: Floats
) -> tuple[tuple[Happening, ...], Floats]:
    """The slots of one dose at an hour, and what each animal gets in them (animals x slots).

    **Arguments:** `words` are drug, route and dose; `weights` in kg.

    **Raises:** `RequestError` and `EventError` when this chain cannot be given it.
    """
    drug, route, dose = words
    if drug in companions():
        return _company(chain, words, at, weights)
    regimen = Regimen(drug, route, dose, None, "once", _HORIZON_DAYS, species)
    found = slots(chain, regimen, float(np.median(weights)))
    return tuple(replace(h, start=h.start + at) for h in found.happenings), found.amounts(weights)


def _company(
    chain: Chain, words: tuple[str, str, str], at: float, weights: Floats
) -> tuple[tuple[Happening, ...], Floats]:
    drug, route, dose = words
    each = [company_happenings(chain, drug, route, dose, at, None, float(w)) for w in weights]
    amounts = np.array([[h.amount for h in row] for row in each])
    return tuple(replace(h, amount=1.0) for h in each[0]), amounts
