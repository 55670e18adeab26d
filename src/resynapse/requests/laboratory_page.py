"""Prints the two tables of the laboratory's page: every experiment on file, and some under every explanation.

Run `python -m resynapse.requests.laboratory_page`; what it prints stands in `docs/reference/laboratory.md`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..core.errors import RequestError
from ..hypothesis import names
from ..laboratory import Account, design, design_names, run
from ..report.experiment_figure import told_number

MANY, FEW = 1000, 300
UNDER = {
    "donahue2014_avoidance": "defeat, a day",
    "donahue2014_avoidance_week": "defeat, a week",
    "li2011_sucrose": "unpredictable stress, sucrose",
    "modasava2019_corticosterone": "corticosterone, suspension",
    "lumsden2019_hnk": "HNK, swim",
    "shirayama2018_hnk": "HNK, helpless rats",
}
_FOUND = {"up": "higher", "down": "lower", "none": "no difference"}
_SAID = {"agrees": "yes", "disagrees": "**no**", "nothing to block": "**nothing to block**"}
_HEAD = """| experiment | role | test at | expected | found, % | without the block, % | needs | published | agrees |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def library_rows(replicates: int = MANY) -> Iterator[str]:
    """Every experiment on file in the default chain, a row each."""
    yield _HEAD
    for name in design_names():
        yield _row(run(design(name), None, 1, replicates))


def hypothesis_rows(replicates: int = FEW) -> Iterator[str]:
    """Some experiments under every explanation: significant in % of the laboratories, an explanation a row."""
    yield "| hypothesis | " + " | ".join(UNDER.values()) + " |"
    yield "| --- |" + " --- |" * len(UNDER)
    found = [design(name).published.direction for name in UNDER]
    yield "| published | " + " | ".join("not" if direction == "none" else "found" for direction in found) + " |"
    for hypothesis in (None, *names()):
        shares = [_share(name, hypothesis, replicates) for name in UNDER]
        yield f"| {f'`{hypothesis}`' if hypothesis else 'default chain'} | " + " | ".join(shares) + " |"


def _share(name: str, hypothesis: str | None, replicates: int) -> str:
    try:
        return f"{100 * run(design(name), hypothesis, 1, replicates).power.either:.0f}"
    except RequestError:
        return "refused"


def _row(found: Account) -> str:
    one, power = found.design, found.power
    treated, reference = (found.expected[group] for group in one.comparison.decides)
    unit = one.readout.unit
    unblocked = f"{100 * found.unblocked.either:.0f}" if found.unblocked else ""
    cells = (
        f"`{one.name}`",
        one.role,
        f"{one.reading.hours_after_dose:g} h",
        f"{told_number(reference, '1').lstrip('+')} to {told_number(treated, unit).lstrip('+')}",
        f"{100 * power.up:.0f} / {100 * power.down:.0f}",
        unblocked,
        f"{found.detectable:.2g}",
        f"{'blocked' if one.published.blocks else _FOUND[one.published.direction]} ({one.published.mark})",
        _SAID[str(found.verdict)],
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    for line in (*library_rows(), "", *hypothesis_rows()):
        print(line)
