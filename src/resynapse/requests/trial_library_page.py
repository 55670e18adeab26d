"""Writes the page of the trial library from stored predictions: misses first, build and verify apart, coverage.

Run `python -m resynapse.requests.trial_library_page` after `python -m resynapse.requests.trial_library`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scipy import stats

from ..trial.design.library import designs

STORE = Path("docs/reference/trial-library.json")
PAGE = STORE.with_suffix(".md")
_ROLES = {"build": "Build: numbers that the model's makers may see", "verify": "Verify: numbers kept for judging"}
Row = Mapping[str, Any]
Found = Mapping[str, Any]

_HEAD = """# The trials on file: predicted beside published

For research; not medical advice. Every design of `resynapse trial list` was run {replicates} times with a bank of
{people:,} people (seed {seed}), each time with as many people as were randomised, and what such trials say stands
beside what was printed. Written by `python -m resynapse.requests.trial_library_page` from
[stored runs](trial-library.json), which `python -m resynapse.requests.trial_library` makes.

{what} Nothing was tuned to its verify rows. Numbers
of one trial hang together, so that the intervals of coverage, which take them as independent, are too narrow. Steps
are lived ([how](resistance.md)): their intervals hold sampling alone.
"""
_FILED = """\
**What these predictions are.** They come from the default chain and score, the medians of a calibration
([run](../calibration/clinic.md)) that saw rows of role `build` alone, so that those are no test of it. Intervals hold
chance in people and raters, what differs between trials, and values of the placebo layer drawn from their ranges. They
do **not** hold doubt about the chain's own values: a miss says that chance between trials does not explain it, a hit
that wide intervals allow it."""
_CALIBRATED = """\
**What these predictions are.** They come from {draws} draws of the [calibration](../calibration/{calibration}.md)
`{calibration}` (run `{digest}`), whose medians are the default. It saw rows of role `build` alone, so that those are
no test of it. Intervals hold chance in
people and raters, what differs between trials, values of the placebo layer, and what that calibration leaves open of
the chain. What it did not free, and whether the chain is the right one, are not in them."""
_COVERED = """## Coverage

