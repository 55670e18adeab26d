"""Writes `docs/reference/hypothesis-weights.md` and its figure: `python -m resynapse.qualify.stacking.page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.solver import keep_compiled_code
from ...report.weights_figure import draw_weights
from .clinic.told import calibrations, failures, kinds, predictions
from .record import weighed

Record = Mapping[str, Any]
DOCS = Path(__file__).parents[4] / "docs"
_HEAD = """# Explanations weighed

For research; not medical advice. Written from a run by `python -m resynapse.qualify.stacking.page` ({draws} posterior
draws of each explanation, seed {seed}).

    resynapse compare --weights                       # table and verdict
    resynapse compare --weights --out DIR --json      # everything as JSON, figure in DIR

Every explanation on file is conditioned on the same seen *build* rows of the mechanism evidence (sequential Monte
Carlo, as in [the exam](exam.md)), and once more on the same *build* rows of trials in people. It is then asked what it
thinks of *verify* rows and trials that it never saw: the study is the unit. Stacking gives the weights with which the
mixture of all of them predicts these studies best; pseudo-BMA with a Bayesian bootstrap stands beside for comparison.
Build rows never enter here.

![Weights, one infusion, and predictions on the clinical scale with both bands](../figures/hypothesis-weights.png)
"""
_HOW = """## How, and what is assumed

- A study's density is that of all its rows together: the mean over draws of the product of their likelihoods. Studies
  that share people count once.
- The likelihood is the exam's: a direction is a measurement with an assumed error, a size is normal around the
  prediction, and with one chance in ten an observation says nothing. These shares are assumed.
- Many of the mechanism's verify rows say that nothing changed (11 of 25). An explanation in which the drug does
  little meets them for nothing: this is why `expectancy_only` and explanations with weak effects in people do well
  there, and it is no evidence that they are right.
- The column *mechanism rows with a change only* stacks without those rows, trials included: what is left of a weight
  there was not earned by doing nothing.
- A trial's density is that of its rows together, in trials drawn anew: early and late shifts and the strength of the
  drug differ between trials as the build rows say. Rows of the same people, or against the same control, count by a
  weight below 1, as in the clinic's stage; such a density is a composite one, the same for all explanations.
- Which trials judge, how their arms are read, and which are left out and why stands in
  `qualify/stacking/clinic/judging.toml`. Calibration cannot open it: `calibrate` may not import `qualify`, and numbers
  come from rows of role verify only. Starting scores, sizes and thresholds that were not printed are assumed there.
- One explanation has two sets of draws: from the mechanism's rows and from the clinic's. The default chain's own run
  is chained (its mechanism first); rivals are not: their clinical values know nothing of the mechanism's rows.
- In the clinic, belief, hope and raters are fitted anew under every explanation. One in which the drug does nothing
  for mood can still explain much of a contrast, by people who feel that they had the drug; it pays with values of
  hope and disappointment that it needs.
- Some explanations were written with a verify study in view: the opioid gate exists because of `williams2018`, HNK
  because of findings like `lumsden2019`. Their weight on these studies is no blind success.
- The intervals draw the studies anew with replacement (1,000 times, 90 %). They say how far the weights hang on which
  studies there are.
- `default_blend` is the default chain. It is weighed like the others and keeps no privilege.
- The split into build and verify was made with all outcomes in view. It is not blind.
- Relief above 1 means that a chain overshoots the healthy state. That is a fault of these explanations over their
  posterior draws, not a finding.

## What is not known

- Trials with other drugs, with scales of suicidal thoughts, with tablets of ketamine and with doses set for each person
  are not among the trials.
- Which draws would be left if mechanism and clinic were fitted together under each explanation: that takes the
  mechanism's stage for every rival.
- Posterior draws that would change if verify had been fitted are not asked for: the weights move, the values within
  each explanation do not.
- Explanations that say nearly the same (`default_blend`, `mixture`, `opioid_dependence` but for naltrexone) share
  what they would have had alone.
