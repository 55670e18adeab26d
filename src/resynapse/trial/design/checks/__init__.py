"""Everything that can be wrong with a design whose shape is right, one module a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ....core.lines import Document
from ..design import Design
from ..refusal import Refusal
from .arms import arms_wrong
from .course import course_wrong
from .endpoints import endpoints_wrong
from .estimands import estimands_wrong
from .kinds import kinds_wrong
from .people import people_wrong
from .sources import sources_wrong

_CHECKS: tuple[Callable[[Design, Document], Iterator[Refusal]], ...] = (
    arms_wrong,
    course_wrong,
    endpoints_wrong,
    estimands_wrong,
    kinds_wrong,
    people_wrong,
    sources_wrong,
)


def refusals(design: Design, document: Document) -> Iterator[Refusal]:
    """Every reason to refuse the design, in no order; the document is what an address is looked up in."""
    for check in _CHECKS:
        yield from check(design, document)
