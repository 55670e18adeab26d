"""One explanation on the clinic's build rows: a smaller stand-in, annealed draws, weighed by the chain itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib import import_module
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from .....chains import prior_chain
from .....core.chain import Chain
from .....core.errors import RequestError, nearest
from .....hypothesis.library import hypotheses, names
from .....person.draw import spreads_of
from ....inference.identifiability import learned
from ....inference.prior import Law
from ....posterior import PLACEBO, Posterior
from ....recorded import Diagnostic, Record
from ..arms import evidence
from ..laws import laws
from ..near import Top, top_of
from ..posed import Posed
from ..question import followed, group_means, people
from ..recording import rows_told
from ..screening import doubted, effects, picked
from ..settled import Settled, weighed
from ..stage import SEED, posing, told_values
from ..surrogate import Asked, Surrogate, emulated, still
from .bridge import Bridged, Slopes, bridged
from .shared import Shared

jax.config.update("jax_enable_x64", True)

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
DEFAULT = "default_blend"
_NEXT_TO_NOTHING = 1e-9
_WIDE = ("brain.k_on", "receptor.k_interneuron", "mood.w_l", "brain.r0", "synapse.k_p", "receptor.k_resting")
"""Values of the default chain under which the people who stand for many are chosen: those that move it most."""
_SCREENED = (16, 1)
"""People of each population on whom values are screened, and points of the prior."""
_NOTHING = 3e-3
"""A value that moves relief by less (shares of the score that the drug can move) is not fitted: 0.1 points at most."""
_ROUNDS, _LEFT = 3, 0.2
"""How often the stand-in may be made, and the share of draws that has to stay effective."""


@dataclass(frozen=True)
class Size:
    """How large a calibration of a rival is.

    **Arguments:** `values` of the chain that are fitted at most; `design` points over the prior; `nodes` people of each
    population; `draws`, a multiple of four.
    """

    values: int = 11
    design: int = 256
    nodes: int = 32
    draws: int = 160


@dataclass(frozen=True)
class Rival:
    """An explanation: its human chain before any calibration, and the values that it has set itself: not drawn."""

    name: str
    chain: Chain
    chosen: tuple[str, ...] = ()

    @property
    def run(self) -> str:
        """The name of its calibration."""
        return run_of(self.name)


def run_of(name: str) -> str:
    """The name under which the calibration of an explanation is stored."""
    return f"clinic_{name}"


def known() -> tuple[str, ...]:
    """Every explanation that has a human chain, the default chain first."""
    return (DEFAULT, *(h.name for h in hypotheses() if "human" in h.species))


def rival(name: str) -> Rival:
    """The explanation of this name.

    **Raises:** `RequestError` with the nearest name when it is not on file.
    """
    if name not in known():
        what = "no such explanation with a human chain"
        raise RequestError(what, given=name, allowed=known(), nearest=nearest(name, names()))
    if name == DEFAULT:
        return Rival(name, prior_chain("human"))
    found = next(h for h in hypotheses() if h.name == name)
    return Rival(name, _drawable(found.prior("human")), tuple(found.values))


def _drawable(chain: Chain) -> Chain:
    """The chain with next to nothing in place of a 0 that differs between people by factors: a law without middle."""
    spreads, known = spreads_of(chain).spread, chain.parameters
    empty = [a for a, s in spreads.items() if s.kind == "lognormal" and float(known[a]) == 0.0]
    return chain.with_values(dict.fromkeys(empty, _NEXT_TO_NOTHING)) if empty else chain


def calibrated(who: Rival, size: Size | None = None, seed: int = SEED, tell: Tell = lambda _: None) -> Posterior:
    """The posterior of an explanation on the build rows of the clinic's stage, with the record of the run.

    Where nothing that is doubted moves anybody's mood, only the measured score is fitted.
    """
    began, own = time.process_time(), size or Size()
    tell("which values move the arms")
    every = shared(own)
    asked, sizes = _asked(who, every, own, seed)
    tell(f"following {own.design if sizes else 1} draws of the prior under {len(asked.followed)} regimens")
    stand_in = emulated(asked, own.design, seed) if sizes else still(asked)
    for k in range(_ROUNDS):
        tell(f"climbing, annealing, and asking the chain itself ({k + 1})")
        found, draws, marks = _settled(every, stand_in, own, seed + k)
        if _enough(marks["settled"]) or k == _ROUNDS - 1:
            break
        stand_in = stand_in.with_points(draws.z[:, : len(asked.addresses)], draws.reliefs[:, :-1])
    more = {"of": who.name, "size": asdict(own), "rounds": k + 1, "picked": sizes, **marks}
    more["cpu_seconds"] = round(time.process_time() - began)
    return _posterior(who, replace(every.posed, surrogate=stand_in), (found, draws), more, seed)


@cache
def shared(size: Size) -> Shared:
    """What all explanations share: arms, belief, and the people who stand for many under the default chain."""
    chain, told = prior_chain("human"), evidence()
    values = {a: law for a, law in doubted(chain).items() if a in _WIDE}
    spreads = {a: law for a, law in laws().spreads.items() if a in chain.declared}
    who = people(chain, told, (values, spreads), size.nodes)
    asked = Asked(chain, followed(told, who), {}, {}, float(chain.parameters["scale.worst"]))
    return Shared(posing(still(asked), told), who, size.values + len(laws().spreads))


def _settled(every: Shared, stand_in: Surrogate, size: Size, seed: int) -> tuple[Bridged, Settled, dict[str, Any]]:
    """Draws of the stand-in's posterior, put right by the chain itself, and how well that went."""
    numbers, count = every.numbers(stand_in), len(stand_in.asked.addresses)
    of = partial(every.slopes, numbers)
    top = _climbed(of, every.size)
    found = bridged(of, top, size.draws, seed)
    truth = stand_in.asked.told(found.z[:, :count])
    exact = np.hstack([truth, np.zeros((len(truth), 1))])
    likelier = every.log_likelihood(found.z, exact) - every.log_likelihood(found.z, every.relieved(numbers, found.z))
    draws, marks = weighed(found.z, exact, likelier, seed)
    marks = {"settled": marks, "bridge": _bridge(of, top, found, seed)}
    own = replace(found, z=every.own(found.z, count))
    return own, Settled(every.own(draws.z, count), draws.reliefs), marks


