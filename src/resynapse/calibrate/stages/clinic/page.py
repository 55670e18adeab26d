"""The page of a run, in Markdown: failures first, then bands, values before and after, and what is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...posterior import PLACEBO, Posterior
from .laws import laws

_ORDER = {"outside": 0, "90": 1, "50": 2}
_PLACES = {"outside": "**outside**", "90": "in the 90 % band", "50": "in the 50 % band"}
_REGIMENS = {
    "iv01": "0.1 mg/kg, one infusion",
    "iv02": "0.2 mg/kg, one infusion",
    "iv05": "0.5 mg/kg, one infusion",
    "iv10": "1.0 mg/kg, one infusion",
    "six": "0.5 mg/kg, six infusions in 12 days",
    "spray84": "84 mg spray twice in a week",
    "spray56_84": "56, then 84 mg spray, four weeks",
}


_INTRO = """# Calibration run `clinic`: mood, person and placebo

How much of a score the drug moves, at which dose, for how long, how much people differ, and what is placebo: fitted
together to clinical rows of role `build`. For research; never advice to a patient. Repeat it with
`python -m resynapse.calibrate.stages.clinic docs/calibration/clinic.md docs/figures/clinic.png`: it writes this page.

**How.** The chain's values that move the arms most are found by screening; what several values do alike is left to one
of them. For many draws of these values, of differences between people and of 96 chosen people, the chain gives despair
on every regimen of the arms. A Gaussian process stands in for it. Scores follow in closed form: the share that the drug
moves, its saturation, nonspecific fall, hope and disappointment by belief, wobble, raters, entry by a least score. Each
study has an early and a late shift that its arms share, and a factor on its drug effect. NUTS draws from all of it at
once; in the end the chain itself is asked at the draws, and what the stand-in missed is put right by weights. Numbers
below are the chain's own, not the stand-in's.

