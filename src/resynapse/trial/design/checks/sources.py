"""Where a design comes from: its source, its published rows, and the addresses that are called assumed or read."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.errors import ParameterError, nearest
from ....core.lines import Document
from ....core.source import source
from ..design import Design
from ..published import found, rows_of
from ..refusal import Refusal


def sources_wrong(design: Design, document: Document) -> Iterator[Refusal]:
    """What is wrong with sources, published rows and addresses."""
    if design.source is not None:
        try:
            source(design.source)
        except ParameterError as unknown:
            yield Refusal(("source",), unknown.what, unknown.given, None, unknown.nearest, unknown.then)
    yield from _published(design)
    for block in ("assumed", "read"):
        for address in getattr(design, block):
            if document.placed(address) is None:
                then = "write the way from the top, members of lists by their names, such as `arms.placebo.n`"
                what = f"nothing stands at an address that is called {block}"
                yield Refusal((block, address), what, address, then=then)


def _published(design: Design) -> Iterator[Refusal]:
    ends = [end.name for end in design.endpoints]
    for number, entry in enumerate(design.published):
        place = ("published", number)
        if entry.endpoint not in ends:
            near = nearest(entry.endpoint, ends)
            yield Refusal((*place, "endpoint"), "no endpoint has this name", entry.endpoint, ends, near)
        for name in entry.of:
            if name not in design.compared:
                near = nearest(name, design.compared)
                yield Refusal((*place, "of"), "no arm has this name", name, design.compared, near)
        matched = found(entry)
        if not matched:
            rows = rows_of(entry.study)
            what = "the evidence has no such row" if rows else "the evidence has no such study"
            allowed = rows or "a folder of evidence/data/efficacy"
            yield Refusal((*place, "row" if rows else "study"), what, entry.row if rows else entry.study, allowed)
        elif len(matched) > 1:
            choices = sorted({f"{one.arm.name}: {one.quantity} {one.statistic}" for one in matched})
            then = "choose with `arm`, `quantity` or `statistic`"
            yield Refusal((*place, "row"), "several numbers have this row", entry.row, "; ".join(choices), then=then)
