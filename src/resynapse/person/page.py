"""The reference page of populations: what is assumed and what is recalled first, then every preset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from .account import account, effect_records
from .covariate import Correlation, Covariate, Provenance
from .population import Population, population, populations

_PEOPLE, _SEED = 20_000, 1
_HEAD = """# Populations

For research; not medical advice. Written by `python -m resynapse.person.page`; the numbers live in
`src/resynapse/person/populations/*.toml`, what covariates move in `src/resynapse/person/effects.toml`.

A population is a specification: covariates, each with a law, a unit and a source, and correlations of the normal
numbers behind them (a Gaussian copula). Means and SDs are those of the people who were let in: the law behind a cut-off
one is solved for. People are numbered; person 17 of seed 3 is the same alone, among a million, on any shard, and has
the same deviates in every population.

    resynapse populations                                  # who can be drawn
    resynapse populations trd_phase3 --draw 10000          # people drawn beside what was stated
    resynapse populations --figure populations.png         # side by side

Weights under which drawn people match published means, spreads, quantiles and shares, with the least relative entropy:

    from resynapse.person import Moments, Share, population, weighted

    people = population("trd_phase3").sample(20_000, seed=1)
    found = weighted(people.covariates, [Moments("age", 40.1, 13.0), Share("sex", 1, 0.608)])
    found.effective                                        # Kish's effective sample size
    found.matched                                          # every target: wanted, before, after

`resynapse populations trd_phase3 --draw 20000 --like suicidal_inpatients` weighs people of one population so that they
match what was measured of another. A target outside what the people have, targets that contradict one another, and
targets that fewer than 30 effective people meet are refused. Simulated outputs are matched like covariates.

A population of your own is a file (`my_trial.toml`) that takes the place of a name everywhere; what it does not say it
inherits from a preset:

    [population]
    inherits = "trd_phase3"
    title = "our trial"
    species = "human"
    people = "65 outpatients of one clinic"

    [covariate.age]
    meaning = "age"
    unit = "year"
    law = { kind = "normal", mean = 51.0, sd = 10.0, within = [18.0, 75.0] }
    origin = "measured"
    source = "our_trial"
    where = "baseline table"

    [source]
    our_trial = "Our trial, baseline table of 3 March"

Laws: `normal`, `lognormal` (`mean`, `sd`, `within`), `logitnormal` (`median`, `logit_sd`), `levels` (`shares`,
`values`), `genotype` (`frequency`), `constant` (`value`).

![Covariates of the human populations](../figures/populations.png)

## Before anybody is drawn

- **Nobody is drawn resistant.** People of `trd_phase3` or `trd_academic` have the sensitivity, movable share,
  rumination and relative load of everybody; `prior_failures` describes them and moves nothing. People whom courses
  have failed come from `resynapse resistance`.
- **No response rate of a trial comes out.** The score is what the drug alone moves; what is found beside published
  rates, misses first, stands in [the science](../explanation/science.md#populations).
- **A score needs an episode.** People without `madrs_baseline` (`healthy`, `recreational_users`) have no score, no
  response and no relapse; asking for their score is refused. Read `despair`.
- **Rumination and load.** Mean load is `load_relative` times (1 - `rho`), because everybody is drawn in an episode:
  who ruminates more is ill under less load. That makes relief last longer in those who ruminate more, the opposite of
  what studies find ([why](resistance.md)).
- **Baseline tables** of studies whose outcomes are kept for verification (SUSTAIN-2 in `nijs2020`, ASPIRE II in
  `canuso2021`, `cullen2018`) say who is drawn. None of their outcomes was used for anything here.

*Recalled* numbers were not read in their source. What a study printed and nobody was drawn by stands as *compared*.
"""


def page() -> str:
    """The whole page, as Markdown."""
    chosen = [population(name) for name in populations()]
    parts = [_HEAD, _assumptions(chosen), _recalled(chosen), _compared(chosen), _effects()]
    return "\n".join([*parts, *(_preset(p) for p in chosen)])


def _assumptions(chosen: Sequence[Population]) -> str:
    rows = [(_named(e), entry) for p in chosen for e, entry in _entries(p) if entry.origin == "assumed_here"]
    told = [(name, _value(e), _range(e), e.note or "", _from(e)) for name, e in rows]
    lines = [(name, *rest, ", ".join(_who(chosen, e))) for (name, *rest), (_, e) in zip(told, rows, strict=True)]
    return "## What is assumed\n\n" + _table(
        ("what", "value", "plausible", "reason", "nearest source", "in"), dict.fromkeys(lines)
    )


def _recalled(chosen: Sequence[Population]) -> str:
    rows = [(_named(name), e) for p in chosen for name, e in _entries(p) if e.mark == "recalled"]
    lines = [(name, _value(e), f"`{e.source}`, {e.where}", ", ".join(_who(chosen, e))) for name, e in rows]
    return "## What is recalled\n\n" + _table(("what", "value", "source", "in"), dict.fromkeys(lines))


def _compared(chosen: Sequence[Population]) -> str:
    rows = [
        (p.name, s.covariate, s.statistic, f"{s.stated:.4g}", f"{s.achieved:.4g} ± {s.error:.1g}", f"`{s.source}`")
        for p in chosen
        for s in account(p, p.sample(_PEOPLE, _SEED))
        if s.role == "compared"
    ]
    head = f"## What was only compared\n\n{_PEOPLE:,} people of seed {_SEED}.\n\n"
    return head + _table(("population", "covariate", "statistic", "printed", "drawn", "source"), rows)


def _effects() -> str:
    rows = [
        (e["name"], e["covariate"], ", ".join(e["moves"]) or "nothing", e["acts"], e["why"]) for e in effect_records()
    ]
    return "## What covariates move\n\n" + _table(("effect", "covariate", "moves", "acts", "why"), rows)


def _preset(of: Population) -> str:
    known = of.specification
    head = (
        f"## {of.name}\n\n{known.population.title[0].upper()}{known.population.title[1:]}: {known.population.people}."
    )
    notes = [
        f"Ancestry: {known.population.ancestry}.",
        f"Note: {known.population.note}." if known.population.note else "",
    ]
    rows = [(_named(name), _value(e), e.origin, _from(e)) for name, e in _entries(of)]
    told = _table(("covariate", "law", "origin", "source"), rows)
    return f"{head} {' '.join(notes).strip()} Digest `{of.digest}`.\n\n{told}"


def _entries(of: Population) -> list[tuple[str, Provenance]]:
    pairs: list[tuple[str, Provenance]] = [(" and ".join(c.between), c) for c in of.specification.correlation]
    return [*of.specification.covariate.items(), *pairs]


def _named(name: str) -> str:
    return f"`{name}`" if " " not in name else name


def _value(entry: Provenance) -> str:
    if isinstance(entry, Correlation):
        return f"correlation {entry.value:g}"
    return f"{entry.told} {'' if entry.unit == '1' else entry.unit}".strip() if isinstance(entry, Covariate) else ""


def _range(entry: Provenance) -> str:
    return f"{entry.range[0]:g} to {entry.range[1]:g}" if entry.range else ""


def _from(entry: Provenance) -> str:
    others = entry.also if isinstance(entry, Covariate) else ()
    keys = ", ".join(f"`{key}`" for key in (entry.source, *others))
    return f"{keys}: {entry.where}{' (recalled)' if entry.mark == 'recalled' else ''}"


def _who(chosen: Sequence[Population], entry: Provenance) -> list[str]:
    return [p.name for p in chosen if any(entry == other for _, other in _entries(p))]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path("docs/reference/populations.md").write_text(page(), encoding="utf-8")
