"""Writes `docs/reference/hypothesis-weights.md` and its figure: `python -m resynapse.qualify.stacking.page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.solver import keep_compiled_code
from ...report.weights_figure import draw_weights
from .record import weighed

Record = Mapping[str, Any]
DOCS = Path(__file__).parents[4] / "docs"
_HEAD = """# Explanations weighed

For research; not medical advice. Written from a run by `python -m resynapse.qualify.stacking.page` ({draws} posterior
draws of each explanation, seed {seed}).

    resynapse compare --weights                       # table and verdict
    resynapse compare --weights --out DIR --json      # everything as JSON, figure in DIR

Every explanation on file is conditioned on the same seen *build* rows of the mechanism evidence (sequential Monte
Carlo, as in [the exam](exam.md)), and then asked what it thinks of *verify* rows that it never saw. Stacking gives
the weights with which the mixture of all of them predicts these rows best; pseudo-BMA with a Bayesian bootstrap
stands beside for comparison. Build rows never enter here.

![Weights, one averaged prediction, and its variance within and between explanations](../figures/hypothesis-weights.png)
"""
_HOW = """## How, and what is assumed

- A study's density is that of all its rows together: the mean over draws of the product of their likelihoods. Studies
  that share people count once.
- The likelihood is the exam's: a direction is a measurement with an assumed error, a size is normal around the
  prediction, and with one chance in ten an observation says nothing. These shares are assumed.
- Many verify rows say that nothing changed (11 of 25). An explanation in which the drug does little meets them for
  nothing: this is why `expectancy_only` and explanations with weak effects in people do well here, and it is no
  evidence that they are right.
- The intervals draw the studies anew with replacement (1,000 times, 90 %). They say how far the weights hang on which
  studies there are.
- `default_blend` is the default chain. It is weighed like the others and keeps no privilege.
- The split into build and verify was made with all outcomes in view. It is not blind.
- Relief above 1 means that a chain overshoots the healthy state. That is a fault of these explanations over their
  posterior draws, not a finding.

## What is not known

- Only the mechanism rows are in these weights. The clinical rows (response, relapse, time courses of trials) are not
  joined yet: that takes a calibrated clinical layer for every explanation, and `Densities.joined` takes its studies
  when it is there.
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
            *_studies(told),
            *_prediction(told),
            _HOW,
        ]
    )


def _failures(told: Record) -> Iterator[str]:
    s, most = told["scores"], _sorted(told)[0]
    yield "## What fails\n"
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
    yield _blind(told)


def _default(told: Record) -> Iterator[str]:
    default = told["hypotheses"].get("default_blend")
    if default:
        yield (
            f"- The default chain gets {default['weight']:.2f} ({default['low']:.2f} to {default['high']:.2f}): "
            "some rival predicts these rows better wherever it does well."
        )


def _blind(told: Record) -> str:
    """Which studies nobody predicts better than somebody who finds every word equally likely."""
    words = [s for s in told["studies"] if s["blind"] is not None]
    lost = [s["study"] for s in words if max(s["log_density"].values()) < s["blind"]]
    average, blind = (sum(s[k] for s in words) for k in ("left_out", "blind"))
    return (
        f"- Of {len(words)} studies that say words and no sizes, no explanation predicts these better than somebody "
        f"who finds every word equally likely: {', '.join(lost) or 'none'}. Over all of them the average has "
        f"{average:.1f} (each left out in turn), such a guess {blind:.1f}.\n"
    )


def _notes(told: Record) -> Iterator[str]:
    yield from (f"> {note}\n>" for note in told["notes"])
    yield ""


def _sorted(told: Record) -> list[tuple[str, Record]]:
    return sorted(told["hypotheses"].items(), key=lambda pair: -pair[1]["weight"])


def _weights(told: Record) -> Iterator[str]:
    yield "## Weights\n"
    yield "| explanation | weight | 90 %, studies drawn anew | above 0.01 | pseudo-BMA | log score |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, one in _sorted(told):
        ends = f"{one['low']:.2f} to {one['high']:.2f}"
        rest = f"{100 * one['ever']:.0f} % | {one['pseudo_bma']:.2f} | {one['log_score']:.1f}"
        yield f"| `{name}` | {one['weight']:.2f} | {ends} | {rest} |"
    yield ""
    yield from (
        f"`{name}` is not weighed: it {why}, since it is for people only.\n"
        for name, why in told["not_weighed"].items()
    )
    s = told["scores"]
    yield "| log score over all studies | chosen on them | each study left out in turn |"
    yield "| --- | --- | --- |"
    yield f"| stacked average | {s['average']:.1f} | {s['average_left_out']:.1f} |"
    yield f"| equal weights | {s['equal']:.1f} | {s['equal']:.1f} |"
    yield f"| best explanation alone (`{s['best']}`) | {s['best_alone']:.1f} | {s['best_left_out']:.1f} |\n"


def _studies(told: Record) -> Iterator[str]:
    yield "## Studies\n"
    yield "| study | rows | predicted best by | average | left out | default chain |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for s in told["studies"]:
        default = s["log_density"].get("default_blend")
        numbers = f"{s['average']:.2f} | {s['left_out']:.2f} | {'' if default is None else f'{default:.2f}'}"
        yield f"| {s['study']} | {', '.join(s['rows'])} | `{s['best']}` | {numbers} |"
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
