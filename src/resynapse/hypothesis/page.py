"""The reference pages of hypotheses, and what the command line says of one, written from their files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .account import hypothesis_record
from .drive import DRIVES
from .hypothesis import TOLERANCE
from .library import hypotheses

_HEAD = f"""# Hypotheses

For research; not medical advice. Written by `python -m resynapse.hypothesis.page` from
`src/resynapse/hypothesis/claims/*.py`: one file and one page a claim. How to [add one](../how-to/add-a-hypothesis.md).

Nobody knows yet how ketamine works. Each explanation below is the default chain with other stages or values, and what
it stakes stands beside what was seen, whether that suits it or not. *Delivered* says that its own chain gives the
direction that it predicts (a change of at least {TOLERANCE:g} against the control; *does not change*: less than that),
which is no evidence for it: many of the directions were in view when the chain was built.

    resynapse hypotheses disinhibition                       # one of them; --json for programs
    resynapse simulate --hypothesis disinhibition --drug ketamine --route iv --dose "0.5 mg/kg" --over "40 min"

In Python, `blend({{"activity": 0.7, "habenula": 0.3}})` weighs the drives of one chain, and `stack([...], [...])`
averages what several chains predict.

| drive | what it is | at weight 1 |
| --- | --- | --- |"""


def pages() -> dict[str, str]:
    """Every page by its path below the reference: the index, and one page a hypothesis."""
    records = [hypothesis_record(h) for h in hypotheses()]
    own = {f"hypotheses/{r['name']}.md": _page(r) for r in records}
    return {"hypotheses.md": _index(records), **own}


def _index(records: list[dict[str, Any]]) -> str:
    drives = [f"| `{name}` | {d.meaning} | `{d.address}` = {d.full:g} |" for name, d in DRIVES.items()]
    listed = ["| hypothesis | claim | drives | delivered |", "| --- | --- | --- | --- |"]
    listed += [_line(r) for r in records]
    return "\n".join([_HEAD, *drives, "", *listed]) + "\n"


def _line(r: dict[str, Any]) -> str:
    delivered = sum(p["delivered"] for p in r["predicts"])
    link = f"[{r['name']}](hypotheses/{r['name']}.md)"
    return f"| {link} | {r['claim']} | {_drives(r['drives'])} | {delivered} of {len(r['predicts'])} |"


def _page(r: dict[str, Any]) -> str:
    head, *rest = _section(r)
    back = "For research; not medical advice. [All hypotheses](../hypotheses.md), and what *delivered* means."
    return "\n".join([head.removeprefix("#"), "", back, *rest]) + "\n"


def _drives(weights: dict[str, float]) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items() if weight > 0) or "none"


def told(record: dict[str, Any]) -> str:
    """One hypothesis for the terminal."""
    return "\n".join(line.removeprefix("## ") for line in _section(record))


def _section(r: dict[str, Any]) -> Iterator[str]:
    yield f"## {r['name']}"
    yield f"\n{r['claim']} ({', '.join(r['species'])})\n"
    yield "**Differs from the default chain:** " + _differences(r["differs"])
    yield "\n**Drives at their weights:** " + _drives(r["drives"]) + "."
    yield "\n| predicts | seen | source | delivered |\n| --- | --- | --- | --- |"
    for p in r["predicts"]:
        delivered = "yes" if p["delivered"] else f"**no**: {p['unmet']}"
        yield f"| {p['prediction']} | {p['observed']} | `{p['source']}` | {delivered} |"
    yield "\n**Would count against it:**\n"
    yield from (f"- {what}" for what in r["against"])
    yield f"\n{r['remark']}\n"
    yield "**Sources:** " + "; ".join(f"{s['text']} (`{s['key']}`)" for s in r["sources"])


def _differences(found: list[dict[str, str]]) -> str:
    if not found:
        return "nothing."
    return ", ".join(f"`{d['what']}` {d['default']} -> {d['here']}" for d in found) + "."


def main() -> None:
    """Write the pages into the documentation."""
    folder = Path(__file__).parents[3] / "docs" / "reference"
    (folder / "hypotheses").mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