**A band** below is that of another study done alike: values, studies and the chance of who takes part vary."""


def page(found: Posterior, figure: str = "") -> str:
    """The page of a run."""
    record, said = found.record, found.record.more["headline"]
    parts = [
        _INTRO,
        f"Run `{found.name}`, hash `{found.digest}`, seed {record.seed}, {len(found)} draws; "
        f"{'converged' if record.converged else '**not converged**'}.",
        *([f"![values, rows, dose and time]({figure})"] if figure else []),
        "## What it still gets wrong",
        *_wrong(said),
        *_shape(said),
        "## Every build row beside a study like it",
        _rows(said["rows"]),
        "## The numbers that were asked for",
        *_headline(said),
        "## Do drug and placebo add up?",
        *_adding(found),
        "## Beside pooled trials",
        _beside(said["pooled"]),
        "## What the drug alone does",
        _alone(said["drug_alone"]),
        "## Values before and after",
        _values(found),
        "## How the draws were made",
        *_made(found),
        "## What the data cannot tell",
        *_open(found),
        "## Rows that are not used",
        _unused(record.more["unused"]),
        "## What was assumed",
        *[f"- {note}" for note in record.notes],
    ]
    return "\n\n".join(parts) + "\n"


def _wrong(said: Mapping[str, Any]) -> Iterator[str]:
    out = [r for r in said["rows"] if r["within"] == "outside"]
    yield f"{len(out)} of {len(said['rows'])} build rows lie outside the 90 % band of another study done alike:"
    yield "\n".join(f"- {r['what']}: {r['observed']:g} seen, {_ninety(r)} said" for r in out) or "none"


def _shape(said: Mapping[str, Any]) -> Iterator[str]:
    """The failures of shape that the chain had before any fit, and what became of them."""
    yield "What was wrong before any fit, and what became of it:"
    pooled = {what.rpartition("day ")[2]: b for what, b in said["pooled"].items()}
    repeated, six, early = pooled["27"], said["relapse_after_six"], said["early_share_of_daly"]
    low, median = said["drug_alone"]["iv01"]["1"], next(r for r in said["rows"] if "relapse median" in r["what"])
    durable = "; ".join(
        f"after {_DOSES[arm]} mg/kg {100 * d['q50']:.0f} % ({100 * d['q05']:.0f} to {100 * d['q95']:.0f}), "
        f"{100 * d['observed']:.0f} seen, {_PLACES[d['within']]}"
        for arm, d in said["durability"].items()
    )
    yield "\n".join(
        [
            f"- *Repeated dosing is too strong*: net {repeated['q50']:.1f} points ({_ninety(repeated)}) after four "
            f"weeks of spray, {repeated['observed']:g} ({repeated['low']:g} to {repeated['high']:g}) pooled. "
            f"{_met(repeated['low'], repeated['high'], repeated)}.",
            f"- *Relapse after six infusions is too late*: half of very many responders after {six['q50']:.0f} days "
            f"({_ninety(six)}), 18 seen. {_met(18.0, 18.0, six)}. Of 17 people, as many as were followed, "
            f"{100 * median['q50']:.0f} % ({100 * median['q05']:.0f} to {100 * median['q95']:.0f}) have relapsed by "
            f"then, half were seen: {_PLACES[median['within']]}.",
            f"- *Low doses are too weak*: the drug alone moves {low['q50']:.1f} points ({_ninety(low)}) a day after "
            f"0.1 mg/kg. By day 14 relapse, of nine responders each: {durable}.",
            f"- *The first hours*: net effect at 2 h over that at 24 h {early['q50']:.2f} ({_ninety(early)}); about "
            f"0.62 at 3 h in pooled trials. {_met(0.62, 0.62, early)}.",
        ]
    )


_DOSES = {"k01": "0.1", "k05": "0.5", "k10": "1.0"}


def _met(low: float, high: float, band: Mapping[str, float]) -> str:
    inside = low <= band["q95"] and high >= band["q05"]
    return "The bands meet" if inside else "**The bands do not meet**"


def _rows(rows: list[Mapping[str, Any]]) -> str:
    head = "| row | what | seen | middle | 50 % | 90 % | where |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    ordered = sorted(rows, key=lambda r: _ORDER[r["within"]])
    return head + "\n".join(
        f"| `{r['row']}` | {r['what']} | {r['observed']:g} | {r['q50']:.2f} | {r['q25']:.2f} to {r['q75']:.2f} "
        f"| {_ninety(r)} | {_PLACES[r['within']]} |"
        for r in ordered
    )


def _headline(said: Mapping[str, Any]) -> Iterator[str]:
    contrast, one = said["contrast_midazolam_24h"], said["contrast_midazolam_24h_of_one_trial"]
    yield (
        f"- Mean contrast at 24 h of an infinitely large midazolam-controlled trial, typical belief included: "
        f"{contrast['q50']:.1f} points (90 % {_ninety(contrast)}), {said['contrast_width']:.1f} points wide; in one "
        f"such trial, whose drug effect differs from others', {one['q50']:.1f} ({_ninety(one)})."
    )
    yield (
        f"- Net of a placebo spray after four weeks of 56 and 84 mg: "
        f"{said['contrast_esketamine_day_27']['q50']:.1f} ({_ninety(said['contrast_esketamine_day_27'])})."
    )
    early = said["early_share_of_daly"]
    yield f"- Net effect at 2 h over that at 24 h (84 mg spray): {early['q50']:.2f} ({_ninety(early)})."
    six = said["relapse_after_six"]
    days = f"{six['q50']:.0f} days ({_ninety(six)}; 50 means later)"
    yield f"- Half of the responders to six infusions relapsed after {days}; 18 seen."
    every = [(f"Responders relapsed, {arm}", row) for arm, row in said["durability"].items()]
    for what, row in (*every, *said["controls"].items()):
        yield f"- {what}: {row['observed']:g} seen, {row['q50']:.2f} ({_ninety(row)}), {_PLACES[row['within']]}."
    inside, most = (100 * said["coverage"][part] for part in ("50", "90"))
    yield f"- {inside:.0f} % of build rows lie in their 50 % band, {most:.0f} % in their 90 % band."


def _adding(found: Posterior) -> Iterator[str]:
    """What the rows say of `overlap` and `fades`, beside what was thought before."""
    before_any = laws().score
    for field, words, least in _OPEN:
        after = found.of(f"{PLACEBO}{field}")
        before = np.asarray(before_any[field].quantile(np.linspace(0.0005, 0.9995, 1000)))
        low, middle, high = np.quantile(after, (0.05, 0.5, 0.95))
        less = [100.0 * float((v < least).mean()) for v in (after, before)]
        yield (
            f"- `{field}`, {words}: {middle:.2g} ({low:.2g} to {high:.2g}). Below {least:g}: "
            f"{less[0]:.0f} % of draws, {less[1]:.0f} % before."
        )


_OPEN = (
    ("overlap", "how much less the drug does for somebody who fell already (0 adds up, 1 acts on what is left)", 0.5),
    ("fades", "the rate a day at which goes what a first session brought", 0.01),
)


def _beside(pooled: Mapping[str, Any]) -> str:
    rows = [
        f"- {what}: {b['observed']:g} ({b['low']:g} to {b['high']:g}) pooled; {b['q50']:.1f} ({_ninety(b)}) here"
        for what, b in pooled.items()
    ]
    return "Meta-analyses pool what is fitted here already: they are bands, never data.\n\n" + "\n".join(rows)


def _alone(effects: Mapping[str, Any]) -> str:
    words = "Mean change of a score of 36 (points; middle and 90 %), belief and time left out."
    head = f"{words}\n\n| regimen | day | change |\n| --- | --- | --- |\n"
    rows = [
        f"| {_REGIMENS[name]} | {day} | {band['q50']:.1f} ({_ninety(band)}) |"
        for name, by_day in effects.items()
        if name in _REGIMENS
        for day, band in by_day.items()
    ]
    return head + "\n".join(rows)


def _values(found: Posterior) -> str:
    learned = found.record.more["learned"]
    head = "| value | before | after: mean (SD) | SD after over before |\n| --- | --- | --- | --- |\n"
    rows = [
        f"| `{a}` | {found.record.priors[a]} | {found.means[a]:.4g} ({found.sds[a]:.2g}) | {learned[a][0]:.2f} |"
        for a in found.addresses
    ]
    return head + "\n".join(rows)


def _made(found: Posterior) -> Iterator[str]:
    record = found.record
    more = record.more
    worst = more.get("worst", {})
    yield (
        f"Four chains of NUTS: largest R-hat {worst.get('rhat')}, least effective size {worst.get('ess_bulk')} (bulk) "
        f"and {worst.get('ess_tail')} (tails), {record.divergences} divergences."
    )
    if "settled" in more:
        s = more["settled"]
        yield (
            f"The chain itself was asked at {s['draws']} draws: the stand-in missed group means by "
            f"{s['points_rms_median']:.2f} points (root mean square, median over groups; worst "
            f"{s['points_rms_worst']:.2f}), and by {s['points_of_means_worst']:.2f} at most on average. Importance "
            f"weights {_weights(s)}: Pareto k {s['pareto_k']:.2f}, {s['effective_draws']:.0f} effective draws, "
            f"{s['distinct_draws']} distinct ones."
        )
    if "people" in more:
        told = more["people"]
        missed = f"{told['rms']:.2f} points (root mean square; worst {told['worst']:.2f})"
        yield f"Means of the people fitted on, beside those of the first {told['people']} people: {missed}."


def _weights(settled: Mapping[str, Any]) -> str:
    right = settled["put_right"]
    return "put this right" if right else "cannot put this right (their tail is too heavy), and draws stay as they are"


def _open(found: Posterior) -> Iterator[str]:
    yield (
        "Values whose band stayed at least four fifths as wide: "
        + (", ".join(f"`{a}`" for a in found.record.not_identified) or "none")
        + "."
    )
    for one in found.record.more["most_open"]:
        words = ", ".join(f"{w:+.2f} `{n}`" for n, w in one["weights"].items())
        yield f"- open direction ({one['ratio']:.2f} of the prior): {words}"


def _unused(unused: Mapping[str, str]) -> str:
    counted = Counter(unused.values())
    return "\n".join(f"- {n} rows: {why}" for why, n in counted.most_common())


def _ninety(band: Mapping[str, Any]) -> str:
    return f"{band['q05']:.2f} to {band['q95']:.2f}"
