"""Writes the page of the project's own qualification from stored runs: failures first, runs side by side.

Run `python -m resynapse.requests.qualification_page FOLDER [FOLDER ...]` after `resynapse qualify --out FOLDER`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.calibrated import CALIBRATED
from ..qualify.plan.plan import METRICS
from .kinetics_page import judged_rows, kinetic_section
from .qualification import NAME

STORE = Path("docs/reference/qualification.json")
PAGE = STORE.with_suffix(".md")
Run = Mapping[str, Any]
Runs = Mapping[str, Run]
FILED = "values of the default"
_SIGNS = {"fail": "**FAIL**", "not measured": "not measured", "not a pass": "not a pass", "pass": "pass"}

_HEAD = """# Qualification: what was promised, and what came out

For research; not medical advice. [A plan](../../src/resynapse/qualify/plan/plans/standard.yaml) says which evidence is
simulated and what has to come out; `make qualify` runs it and writes this page from [stored runs](qualification.json),
and a page with figures into `runs/qualify`. Failures come first. Only evidence kept for verification earns a pass: what
is met on evidence that the model was built with is *not a pass*. Numbers of one trial hang together, so that
exact intervals, which take them as independent, are too narrow. Verify evidence is no blind test: the split was
made with every outcome in view.
"""


_OWN = """## A plan of one's own

    version: 1
    name: mine
    title: Nasal esketamine, two trials
    trials: {people: 400, replicates: 100, studies: [aspire_2, transform_2]}
    criteria:
      - {id: inside, of: trials, metric: coverage_90, claims: [C16], why: an interval keeps its promise}
      - {id: useful, of: trials, metric: over_spread, at_most: 0.9, why: better than the mean of trials by a tenth}

`resynapse qualify --plan mine.yaml --out runs/mine`; `--calibration NAME` simulates with draws of a calibration. A
study, a claim or a metric that nobody knows is refused with its line. A limit is `at_most` or `at_least`; coverage
has none.
"""


def page(runs: Runs) -> str:
    """The page, one column a run."""
    parts = [_HEAD.rstrip(), "", *_first(runs), *_criteria(runs), *_missed(runs)]
    parts += [*kinetic_section(runs), *_nulls(runs), *_patterns(runs)]
    return "\n".join([*parts, *_credibility(runs), *_made(runs), ""])


def lean(found: Run) -> dict[str, Any]:
    """A run without the draws behind it, for the project's own records."""
    kinetic = {
        name: {"gmfe": told["gmfe"], "rows": judged_rows(told["rows"])} for name, told in found["kinetics"].items()
    }
    contrast = {k: v for k, v in found.get("contrast", {}).items() if k not in ("sample", "early_share")}
    return {**found, "kinetics": kinetic, "contrast": contrast}


def _first(runs: Runs) -> Iterator[str]:
    for name, run in runs.items():
        failed = [o for o in run["outcomes"] if o["verdict"] == "fail"]
        passed = [o for o in run["outcomes"] if o["verdict"] == "pass"]
        yield (
            f"**With {_run_words(name, run)}: {len(failed)} of {len(run['outcomes'])} criteria failed, "
            f"{len(passed)} passed.** {run['credibility']['conclusion']['words'].capitalize()}.\n"
        )


def _run_words(name: str, run: Run) -> str:
    return f"the calibration `{name}`" if run["plan"]["calibration"] else f"the {name}"


def _criteria(runs: Runs) -> Iterator[str]:
    yield "## Criteria, failures first\n"
    yield f"| criterion | target | evidence | {' | '.join(runs)} |"
    yield f"| --- | --- | --- | {' | '.join('---' for _ in runs)} |"
    first = next(iter(runs.values()))
    for one in first["outcomes"]:
        cells = [_cell(next((o for o in run["outcomes"] if o["id"] == one["id"]), None)) for run in runs.values()]
        yield f"| {one['id']} | {one['target']} | {one['role']} | {' | '.join(cells)} |"
    yield ""


def _cell(one: Run | None) -> str:
    return "–" if one is None else f"{_SIGNS[one['verdict']]}: {one['words'] or 'nothing'}"


def _missed(runs: Runs) -> Iterator[str]:
    for name, run in runs.items():
        outside = [r for r in run["trials"]["rows"] if r["role"] == "verify" and not r["model"]["inside_90"]]
        yield f"## Verify numbers outside the 90 % interval, {name}\n"
        if not outside:
            yield "None.\n"
            continue
        yield "| trial | what | printed | predicted (90 %) |\n| --- | --- | --- | --- |"
        for row in sorted(outside, key=_how_far, reverse=True):
            low, high = row["model"]["interval_90"]
            told = f"{row['model']['predicted']:.2g} ({low:.2g} to {high:.2g})"
            yield f"| {row['design']} | {row['what']} | {row['value']:.3g} | {told} |"
        yield ""


