"""What the page of the exam says about posterior draws: how they came about, what they know, what they miss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .exam import BEST, DEFAULT

Record = Mapping[str, Any]

RULES = """## How it is marked

- **Prior draws.** Every value that a parameter file gives a range is drawn from a triangle over it with its top at
  the value (on the log scale where the range is positive), by address, so that explanations share draws.
  Measured constants without an error, and estimates without one, stay as they are. Weights of drives are
  choices and are not drawn, but for the best blend: there each is 0 with one chance in two, else half-normal with
  SD 1. Mood's references are set anew in each draw.
- **Posterior draws.** The same, conditioned on the seen build observations by sequential Monte Carlo (tempering,
  two islands; `python -m resynapse.qualify.exam.condition`). Only values that move a build answer are conditioned.
  The likelihood, all of it assumed here: an effect is measured with an SD of half its port's tolerance, and a
  direction is what comes out; a word beside a reference is the product of its parts; a size is normal with the
  observation's SD and a tenth of its value on top; and with one chance in ten an observation says nothing.
  Observations count as independent though several share a study. Draws lie in the package with a digest of the values,
  ranges and questions that they hang on; where it does not fit any more, prior draws are taken with a warning.
- **Left out.** Posterior draws are weighed by one over the likelihood of a study's rows; fewer than 20 effective
  draws cannot be trusted.
- **A direction** (`up`, `down`, `none`) is met when at least 80 % of the draws agree. A change smaller than the
  tolerance of the port is none.
- **Blocked, lost, attenuated**: the effect that should be lost is there (beyond tolerance), and less than half
  of it is left. **Kept, rescued**: at least half of it is there. Both at once, in at least 80 % of the draws.
- **A size** is met when the mean over draws lies within two combined SD (of the draws and of the observation:
  the printed error, at least 25 % of the value). Where it lies there only because the draws differ widely
  (their SD above twice that of the observation, or the mean beyond two SD of the observation alone) it is
  called *wide* and **not counted as met**.
- **Beside it**, on the same questions: random signs (rise, fall or nothing with equal chance, the size granted;
  counted exactly), the expected score of a single draw, the same answers against observations dealt anew among
  questions of one type (95th percentile of 2000 deals), and the null model: eight numbers, an effect
  compartment, an Emax curve and two turnovers, fitted to seen build observations. It ignores every blocker, and
  all brain measures are one marker to it.
- **Not askable** is not missed, and stands apart with its reason; a chain for people only is asked few
  questions."""


CLOSER = """## Three answers looked at more closely

- **MK-801 beforehand (H14)** is given: 0.1 mg/kg, half an hour earlier, and what follows is set against untreated
  animals. In the default mouse chain at its typical values 0.019 umol/L of it are free in the brain half an hour after
  the dose, and it relieves by itself as much as ketamine does (despair 1 to 0.15 at 24 h), where the study calls it no
  antidepressant: only competition for one site is in the chain, not that some activity of NMDA receptors is needed.
  Set against animals with MK-801 the row would be met, and for the wrong reason.
- **Memantine, 20 mg/kg in mice (H04)**, drives despair to -1.7, out of the port's range. Exposure is not the reason:
  free brain memantine peaks at 2.9 umol/L with the loss that microdialysis found in rats, and a quarter of the dose
  still gives -0.7. The reason is the chain: interneurons stay blocked for hours (after ketamine for less than one),
  BDNF and mTORC1 integrate that, and surface AMPA receptors rise to three times the healthy rest since nothing there
  saturates or tires. Nothing was tuned; `braked_burst` is the rival that tires, and it misses the row too. Whatever is
  asked of long-lasting blockers (lanicemine, H05) hangs on it.