| role | interval | inside | share (exact 95 % interval) | beside it |
| --- | --- | --- | --- | --- |"""
_COLUMNS = """| trial | what | published | predicted | 50 % | 90 % |
| --- | --- | --- | --- | --- | --- |"""


def page(held: Mapping[str, Found]) -> str:
    """The page."""
    return "\n".join(
        [*_top(held), *_coverage(held), *_missed(held), *_inside(held), *_directions(held), *_rest(held), ""]
    )


def rows_of(held: Mapping[str, Found], role: str | None = None) -> list[Row]:
    """Every printed number with a prediction, and the name of its design."""
    return [
        {"design": name, **row}
        for name, found in sorted(held.items())
        for row in found["rows"]
        if row["value"] is not None and row["interval"] and role in (None, row["role"])
    ]


def inside(row: Row, level: str = "90") -> bool:
    """Whether a printed number lies in the prediction interval of this level."""
    low, high = row["interval"][level]
    return bool(low <= row["value"] <= high)


def covered(rows: list[Row], level: str) -> tuple[int, int, float, float]:
    """How many of how many lie inside, with the exact binomial interval (95 %) of the share."""
    count, n = sum(inside(row, level) for row in rows), len(rows)
    if not n:
        return 0, 0, 0.0, 1.0
    ends = stats.binomtest(count, n).proportion_ci(method="exact")
    return count, n, float(ends.low), float(ends.high)


def _top(held: Mapping[str, Found]) -> Iterator[str]:
    some = next(iter(held.values()))
    what = _CALIBRATED.format(**some["calibration"]) if "calibration" in some else _FILED
    yield _HEAD.format(replicates=some["replicates"], people=some["people"], seed=some["seed"], what=what)


def _coverage(held: Mapping[str, Found]) -> Iterator[str]:
    yield _COVERED
    for role in _ROLES:
        for level in ("50", "90"):
            count, n, low, high = covered(rows_of(held, role), level)
            share = f"{count / n:.0%} ({low:.0%} to {high:.0%})" if n else "none"
            word = "as it should be" if low <= int(level) / 100 <= high else "**not what the interval says**"
            yield f"| {role} | {level} % | {count} of {n} | {share} | {word} |"
    yield ""


def _missed(held: Mapping[str, Found]) -> Iterator[str]:
    for role, words in _ROLES.items():
        wrong = sorted((row for row in rows_of(held, role) if not inside(row)), key=_how_far, reverse=True)
        yield f"## Misses, {words[0].lower()}{words[1:]}\n\nOutside the 90 % interval, the farthest first.\n"
        yield from _table(wrong)


def _inside(held: Mapping[str, Found]) -> Iterator[str]:
    for role, words in _ROLES.items():
        yield f"## Inside, {words[0].lower()}{words[1:]}\n"
        yield from _table([row for row in rows_of(held, role) if inside(row)])


def _table(rows: list[Row]) -> Iterator[str]:
    if not rows:
        yield "None.\n"
        return
    yield _COLUMNS
    for row in rows:
        ends = (_range(row, row["interval"][level]) for level in ("50", "90"))
        printed = _said(row, row["value"])
        mark = "" if row["mark"] == "seen" else f" ({row['mark']})"
        found = " | ".join([f"{printed}{mark}", _said(row, row["predicted"]), *ends])
        yield f"| {row['design']} | {_what(row)} | {found} |"
    yield ""


def _directions(held: Mapping[str, Found]) -> Iterator[str]:
    rows = [{"design": name, **r} for name, found in sorted(held.items()) for r in found["rows"] if r["value"] is None]
    if not rows:
        return
    yield "## Where only a direction was printed\n\nNot counted above.\n"
    yield "| trial | what | published | predicted difference (90 %) | agrees |\n| --- | --- | --- | --- | --- |"
    for row in rows:
        if row["interval"]:
            low, high = row["interval"]["90"]
            told = f"{row['predicted']:.1f} ({low:.1f} to {high:.1f})"
            yield f"| {row['design']} | {_what(row)} | {row['direction']} | {told} | {_agrees(row, low, high)} |"
    yield ""


def _agrees(row: Row, low: float, high: float) -> str:
    found = "none" if low <= 0.0 <= high else ("down" if high < 0.0 else "up")
    said = {"none": "the interval holds 0", "down": "it falls", "up": "it rises"}
    return "yes" if found == row["direction"] else f"**no**: {said[found]}"


def _rest(held: Mapping[str, Found]) -> Iterator[str]:
    refused = [f"- `{name}`: {found['refused']}" for name, found in sorted(held.items()) if found.get("refused")]
    silent = [
        f"- `{name}`: {_what(row)} ({_said(row, row['value'])})"
        for name, found in sorted(held.items())
        for row in found["rows"]
        if not row["interval"]
    ]
    changed = [name for name, one in designs().items() if name not in held or held[name]["digest"] != one.digest]
    yield "## Not predicted\n"
    yield "\n".join([*refused, *silent]) or "Nothing."
    if changed:
        yield f"\nChanged since they were run, or not run: {', '.join(changed)}."


def _how_far(row: Row) -> float:
    """How far a number lies outside, in widths of its interval."""
    low, high = row["interval"]["90"]
    return float(max(low - row["value"], row["value"] - high) / max(high - low, 1e-9))


def _what(row: Row) -> str:
    joined = {"difference": " less ", "direction": " less ", "hazard_ratio": " over ", "odds_ratio": " over "}
    who = joined.get(row["statistic"], ", ").join(row["of"])
    unit = "" if row["unit"] in ("", "1") else f" ({row['unit']})"
    return f"{row['endpoint']}: {row['statistic'].replace('_', ' ')} of {who}{unit}"


def _range(row: Row, ends: list[float]) -> str:
    return f"{_said(row, ends[0])} to {_said(row, ends[1])}"


def _said(row: Row, value: float) -> str:
    share = row["unit"] == "1" and row["statistic"] not in ("hazard_ratio", "odds_ratio")
    return f"{100 * value:.0f} %" if share else f"{value:.2g}" if row["unit"] == "1" else f"{value:.1f}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(json.loads(STORE.read_text(encoding="utf-8"))), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
