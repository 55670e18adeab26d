"""The machinery of every stage on a reduced problem: does it give back what was put in?

`python -m resynapse.calibrate.stages.checks` writes docs/calibration/checking.json (the curves), checking.md and their
figure. Some minutes of one core.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ... import __version__
from ...core.solver import keep_compiled_code
from ...report.picture import saved
from ...report.rank_figure import Curves, draw_ranks
from ..inference.checking import Reduced, sampled_together, weighed
from .body.check import reduced as body
from .clinic.check import reduced as clinic
from .mechanism.check import reduced as mechanism

Told = dict[str, Any]
SEED = 1
ROUNDS = {"weights": 1000, "sampler": 60}
"""By draws of the prior that data weigh, and by the sampler itself; with so many rounds."""
DRAWS = {"body": 200_000, "mechanism": 20_000, "clinic": 60_000}
"""So many draws of the prior that all data leave some of them; data of the body tell most."""
STAGES: Mapping[str, Callable[[], Reduced]] = {"body": body, "mechanism": mechanism, "clinic": clinic}
STORE = Path("docs/calibration/checking.json")
PAGE, FIGURE = STORE.with_suffix(".md"), Path("docs/figures/checking.png")
_DIGITS = 4


def checks(keep: Callable[[Told], None]) -> Told:
    """The curves of every stage, the quick way first, as plain data; what is done is handed over at once."""
    told: Told = {"version": __version__, "seed": SEED, "stages": {name: {} for name in STAGES}}
    for way in ROUNDS:
        for name in STAGES:
            told["stages"][name][way] = check(name, way)
            keep(told)
    return told


def check(stage: str, way: str) -> Told:
    """One check: the curve of every unknown less the uniform one, the band, and what leaves it."""
    rounds, problem = ROUNDS[way], STAGES[stage]()
    ranks = (
        weighed(problem, rounds, SEED, DRAWS[stage]) if way == "weights" else sampled_together(problem, rounds, SEED)
    )
    found = ranks.band()
    curves = {n: _short(curve) for n, curve in zip(found.names, found.ecdf - found.at, strict=True)}
    reach = dict(zip(found.names, _short(found.reach), strict=True))
    edge = _short((found.high - found.at)[0])
    return {
        "rounds": rounds,
        "outside": list(found.outside),
        "reach": reach,
        "at": _short(found.at[0]),
        "edge": edge,
        "curves": curves,
    }


def page(told: Told) -> str:
    """The page of a stored check, in Markdown."""
    return "\n".join([_HEAD.rstrip(), "", *_first(told), *_table(told), _REST])


def _first(told: Told) -> Iterator[str]:
    failed = [
        f"{stage}, by {way}: {', '.join(f'`{n}`' for n in one['outside'])}"
        for stage, ways in told["stages"].items()
        for way, one in ways.items()
        if one["outside"]
    ]
    count = sum(len(ways) for ways in told["stages"].values())
    yield f"**{len(failed)} of {count} checks left the band.** Seed {told['seed']}, version {told['version']}.\n"
    yield from (f"- {words}" for words in (*failed, *_left_out(told)))
    yield ""
    yield f"![Curves of ranks in their bands](../figures/{FIGURE.name})\n"


def _left_out(told: Told) -> Iterator[str]:
    for stage, ways in told["stages"].items():
        yield from (f"not run: {stage}, by {way}" for way in ROUNDS if way not in ways)


def _table(told: Told) -> Iterator[str]:
    yield "| stage | way | rounds | unknowns | farthest curve (1: edge of the band) | outside |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for stage, ways in told["stages"].items():
        for way, one in ways.items():
            worst = max(one["reach"], key=lambda n: one["reach"][n])
            far = f"{one['reach'][worst]:.2f} (`{worst}`)"
            yield f"| {stage} | {way} | {one['rounds']} | {len(one['curves'])} | {far} | {len(one['outside'])} |"
    yield ""


_HEAD = """# Does the machinery give back what was put in?

For research; never advice to a patient. Written by `python -m resynapse.calibrate.stages.checks` (part of
`make qualify`) from [stored curves](checking.json). Truths are drawn from the prior, data from the truths, a posterior
from the data. If everything is right, the rank of each truth among its posterior's draws is uniform (`talts2018`), and
curves of ranks stay in a band (`saeilynoja2022`) that 95 of 100 right checks keep to with all their unknowns.
"""

_REST = """**Reduced problems.** Each stage keeps its own likelihood, laws, stand-in and solver, and loses size:

- *body*: four values of KPK-1, five rows of two infusions. Data come from the exact solver, posteriors from the
  emulator.
- *mechanism*: six values of receptors and circuit, four questions (two words, two sizes), three invented laboratories
  each. Data come from the chains, posteriors from the stand-in. Questions that stand beside a reference are not in it.
- *clinic*: two studies, two values of the chain, four of the score, and every effect of a study; the other values are
  held at their middle. Data come from the chain, posteriors from the stand-in. Weights of rows are put at 1, since
  a number that counts half cannot be drawn; relapse is not in it.

**Two ways.** *Weights*: draws of the prior (body 200,000, mechanism 20,000, clinic 60,000), weighed by the likelihood;
many rounds, no sampler. With 20,000 for all, some data left two draws to stand for all, and curves of `body.cl_int_s`
and `scale.share` just left the band. *Sampler*: NUTS as in the stages, all rounds in one run.

**What this does not show.** That a chain is right, that rows are independent, or that the full problems, with ten
times as many unknowns, are sampled as well: their own convergence and exact weights stand on their pages.
"""


def picture(told: Told) -> Any:
    """The figure of a stored check."""
    stages = told["stages"]
    return draw_ranks([[_panel(stage, way, stages[stage].get(way)) for stage in stages] for way in ROUNDS])


def _panel(stage: str, way: str, one: Told | None) -> Curves:
    if one is None:
        return Curves(f"{stage}, {way}: not run", (0.0, 1.0), (), (0.0, 0.0))
    return Curves(f"{stage}, {way} ({one['rounds']} rounds)", one["at"], list(one["curves"].values()), one["edge"])


def _short(values: Any) -> list[float]:
    return [round(float(v), _DIGITS) for v in values]


def keep(told: Told) -> None:
    """Store the curves that there are, and write the page and its figure."""
    STORE.write_text(json.dumps(told, allow_nan=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(told), encoding="utf-8")
    saved(picture(told), FIGURE)
    print({stage: list(ways) for stage, ways in told["stages"].items()}, file=sys.stderr, flush=True)


def main() -> None:
    """Check everything; each check is kept as soon as it is made."""
    keep_compiled_code()
    checks(keep)
    print(PAGE)


if __name__ == "__main__":
    main()
