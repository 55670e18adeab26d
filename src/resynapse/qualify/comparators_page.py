"""The reference page of the other compounds, written from their folders and from what the chain says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..compound.companion import Companion, companions
from ..core.solver import keep_compiled_code
from .comparators import (
    BALANCE_PORTS,
    POOL_PORTS,
    TRIALS,
    Course,
    balance_courses,
    hnk_gap,
    lanicemine_by_binding,
    lanicemine_leaving_early,
    occupancy_ratio,
    psychedelic_courses,
    rival_courses,
    trial_courses,
)
from .tiring_page import tiring

_DAY = 24.0
_RATIOS = (0.001, 0.1, 0.4, 1.0, 2.0, 4.0)
_HEAD = """# The other compounds

For research; not medical advice. Written by `python -m resynapse.qualify.comparators_page` from the folders
`src/resynapse/compound/<name>/` and from what the chain says. How to [add one](../how-to/add-a-compound.md).

Three doors. **Ketamine and its relatives** (ketamine, esketamine, arketamine, norketamine, (2R,6R)- and (2S,6S)-HNK)
are drugs of a regimen: `resynapse simulate --drug`. **Slow antidepressants** are tablets of `slow_chain()`.
**Everything else** is company: it is added to any chain that has receptors, the default one or a hypothesis, alone or
with ketamine.

    resynapse compounds                  # all of them; --json for programs
    resynapse compounds memantine        # one of them

```python
from resynapse.chains import default_chain
from resynapse.company import company_happenings, with_company

chain = with_company(default_chain("human"), ["memantine", "midazolam"])
dose = company_happenings(chain, "memantine", "oral", "20 mg", 0.0, None, weight_kg=70.0)
```

No affinity, level or gain below was chosen by what it does to mood. What fails stands as it came out."""

_READING = """## At the doses of their trials

Default human chain with the values before any calibration, so that all theories stand on the same ground: people's
calibrated values were fitted to ketamine under one of them. Somebody depressed (despair 1; health 0). Largest free
level in racemic ketamine's terms, largest block of each pool, largest prefrontal glutamate, despair after the last
dose. Despair has no floor in this theory.

| given | C, umol/L | interneurons | pyramidal | resting | glutamate | despair, 24 h | 7 d |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def page() -> str:
    """The whole page; it takes some minutes."""
    parts = [_HEAD, *_trials(), *_rivals(), *tiring(), *_hnk(), *_ratio(), *_balance(), *_psychedelics()]
    parts += ["\n".join(_section(found)) for found in companions().values()]
    return "\n\n".join(parts) + "\n"


def told(found: Companion) -> str:
    """One compound for the terminal."""
    return "\n".join(_section(found)).removeprefix("## ")


def _trials() -> Iterator[str]:
    courses = (*trial_courses(), lanicemine_by_binding(), lanicemine_leaving_early())
    yield "\n".join([_READING, *(_row(c) for c in courses)])
    yield _reasons({c.given.words: c for c in courses})


def _row(c: Course) -> str:
    pools = " | ".join(f"{c.peaks[p]:.3f}" for p in POOL_PORTS)
    glutamate = c.peaks["glutamate_pfc"] if c.lows["glutamate_pfc"] > 0.995 else c.lows["glutamate_pfc"]
    most = max((c.peaks["glutamate_pfc"], glutamate), key=lambda g: abs(g - 1.0))
    ends = " | ".join(f"{d:.2f}" for d in c.despair.values())
    return f"| {c.given.words} | {c.peaks['ce_nmdar']:.3f} | {pools} | {100 * (most - 1):+.0f} % | {ends} |"


