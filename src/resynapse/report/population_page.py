"""The page of a population: one self-contained HTML file, drawn from stored columns only."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .figures import saved
from .lasting import Lasting
from .page import asset, templates
from .population import StoredPopulation, stored_population
from .population_doubt import doubt_words, draw_doubt
from .response_figure import Endpoint, Response, draw_duration, draw_endpoints, draw_response
from .ribbons import SHOWN_PEOPLE, Ribbon, draw_ribbons
from .sections import SHOWN, assumption_row, web_address
from .strata import mean_of, share_of, split
from .style import BANNER, clock, number, unit_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_SPLITS, _ALIKE = 6, 1e-3


@dataclass(frozen=True)
class PortWords:
    """A quantity in words: its title, what a number without unit counts, its unit, its value in health, its meaning."""

    title: str
    scale: str
    unit: str
    rest: float | None = None
    meaning: str = ""


@dataclass(frozen=True)
class CovariateWords:
    """A covariate in words.

    **Arguments:** `meaning`, `unit`; `law` says how it is distributed; `found` where; `levels` are the words of its
    values 0, 1, 2...; `moves` says what it does in the chain.
    """

    name: str
    meaning: str
    unit: str
    law: str
    found: str
    moves: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleWords:
    """A rule of response and relapse for one quantity, in words, with its sources."""

    port: str
    response: str
    relapse: str
    sources: str


@dataclass(frozen=True)
class PopulationWords:
    """What a page about a population needs to know besides the stored columns, as plain data.

    **Arguments:** `ports` by name in the order of the chain; `doses` are their times (h); `regimen` in words; `notes`
    are remarks about the population itself.
    """

    title: str
    people: str
    regimen: str
    doses: tuple[float, ...]
    ports: Mapping[str, PortWords]
    covariates: tuple[CovariateWords, ...]
    correlations: tuple[str, ...]
    rules: tuple[RuleWords, ...]
    notes: tuple[str, ...] = ()


def write_population(folder: Path, words: PopulationWords) -> Path:
    """Writes `report.html` and `figures/` into the folder of a run, and returns the path of the page.

    **Raises:** `RequestError` when the run is not there, not finished or not readable.
    """
    run = stored_population(folder)
    (folder / "figures").mkdir(exist_ok=True)
    pictures = {}
    for name, (figure, text) in population_figures(run, words).items():
        _, vector = saved(figure, folder / "figures" / name)
        pictures[name] = (base64.b64encode(vector.read_bytes()).decode("ascii"), text)
    page = folder / "report.html"
    page.write_text(_rendered(run, words, pictures), encoding="utf-8")
    return page


def population_figures(run: StoredPopulation, words: PopulationWords) -> dict[str, tuple[Figure, str]]:
    """Every figure of a population with what it says in words, by name."""
    foot = footnote(run, words)
    seen = "Quantiles over time, a row a quantity. What falls between visits, such as a later dose's peak, is not seen."
    found = {"courses": (_courses(run, words, foot), seen)}
    if run.draws > 1:
        told = " ".join(f"{line}." for line in doubt_words(run, tuple(words.ports)))
        found["doubt"] = (draw_doubt(run, _scaled(words), words.doses, foot), told)
    if (response := _response(run, words)) is not None:
        title = "Who responds"
        found["response"] = (draw_response(response, title, foot), _response_text(response))
    if lasting := _lasting(run, words):
        rules = " ".join(f"{r.port}: {r.relapse} ({r.sources})." for r in words.rules if r.port in _ruled(run, words))
        title, axis = "How long it lasts", "days from the first response to relapse"
        found["duration"] = (draw_duration(lasting, axis, title, foot), rules)
    title = "Endpoints: each person's visit that lies farthest from the first one"
    found["endpoints"] = (draw_endpoints(_endpoints(run, words), title, foot), "One number a person.")
    return found


def footnote(run: StoredPopulation, words: PopulationWords) -> str:
    """What must stand beside every figure: how many, who, seed, regimen, digests."""
    task = run.task
    missing = sum(f.count for f in run.failed) + run.waiting
    each = f" x {run.draws} draws" if run.draws > 1 else ""
    who = f"n = {number((run.people - missing) // run.draws, 9)} people{each}" + (
        f" ({missing} missing)" if missing else ""
    )
    population = task["population"]
    return (
        f"{who} of {population['name']} (digest {population['digest'][:8]}), seed {task['seed']}. {words.regimen}. "
        f"Run digest {run.digest[:12] or 'none yet'}."
    )


def _scaled(words: PopulationWords) -> dict[str, PortWords]:
    """Quantities whose scale is their unit, or what a number without one counts."""
    return {port: replace(told, scale=unit_text(told.unit) or told.scale) for port, told in words.ports.items()}


def _courses(run: StoredPopulation, words: PopulationWords, foot: str) -> Figure:
    made = []
    for port, told in words.ports.items():
        hours, quantiles = run.quantiles(port)
        scale = unit_text(told.unit) or told.scale
        made.append(Ribbon(told.title, scale, hours, quantiles, run.courses(port, SHOWN_PEOPLE), told.rest))
    return draw_ribbons(made, words.doses, words.title, foot)


def _ruled(run: StoredPopulation, words: PopulationWords) -> dict[str, RuleWords]:
    """Rules whose endpoints were stored, the score first."""
    stored = {r.port: r for r in words.rules if f"{r.port}.responded" in run.names and r.port in words.ports}
    return dict(sorted(stored.items(), key=lambda item: item[0] != "madrs_total"))


def _response(run: StoredPopulation, words: PopulationWords) -> Response | None:
    ruled = _ruled(run, words)
    if not ruled or run.people < 3:
        return None
    port = next(iter(ruled))
    held = run.columns([f"{port}.best_change", f"{port}.responded", *(c.name for c in words.covariates)])
    fall, better = -held[f"{port}.best_change"], held[f"{port}.responded"].astype(bool)
    made = [split(c.meaning, c.unit, held[c.name], c.levels, (fall, better)) for c in words.covariates]
    ordered = sorted((s for s in made if s is not None), key=lambda s: -s.explained)
    title, unit = words.ports[port].title, unit_text(words.ports[port].unit)
    change = f"Largest fall of {title}" + (f", {unit}" if unit else "")
    better_words = f"{ruled[port].response}, % of people"
    return Response(change, better_words, (mean_of(fall), share_of(better)), tuple(ordered[:_SPLITS]))


def _response_text(found: Response) -> str:
    mean, share = found.everybody
    return (
        f"{found.change}: mean {number(mean.value)} ({number(mean.low)} to {number(mean.high)}). "
        f"{found.better}: {number(100 * share.value)} ({number(100 * share.low)} to {number(100 * share.high)}). "
        "Ranges are Monte-Carlo errors of this many people; what is unknown of the model is far larger and not in them."
    )


def _lasting(run: StoredPopulation, words: PopulationWords) -> list[Lasting]:
    made = []
    for port in _ruled(run, words):
        held = run.columns([f"{port}.relapse_after_h", f"{port}.relapsed"])
        well = np.isfinite(held[f"{port}.relapse_after_h"])
        if well.sum() >= 2:
            days = held[f"{port}.relapse_after_h"][well] / 24.0
            made.append(Lasting(words.ports[port].title, days, held[f"{port}.relapsed"][well].astype(bool)))
    return made


def _endpoints(run: StoredPopulation, words: PopulationWords) -> list[Endpoint]:
    made = []
    for port, told in words.ports.items():
        fallen = f"{port}.best_change"
        if fallen in run.names:
            made.append(Endpoint(f"{told.title}, largest fall", told.unit, -run.columns([fallen])[fallen]))
        elif f"{port}.peak" in run.names:
            made += _farthest(run, port, told)
    return made


def _farthest(run: StoredPopulation, port: str, told: PortWords) -> list[Endpoint]:
    """The visit that lies farthest from the first: the highest of a quantity that rises; none where all are alike."""
    values, quantiles = run.columns([f"{port}.peak"])[f"{port}.peak"], run.quantiles(port)[1]
    if np.ptp(np.quantile(values, [0.05, 0.95])) <= _ALIKE * np.ptp(quantiles):
        return []
    word = "highest" if float(np.median(values)) >= quantiles[2, 0] else "lowest"
    return [Endpoint(f"{told.title}, {word}", told.unit, values)]


def _rendered(run: StoredPopulation, words: PopulationWords, pictures: Mapping[str, tuple[str, str]]) -> str:
    about = run.about
    return (
        templates()
        .get_template("population.html.j2")
        .render(
            banner=BANNER,
            policy=POLICY,
            styles=asset("report.css"),
            title=words.title,
            summary=_summary(run, words),
            facts=_facts(run, words),
            assumptions=[assumption_row(a) for a in about.get("assumptions", [])],
            shown=SHOWN,
            people=words.people,
            covariates=_covariate_rows(run, words),
            correlations=words.correlations,
            meanings=[(told.title, told.meaning) for told in words.ports.values() if told.meaning],
            rules=words.rules,
            pictures=pictures,
            foot=footnote(run, words),
            failed=run.failed,
            waiting=run.waiting,
            warnings=[w for row in run.manifest["rows"] if row["receipt"] for w in row["receipt"]["warnings"]],
            errors=sorted(about.get("numerical_error", {}).items(), key=lambda item: -item[1]),
            notes=[*words.notes, *about.get("notes", [])],
            parameter_sets=about.get("parameter_sets", []),
            request=json.dumps(about.get("request", {}), indent=2),
            sources=[{**s, "url": web_address(s.get("url") or "")} for s in about.get("sources", [])],
        )
    )


def _summary(run: StoredPopulation, words: PopulationWords) -> list[str]:
    """What happens to the people in the middle, in sentences."""
    each = f", each under {run.draws} draws of a calibration" if run.draws > 1 else ""
    said = [f"{number(run.people // run.draws, 9)} virtual people{each}: {words.people}. {words.regimen}."]
    for port in ("madrs_total", "despair", "cv_ketamine"):
        if port in words.ports:
            said.append(_moved(run, port, words.ports[port]))
    return said


def _moved(run: StoredPopulation, port: str, told: PortWords) -> str:
    hours, quantiles = run.quantiles(port)
    middle = quantiles[2]
    large = float(np.abs(middle).max())
    at = int(np.abs(middle - middle[0]).argmax())
    unit = unit_text(told.unit)
    span = f"90 % of people {number(quantiles[0, at])} to {number(quantiles[4, at])}"
    return (
        f"{told.title}: median {number(middle[0])} at first, {number(middle[at])} {unit} after "
        f"{clock(float(hours[at]))} ({span}), {number(middle[-1], 3, large)} at the end."
    )


def _facts(run: StoredPopulation, words: PopulationWords) -> list[tuple[str, str]]:
    task, about = run.task, run.about
    made = [
        ("People", number(run.people, 9)),
        ("Population", f"{task['population']['name']} ({task['population']['digest']})"),
        ("Seed", str(task["seed"])),
        ("Regimen", words.regimen),
        ("Digest of all columns", run.digest or "not finished"),
        ("Resynapse", f"{about.get('resynapse_version', '')} {about.get('git_hash', '')}".strip()),
        ("Begun", str(about.get("begun", ""))),
    ]
    return [(name, value) for name, value in made if value]


def _covariate_rows(run: StoredPopulation, words: PopulationWords) -> list[dict[str, str]]:
    held = run.columns([c.name for c in words.covariates])
    return [_covariate_row(c, held[c.name]) for c in words.covariates]


def _covariate_row(told: CovariateWords, values: Floats) -> dict[str, str]:
    drawn = f"{number(float(values.mean()))} ± {number(float(values.std()))}"
    if told.levels:
        shares = [(word, float((values == i).mean())) for i, word in enumerate(told.levels)]
        drawn = ", ".join(f"{word} {100 * share:.0f} %" for word, share in shares)
    return {
        "meaning": told.meaning,
        "name": told.name,
        "unit": unit_text(told.unit),
        "law": told.law,
        "drawn": drawn,
    } | {
        "found": told.found,
        "moves": told.moves,
    }
