"""How a question is framed for a reader: what its prediction is counted in, and what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from ...chains import default_chain
from ...hypothesis import Experiment

DOSES, SHARE, RELATIVE = "correlation over doses", "share of the effect beside", "share of the control's level"


class Other(Protocol):
    """Another experiment whose own effect stands beside."""

    @property
    def experiment(self) -> Experiment:
        """The experiment itself."""
        ...


@cache
def port_unit(ports: Sequence[str]) -> str:
    """The unit of the ports that are read; `1` is a port's own: rest or the ill state is 1. Empty without a port."""
    known = {port.name: port.unit for port in default_chain("human").wiring.ports}
    return known.get(ports[0], "1") if ports else ""


def beside(reference: Other | str | None, hours: tuple[float, float]) -> str:
    """What stands beside a prediction when it is marked; empty where it stands alone.

    **Arguments:** `hours` are those of the same effect at an earlier time.
    """
    if reference is None:
        return ""
    if reference == "deficit":
        return "what stress took: healthy less stressed, both without the drug"
    begin, end = hours
    if isinstance(reference, str):
        return f"the same effect at {begin:g} h" if begin == end else f"the same effect at {begin:g} to {end:g} h"
    return f"the effect of {reference.experiment.words}"