def _reasons(by: dict[str, Course]) -> str:
    ket, mem, daily, lan, rap = (by[TRIALS[i].words] for i in range(5))
    early = next(c for words, c in by.items() if words.endswith("in hours"))
    resting = f"{mem.peaks[POOL_PORTS[2]]:.3f} against {ket.peaks[POOL_PORTS[2]]:.2f}"
    return f"""**Who is weaker, and why.** Ketamine holds {_held(ket)}.

- *Memantine*, one dose: {_held(mem)};
  resting receptors {resting}, because magnesium keeps it out of them.
  Weaker: despair {mem.despair[_DAY]:.2f} against {ket.despair[_DAY]:.2f} at 24 h.
  **Missed:** taken daily for eight weeks, as in the trial that found nothing, it comes to
  {daily.peaks[POOL_PORTS[0]]:.2f} of interneuron receptors and stays there, and the chain turns that into despair
  {daily.despair[_DAY]:.1f}, far better than health. Habenula and glutamate drive never tire here; a wiring that
  needs resting receptors (`direct_inhibition`, below) hardly makes this mistake, and hardly sees ketamine either.
- *Lanicemine* 100 mg: {_held(lan)};
  a weaker peak than ketamine's. **Missed:** it stays (half-life at the end about 12 h), the burst goes on for a day,
  and the default chain makes of that despair {lan.despair[_DAY]:.2f} at 24 h, more than ketamine. The trial found
  nothing. Lost within hours, its block alone would give {early.despair[_DAY]:.2f}: the whole excess is duration.
  Nothing in the chain says that a burst must be short.
- *Rapastinel* 450 mg: it holds no channel and releases no glutamate ({_rise(rap)}), so that nothing follows:
  despair {rap.despair[_DAY]:.2f}. As in phase 3; its effect in rats is **missed** for the same reason, since
  facilitated receptors of principal cells lead nowhere in this chain.

The same fault makes amphetamine, MDMA, PCP and traxoprodil look like strong antidepressants: everything that raises
glutamate, or empties resting receptors, for hours does. It is counted against the default wiring, which stays as it
is; a rival made with this failure in view stands [below](#under-a-theory-in-which-a-lasting-burst-is-braked)."""


def _held(c: Course) -> str:
    return f"{c.peaks[POOL_PORTS[0]]:.2f} of interneuron receptors, glutamate {_rise(c)}"


def _rise(c: Course) -> str:
    return f"{100 * (c.peaks['glutamate_pfc'] - 1):+.0f} %"


def _rivals() -> Iterator[str]:
    chosen = tuple(TRIALS[i] for i in (0, 1, 2, 3, 4, 5, 6, 9))
    found = rival_courses(chosen)
    head = ["## Under other theories", "", "Despair at 24 h after the last dose.", ""]
    head += ["| given | " + " | ".join(found) + " |", "| --- |" + " --- |" * len(found)]
    cells = [[f"{courses[i].despair[_DAY]:.2f}" for courses in found.values()] for i in range(len(chosen))]
    rows = [f"| {g.words} | {' | '.join(own)} |" for g, own in zip(chosen, cells, strict=True)]
    yield "\n".join([*head, *rows])
    yield """No column is right. By `direct_inhibition` memantine and lanicemine do little, and ketamine no more.
By `trkb_binding` ketamine works and memantine, lanicemine and rapastinel do not, but only because nobody has
measured whether those bind TrkB: a number that is missing, no evidence. The trapping receptor lowers lanicemine, as
its low trapping should, and not by enough. A `MeanField` circuit hears channel blockers by `ce_nmdar` alone:
`unheard(chain)` lists what it misses."""


def _hnk() -> Iterator[str]:
    gap = hnk_gap()
    yield f"""## HNK in people and in mice

| free (2R,6R)-HNK in brain, largest | umol/L |
| --- | --- |
| people, ketamine 0.5 mg/kg over 40 min | {gap.human:.3f} |
| mice, ketamine 10 mg/kg ip | {gap.mouse_ketamine:.2f} |
| mice, (2R,6R)-HNK 10 mg/kg ip | {gap.mouse_hnk:.1f} |
| half-effective level of the mouse chain | {gap.ec:.2f} |

People stay {gap.times:.0f} times below the level that half acts in mice, and
{gap.mouse_hnk / gap.human:.0f} times below what HNK itself reaches there.
A mechanism by HNK has to bridge that."""


