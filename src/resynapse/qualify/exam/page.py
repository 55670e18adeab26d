"""The reference page of the exam, written from a run, failures first: `python -m resynapse.qualify.exam.page`.

With the path of a stored `exam.json` the page is written from that one; a second path is that of one
with prior draws.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...calibrate.questions.draws import Draws
from ...calibrate.questions.sitting import Candidate
from ...core.solver import keep_compiled_code
from ...report.exam_figure import draw_exam
from .exam import BEST, DEFAULT, DRAWS, Setting, examine, named
from .posterior_page import CLOSER, RULES, blamed, learnt, left
from .record import record
from .recorded import read

Record = Mapping[str, Any]
ROLES = ("build", "verify")
OTHERS = {"random": "random signs", "shuffled": "shuffled evidence", "null": "null model"}
_DOCS = Path(__file__).parents[4] / "docs"
_CHANGES = ("change", "none")
_FEW = 10
_SIGNS = {"met": "**{}**", "missed": "{}", "wide": "{} w", "not askable": ""}

_HEAD = """# The exam of the explanations

For research; not medical advice. Written from a run by `python -m resynapse.qualify.exam.page` ({draws} draws,
seed {seed}).

    resynapse compare --all --out exam          # the whole exam: matrix, page, figure, JSON
    resynapse compare --all --prior             # with draws that were not conditioned on build
    resynapse compare --hypothesis disinhibition hnk_ampa --draws 50

Every explanation is asked every mechanism observation on file (rows T01 to T24 may have shaped the model:
`build`; rows H01 to H16 only judge: `verify`). Value, word, mark and role are joined from the evidence library;
how each is asked stands in `src/resynapse/calibrate/questions/questions.toml`. Draws are {kind}: what an explanation's
values may still be once the seen build observations are known, and only those. **Its build score is therefore
in-sample**; verify is out of sample, and so is build with a study left out. **Nothing here is evidence for an
explanation**: the split was made with all outcomes in view, several values were set from the very studies that
are asked (T06, T08), and what was recalled is not counted at all.

