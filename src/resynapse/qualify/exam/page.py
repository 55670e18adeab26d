"""The reference page of the exam, written from a run, failures first: `python -m resynapse.qualify.exam.page`.

With the path of a stored `exam.json` the page is written from that one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.solver import keep_compiled_code
from ...report.exam_figure import draw_exam
from .exam import BEST, DEFAULT, DRAWS, Draws, examine, named

Record = Mapping[str, Any]
ROLES = ("build", "verify")
_DOCS = Path(__file__).parents[4] / "docs"
_WORDS = {"random": "random signs", "shuffled": "shuffled evidence", "null": "the null model"}

_HEAD = """# The exam of the explanations

For research; not medical advice. Written from a run by `python -m resynapse.qualify.exam.page` ({draws} draws,
seed {seed}).

    resynapse compare --all --out exam          # the whole exam: matrix, page, figure, JSON
    resynapse compare --hypothesis disinhibition hnk_ampa --draws 50

Every explanation is asked every mechanism observation on file (rows T01 to T24 may have shaped the model:
`build`; rows H01 to H16 only judge: `verify`). Value, word, mark and role are joined from the evidence library;
how each is asked stands in `src/resynapse/qualify/exam/questions.toml`. **Nothing here is evidence for an
explanation**: the split was made with all outcomes in view, several values were set from the very studies that
are asked (T06, T08), and what was recalled is not counted at all.

![Every explanation at every question](../figures/exam.png)"""

_RULES = """## How it is marked

- **Draws.** Every value that a parameter file gives a range is drawn from a triangle over it with its top at
  the value (on the log scale where the range is positive), by address, so that explanations share draws.
  Measured constants without an error, and estimates without one, stay as they are. Weights of drives are
  choices and are not drawn. Mood's references are set anew in each draw. These are prior draws: nothing was
  conditioned on data.
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


def page(exam: Record) -> str:
    """The whole page."""
    head = _HEAD.format(draws=exam["draws"], seed=exam["seed"])
    found = [*_failures(exam), _scores(exam), *_misses(exam), _gains(exam), _unasked(exam)]
    parts = [head, *found, _RULES, _speed(exam)]
    return "\n\n".join(parts) + "\n"


def _failures(exam: Record) -> Iterator[str]:
    """What did not come out, in words."""
    told = exam["hypotheses"]
    yield "## What fails"
    first = (*_blend_line(exam), *_default_line(told), *_stable_line(told))
    lines = [f"- {line}" for line in (*first, *_nobody(exam), *_unbeaten(told))]
    yield "\n".join(lines)


def _blend_line(exam: Record) -> Iterator[str]:
    blend = exam["blend"]
    if blend is None:
        return
    own = exam["hypotheses"][BEST]
    build, verify = own["build"], own["verify"]
    aim = "meets" if blend["build_share"] >= 0.8 else "**misses**"
    weights = ", ".join(f"{n} {w:g}" for n, w in blend["weights"].items())
    yield (
        f"The best blend of drives (chosen on build alone among {blend['tried']}: {weights}) gets "
        f"{build['met']} of {build['of']} seen build observations "
        f"({100 * blend['build_share']:.0f} %), which {aim} the aim of 80 %; on verify it gets "
        f"{verify['met']} of {verify['of']}. With sizes that are met only by being wide it would be "
        f"{build['met'] + build['wide']} and {verify['met'] + verify['wide']}. At the typical values alone it "
        f"would be {own['typical']['build']} and {own['typical']['verify']}: "
        "what holds at one point does not hold over what is not known."
    )


def _default_line(told: Record) -> Iterator[str]:
    if DEFAULT in told:
        own = told[DEFAULT]
        yield (
            f"The default blend gets {own['build']['met']} of {own['build']['of']} on build and "
            f"{own['verify']['met']} of {own['verify']['of']} on verify "
            f"(at its typical values {own['typical']['build']} and {own['typical']['verify']})."
        )


def _stable_line(told: Record) -> Iterator[str]:
    """How far scores hang on which draws there were."""
    apart = {name: max(abs(a - b) for a, b in (own[r]["halves"] for r in ROLES)) for name, own in told.items()}
    worst = max(apart, key=lambda name: apart[name])
    yield f"Between two halves of the draws a score moves by {apart[worst]} at most (`{worst}`)."


def _nobody(exam: Record) -> Iterator[str]:
    """Seen questions that no explanation meets."""
    cells = [h["cells"] for h in exam["hypotheses"].values()]
    for q in (q for q in exam["questions"] if q["mark"] == "seen"):
        verdicts = {c[q["id"]]["verdict"] for c in cells}
        if "met" not in verdicts and verdicts != {"not askable"}:
            yield f"Nobody meets {q['id']} ({q['role']}): {q['asks']}."


def _unbeaten(told: Record) -> Iterator[str]:
    for name, own in told.items():
        for role in ROLES:
            lost = [_WORDS[w] for w, found in own["beside"][role].items() if not found["beaten"]]
            if lost:
                yield f"`{name}` does not beat {', '.join(lost)} on {role}."


