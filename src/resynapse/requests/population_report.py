"""The report of a stored population: what its columns mean, in words, and the page that is drawn of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.chain import Chain
from ..dose.schedule import schedule_times
from ..mood.endpoint import rule_facts, rules
from ..person import Population, population
from ..person.covariate import Covariate
from ..report.panels import CATALOGUE
from ..report.population import stored_population
from ..report.population_page import (
    CovariateWords,
    PopulationWords,
    PortWords,
    RuleWords,
    write_population,
)
from ..report.style import number, unit_text
from .people import SimulatePeople

_SITES = {"cv_": " in the vein", "ca_": " in the artery", "ce_": " at the receptor"}
_DAYS = 14.0


def population_report(folder: Path) -> Path:
    """Write the page and the figures of a run of many people into its folder; nothing is simulated again.

    **Raises:** `RequestError` when there is no such run, it is not finished, or it cannot be read.
    """
    return write_population(folder, population_words(folder))


def population_words(folder: Path) -> PopulationWords:
    """What the columns of a run mean.

    **Raises:** `RequestError` when there is no such run, or its request names what no longer exists.
    """
    run = stored_population(folder)
    request = SimulatePeople(**run.about["request"])
    cohort, chosen = request.cohort, population(request.population)
    read = run.task["reading"]["ports"]
    return PopulationWords(
        str(run.about["title"]),
        chosen.specification.population.people,
        regimen_words(request.drug, request.route, request.dose, request.over, request.schedule),
        schedule_times(request.schedule, request.days or _DAYS),
        {name: words for port in read for name, words in _ports(cohort.chain, port).items()},
        tuple(_covariate(chosen, name) for name in chosen.specification.covariate if name in run.names),
        tuple(_correlation(c.between, c.value, c.source) for c in chosen.specification.correlation),
        tuple(_rule(port) for port in rules() if port in read),
        tuple(_changed(chosen, run.task["population"])),
    )


def regimen_words(drug: str, route: str, dose: str, over: str | None, schedule: str) -> str:
    """A regimen as one would say it: `0.5 mg/kg ketamine iv over 40 min, 3 times a week for 2 weeks`."""
    lasting = f" over {over}" if over else ""
    return f"{dose} {drug} {route}{lasting}, {schedule}"


def port_words(chain: Chain, name: str) -> PortWords:
    """A port in words."""
    port = chain.port(name)
    site = next((words for start, words in _SITES.items() if name.startswith(start)), "")
    panel = next((panel for panel in CATALOGUE if name in panel.ports), None)
    title = (port.meaning or name.replace("_", " ")) + site
    if panel and panel.room not in ("body", "mood") and port.meaning not in panel.title.lower():
        title = f"{panel.title}: {title}" if len(panel.ports) > 1 else panel.title
    scale = panel.scale if panel and panel.scale else "dimensionless"
    return PortWords(title[:1].upper() + title[1:], scale, port.unit, port.rest, panel.meaning if panel else "")


def _ports(chain: Chain, name: str) -> Mapping[str, PortWords]:
    """The columns of a port: one, or one a label."""
    words, labels = port_words(chain, name), [label for _, of in chain.port(name).dims for label in of]
    named = {f"{name}.{label}": PortWords(f"{words.title}: {label}", words.scale, words.unit) for label in labels}
    return named or {name: words}


def _covariate(of: Population, name: str) -> CovariateWords:
    known = of.specification.covariate[name]
    moved = [words for effect in of.acting if effect.covariate == name for words in effect.moves]
    moved += ["the mean of life's load"] if name == "load" else []
    return CovariateWords(
        name,
        known.meaning,
        known.unit,
        law_words(known),
        f"{known.source}, {known.where} ({known.origin.replace('_', ' ')}, {known.mark})",
        ", ".join(moved) or "nothing itself",
        () if getattr(known.law, "values", None) else known.levels,
    )


def law_words(covariate: Covariate) -> str:
    """How a covariate is distributed, in one line."""
    if covariate.law is not None:
        return _law(covariate.law.model_dump(exclude_none=True))
    laws = (f"{level}: {_law(law.model_dump(exclude_none=True))}" for level, law in covariate.laws.items())
    return "; ".join(laws) or "follows from others"


def _law(table: Mapping[str, Any]) -> str:
    numbers = (f"{key.replace('_', ' ')} {_short(value)}" for key, value in table.items() if key != "kind")
    return f"{table['kind']}, {', '.join(numbers)}"


def _short(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " to ".join(_short(v) for v in value) if len(value) == 2 else ", ".join(_short(v) for v in value)
    return number(value) if abs(value) < 1e300 else "any"


def _correlation(between: tuple[str, str], value: float, source: str) -> str:
    return f"{between[0]} and {between[1]} hang together: {number(value)} on the normal scale ({source})"


def _rule(port: str) -> RuleWords:
    rule, facts = rules()[port], rule_facts()[port]
    unit = unit_text(facts["relapse"].unit)
    ill = f"{number(rule.relapse)} {unit}".strip()
    sources = ", ".join(dict.fromkeys(f"{f.source} ({f.origin.replace('_', ' ')})" for f in facts.values()))
    return RuleWords(
        port,
        f"Fell by {100 * rule.response:.0f} % or more",
        f"{ill} or more, and still so at the first visit {number(rule.confirmed_after)} or more days later",
        sources,
    )


def _changed(now: Population, stored: Mapping[str, Any]) -> list[str]:
    if now.digest == stored["digest"]:
        return []
    return [
        f"The population `{now.name}` on file has changed since this run (digest {stored['digest']} then, {now.digest} "
        "now): the table of covariates shows what is on file now."
    ]
