"""Concentration profiles of many people by three routes, and the same people one by one in libroadrunner."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
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
from resynapse.core.solver.needed import kept_blocks, links
from resynapse.person import drawn_people

PEOPLE, ONE_BY_ONE, REPEATS = 10_000, 40, 5
TIMES = np.linspace(0.24, 24.0, 100)
PORTS = ("cv_ketamine",)
DOSES = (("ketamine", "iv", 35.0, 2 / 3, 1), ("esketamine", "nasal", 84.0, 0.0, 3), ("ketamine", "oral", 35.0, 0.0, 1))
BODY = body_chain("human")
CROWD = BODY.with_values(drawn_people(BODY, range(PEOPLE), 1))


def given(drug: str, route: str, mg: float, over: float, devices: int) -> Any:
    """One dose at time zero for everybody."""
    dose = {"start": 0.0, "mg": mg, "duration": over, "devices": devices}
    return protocol(BODY.external, [happenings(BODY, compound(drug), route, dose)])


PROTOCOLS = {words[1]: given(*words) for words in DOSES}


def best(run: Callable[[], Any]) -> float:
    """The shortest of a few runs after one that warms up (s)."""
    run()
    seconds = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def crowd() -> list[dict[str, Any]]:
    """Everybody by every route."""
    return [profile_people(CROWD, p, TIMES, PORTS) for p in PROTOCOLS.values()]


def fit_seconds() -> tuple[float, float]:
    """One person's nasal profile at twelve times: the value, and the value with its gradient in nine parameters."""
    names = [f"body.{n}" for n in ("v1", "v2", "qh", "cl_int_s", "fr_n", "ka_n", "ka_sw", "k_slow", "w_fast")]
    times = np.array([0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 6, 8, 12, 24.0])

    def misfit(values: Any) -> Any:
        chain = BODY.with_values(dict(zip(names, values, strict=True)))
        return profile(chain, PROTOCOLS["nasal"], None, times, PORTS).signals["cv_ketamine"].sum()

    start = jnp.array([float(BODY.parameters[n]) for n in names])
    value, both = jax.jit(misfit), jax.jit(jax.value_and_grad(misfit))
    return best(lambda: value(start).block_until_ready()), best(lambda: jax.block_until_ready(both(start)))


def matrices(route: str) -> Iterator[tuple[Any, Any, Any]]:
    """Blocks that the route drives, with everybody's matrices."""
    from resynapse.core.solver.linear import coefficients

    doses = PROTOCOLS[route]
    active = {s.port for s in doses.slots}
    some = jax.tree.map(lambda v: v[:ONE_BY_ONE] if getattr(v, "ndim", 0) == 1 else v, CROWD)
    axes = jax.tree.map(lambda v: 0 if getattr(v, "ndim", 0) == 1 else None, some)
    for block in kept_blocks(BODY, links(BODY).felt(PORTS) & links(BODY).driven(active, ()), active):
        a, b = jax.vmap(lambda c, p=block: coefficients(c.stages["body"], p), in_axes=(axes,))(some)
        yield block, np.asarray(a), np.asarray(b)


def runner(block: Any, a: Any, doses: Any) -> Any:
    """The block in libroadrunner: coefficients as parameters, infusions as inputs that stop."""
    names = block.states
    moved = {i: [f"a{i}_{j}*{names[j]}" for j in range(len(names)) if a[0, i, j]] for i in range(len(names))}
    lines = [f"{n}' = {' + '.join([*moved[i], f'u{i}'])}; {n} = 0; u{i} = 0" for i, n in enumerate(names)]
    lines += [f"a{i}_{j} = {float(v)!r}" for (i, j), v in np.ndenumerate(a[0]) if v]
    stops = {s.duration for s in doses.slots if isinstance(s, Infusion)}
    lines += [f"at time >= {float(s)!r}: " + ", ".join(f"u{i} = 0" for i in range(len(names))) for s in stops]
    if antimony.loadAntimonyString("\n".join(["model block()", *lines, "end"])) < 0:
        raise RuntimeError(antimony.getLastError())
    made = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
    made.integrator.relative_tolerance, made.integrator.absolute_tolerance = 1e-8, 1e-10
    return made


def one_by_one(route: str, block: Any, a: Any, b: Any) -> tuple[Callable[[], None], Any]:
    """What libroadrunner has to do for some people, and where it leaves their states."""
    doses, found = PROTOCOLS[route], np.zeros((ONE_BY_ONE, len(TIMES) + 1, len(block.states)))
    made = runner(block, a, doses)
    where = np.argwhere(a[0] != 0)

    def run() -> None:
        for person in range(ONE_BY_ONE):
            made.resetAll()
            for i, j in where:
                made[f"a{i}_{j}"] = a[person, i, j]
            for slot, amount in zip(doses.slots, doses.amounts[0], strict=True):
                if slot.port in block.ports:
                    enter(made, slot, amount * b[person, :, block.ports.index(slot.port)], block.states)
            found[person] = made.simulate(times=[0.0, *TIMES], selections=list(block.states))

    return run, found


def enter(made: Any, slot: Any, amounts: Any, names: tuple[str, ...]) -> None:
    """One dose into one block: at once, or evenly until it stops."""
    for i in np.nonzero(amounts)[0]:
        if isinstance(slot, Infusion):
            made[f"u{i}"] = made[f"u{i}"] + amounts[i] / slot.duration
        else:
            made[names[i]] = made[names[i]] + amounts[i]


def roadrunner_seconds() -> tuple[float, float]:
    """Seconds for one person by all routes, and the largest scaled difference of venous S-ketamine from ours."""
    seconds, apart = 0.0, 0.0
    for route, doses in PROTOCOLS.items():
        ours = profile_people(CROWD, doses, TIMES, ("ca_ketamine_s",))["ca_ketamine_s"][:ONE_BY_ONE]
        for block, a, b in matrices(route):
            run, found = one_by_one(route, block, a, b)
            seconds += best(run) / ONE_BY_ONE
            if "central_s" in block.states:
                volume = np.asarray(CROWD.parameters["body.v1"])[:ONE_BY_ONE, None]
                theirs = 237.73 * found[:, 1:, block.states.index("central_s")] / volume
                apart = max(apart, float((np.abs(theirs - ours).max(axis=1) / ours.max(axis=1)).max()))
    return seconds, apart


def main() -> None:
    """Measure everything and store it."""
    crowd_s, (value_s, gradient_s) = best(crowd), fit_seconds()
    other_s, apart = roadrunner_seconds()
    record = {
        "what": f"{PEOPLE} people, cv_ketamine, 3 routes, 24 h, {len(TIMES)} times, after warm-up, best of {REPEATS}",
        "crowd_s": crowd_s,
        "crowd_per_person_s": crowd_s / PEOPLE,
        "libroadrunner_per_person_s": other_s,
        "times_faster_per_person": other_s * PEOPLE / crowd_s,
        "largest_scaled_difference": apart,
        "one_profile_s": value_s,
        "one_profile_with_gradient_s": gradient_s,
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "machine": platform.machine(),
    }
    Path(__file__).with_name("results.json").write_text(json.dumps({"profile": record}, indent=2) + "\n", "utf-8")
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
