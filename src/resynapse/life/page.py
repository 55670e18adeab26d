"""The reference page of laboratory manipulations, written from their file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..core.source import source
from .manipulation import Manipulation, manipulation, manipulations

_HEAD = """# Manipulations: what a laboratory does beside the drug

For research; not medical advice. Written by `python -m resynapse.life.page` from
`src/resynapse/life/manipulations.toml`.

    resynapse manipulations            # --json for programs; `resynapse manipulations nbqx` tells one

Blockers, knock-outs, deletions and stimulation, by name, for experiments (`under`) and group designs. Hours count from
the first dose. *Holds* are values of the chain while it lasts, *x* multiplies the chain's own value. Where a wiring has
no part that a manipulation could act on, nothing changes: that is the wiring's prediction, and may be wrong. Sizes are
mostly full blocks: papers say that something was blocked, seldom how far."""


def page() -> str:
    """The whole page."""
    return "\n\n".join([_HEAD, *("\n".join(_section(m)) for m in manipulations().values())]) + "\n"


def told(name: str) -> str:
    """One manipulation in words, with every value and where it comes from.

    **Raises:** `RequestError` with the nearest name when it is not on file.
    """
    return "\n".join(_section(manipulation(name))).replace("`", "").removeprefix("## ")


def _section(m: Manipulation) -> Iterator[str]:
    yield f"## {m.name}\n"
    yield f"{m.title.capitalize() if m.title[:2].islower() else m.title} ({', '.join(m.species)}; {_when(m)}).\n"
    yield f"- Acts: {'; '.join(f'`{what}`' for what in m.acts)}."
    yield f"- Stands for: {m.stands_for}"
    yield f"- Cannot say: {m.cannot_say}"
    for slot, theory in (m.needs or {}).items():
        yield f"- Needs the theory `{theory}` in the slot `{slot}`."
    for fact in [*(c.fact for c in m.changes), *(c.fact for c in m.cut_states)]:
        span = f", range {fact.range[0]:g} to {fact.range[1]:g}" if fact.range else ""
        yield f"- {fact.value:g}: {fact.origin}, `{fact.source}`, {fact.mark}{span}. {fact.note or fact.where}"
    yield "- Sources: " + "; ".join(f"{source(key).text} (`{key}`)" for key in m.sources)


def _when(m: Manipulation) -> str:
    if m.given:
        return f"given at {m.given[0].at_h:g} h"
    if m.cut_states:
        return f"at {m.cut_states[0].at_h:g} h"
    begin = "since before the resting state" if m.begin is None else f"from {m.begin:g} h"
    return f"{begin}, for ever" if m.end is None else f"{begin} to {m.end:g} h"


def main() -> None:
    """Write the page into the documentation."""
    target = Path(__file__).parents[3] / "docs" / "reference" / "manipulations.md"
    target.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