![Every explanation at every question](../figures/exam.png)"""


def page(exam: Record, prior: Record | None = None) -> str:
    """The whole page; `prior` is an exam with prior draws, whose best blend stands beside."""
    kinds = sorted({own["draws"] for own in exam["hypotheses"].values()})
    head = _HEAD.format(draws=exam["draws"], seed=exam["seed"], kind=" and ".join(kinds))
    found = [*_failures(exam, prior), *_scores(exam), _misses(exam), *learnt(exam), *left(exam), _gains(exam)]
    return "\n\n".join([head, *found, _unasked(exam), CLOSER, RULES, _speed(exam)]) + "\n"


def _failures(exam: Record, prior: Record | None) -> Iterator[str]:
    """What did not come out: a few sentences, then tables."""
    told = exam["hypotheses"]
    yield "## What fails"
    first = (
        *_blend_lines(exam, prior),
        *_most_line(told),
        *_default_line(told),
        *_stable_line(told),
        *_verify_line(told),
    )
    yield "\n".join(f"- {line}" for line in first)
    yield from blamed(exam)
    yield _nobody(exam)
    yield _beaten(told)


def _blend_lines(exam: Record, prior: Record | None) -> Iterator[str]:
    if exam["blend"] is None:
        return
    own, blend = exam["hypotheses"][BEST], exam["blend"]
    build, verify = own["build"], own["verify"]
    aim = "meets" if blend["build_share"] >= 0.8 else "**misses**"
    who = f"The blend with open weights (`{BEST}`" if blend.get("on") else f"The best blend (`{BEST}`"
    yield (
        f"{who}; {_weights(blend)}) gets {build['met']} of {build['of']} seen build observations "
        f"({100 * blend['build_share']:.0f} %, {build['sample']}), which {aim} the aim of 80 %; on verify it gets "
        f"{verify['met']} of {verify['of']} (out of sample). With sizes that are met only by being wide it would be "
        f"{build['met'] + build['wide']} and {verify['met'] + verify['wide']}."
    )
    if own["held_out"]:
        held, before = own["held_out"], own["prior"]
        yield (
            f"With each study left out in turn it gets {held['met']} of {held['of']} "
            f"({held['met_trusted']} of the {held['of_trusted']} whose weights can be trusted), and with draws from "
            f"its prior, open weights included, {before['build']['met']} on build and {before['verify']['met']} "
            "on verify."
        )
    if prior and prior["blend"]:
        chosen = prior["hypotheses"][BEST]
        yield (
            f"Weights chosen on a grid and prior draws (`--prior`): {_weights(prior['blend'])} gets "
            f"{chosen['build']['met']} and {chosen['verify']['met']}."
        )


def _most_line(told: Record) -> Iterator[str]:
    """Which explanation on file, its weights as they are, meets most of build."""
    fixed = {name: own["build"] for name, own in told.items() if name != BEST and own["build"]["of"] > _FEW}
    if fixed:
        name = max(fixed, key=lambda n: fixed[n]["met"])
        met, of = fixed[name]["met"], fixed[name]["of"]
        same = [f"`{n}`" for n, own in fixed.items() if own["met"] == met]
        verify = ", ".join(str(told[n.strip("`")]["verify"]["met"]) for n in same)
        yield (
            f"Of the explanations on file, with their weights as they are, {' and '.join(same)} meet most: "
            f"{met} of {of} ({100 * met / of:.0f} %, {fixed[name]['sample']}); on verify {verify} of "
            f"{told[name]['verify']['of']}."
        )


def _weights(blend: Record) -> str:
    on = blend.get("on")
    if on:
        told = ", ".join(f"{n} {w:.2f} (on in {100 * on[n]:.0f} %)" for n, w in blend["weights"].items())
        return f"weights drawn with everything else; mean weight: {told}"
    told = ", ".join(f"{n} {w:g}" for n, w in blend["weights"].items())
    return f"weights chosen on build among {blend['tried']}: {told}"


def _default_line(told: Record) -> Iterator[str]:
    if DEFAULT in told:
        own = told[DEFAULT]
        yield (
            f"The default blend gets {own['build']['met']} of {own['build']['of']} on build ({own['build']['sample']}) "
            f"and {own['verify']['met']} of {own['verify']['of']} on verify "
            f"(at its typical values {own['typical']['build']} and {own['typical']['verify']})."
        )


def _stable_line(told: Record) -> Iterator[str]:
    """How far scores hang on which draws there were."""
    apart = {name: max(abs(a - b) for a, b in (own[r]["halves"] for r in ROLES)) for name, own in told.items()}
    worst = max(apart, key=lambda name: apart[name])
    yield f"Between two halves of the draws a score moves by {apart[worst]} at most (`{worst}`)."
    loose = [name for name, own in told.items() if own["posterior"] and not own["posterior"]["converged"]]
    if loose:
        yield f"The posterior of {', '.join(f'`{n}`' for n in loose)} has **not converged**."
    for name, own in told.items():
        if own["warning"]:
            yield f"`{name}` was asked with prior draws: {own['warning']}."


def _verify_line(told: Record) -> Iterator[str]:
    """Who beats everything out of sample."""
    best = [n for n, own in told.items() if all(found["beaten"] for found in own["beside"]["verify"].values())]
    who = ", ".join(f"`{n}`" for n in best) or "nobody"
    yield f"On verify, random signs, shuffled evidence and the null model are all beaten by {who}."


def _nobody(exam: Record) -> str:
    """Seen questions that no explanation meets, with whoever comes nearest."""
    told = exam["hypotheses"]
    lines = ["| nobody meets | role | nearest | of its draws |", "| --- | --- | --- | --- |"]
    for q in (q for q in exam["questions"] if q["mark"] == "seen"):
        cells = {n: own["cells"][q["id"]] for n, own in told.items() if "share" in own["cells"][q["id"]]}
        if cells and all(c["verdict"] != "met" for c in cells.values()):
            name = max(cells, key=lambda n: cells[n]["share"])
            lines.append(f"| {q['id']}: {q['asks']} | {q['role']} | `{name}` | {100 * cells[name]['share']:.0f} % |")
    return "\n".join(lines)


def _beaten(told: Record) -> str:
    """Who beats what: + beaten, - not."""
    heads = [f"{role}: {words}" for role in ROLES for words in OTHERS.values()]
    lines = [f"| beats (+) or not (-) | {' | '.join(heads)} |", "| --- " * (len(heads) + 1) + "|"]
    for name, own in told.items():
        marks = ["+" if own["beside"][r][w]["beaten"] else "-" for r in ROLES for w in OTHERS]
        lines.append(f"| `{name}` | {' | '.join(marks)} |")
    words = (
        "On build both sides are in-sample: the null model was fitted to the same rows, and shuffled evidence is dealt "
        "to answers that were conditioned on the true one. On verify nothing is."
    )
    return "\n".join(lines) + f"\n\n{words}"


def _scores(exam: Record) -> Iterator[str]:
    """A table a role: with these draws, with prior draws, at one point, and what others get."""
    yield "## Scores\n\nOf what was seen and can be asked; left out: each study held out in turn."
    for role in ROLES:
        heads = ("posterior", "left out", "prior", "typical", "one draw", "random", "shuffled, 95 %", "null model")
        lines = [f"| {role} | {' | '.join(heads)} |", "| --- " * (len(heads) + 1) + "|"]
        rows = [_score(name, own, role) for name, own in exam["hypotheses"].items()]
        yield "\n".join([*lines, *rows, _null(exam["null_model"][role])])
    yield _apart(exam)


def _score(name: str, own: Record, role: str) -> str:
    s, b, before = own[role], own["beside"][role], own["prior"]
    held = own["held_out"]["met"] if own["held_out"] and role == "build" else ""
    now, then = (f"{s['met']} of {s['of']}", str(before[role]["met"])) if before else ("", f"{s['met']} of {s['of']}")
    others = [
        f"{b['random']['expected']:.1f}",
        f"{b['shuffled']['high']:.0f}",
        f"{b['null']['null']} of {b['null']['of']}",
    ]
    cells = [now, str(held), then, str(own["typical"][role]), f"{s['expected_of_a_draw']:.1f}", *others]
    return f"| `{name}` | {' | '.join(cells)} |"


def _null(score: Record) -> str:
    cells = [f"{score['met']} of {score['of']}", "", "", "", f"{score['expected_of_a_draw']:.1f}", "", "", ""]
    return f"| null model | {' | '.join(cells)} |"


def _apart(exam: Record) -> str:
    """Changes and no changes apart, and what does not count: wide sizes, what cannot be asked, what was recalled."""
    heads = [f"{role}: {words}" for role in ROLES for words in ("something changed", "nothing changed")]
    lines = [f"| apart | {' | '.join(heads)} | wide | not askable | recalled |", "| --- " * 8 + "|"]
    for name, own in (*exam["hypotheses"].items(), ("null_model", exam["null_model"])):
        met, of = (sum(own[r]["recalled"][k] for r in ROLES) for k in ("met", "of"))
        wide, unasked = (sum(own[r][k] for r in ROLES) for k in ("wide", "not_askable"))
        parts = [f"{own[r]['by_change'][k]['met']} of {own[r]['by_change'][k]['of']}" for r in ROLES for k in _CHANGES]
        lines.append(f"| `{name}` | {' | '.join(parts)} | {wide} | {unasked} | {met} of {of} |")
    return (
        "\n".join(lines) + "\n\nWhoever does nothing meets for free that nothing changed; look at what changed first."
    )


def _misses(exam: Record) -> str:
    told = exam["hypotheses"]
    names = [n.replace("_", " ") for n in told]
    words = (
        "Share of draws that agree (%), of every question that was seen: **bold** is met, plain is missed, w is met "
        "only because it is wide, empty cannot be asked."
    )
    lines = [
        f"## What each missed\n\n{words}\n",
        f"| question | {' | '.join(names)} |",
        "| --- " * (len(told) + 1) + "|",
    ]
    for q in (q for q in exam["questions"] if q["mark"] == "seen" and not q["not_askable"]):
        cells = [_shared(own["cells"][q["id"]]) for own in told.values()]
        lines.append(f"| {q['id']} ({q['role']}): {q['asks']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _shared(cell: Record) -> str:
    return _SIGNS[cell["verdict"]].format(f"{100 * cell['share']:.0f}" if "share" in cell else "")


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
    prior = json.loads(Path(words[1]).read_text(encoding="utf-8")) if len(words) > 1 else None
    exam = stored or _taken(named(None), Setting(kept=read()))
    prior = prior or (None if stored else _taken((), Setting()))
    (_DOCS / "reference" / "exam.md").write_text(page(exam, prior), encoding="utf-8")
    draw_exam(exam).savefig(_DOCS / "figures" / "exam.png", dpi=110)


def _taken(who: tuple[Candidate, ...], setting: Setting) -> dict[str, Any]:
    return record(examine(who, Draws(range(DRAWS)), setting))


if __name__ == "__main__":
    main(sys.argv[1:])
