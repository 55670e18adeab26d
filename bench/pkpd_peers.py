"""The linear job in other tools: SciPy, libroadrunner and Diffrax; SciPy at tight tolerance is the reference of all."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import antimony
import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import roadrunner
from scipy.integrate import solve_ivp

from resynapse.core.stage import Signals

from .pkpd import DAYS, DOSE_MG, END_H, OVER_H, PORTS, RESPONSE, TIMES, VALUES, Crowd

STARTS = 24.0 * np.array(DAYS)
EDGES = np.unique([*STARTS, *(STARTS + OVER_H), END_H])
REST = RESPONSE["kin"] / RESPONSE["kout"]


def slopes(y: Any, cl: Any, v1: Any, rate: Any) -> list[Any]:
    """The five rates of change, written once for SciPy and Diffrax."""
    v, r = VALUES, RESPONSE
    c1 = y[0] / v1
    out2, out3 = v["q2"] * (c1 - y[1] / v["v2"]), v["q3"] * (c1 - y[2] / v["v3"])
    made = r["kin"] * (1.0 - r["imax"] * y[3] / (r["ic50"] + y[3]))
    return [rate - cl * c1 - out2 - out3, out2, out3, v["ke0"] * (c1 - y[3]), made - r["kout"] * y[4]]


def by_scipy(crowd: Crowd, method: str, tolerance: float) -> Signals:
    """Everybody, one by one, interval by interval between the edges of infusions."""
    found = np.zeros((crowd.count, len(TIMES), 5))
    found[:, 0, 4] = REST
    for person, (cl, v1) in enumerate(zip(*crowd.values.values(), strict=True)):
        y = np.array([0.0, 0.0, 0.0, 0.0, REST])
        for begin, end in pairwise(EDGES):
            rate = DOSE_MG / OVER_H if ((begin >= STARTS - 1e-9) & (begin < STARTS + OVER_H - 1e-9)).any() else 0.0
            inside = np.nonzero((begin < TIMES) & (end >= TIMES))[0]

            def moved(t: float, y: Any, own: tuple[float, ...] = (cl, v1, rate)) -> list[Any]:
                return slopes(y, *own)

            times = np.append(TIMES[inside], end)
            kept = solve_ivp(
                moved, (begin, end), y, method, times[: len(inside)], True, rtol=tolerance, atol=tolerance * 1e-3
            )
            found[person, inside], y = (
                kept.sol(TIMES[inside]).T if len(inside) else found[person, inside],
                kept.sol(end),
            )
    return named(crowd, found)


def reference(crowd: Crowd) -> Signals:
    """Everybody by the eighth-order method of SciPy at a tolerance of 1e-12."""
    return by_scipy(crowd, "DOP853", 1e-12)


def named(crowd: Crowd, states: Any) -> Signals:
    """Ports from states (person x time x state)."""
    volume = crowd.values["v1"][: len(states), None]
    return {"response": states[..., 4], "c1": states[..., 0] / volume, "ce": states[..., 3]}


@cache
def runner() -> Any:
    """The job in libroadrunner: CVODE, infusions as events."""
    constants = "; ".join(f"{k} = {v}" for k, v in {**VALUES, **RESPONSE}.items())
    events = "\n".join(
        f"at time >= {t!r}: rate = {r!r};"
        for start in STARTS
        for t, r in ((float(start), DOSE_MG / OVER_H), (float(start) + OVER_H, 0.0))
    )
    text = f"""model job()
    {constants}; rate = {DOSE_MG / OVER_H!r}; c1 := a1/v1
    a1' = rate - cl*c1 - q2*(c1 - a2/v2) - q3*(c1 - a3/v3); a1 = 0
    a2' = q2*(c1 - a2/v2); a2 = 0
    a3' = q3*(c1 - a3/v3); a3 = 0
    ce' = ke0*(c1 - ce); ce = 0
    r' = kin*(1 - imax*ce/(ic50 + ce)) - kout*r; r = {REST!r}
    {events}
    end"""
    if antimony.loadAntimonyString(text) < 0:
        raise RuntimeError(antimony.getLastError())
    made = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
    made.integrator.relative_tolerance, made.integrator.absolute_tolerance = 1e-6, 1e-9
    return made


def by_roadrunner(crowd: Crowd) -> Signals:
    """Everybody, one by one, in libroadrunner at a tolerance of 1e-6."""
    made, found = runner(), []
    for cl, v1 in zip(*crowd.values.values(), strict=True):
        made.resetAll()
        made["cl"], made["v1"], made["rate"] = cl, v1, DOSE_MG / OVER_H
        found.append(np.array(made.simulate(0.0, END_H, len(TIMES), ["r", "c1", "ce"])))
    return {port: np.stack(found)[..., i] for i, port in enumerate(PORTS)}


def by_diffrax(crowd: Crowd) -> Signals:
    """Everybody at once in Diffrax: Tsit5 at a tolerance of 1e-6, mapped over people, stopping at infusion edges."""
    return named(crowd, np.asarray(_diffrax()(*(jnp.asarray(v) for v in crowd.values.values()))))


@cache
def _diffrax() -> Any:
    starts = jnp.asarray(STARTS)
    control = diffrax.ClipStepSizeController(
        diffrax.PIDController(rtol=1e-6, atol=1e-9), jump_ts=jnp.asarray(EDGES[1:-1])
    )

    def one(cl: Any, v1: Any) -> Any:
        def moved(t: Any, y: Any, _: Any) -> Any:
            running = jnp.any((t >= starts) & (t < starts + OVER_H))
            return jnp.stack(slopes(y, cl, v1, DOSE_MG / OVER_H * running))

        solved = diffrax.diffeqsolve(
            diffrax.ODETerm(moved),
            diffrax.Tsit5(),
            0.0,
            END_H,
            1e-3,
            jnp.array([0.0, 0.0, 0.0, 0.0, REST]),
            saveat=diffrax.SaveAt(ts=jnp.asarray(TIMES)),
            stepsize_controller=control,
            max_steps=100_000,
        )
        return solved.ys

    return jax.jit(jax.vmap(one))