def _ratio() -> Iterator[str]:
    rows = [f"| {c:g} | {occupancy_ratio(c):.2f} |" for c in _RATIOS]
    yield "\n".join(
        [
            "## S against R",
            "",
            "S-ketamine binds 4.7 times as tightly as R; how many times as many interneuron receptors it holds",
            "depends on the level:",
            "",
            "| equal free level, umol/L | occupancy by S over R |",
            "| --- | --- |",
            *rows,
        ]
    )


def _balance() -> Iterator[str]:
    rows = []
    for words, c in balance_courses():
        low, high = c.lows, c.peaks
        cells = [f"{low[p]:.2f} to {high[p]:.2f}" for p in BALANCE_PORTS]
        rows.append(f"| {words} | " + " | ".join(cells) + " |")
    head = ["## Glutamate and GABA", "", "Default human chain, first twelve hours, 24 h and 7 d; 1 is rest.", ""]
    yield "\n".join(
        [
            *head,
            "| given | glutamate | inhibition by one spike | inhibition in all |",
            "| --- | --- | --- | --- |",
            *rows,
        ]
    )
    yield """PCP and amphetamine raise glutamate. Alcohol lowers it a little at these typical values (over
what is not known the sign is open, claim C47) and makes each inhibitory spike count for more, but it blocks NMDA
receptors of interneurons as well, which then fire less: inhibition in all does not rise. GABA signals more strongly at
the receptor; as inhibition in all that half of the claim is **missed** with these values. Midazolam takes ketamine's
burst away almost wholly. Gains are `assumed_here`: signs follow from the wiring, sizes do not."""


def _psychedelics() -> Iterator[str]:
    default, trkb = psychedelic_courses("default"), psychedelic_courses("trkb_binding")
    shown = ("activation_ht2a", "perception_change", "occupancy_trkb")
    rows = [
        f"| {words} | {' | '.join(f'{a.peaks[p]:.2f}' for p in shown)} | "
        f"{a.despair[_DAY]:.2f} | {b.despair[_DAY]:.2f} |"
        for (words, a), (_, b) in zip(default, trkb, strict=True)
    ]
    head = [
        "## Plasticity below perception",
        "",
        "Largest 5-HT2A activation, change of perception (0 to 1) and TrkB occupancy; despair at 24 h in the default",
        "chain (plasticity by 5-HT2A and glutamate) and under `trkb_binding`.",
        "",
        "| given | 5-HT2A | perception | TrkB | despair, default | despair, `trkb_binding` |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    yield "\n".join([*head, *rows])
    yield """Read the rows where perception is below 0.05. By TrkB there is plasticity without a trip; by 5-HT2A and
glutamate there is hardly any below it. Ketanserin takes most of the perception away under both (less against 25 mg of
psilocybin, with which it competes), and the plasticity of the default chain with it; by TrkB plasticity stays, as in
mice (`moliner2023`). TrkB affinities are recalled and free levels in brain are assumed: they scale the last column."""


def _section(c: Companion) -> Iterator[str]:
    yield f"## {c.name}\n\n{c.title}: {c.kind} ({', '.join(c.species)}).\n"
    yield "\n".join(
        f"- given: {u.species}, {u.dose} {u.route}{f' over {u.over}' if u.over else ''}; {u.note}" for u in c.usual
    )
    yield "\n| who | what was seen | result | source | mark |\n| --- | --- | --- | --- | --- |"
    yield "\n".join(f"| {s.who} | {s.what} | {s.result} | `{s.source}` | {s.mark} |" for s in c.seen)
    yield f"\n{c.remark}"


def main() -> None:
    """Write the page into the documentation."""
    keep_compiled_code()
    target = Path(__file__).parents[3] / "docs" / "reference" / "compounds.md"
    target.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
