"""The command that lists populations, and sets the people of one beside what was published of them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .words import check_drawing, print_records, simple

_PEOPLE = 5000


def add_commands(commands: Any) -> None:
    """Adds `populations`."""
    made = simple(commands, "populations", "list populations, or draw people of one beside what was stated", _run)
    made.add_argument("name", nargs="?", help="a population, such as trd_phase3, or a file of your own (.toml)")
    made.add_argument("--draw", type=int, metavar="N", help="draw so many people and compare")
    made.add_argument("--seed", type=int, default=1, help="seed of the draw; default 1")
    made.add_argument("--like", metavar="OTHER", help="weigh the people drawn so that they match another population")
    made.add_argument("--figure", type=Path, metavar="FILE", help="draw populations side by side (PNG, SVG or PDF)")


def _run(words: argparse.Namespace) -> int:
    check_drawing(words.figure)
    if words.figure is not None:
        return _run_figure(words)
    if words.name is None:
        return _run_list(words)
    if words.like is not None:
        return _run_like(words)
    return _run_one(words) if words.draw is None else _run_draw(words)


def _run_list(words: argparse.Namespace) -> int:
    from ..person.account import population_records

    if words.draw is not None or words.like is not None:
        from ..core.errors import RequestError
        from ..person import populations

        raise RequestError("say whose people are to be drawn", given="no name", allowed=populations())
    columns = ("name", "species", "people", "covariates", "sources", "assumed", "recalled", "digest")
    return print_records("populations", population_records(), words.json, columns)


def _run_one(words: argparse.Namespace) -> int:
    from ..person import population
    from ..person.account import population_record

    record = population_record(population(words.name))
    if words.json:
        print(json.dumps({"population": record}, allow_nan=False))
        return 0
    rows = [{**table, "covariate": name, "law": table["told"]} for name, table in record["covariate"].items()]
    columns = ("covariate", "unit", "law", "origin", "source", "mark", "where")
    print(f"{record['title']}: {record['people']}\n{record['note']}\n")
    print_records("covariates", rows, False, columns)
    return print_records("effects", record["effects"], False, ("name", "covariate", "acts", "moves", "why"))


def _run_draw(words: argparse.Namespace) -> int:
    from ..person import population
    from ..person.account import account_records

    chosen = population(words.name)
    records = account_records(chosen, chosen.sample(words.draw, words.seed))
    if words.json:
        head = {"population": chosen.name, "digest": chosen.digest, "seed": words.seed, "people": words.draw}
        print(json.dumps({**head, "account": records}, allow_nan=False))
        return 0
    columns = ("covariate", "unit", "statistic", "stated", "achieved", "error", "role", "origin", "source", "mark")
    return print_records("statements", records, False, columns)


def _run_like(words: argparse.Namespace) -> int:
    from dataclasses import asdict

    from ..person import population, weighted
    from ..person.likeness import measured_targets

    chosen, other = population(words.name), population(words.like)
    if chosen.species != other.species:
        from ..core.errors import RequestError

        given = f"{chosen.name} ({chosen.species}) like {other.name} ({other.species})"
        raise RequestError(
            "these are different animals", where="--like", given=given, then="name one of the same species"
        )
    people = chosen.sample(_PEOPLE if words.draw is None else words.draw, words.seed)
    found = weighted(people.covariates, measured_targets(other))
    records = [asdict(matched) for matched in found.matched]
    if words.json:
        head = {"population": chosen.name, "like": other.name, "seed": words.seed, "people": len(people)}
        told = {"effective": found.effective, "divergence": found.divergence, "targets": records}
        print(json.dumps({**head, **told}, allow_nan=False))
        return 0
    print(f"{len(people)} people of {chosen.name}, weighted, speak like {found.effective:.0f} equal ones.\n")
    return print_records("targets", records, False, ("name", "wanted", "plain", "weighted"))


def _run_figure(words: argparse.Namespace) -> int:
    from ..person import population, populations
    from ..person.panorama import columns
    from ..report.picture import saved
    from ..report.populations import draw_populations

    every = [population(name) for name in ([words.name] if words.name else populations())]
    chosen = [p for p in every if words.name or p.species == "human"]
    people = _PEOPLE if words.draw is None else words.draw
    foot = f"n = {people:,} people of each, seed {words.seed}; below each name the digest of its specification"
    names = [f"{p.name}\n{p.digest[:8]}" for p in chosen]
    print(saved(draw_populations(names, columns(chosen, people, words.seed), foot), words.figure))
    return 0