- **An antibody against BDNF (T20)** was given to rats and is asked of mice here."""


def _speaker(exam: Record) -> str:
    """Of whom details are told: the best blend, or whoever comes first."""
    told = exam["hypotheses"]
    return next((n for n in (BEST, DEFAULT) if n in told and told[n]["posterior"]), "")


def blamed(exam: Record) -> Iterator[str]:
    """Why the best blend misses build rows though it was conditioned on them."""
    name = _speaker(exam)
    if not name:
        return
    asks = {q["id"]: q["asks"] for q in exam["questions"]}
    cells, own = exam["hypotheses"][name]["cells"], exam["hypotheses"][name]["why"]
    lines = [
        f"Why `{name}` misses build rows that it was conditioned on (share of draws that agree: prior, given that row "
        "alone, given all):\n",
        "| row | prior | alone | all | why |",
        "| --- | --- | --- | --- | --- |",
    ]
    for i, w in own.items():
        shares = " | ".join(f"{100 * v:.0f} %" for v in (w["prior"], w["alone"], cells[i]["share"]))
        wide = ", too wide" if cells[i]["verdict"] == "wide" else ""
        lines.append(f"| {i}: {asks[i]} | {shares} | {w['words']}{wide} |")
    yield "\n".join(lines)


def learnt(exam: Record) -> Iterator[str]:
    """How every posterior came about, and which values the data tell something about."""
    told = {n: own["posterior"] for n, own in exam["hypotheses"].items() if own["posterior"]}
    if not told:
        return
    lines = [
        "## What the draws learnt\n",
        "Converged: two islands that share nothing but the powers agree on every value and on the likelihood (ratio at "
        "most 1.1) and on what is met (row gap at most 15 %). The evidence is the log of the chance of the build rows "
        "over the prior, by island: higher is better, and a wider prior pays for its width.\n",
        "| explanation | converged | draws | powers | least effective | accepted | memory | ratio | row gap "
        "| log evidence | values moved | not identified |",
        "| --- " * 12 + "|",
        *(_diagnosed(n, p) for n, p in told.items()),
    ]
    yield "\n".join(lines)
    yield from _narrowed(exam)


def _diagnosed(name: str, p: Record) -> str:
    islands, each = p["islands"]
    evidence = ", ".join(f"{e:.1f}" for e in p["log_evidence"])
    cells = [
        "yes" if p["converged"] else "**no**",
        f"{islands} x {each}",
        str(len(p["powers"]) - 1),
        f"{100 * p['least_effective_share']:.0f} %",
        f"{100 * p['accepted']:.0f} %",
        f"{p['memory']:.2f}",
        f"{p['disagreement']:.2f}",
        f"{100 * p['row_gap']:.0f} %",
        evidence,
        str(p["moved"]),
        str(p["not_identified"]),
    ]
    return f"| `{name}` | {' | '.join(cells)} |"


def _narrowed(exam: Record) -> Iterator[str]:
    name = _speaker(exam)
    if not name:
        return
    unknown = exam["hypotheses"][name]["posterior"]["not_identified"]
    lines = [
        f"The values of `{name}` that the build rows tell most about. Width is the posterior SD as a share of the "
        "prior's, shift how far the mean went (prior SD). Every other value that moves an answer keeps more than that; "
        f"{unknown} keep over 90 % and are not identified.\n",
        "| value | width | shift |",
        "| --- | --- | --- |",
    ]
    narrow = exam["hypotheses"][name]["posterior"]["narrowest"]
    yield "\n".join([*lines, *(f"| `{v['address']}` | {v['width']:.2f} | {v['shift']:+.2f} |" for v in narrow)])


def left(exam: Record) -> Iterator[str]:
    """Every study left out in turn."""
    name = _speaker(exam)
    if not name:
        return
    lines = [
        f"## With a study left out\n\nWhat `{name}` says of a study's rows when that study had no say.\n",
        "| study | met | of | not met | effective draws | trusted |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for s in exam["hypotheses"][name]["held_out"]["studies"]:
        missed = ", ".join(i for i in s["rows"] if i not in s["met"]) or "none"
        numbers = f"{s['effective']:.0f} | {'yes' if s['trusted'] else '**no**'}"
        lines.append(f"| {s['study']} | {len(s['met'])} | {len(s['rows'])} | {missed} | {numbers} |")
    yield "\n".join(lines)
