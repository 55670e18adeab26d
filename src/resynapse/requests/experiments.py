"""Published animal experiments for the doors: run again, in words, as plain data, and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..laboratory import Account, design, design_names, named_or_file
from ..laboratory import run as run_design
from ..report.experiment_figure import Bar, Heading, Laboratories, Verdict, draw_experiment, told_number

_MOVES = {"up": "higher", "down": "lower", "none": "no difference"}
_VERDICTS = {
    "agrees": "the model agrees with what was published",
    "disagrees": "the model DOES NOT AGREE with what was published",
    "nothing to block": "NOTHING TO BLOCK: most laboratories miss the effect without the block too; no agreement",
}


def listed() -> list[dict[str, Any]]:
    """Every design on file in one record each."""
    return [
        {
            "name": d.name,
            "title": d.title,
            "species": d.species,
            "readout": d.reading.name,
            "hours": d.reading.hours_after_dose,
            "animals": sum(d.counts),
            "n_mark": d.n_mark,
            "role": d.role,
            "published": d.published.direction,
            "source": d.source,
        }
        for d in map(design, design_names())
    ]


def rerun(word: str, hypothesis: str | None, seed: int, replicates: int) -> Account:
    """A design on file or of one's own, run under a hypothesis.

    **Raises:** as `named_or_file` and `laboratory.run`.
    """
    return run_design(named_or_file(word), hypothesis, seed, replicates)


def told(found: Account) -> str:
    """A run in a table and a few lines."""
    r = found.record
    unit = "" if r["readout"]["unit"] == "1" else f", {r['readout']['unit']}"
    rows = [("group", "n", "mean", "SEM", "expected"), *(_row(g) for g in r["groups"])]
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    table = [
        "  ".join(w.ljust(n) if i == 0 else w.rjust(n) for i, (w, n) in enumerate(zip(row, wide, strict=True)))
        for row in rows
    ]
    test = r["readout"]
    head = f"{r['experiment']}: {r['title']}\n{r['hypothesis']}, seed {r['seed']}; {test['title']}{unit}"
    head += f", {test['hours_after_dose']:g} h after the dose"
    lines = [head, "", *table, "", *(_term(t) for t in r["terms"]), *(_compared(c, r) for c in r["comparisons"])]
    lines += ["", *_judged(found), *(f"note: {n}" for n in r["notes"])]
    return "\n".join(lines)


def draw(found: Account, file: Path) -> Path:
    """The figure of a run as a file.

    **Raises:** `RequestError` when the file cannot be written.
    """
    from ..report.picture import saved

    return saved(figure(found), file)


def figure(found: Account) -> Any:
    """The figure of a run: its first replicate, and what all laboratories found."""
    r, names = found.record, [g["name"] for g in found.record["groups"]]
    bars = [Bar(g["name"], tuple(g["readings"]), g["expected"], g["published"]) for g in r["groups"]]
    between = names.index(r["decides"][0]), names.index(r["decides"][1])
    head = Heading(r["title"], _axis(r["readout"]))
    return draw_experiment(head, bars, between, _verdict(r), _repeated(found, bars, between))


def _axis(readout: dict[str, Any]) -> str:
    return readout["title"] + ("" if readout["unit"] == "1" else f" ({readout['unit']})")


def _verdict(r: dict[str, Any]) -> Verdict:
    first, moved = r["comparisons"][0], _MOVES[r["published"]["direction"]]
    apart = f"{told_number(first['difference'], r['readout']['unit'])}, p = {first['p']:.2g} ({_how(r)})"
    here = f"{' less '.join(r['decides'])}: {apart}. {r['hypothesis']}, seed {r['seed']}."
    published = f"{moved}: {r['published']['words']} ({r['published']['mark']})."
    if r["verdict"]:
        published += f" The model: {r['verdict']}."
    bracket = f"here p = {first['p']:.2g}, published: {moved}"
    return Verdict(here, _powered(r), published, r["agrees"], bracket)


def _repeated(found: Account, bars: Sequence[Bar], between: tuple[int, int]) -> Laboratories | None:
    """What every laboratory found, and the published difference where both means were read."""
    if found.replicates < 2:
        return None
    estimates, significant = found.estimates
    treated, reference = (bars[place].published for place in between)
    known = None if treated is None or reference is None else treated - reference
    return Laboratories(estimates, significant, known)


def _row(group: dict[str, Any]) -> tuple[str, ...]:
    return (group["name"], str(group["n"]), *(f"{group[k]:.3g}" for k in ("mean", "sem", "expected")))


def _term(term: dict[str, Any]) -> str:
    a, b = term["df"]
    return f"{term['term']}: F({a},{b}) = {term['f']:.2f}, p = {term['p']:.3g}"


def _compared(one: dict[str, Any], record: dict[str, Any]) -> str:
    a, b = one["groups"]
    return f"{a} less {b}: {one['difference']:.3g} (SE {one['se']:.2g}), p = {one['p']:.3g} ({_how(record)})"


def _how(record: dict[str, Any]) -> str:
    after = record["posthoc"]
    return record["test"] if after == "no correction" else f"{record['test']}, {after}"


def _judged(found: Account) -> list[str]:
    r = found.record
    published = r["published"]
    where = f"{published['where']}, {published['mark']}; role {r['role']}"
    said = f"published: {_MOVES[published['direction']]} ({published['words']}; {where})"
    if r["power"] is None:
        return [said]
    return [
        f"over {r['power']['replicates']} laboratories: {_powered(r)}",
        *_without_block(r),
        said,
        _VERDICTS[r["verdict"]] + _cheap(r),
    ]


def _without_block(record: dict[str, Any]) -> list[str]:
    if record["unblocked"] is None:
        return []
    pair = " less ".join(record["published"]["blocks"]["comparison"])
    return [f"without the block ({pair}): significant in {100 * record['unblocked']['significant']:.1f} %"]


def _cheap(record: dict[str, Any]) -> str:
    cheap = record["agrees"] and record["published"]["direction"] == "none"
    return " (finding nothing is cheap: see how large a difference so few animals find)" if cheap else ""


def _powered(record: dict[str, Any]) -> str:
    power = record["power"]
    if power is None:
        return "Run once; `resynapse experiment power` repeats it."
    share, error = 100 * power["significant"], 100 * power["error"]
    return (
        f"significant in {share:.1f} % (Monte Carlo error {error:.1f}), upwards in {100 * power['up']:.1f} %; so few "
        f"animals find a difference of {record['detectable']:.2g} four times in five."
    )