def _enough(marks: dict[str, Any]) -> bool:
    """Whether the chain itself left enough of the draws; else they become points of the stand-in, which then knows."""
    return bool(marks["put_right"]) and marks["effective_draws"] > _LEFT * marks["draws"]


def _asked(who: Rival, every: Shared, size: Size, seed: int) -> tuple[Asked, dict[str, float]]:
    """The question put to the chain, and the sizes by which its values were picked: none where none moves anybody."""
    laws_of = {a: law for a, law in doubted(who.chain).items() if a not in {*laws().held, *who.chosen}}
    means = group_means(who.chain, every.told, _SCREENED[0])
    found = picked(effects(means, laws_of, who.chain, seed, _SCREENED[1]), size.values)
    sizes = {a: s for a, s in found.items() if s > _NOTHING}
    values: dict[str, Law] = {a: laws_of[a] for a in sizes}
    spreads = {a: law for a, law in laws().spreads.items() if a in who.chain.declared and a not in who.chosen}
    worst = float(who.chain.parameters["scale.worst"])
    return Asked(who.chain, followed(every.told, every.who), values, spreads if sizes else {}, worst), sizes


def _posterior(who: Rival, posed: Posed, found: tuple[Bridged, Settled], more: dict[str, Any], seed: int) -> Posterior:
    columns = told_values(posed, found[1].z)
    table = np.stack([np.broadcast_to(v, len(found[1].z)) for v in columns.values()], axis=1)
    short = table.astype(np.float32).astype(np.float64)
    return Posterior(who.run, tuple(columns), short, _record(who, posed, found[0], more, seed))


def _record(who: Rival, posed: Posed, found: Bridged, more: dict[str, Any], seed: int) -> Record:
    asked = posed.surrogate.asked
    fields = {name: name if "." in name else f"{PLACEBO}{name}" for name in posed.score_laws}
    addresses = dict(zip(posed.names, (*asked.addresses, *fields.values()), strict=False))
    priors = {a: law.told for a, law in asked.laws.items()}
    priors |= {f"spread.{a}": law.told for a, law in asked.spreads.items()}
    priors |= {fields[n]: law.told for n, law in posed.score_laws.items()}
    open_still = learned(posed.names, found.z).not_identified
    return Record(
        title=f"Mood, differences between people, and placebo under the explanation {who.name}",
        method="smc",
        seed=seed,
        data=rows_told(posed.told),
        priors=priors,
        diagnostics={a: _diagnostic(found.groups[:, :, k]) for k, a in enumerate(addresses.values())},
        not_identified=tuple(addresses[n] for n in open_still if n in addresses),
        notes=NOTES,
        more=more,
    )


def _climbed(of: Slopes, size: int) -> Top:
    def up(z: Floats) -> tuple[float, Floats]:
        high, slope = of(z[None])
        return float(high[0]), slope[0]

    return top_of(up, [np.zeros(size)])


def _bridge(of: Slopes, top: Top, found: Bridged, seed: int) -> dict[str, Any]:
    """How the draws came about, and how far the normal law alone would have been off."""
    z = top.draws(256, seed)
    _, k = _arviz().psislw(of(z)[0] - top.log_density(z))
    rhat = max(d.rhat for d in (_diagnostic(one) for one in np.moveaxis(found.groups, 2, 0)))
    return {
        "unknowns": found.z.shape[1],
        "top": round(top.height, 3),
        "temperatures": len(found.temperatures) - 1,
        "accepted": round(found.accepted, 3),
        "worst_rhat_of_groups": round(rhat, 4),
        "normal_law_pareto_k": round(float(k), 3),
    }


def _diagnostic(groups: Floats) -> Diagnostic:
    """R-hat and effective sizes, groups of draws being taken as chains."""
    stats = _arviz()
    return Diagnostic(
        rhat=round(float(stats.rhat(groups)), 4),
        ess_bulk=round(float(stats.ess(groups, method="bulk")), 1),
        ess_tail=round(float(stats.ess(groups, method="tail", prob=(0.05, 0.95))), 1),
    )


def _arviz() -> Any:
    return import_module("arviz_stats.base").array_stats


NOTES = (
    "A quicker method than that of the default chain's own run: a smaller stand-in, and instead of long chains draws "
    "of the normal law around the top, annealed to the stand-in's posterior (sequential Monte Carlo) and weighed by "
    "the chain itself. R-hat compares four groups of draws that never mixed; effective sizes count draws before they "
    "were weighed. It is not called converged.",
    "Values that the explanation has set itself are not drawn; the others have the ranges of their files, and nothing "
    "that the mechanism's rows said of them is known here.",
    "What is felt in the chair is the same under every explanation, that of the default chain with the values on file; "
    "so are the few people who stand for many.",
    "Draws are kept to seven digits.",
)
