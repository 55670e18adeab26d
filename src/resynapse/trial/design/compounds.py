"""Which compounds a design may name: those on file, those beside them, and those that nobody has filed yet."""

from __future__ import annotations

from dataclasses import dataclass

from ...compound import compound, names
from ...compound.antidepressant import antidepressants
from ...core.errors import RequestError, nearest

BESIDE = ("midazolam",)
"""Drugs that are no drug of a trial and can be given all the same. Those of `company` belong here once on file."""

_SLIP = 0.85


@dataclass(frozen=True)
class Standing:
    """How a compound stands: whether its doses can be checked, whether it is on file, and whose name it nearly has.

    **Arguments:** `slip` is the name on file that was probably meant; `known` are all names on file.
    """

    dosed: bool
    filed: bool
    slip: str | None
    known: tuple[str, ...]


def standing(name: str) -> Standing:
    """How the compound called `name` stands.

    A name that is on no file is a limit of this release, not an error, unless it is nearly the name of another.
    """
    known = (*names(), *BESIDE)
    try:
        compound(name)
        return Standing(True, True, None, known)
    except RequestError:
        filed = name in BESIDE
        return Standing(False, filed, None if filed else nearest(name, known, cutoff=_SLIP), known)


def oral_drugs() -> tuple[str, ...]:
    """The slow antidepressants on file."""
    return tuple(antidepressants())


def not_on_file(drugs: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these drugs no file describes, so that nothing can be simulated with them yet."""
    return tuple(name for name in drugs if not standing(name).filed and name not in oral_drugs())