def _scores(exam: Record) -> str:
    lines = [
        "## Scores\n",
        "| explanation | build | at typical values | one draw | random | shuffled, 95 % | null model "
        "| verify | at typical values | one draw | random | shuffled, 95 % | null model "
        "| wide | not askable | recalled |",
        "| --- " * 16 + "|",
    ]
    return "\n".join([*lines, *(_score(name, own) for name, own in exam["hypotheses"].items()), _null(exam)])


def _score(name: str, own: Record) -> str:
    cells = [f"`{name}`"]
    for role in ROLES:
        s, b = own[role], own["beside"][role]
        cells += [f"{s['met']} of {s['of']}", f"{own['typical'][role]}", f"{s['expected_of_a_draw']:.1f}"]
        cells += [f"{b['random']['expected']:.1f}", f"{b['shuffled']['high']:.0f}"]
        cells += [f"{b['null']['null']} of {b['null']['of']}"]
    return "| " + " | ".join([*cells, *_apart(own)]) + " |"


def _apart(own: Record) -> list[str]:
    recalled = [sum(own[r]["recalled"][k] for r in ROLES) for k in ("met", "of")]
    wide, unasked = (sum(own[r][k] for r in ROLES) for k in ("wide", "not_askable"))
    return [str(wide), str(unasked), f"{recalled[0]} of {recalled[1]}"]


def _null(exam: Record) -> str:
    own = exam["null_model"]
    cells = ["null model"]
    for role in ROLES:
        s = own[role]
        cells += [f"{s['met']} of {s['of']}", "", f"{s['expected_of_a_draw']:.1f}", "", "", ""]
    return "| " + " | ".join([*cells, *_apart(own)]) + " |"


def _misses(exam: Record) -> Iterator[str]:
    yield "## What each missed\n\nOf what was seen; predicted mean (SD over draws), share of draws that agree."
    asked = {q["id"]: q for q in exam["questions"] if q["mark"] == "seen"}
    for name, own in exam["hypotheses"].items():
        found = [(asked[i], c) for i, c in own["cells"].items() if i in asked and c["verdict"] in ("missed", "wide")]
        lines = [f"- {q['id']} ({q['role']}), {q['asks']}: {_predicted(c)}" for q, c in found]
        yield f"### {name}\n\n{own['claim']}\n\n" + ("\n".join(lines) or "Nothing.")


def _predicted(cell: Record) -> str:
    beside = "" if cell["reference"] is None else f", beside {cell['reference']:.3g}"
    share = f"{100 * cell['share']:.1f} % agree"
    return f"{cell['mean']:.3g} ({cell['sd']:.2g}){beside}, {share}{', wide' if cell['verdict'] == 'wide' else ''}"


def _gains(exam: Record) -> str:
    lines = [
        "## Which experiment would tell them apart\n",
        "Expected information about which explanation is right (bits), from what each predicts over its draws and "
        "a measurement as noisy as its tolerance. Belief by build score weighs the explanations by their share of "
        "build observations met.\n",
        "| experiment | done | equal belief | belief by build score | explanations |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows = [
        f"| {g['id']}: {g['asks']} | {'yes' if g['done'] else 'no'} | {g['bits_equal']:.2f} | "
        f"{g['bits_by_score']:.2f} | {g['hypotheses']} |"
        for g in [*exam["gain"][:12], *(g for g in exam["gain"][12:] if not g["done"])]
    ]
    return "\n".join([*lines, *rows])


def _unasked(exam: Record) -> str:
    """Reasons why cells are empty, with the questions and how many explanations they stop."""
    reasons: dict[str, dict[str, int]] = {}
    for own in exam["hypotheses"].values():
        for i, cell in own["cells"].items():
            if cell["verdict"] == "not askable":
                counts = reasons.setdefault(cell["reason"], {})
                counts[i] = counts.get(i, 0) + 1
    lines = [f"- {why}: {', '.join(f'{i} ({n})' for i, n in ids.items())}" for why, ids in sorted(reasons.items())]
    return "## What cannot be asked\n\nIn brackets: of how many explanations.\n\n" + "\n".join(lines)


def _speed(exam: Record) -> str:
    seconds = exam["seconds"]
    parts = ", ".join(f"{name} {s:.1f}" for name, s in seconds.items())
    return (
        f"## How long it took\n\n{sum(seconds.values()):.0f} s in this run, {exam['cpu_seconds']:.0f} s of one "
        f"processor: {parts}. Draws are people to the printed "
        "kernel; explanations that differ by values share one. What limits is compiling a kernel for each chain and "
        "way of dosing on a first run, the search for a blend, and the fit of the null model."
    )


def main(words: Sequence[str]) -> None:
    """Write the page into the documentation, from a stored exam where one is named, else from a new one."""
    keep_compiled_code()
    stored = json.loads(Path(words[0]).read_text(encoding="utf-8")) if words else None
    exam = stored or examine(named(None), Draws(range(DRAWS))).record()
    (_DOCS / "reference" / "exam.md").write_text(page(exam), encoding="utf-8")
    draw_exam(exam).savefig(_DOCS / "figures" / "exam.png", dpi=110)


if __name__ == "__main__":
    main(sys.argv[1:])
