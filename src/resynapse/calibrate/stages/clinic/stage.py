"""The stage *mood, person and placebo* for any chain: a surrogate where the posterior is, draws, their diagnostics."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ....core.calibrated import UNCALIBRATED
from ....core.chain import Chain
from ....trial.score import values
from ...inference.identifiability import directions, learned
from ...inference.sampling import Plan, Sampled, Target, sampled, worst
from ...posterior import PLACEBO, Posterior
from ...recorded import Record
from .arms import Evidence, evidence
from .belief import beliefs, felt
from .cells import cells
from .headline import headline
from .laws import laws
from .nodes import first
from .posed import Posed
from .question import asked
from .recording import rows_told, unused
from .settled import Settled, settled
from .surrogate import Surrogate, emulated

jax.config.update("jax_enable_x64", True)

Floats = NDArray[np.float64]
MakeChain = Callable[[], Chain]
Tell = Callable[[str], None]
SEED = 2026
_NODES_OF_BELIEF = 64
_KEPT = 1000
_MANY, _LOOKED_AT = 1024, 6


@dataclass(frozen=True)
class Size:
    """How large a calibration is.

    **Arguments:** `values` of the chain that are fitted; `design` points over the prior; `nodes` people of each
    population; `rounds` of `more` further points where short sampling, a `look`, finds the posterior; `plan` of the
    sampling itself.
    """

    values: int = 11
    design: int = 2048
    nodes: int = 96
    rounds: int = 1
    more: int = 1000
    look: Plan = field(
        default_factory=lambda: Plan(warmup=250, draws=250, accept=0.8, starts=128, dense=False, deepest=6)
    )
    plan: Plan = field(
        default_factory=lambda: Plan(warmup=300, draws=500, accept=0.85, starts=128, dense=False, deepest=6)
    )


@dataclass(frozen=True)
class Fitted:
    """A calibration and what a page wants to know of it."""

    posterior: Posterior
    posed: Posed
    sampled: Sampled
    draws: Settled


def calibrated(make_chain: MakeChain, name: str, design: int = 2048, nodes: int = 96, seed: int = SEED) -> Posterior:
    """The posterior of a chain on the build rows of this stage.

    **Arguments:** `make_chain` makes a chain of the human, with a room `scale` for MADRS; `design` points over the
    prior and `nodes` people carry the surrogate: fewer are faster and rougher, and the record says how rough.
    """
    return fitted(make_chain(), name, Size(design=design, nodes=nodes), seed).posterior


def fitted(
    chain: Chain,
    name: str,
    size: Size,
    seed: int = SEED,
    tell: Tell = lambda _: None,
    before: Posterior | None = None,
) -> Fitted:
    """The same, with everything behind it; `before` is an earlier stage, from whose posterior this one starts."""
    began, told = time.process_time(), evidence()
    tell("which values move the arms, and on whom")
    question, sizes = asked(chain, told, (size.values, size.nodes), seed, before)
    tell(f"following {size.design} draws of the prior")
    surrogate = emulated(question, size.design, seed)
    posed = posing(surrogate, told)
    posed, missed = closer(posed, size, seed, tell)
    tell(f"sampling {posed.size} unknowns")
    found = sampled(Target(posed.names, posed.log_likelihood), seed, size.plan)
    tell("asking the chain itself at draws of the posterior")
    draws, corrected = settled(posed, found.thinned(_KEPT), seed)
    more: dict[str, Any] = {
        "picked": sizes,
        "missed_in_rounds": missed,
        "settled": corrected,
        "people": strangers(posed, draws),
    }
    more["cpu_seconds"] = round(time.process_time() - began)
    return Fitted(posterior_of(name, posed, (found, draws), more, seed), posed, found, draws)


def posing(surrogate: Surrogate, told: Evidence) -> Posed:
    """The density of a surrogate: belief is computed here, once, at the values on file."""
    question = surrogate.asked
    who = {told.given_to[one.name]: one.who for one in question.followed}
    filed = values(UNCALIBRATED)
    believed = beliefs(told, felt(question.chain, told, who), filed, _NODES_OF_BELIEF)
    return Posed(surrogate, told, cells(told, believed, filed), filed)


def closer(posed: Posed, size: Size, seed: int, tell: Tell = lambda _: None) -> tuple[Posed, list[float]]:
    """The surrogate with more points where the posterior is, and what it missed there before (points of MADRS)."""
    missed: list[float] = []
    for k in range(size.rounds):
        tell(f"a first look ({k + 1} of {size.rounds})")
        looked = sampled(Target(posed.names, posed.log_likelihood), seed + k, size.look)
        z = looked.thinned(size.more)[:, : posed.own]
        truth = posed.surrogate.asked.told(z)
        away = float(np.median(posed.surrogate.missed(z, truth).rms)) * _points()
        missed.append(round(away, 3))
        tell(f"group means were missed by {missed[-1]} points there; {len(z)} more points")
        posed = Posed(posed.surrogate.with_points(z, truth), posed.told, posed.at, posed.value)
    return posed, missed


def _points() -> float:
    """Points of MADRS for one unit of relief, at the middle share of the prior."""
    return 36.0 * float(laws().score["scale.share"].at(np.zeros(1))[0])


def strangers(posed: Posed, draws: Settled) -> dict[str, float]:
    """How far means of the people fitted on lie from those of many, at some draws, in points of MADRS."""
    asked_of, rows = posed.surrogate.asked, np.linspace(0, len(draws.z) - 1, _LOOKED_AT).astype(int)
    many = replace(asked_of, followed=tuple(replace(f, who=first(f.who.population, _MANY)) for f in asked_of.followed))
    some = draws.z[rows]
    share = np.array([float(posed.known(jnp.asarray(z))["scale.share"]) for z in some])
    own, other = (posed.surrogate.means(flat) for flat in (draws.reliefs[rows, :-1], many.told(some[:, : posed.own])))
    away = 36.0 * share[:, None] * (own - other)
    worst_one = round(float(np.abs(away).max()), 3)
    return {"people": _MANY, "rms": round(float(np.sqrt((away**2).mean())), 3), "worst": worst_one}


def told_values(posed: Posed, z: Floats) -> dict[str, Floats]:
    """Columns of a posterior at draws of scores: values, spreads, and fields of the measured score."""
    values_drawn, spreads = posed.surrogate.asked.drawn(z[:, : posed.own])
    known = jax.vmap(posed.known)(jnp.asarray(z))
    columns = {**values_drawn, **{f"spread.{a}": v for a, v in spreads.items()}}
    for name, law in known.items():
        columns[name if "." in name else f"{PLACEBO}{name}"] = np.asarray(law)
    return columns


def posterior_of(name: str, posed: Posed, found: tuple[Sampled, Settled], more: dict[str, Any], seed: int) -> Posterior:
    """The posterior of settled draws, with the record of how they were sampled."""
    columns = told_values(posed, found[1].z)
    table = np.stack(list(columns.values()), axis=1)
    more |= {"headline": headline(posed, found[1])}
    return Posterior(name, tuple(columns), table, _record(posed, found[0], more, seed))


def _record(posed: Posed, found: Sampled, more: dict[str, Any], seed: int) -> Record:
    marks, asked_of = found.diagnostics, posed.surrogate.asked
    known = learned(found.names, found.flat)
    fields = {name: name if "." in name else f"{PLACEBO}{name}" for name in posed.score_laws}
    addresses = dict(zip(posed.names, (*asked_of.addresses, *fields.values()), strict=False))
    priors = {a: law.told for a, law in asked_of.laws.items()}
    priors |= {f"spread.{a}": law.told for a, law in asked_of.spreads.items()}
    priors |= {fields[n]: law.told for n, law in posed.score_laws.items()}
    each = zip(known.names, known.ratio, known.shift, strict=True)
    return Record(
        title="Mood, differences between people, and placebo, from clinical rows of role build",
        method="nuts",
        seed=seed,
        data=rows_told(posed.told),
        priors=priors,
        diagnostics={addresses.get(n, n): d for n, d in marks.items()},
        divergences=found.divergences,
        not_identified=tuple(addresses[n] for n in known.not_identified if n in addresses),
        notes=NOTES,
        more={
            **more,
            "worst": worst(marks).model_dump(),
            "tops": list(found.tops),
            "saturated": found.saturated,
            "learned": {addresses.get(n, n): [round(float(r), 3), round(float(s), 3)] for n, r, s in each},
            "most_open": [
                {"ratio": round(d.ratio, 3), "weights": {n: round(w, 3) for n, w in d.weights}}
                for d in directions(found.names[: posed.own], found.flat[:, : posed.own])
            ],
            "strained": list(known.strained),
            "unused": unused(posed.told),
        },
    )


NOTES = (
    "Spreads of values that have none on file are lognormal: the SD of the logarithm.",
    "Belief is computed once an arm at the values on file; what it brings is fitted.",
    "Everybody keeps their own mean load of life, as in trials; relapse after weeks therefore lacks bad weeks.",
    "Core items of HAM-D and halves of HAM-D are read as MADRS.",
    "Shares that stand beside a mean of the same people count half; levels of the same people at several times count "
    "as if correlated by one half.",
    "Errors between sites are part of the study's shift; SDs without print are 10 points.",
    "Which values are open was settled after a first fit to the same build rows: with 14 values, two spreads and "
    "half-normal priors of spreads people ran away and the stand-in was too rough (Pareto shape 3). Now 11 values and "
    "three spreads are open, the latter between 0.1 and 1; the contrast against midazolam moved from -6.8 to -6.7 "
    "points.",
    "Values that the stage of mechanism knows start from its posterior, taken as independent of each other: the "
    "largest correlation there is 0.15.",
    "That the drug does less for somebody who fell already (`overlap`), that what a first session brings fades "
    "(`fades`) and how far raters lean (`rater_bias`) were opened after earlier fits to the same build rows had left "
    "repeated doses too strong and relapse too late, and after the qualification had shown misses in hospital: no "
    "verify row is used, but the choice was not blind.",
    "People of SUSTAIN-3 who were treated again had responded before; they are taken for people like others.",
    "Values held because another one does the same were chosen by judgement, not by the screening.",
    "A chain that runs away counts as despair of -3.",
)
