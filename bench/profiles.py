"""Concentration profiles of many people by three routes, and the same people one by one in libroadrunner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import antimony
import jax
import jax.numpy as jnp
import numpy as np
import roadrunner

from resynapse.chains import body_chain, happenings
from resynapse.compound.library import compound
from resynapse.core.event import Infusion
from resynapse.core.solver import profile, profile_people, protocol
from resynapse.core.solver.linear import coefficients
from resynapse.core.solver.needed import kept_blocks, links
from resynapse.person import drawn_people

from .timing import best, engine

TIMES = np.linspace(0.24, 24.0, 100)
PORTS = ("cv_ketamine",)
DOSES = (("ketamine", "iv", 35.0, 2 / 3, 1), ("esketamine", "nasal", 84.0, 0.0, 3), ("ketamine", "oral", 35.0, 0.0, 1))
MICROGRAMS_A_MICROMOLE = 237.73


@cache
def body() -> Any:
    """The human body alone."""
    return body_chain("human")


@cache
def people(count: int) -> Any:
    """Drawn people; person k is the same whatever the count."""
    return body().with_values(drawn_people(body(), range(count), 1))


@cache
def doses() -> dict[str, Any]:
    """One dose at time zero for everybody, by each route."""
    return {words[1]: _given(*words) for words in DOSES}


def _given(drug: str, route: str, mg: float, over: float, devices: int) -> Any:
    dose = {"start": 0.0, "mg": mg, "duration": over, "devices": devices}
    return protocol(body().external, [happenings(body(), compound(drug), route, dose)])


def all_routes(count: int) -> list[dict[str, Any]]:
    """Everybody by every route."""
    return [profile_people(people(count), p, TIMES, PORTS) for p in doses().values()]


def fit_seconds(repeats: int) -> tuple[float, float]:
    """One person's nasal profile at twelve times: the value, and the value with its gradient in nine parameters."""
    names = [f"body.{n}" for n in ("v1", "v2", "qh", "cl_int_s", "fr_n", "ka_n", "ka_sw", "k_slow", "w_fast")]
    times = np.array([0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 6, 8, 12, 24.0])

    def misfit(values: Any) -> Any:
        chain = body().with_values(dict(zip(names, values, strict=True)))
        return profile(chain, doses()["nasal"], None, times, PORTS).signals["cv_ketamine"].sum()

    start = jnp.array([float(body().parameters[n]) for n in names])
    value, both = jax.jit(misfit), jax.jit(jax.value_and_grad(misfit))
    one = best(lambda: value(start).block_until_ready(), repeats)
    return one.wall, best(lambda: jax.block_until_ready(both(start)), repeats).wall


def matrices(route: str, count: int) -> Iterator[tuple[Any, Any, Any]]:
    """Blocks that the route drives, with everybody's matrices."""
    active, chain = {s.port for s in doses()[route].slots}, people(count)
    axes = jax.tree.map(lambda v: 0 if getattr(v, "ndim", 0) == 1 else None, chain)
    for block in kept_blocks(body(), links(body()).felt(PORTS) & links(body()).driven(active, ()), active):
        a, b = jax.vmap(lambda c, p=block: coefficients(c.stages["body"], p), in_axes=(axes,))(chain)
        yield block, np.asarray(a), np.asarray(b)


def runner(block: Any, a: Any, given: Any) -> Any:
    """The block in libroadrunner: coefficients as parameters, infusions as inputs that stop."""
    names = block.states
    moved = {i: [f"a{i}_{j}*{names[j]}" for j in range(len(names)) if a[0, i, j]] for i in range(len(names))}
    lines = [f"{n}' = {' + '.join([*moved[i], f'u{i}'])}; {n} = 0; u{i} = 0" for i, n in enumerate(names)]
    lines += [f"a{i}_{j} = {float(v)!r}" for (i, j), v in np.ndenumerate(a[0]) if v]
    stops = {s.duration for s in given.slots if isinstance(s, Infusion)}
    lines += [f"at time >= {float(s)!r}: " + ", ".join(f"u{i} = 0" for i in range(len(names))) for s in stops]
    if antimony.loadAntimonyString("\n".join(["model block()", *lines, "end"])) < 0:
        raise RuntimeError(antimony.getLastError())
    made = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
    made.integrator.relative_tolerance, made.integrator.absolute_tolerance = 1e-8, 1e-10
    return made


def one_by_one(route: str, block: Any, a: Any, b: Any) -> Callable[[], Any]:
    """What libroadrunner has to do for some people; gives their states."""
    given, made, where = doses()[route], runner(block, a, doses()[route]), np.argwhere(a[0] != 0)
    used = [(s, x) for s, x in zip(given.slots, given.amounts[0], strict=True) if s.port in block.ports]

    def someone(person: int) -> Any:
        made.resetAll()
        for i, j in where:
            made[f"a{i}_{j}"] = a[person, i, j]
        for slot, amount in used:
            enter(made, slot, amount * b[person, :, block.ports.index(slot.port)], block.states)
        return np.array(made.simulate(times=[0.0, *TIMES], selections=list(block.states)))

    return lambda: np.stack([someone(k) for k in range(len(a))])


def enter(made: Any, slot: Any, amounts: Any, names: tuple[str, ...]) -> None:
    """One dose into one block: at once, or evenly until it stops."""
    for i in np.nonzero(amounts)[0]:
        if isinstance(slot, Infusion):
            made[f"u{i}"] = made[f"u{i}"] + amounts[i] / slot.duration
        else:
            made[names[i]] = made[names[i]] + amounts[i]


def by_roadrunner(count: int, repeats: int) -> tuple[float, float]:
    """Processor seconds for some people by all routes, and the largest scaled difference of S-ketamine from ours."""
    seconds, apart = 0.0, 0.0
    for route, given in doses().items():
        ours = profile_people(people(count), given, TIMES, ("ca_ketamine_s",))["ca_ketamine_s"]
        for block, a, b in matrices(route, count):
            timed = best(one_by_one(route, block, a, b), repeats)
            seconds += timed.cpu
            if "central_s" in block.states:
                volume = np.asarray(people(count).parameters["body.v1"])[:, None]
                theirs = MICROGRAMS_A_MICROMOLE * timed.result[:, 1:, block.states.index("central_s")] / volume
                apart = max(apart, float((np.abs(theirs - ours).max(axis=1) / ours.max(axis=1)).max()))
    return seconds, apart


def job(count: int, few: int, repeats: int) -> dict[str, Any]:
    """Measure everything.

    **Arguments:** `count` people here, `few` in the other tool.
    """
    ours, (value, gradient) = best(lambda: all_routes(count), repeats), fit_seconds(repeats)
    other, apart = by_roadrunner(few, repeats)
    theirs = {"people_per_cpu_s": few / other, "people": few, "max_rel_err": apart}
    return {
        "what": "venous ketamine by three routes (infusion, spray, swallowed), 24 h; a person is three profiles",
        "engines": {"resynapse": engine(count, ours, 0.0), "libroadrunner": theirs},
        "one_profile_s": value,
        "one_profile_with_gradient_s": gradient,
    }