def _how_far(row: Run) -> float:
    return float(abs(row["value"] - row["model"]["predicted"]) / row["scale"])


def _nulls(runs: Runs) -> Iterator[str]:
    told = next(iter(runs.values()))["trials"]["turnover"]
    values = ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in told["values"].items())
    yield (
        "## The two models to beat\n\nThe first says of every number the mean and SD of build numbers of its kind "
        "(statistic; drug, control or contrast), as Student's t for one more study. The second knows doses and days: a "
        "store that empties, Emax, turnover, and a fall of controls; shares are those of a normal law. It was fitted "
        f"to build numbers alone: {values} (points, mg, days). One mg of either mirror form counts alike by vein, and "
        f"`other route` of it by any other. What is left: {told['left']['points']:.1f} points, "
        f"{told['left']['share']:.2f} probits.\n"
    )


def _patterns(runs: Runs) -> Iterator[str]:
    if not all("patterns" in run for run in runs.values()):
        return
    yield f"## Patterns of build evidence\n\n| what | printed | {' | '.join(runs)} |"
    yield f"| --- | --- | {' | '.join('---' for _ in runs)} |"
    for k, one in enumerate(next(iter(runs.values()))["patterns"]["rows"]):
        cells = [_inside(run["patterns"]["rows"][k]) for run in runs.values()]
        yield f"| {one['what']} ({one['study']}) | {one['value']:.2g} | {' | '.join(cells)} |"
    yield ""


def _inside(row: Run) -> str:
    if row["interval_90"] is None:
        return "not told: too few responders"
    low, high = row["interval_90"]
    word = "inside" if row["inside"] else "**outside**"
    return f"{word}: {row['predicted']:.2g} ({low:.2g} to {high:.2g})"


def _credibility(runs: Runs) -> Iterator[str]:
    name, run = list(runs.items())[-1]
    told = run["credibility"]
    yield f"## Credibility, {name}\n\n**Question.** {told['question']['text']}\n"
    ratings = told["ratings"]
    yield (
        f"**Ratings.** Influence {ratings['influence']['level']}, consequence {ratings['consequence']}, model risk "
        f"{ratings['risk']}, impact {ratings['impact']['level']}: written with their reasons in "
        "[the context of use](../../src/resynapse/qualify/credibility/context.yaml). All that follows was executed.\n"
    )
    if told["tests"]:
        yield f"{_tests(told['tests'])}\n"
    yield "| factor | level | what was executed |\n| --- | --- | --- |"
    for one in sorted((*told["factors"], *told["categories"]), key=lambda f: f["level"]):
        yield f"| {one['name']} ({one['activity']}) | {one['level']} | {one['words']} |"
    yield "\nWhat stands against it:\n"
    yield from (f"- {text}" for text in told["deviations"])
    yield ""


def _tests(counted: Run) -> str:
    """How the project's own tests ended, by room."""
    ended = f"{counted['passed']} passed, {counted['failed']} failed, {counted['skipped']} skipped"
    rooms = [
        f"{name} {own['run']}" + (f" (**{own['failed']} failed**)" if own["failed"] else "")
        for name, own in sorted(counted["rooms"].items())
    ]
    whole = f"**Tests.** {counted['run']:,} were run: {ended} (report `{counted['report']}`)."
    return f"{whole} By room: {', '.join(rooms)}."


def _made(runs: Runs) -> Iterator[str]:
    yield "## How it was made\n"
    for name, run in runs.items():
        size = run["plan"]["trials"]
        yield (
            f"- {name}: plan `{run['digest']}`, version {run['version']}, seed {run['plan']['seed']}, "
            f"{len(_studies(run))} trials, {size['replicates']} replicates of each from a bank of {size['people']:,} "
            f"people{_drawn(run)}."
        )
    if CALIBRATED:
        held = f"the medians of `{CALIBRATED}` for people from the receptor on, and kinetics as on file"
        yield f"\nThe default holds {held}."
    yield "\nNot simulated here: trials in steps, and anything without a number in print.\n"
    metrics = "; ".join(f"`{of}`: {', '.join(names)}" for of, names in METRICS.items())
    yield f"{_OWN}Of what is measured can be asked: {metrics}."


def _studies(run: Run) -> set[str]:
    return {r["design"] for r in run["trials"]["rows"]}


def _drawn(run: Run) -> str:
    return f" under each of {run['plan']['trials']['draws']} draws" if run["plan"]["calibration"] else ""


def stored(folders: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """The runs that lie in folders, by their calibration."""
    runs = [json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8")) for folder in folders]
    return {run["plan"]["calibration"] or FILED: lean(run) for run in runs}


def main() -> None:
    """Write the page and its numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    runs = stored(parser.parse_args().folders)
    STORE.write_text(json.dumps(runs, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(runs), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
