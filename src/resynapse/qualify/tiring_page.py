"""The part of the page of compounds about a theory in which a lasting drive tires, failures included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .comparators import Course
from .tiring import (
    DRAWN,
    DRAWS,
    NAME,
    THEORIES,
    TRAPPED,
    Compared,
    by_habenula,
    by_time,
    compared,
    ketamines,
    mice,
    reasons,
)

_DAY, _WEEK = 24.0, 168.0
_STRONG = ("ketamine, once", "memantine, 8 weeks", "lanicemine", "PCP")
_HEAD = f"""## Under a theory in which a lasting burst is braked

[`{NAME}`](hypotheses/{NAME}.md) was made **with the failures above in view**: that it mends some of them is
no evidence for it, and the rows of the exam about memantine and lanicemine (H04, H05) are no test of it. It changes two
rooms. A *brake* on release (mGlu2/3 autoreceptors and whatever else adapts) takes 80 % of a drive that lasts,
with a time constant of 2 h. A *ceiling* lets surface AMPA receptors double at most, where under memantine the default
chain has nine times as many. The brake's values were written down before a comparator was run with it; the ceiling
was added when the brake alone had been seen to fail, and its value written down before it was run. Ranges are wide:
half to all of the drive, half an hour to a day, 1.5 to 3 times.

Despair at 24 h after the last dose, by theory. *Weaker*: share of {DRAWS} prior draws of everything that is assumed in
which the drug relieves less (by more than 0.02) than one infusion of ketamine does in the same draw."""
_STILL = """As long as one of these drugs is there the habenula is held still, and there nothing tires. Leaking: every
drug leaves a closed channel as easily as lanicemine does. That changes nothing while a level lasts; it is ketamine,
gone by then, that loses. With the habenula out of reach the burst is left, and the order stays. No measurement of
memantine or lanicemine in the habenula is on file here."""
_LONG = """Hours count from the last dose; for the long infusion from its beginning: 24 h lies within it, 7 d is
three days after its end. One infusion keeps most of its effect, six lose more of theirs. The long infusion is
**hardly tired by the brake**: full synapses hear the little that is left all the louder, and only the ceiling bounds
that. In twenty people 96 h and 40 min both helped, and lasting response went with higher levels (`lenze2016`). That is
too few to tell the columns apart, and no sign that a burst must be short."""


def tiring() -> Iterator[str]:
    """The sections, one text each."""
    found = compared()
    yield _HEAD
    yield _table(found)
    yield from _verdict({c.given.words: c for c in found})
    yield "**Why the rest stays strong.** Despair at 24 h with another habenula:"
    yield _grid("habenula", by_habenula())
    yield _STILL
    yield "With a brake that takes hold faster or more slowly:"
    yield _grid("brake", {f"{tau:g} h": courses for tau, courses in by_time().items()})
    yield _mice()
    yield _ketamine()
    yield _LONG


def _table(found: Sequence[Compared]) -> str:
    shares = [f"weaker: {name}" for name in DRAWN]
    head = ["given", *THEORIES, *shares, f"why, under `{NAME}`"]
    rows = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    return "\n".join([*rows, *(_row(c, found[0]) for c in found)])


def _row(c: Compared, ketamine: Compared) -> str:
    own = c is ketamine
    despair = " | ".join(f"{c.despair(name):.2f}" for name in THEORIES)
    shares = " | ".join("" if own else _share(c, name) for name in DRAWN)
    why = "" if own else "; ".join(reasons(c, ketamine))
    return f"| {c.given.words} | {despair} | {shares} | {why} |"


def _two(c: Compared, theory: str = NAME) -> str:
    return f"{c.despair(theory):.2f}"


def _share(c: Compared, theory: str = NAME) -> str:
    return f"{100 * c.weaker[theory]:.0f} %"


def _verdict(by: Mapping[str, Compared]) -> Iterator[str]:
    starts = ("ketamine", "memantine 20 mg oral", "memantine 20 mg a", "lanicemine", "rapastinel", "psilocybin", "mdma")
    ket, once, daily, lan, rap, psi, mdma = (next(c for w, c in by.items() if w.startswith(s)) for s in starts)
    yield f"""**What comes out weaker.** *Memantine*, one dose ({_two(once)} against {_two(ket)}): its block
is too small, and magnesium keeps it from resting receptors. *Rapastinel* ({_two(rap)}): it acts on principal
cells and releases nothing. Both did so without the brake. Amphetamine and MDMA, by the brake: surely at these values,
over the draws about half of the time (MDMA {_share(mdma)}, default {_share(mdma, "default")})."""
    yield f"""**What does not.** *Lanicemine* goes from {_two(lan, "default")} to {_two(lan)}, close to ketamine
and a little stronger still: weaker in {_share(lan)} of the draws (default {_share(lan, "default")}). With its low
trapping beside the brake it comes level ({_two(lan, TRAPPED)} against {_two(ket, TRAPPED)}; not drawn).
*Memantine* taken daily comes to {_two(daily)} instead of {_two(daily, "default")} and
stays far stronger than ketamine (weaker in {_share(daily)}). Both are **missed**, and PCP and traxoprodil with
them. The brake alone would leave memantine at {_two(daily, "brake alone")}: a little glutamate over weeks feeds on
the AMPA receptors that it makes."""
    yield f"""**What it costs.** *Psilocybin*, which treats, goes from {_two(psi, "default")} to {_two(psi)}: if it
treats, then not by a burst. After a week of daily MK-801 a dose no longer raises glutamate in mice (`zuo2006`);
this brake lets go within a day, so it is **not** what that week left."""


def _grid(what: str, found: Mapping[str, Sequence[Course]]) -> str:
    rows = [[name, *(f"{c.despair[_DAY]:.2f}" for c in courses)] for name, courses in found.items()]
    return _lined([what, *_STRONG], rows)


def _mice() -> str:
    found = mice()
    given = [c.given.words for c in found["default"]]
    rows = [[words, *(f"{c[i].despair[_DAY]:.2f}" for c in found.values())] for i, words in enumerate(given)]
    said = "Memantine at 20 mg/kg did nothing in mice (`gideons2014`): **missed** under both."
    return _lined(["given, mice", *found], rows) + f"\n\n{said}"


def _ketamine() -> str:
    found = ketamines()
    given = [c.given.words for c in found["default"]]
    ends = ((_DAY, "24 h"), (_WEEK, "7 d"))
    rows = [
        [words, *(f"{c[i].despair[at]:.2f}" for c in found.values() for at, _ in ends)] for i, words in enumerate(given)
    ]
    return _lined(["ketamine itself", *(f"{name}, {word}" for name in found for _, word in ends)], rows)


def _lined(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + " --- |" * len(head), *lines[1:]])