"""


def page(told: Record) -> str:
    """The whole page as text."""
    return "\n".join(
        [
            _HEAD.format(**told),
            *_failures(told),
            *_notes(told),
            *_weights(told),
            *predictions(told),
            *_studies(told),
            *_prediction(told),
            *calibrations(told),
            _HOW,
        ]
    )


def _failures(told: Record) -> Iterator[str]:
    s, most = told["scores"], _sorted(told)[0]
    yield "## What fails\n"
    yield _blind(told)
    fair, single = s["over_equal"], s["over_best"]
    verb = "predict **worse**" if fair["sum"] < 0 else "predict better"
    yield (
        f"- With each study left out in turn, stacking weights {verb} than equal weights: "
        f"{s['average_left_out']:.1f} against {s['equal']:.1f} (difference {fair['sum']:+.1f}, SE {fair['se']:.1f}). "
        f"Against the explanation that the other studies find best: {single['sum']:+.1f} (SE {single['se']:.1f})."
    )
    yield (
        f"- The heaviest explanation, `{most[0]}`, has {most[1]['weight']:.2f}; drawing the studies anew gives it "
        f"anything from {most[1]['low']:.2f} to {most[1]['high']:.2f}."
    )
    yield from _default(told)
    yield from failures(told)
    yield _turned(told)


def _default(told: Record) -> Iterator[str]:
    default = told["hypotheses"].get("default_blend")
    if default:
        yield (
            f"- The default chain gets {default['weight']:.2f} ({default['low']:.2f} to {default['high']:.2f}): "
            f"{default['mechanism']:.2f} by the mechanism's studies alone, {default['clinic']:.2f} by trials alone."
        )


def _turned(told: Record) -> str:
    """Who is heaviest where something changed, and nothing is met for free."""
    name, one = max(told["hypotheses"].items(), key=lambda pair: pair[1]["changed"])
    return (
        f"- Of the mechanism only rows where something changed, trials as before: `{name}` then gets "
        f"{one['changed']:.2f} (with all rows {one['weight']:.2f}), `{_sorted(told)[0][0]}` "
        f"{_sorted(told)[0][1]['changed']:.2f}.\n"
    )


def _blind(told: Record) -> str:
    """How the average does beside somebody who finds every word equally likely."""
    words = [s for s in told["studies"] if s["blind"] is not None]
    lost = [s["study"] for s in words if max(s["log_density"].values()) < s["blind"]]
    average, fair, blind = (sum(s[k] for s in words) for k in ("average", "left_out", "blind"))
    verb = f"The average predicts {'**worse than a guess**' if fair < blind else 'better than a guess'}"
    return (
        f"- {verb} that finds every word equally likely: over the {len(words)} studies that say words and no sizes "
        f"it has {fair:.1f} with each left out in turn ({average:.1f} where it was chosen on them), the guess "
        f"{blind:.1f}. No explanation beats the guess in {', '.join(lost) or 'none of them'}."
    )


def _notes(told: Record) -> Iterator[str]:
    yield from (f"> {note}\n>" for note in told["notes"])
    yield ""


def _sorted(told: Record) -> list[tuple[str, Record]]:
    return sorted(told["hypotheses"].items(), key=lambda pair: -pair[1]["weight"])


def _weights(told: Record) -> Iterator[str]:
    yield "## Weights\n"
    columns = ("explanation", "weight", "90 %, studies drawn anew", "above 0.01", "mechanism alone", "trials alone")
    yield f"| {' | '.join((*columns, 'mechanism rows with a change only', 'pseudo-BMA', 'log score'))} |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, one in _sorted(told):
        ends = f"{one['low']:.2f} to {one['high']:.2f}"
        alone = f"{one['mechanism']:.2f} | {one['clinic']:.2f} | {one['changed']:.2f}"
        rest = f"{100 * one['ever']:.0f} % | {alone} | {one['pseudo_bma']:.2f} | {one['log_score']:.1f}"
        yield f"| `{name}` | {one['weight']:.2f} | {ends} | {rest} |"
    yield ""
    yield from (
        f"`{name}` is not weighed by all studies: {why}; by trials alone: {_trials(told, name)}.\n"
        for name, why in told["not_weighed"].items()
    )
    yield from kinds(told)


def _trials(told: Record, name: str) -> str:
    one = told["alone"]["clinic"]["hypotheses"].get(name)
    return "no answer yet" if one is None else f"{one['weight']:.2f} (log score {one['log_score']:.1f})"


def _studies(told: Record) -> Iterator[str]:
    yield "## Studies\n"
    yield "| study | kind | rows | predicted best by | average | left out | default chain |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for s in told["studies"]:
        default = s["log_density"].get("default_blend")
        numbers = f"{s['average']:.2f} | {s['left_out']:.2f} | {'' if default is None else f'{default:.2f}'}"
        yield f"| {s['study']} | {s['kind']} | {', '.join(s['rows'])} | `{s['best']}` | {numbers} |"
    yield ""


def _prediction(told: Record) -> Iterator[str]:
    p = told["prediction"]
    yield f"## One prediction, averaged: {p['of']}\n"
    yield f"What is predicted: {p['what']}.\n"
    yield "| hours | average | 90 % band | SD within | SD between | of the variance between |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for i, hour in enumerate(p["hours"]):
        band = f"{abs(p['low'][i]):.2f} to {p['high'][i]:.2f}"
        apart = f"{p['within'][i] ** 0.5:.2f} | {p['between'][i] ** 0.5:.2f} | {100 * p['share'][i]:.0f} %"
        yield f"| {hour:g} | {p['mean'][i]:.2f} | {band} | {apart} |"
    yield ""


def write(told: Record, docs: Path = DOCS) -> Path:
    """Write page and figure, and return the page."""
    draw_weights(told).savefig(docs / "figures" / "hypothesis-weights.png", dpi=110)
    where = docs / "reference" / "hypothesis-weights.md"
    where.write_text(page(told), encoding="utf-8")
    return where


if __name__ == "__main__":
    keep_compiled_code()
    write(weighed(tell=lambda word: print(word, file=sys.stderr, flush=True)))
