"""Prefrontal mean field: pyramidal, PV and SOM cells, each losing NMDA current at its own concentration."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import floored, positive_from_rest
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State

_NEWTON = 12  # steps from drug-free rest; a test holds them against the time simulation
_APART = 1e-12  # keeps the removable singularity of the transfer function from being met exactly


class Cells(NamedTuple):
    """One number for each kind of cell: pyramidal, parvalbumin (PV) and somatostatin (SOM) interneurons."""

    e: Array
    p: Array
    s: Array


class Gates(NamedTuple):
    """Open shares or filtered rates of the four synapses: NMDA and AMPA from pyramidal cells, GABA from PV and SOM."""

    n: Array
    a: Array
    p: Array
    s: Array


class MeanField(AbstractStage):
    r"""The prefrontal circuit as three populations: blocking NMDA receptors of SOM cells first disinhibits the rest.

    Rates follow currents, $r_x = y/(1 - e^{-d y})$ with $y = a I_x - b$; currents follow gates, such as
    $I_E = I_{0E} + u_E (w^N_{EE} S_N + x^N_E) + w^A_{EE} S_A + x^A_E - w_{EP} S_P - w_{ES} S_S$, with
    $u_x = 1/(1 + C/IC_x)$ the NMDA current that is left. Gates settle within a tenth of a second, so the stage sits at
    the operating point, found by a fixed number of Newton steps from drug-free rest; glutamate follows the pyramidal
    rate, $\tau_G \dot G = r_E/r_{E0} - G$. Constant currents are those that give the drug-free rates.

    **Reads:** `ce_nmdar` (umol/L as racemic ketamine). **Writes:** `glutamate_pfc` (healthy rest = 1). **Shows:** the
    read-outs of `Disinhibition`, and the rate of each kind of interneuron. `zoom` opens it as a simulation in time.

    **Assumes:** block at equilibrium with the concentration; the inverted U was looked for when the weights were
    chosen, so it is built in and not predicted.

    **Leaves out:** gamma: its linear noise falls where people's gamma rises, so no oscillation is shown or claimed.

    **Source:** Deco 2014 (transfer functions), Moghaddam 1997 (signs), founding notes for the weights.
    """

    w_ee_nmda: Array = parameter("nA", "pyramidal to pyramidal, NMDA", (0.0, 10.0))
    w_ee_ampa: Array = parameter("nA", "pyramidal to pyramidal, AMPA", (0.0, 20.0))
    x_e_nmda: Array = parameter("nA", "background to pyramidal cells, NMDA", (0.0, 2.0))
    x_e_ampa: Array = parameter("nA", "background to pyramidal cells, AMPA", (0.0, 2.0))
    w_pe_nmda: Array = parameter("nA", "pyramidal to PV, NMDA", (0.0, 10.0))
    w_pe_ampa: Array = parameter("nA", "pyramidal to PV, AMPA", (0.0, 20.0))
    x_p_nmda: Array = parameter("nA", "background to PV, NMDA", (0.0, 2.0))
    w_se_nmda: Array = parameter("nA", "pyramidal to SOM, NMDA", (0.0, 10.0))
    w_se_ampa: Array = parameter("nA", "pyramidal to SOM, AMPA", (0.0, 20.0))
    x_s_nmda: Array = parameter("nA", "background to SOM, NMDA", (0.0, 2.0))
    w_ep: Array = parameter("nA", "PV to pyramidal", (0.0, 20.0))
    w_es: Array = parameter("nA", "SOM to pyramidal", (0.0, 20.0))
    w_ps: Array = parameter("nA", "SOM to PV", (0.0, 20.0))
    w_pp: Array = parameter("nA", "PV to PV", (0.0, 20.0))
    ic_e: Array = parameter("umol/L", "racemate that halves the NMDA current of pyramidal cells", (1e-3, 1e3))
    ic_p: Array = parameter("umol/L", "racemate that halves the NMDA current of PV cells", (1e-3, 1e3))
    ic_s: Array = parameter("umol/L", "racemate that halves the NMDA current of SOM cells", (1e-3, 1e3))
    rate_e: Array = parameter("Hz", "drug-free rate of pyramidal cells", (0.1, 100.0))
    rate_p: Array = parameter("Hz", "drug-free rate of PV cells", (0.1, 200.0))
    rate_s: Array = parameter("Hz", "drug-free rate of SOM cells", (0.1, 100.0))
    tau_nmda: Array = parameter("s", "time constant of NMDA gates", (0.01, 1.0))
    tau_ampa: Array = parameter("s", "time constant of AMPA gates", (1e-4, 0.1))
    tau_pv: Array = parameter("s", "time constant of GABA gates from PV", (1e-4, 0.2))
    tau_som: Array = parameter("s", "time constant of GABA gates from SOM", (1e-4, 0.5))
    gamma: Array = parameter("1", "NMDA gates opened by a spike", (0.01, 5.0))
    gain_e: Array = parameter("1/nC", "slope of the transfer function, pyramidal", (1.0, 5e3))
    threshold_e: Array = parameter("Hz", "threshold of the transfer function, pyramidal", (1.0, 1e3))
    curve_e: Array = parameter("s", "curvature of the transfer function, pyramidal", (1e-3, 2.0))
    gain_i: Array = parameter("1/nC", "slope of the transfer function, interneurons", (1.0, 5e3))
    threshold_i: Array = parameter("Hz", "threshold of the transfer function, interneurons", (1.0, 1e3))
    curve_i: Array = parameter("s", "curvature of the transfer function, interneurons", (1e-3, 2.0))
    tau_g: Array = parameter("h", "time constant of extracellular glutamate", (0.01, 10.0))
    tau_excess: Array = parameter("h", "time over which chronic excess is averaged", (1.0, 1e4))
    gain_cycling: Array = parameter("1", "13C glutamine cycling per unit of overflow", (0.0, 5.0))
    gain_mrs: Array = parameter("1", "spectroscopic Glx pool per unit of overflow", (0.0, 5.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("ce_nmdar", "umol/L"),)

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port("glutamate_pfc", "1", "prefrontal glutamate", range=(0.0, 2.0), rest=1.0),)

    @property
    def shows(self) -> tuple[Port, ...]:
        return (
            Port("rate_interneuron", "1", "interneuron firing", range=(0.0, 2.0), rest=1.0),
            Port("rate_pv", "1", "firing of PV interneurons", range=(0.0, 2.0), rest=1.0),
            Port("rate_som", "1", "firing of SOM interneurons", range=(0.0, 2.0), rest=1.0),
            Port("glutamate_cycling", "1", "13C glutamine cycling", range=(0.0, 2.0), rest=1.0),
            Port("glx_mrs", "1", "prefrontal Glx pool seen by spectroscopy", range=(0.0, 2.0), rest=1.0),
            Port("excitation_margin", "1", "distance from run-away excitation; rest = 1", range=(0.0, 2.0)),
            Port("glutamate_excess", "1", "chronic glutamate above rest, leaky mean", range=(0.0, 1.0), rest=0.0),
        )

    def initial(self, ill: bool = False) -> State:
        return {"g": jnp.ones(()), "excess": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        above = positive_from_rest(state["g"] - 1.0, 0.0, 0.01)
        return {
            "g": (self.operating_point(inputs["ce_nmdar"]).e / self.rate_e - state["g"]) / self.tau_g,
            "excess": (above - state["excess"]) / self.tau_excess,
        }

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"glutamate_pfc": state["g"]}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        c = inputs["ce_nmdar"]
        r = self.operating_point(c)
        usual = self.margin(jnp.zeros(()), self.drug_free)
        return {
            "rate_interneuron": (r.p + r.s) / (self.rate_p + self.rate_s),
            "rate_pv": r.p / self.rate_p,
            "rate_som": r.s / self.rate_s,
            "glutamate_cycling": 1.0 + self.gain_cycling * (state["g"] - 1.0),
            "glx_mrs": 1.0 + self.gain_mrs * (state["g"] - 1.0),
            "excitation_margin": floored(self.margin(c, r) / usual, 0.0, 0.01),
            "glutamate_excess": state["excess"],
        }

    @property
    def drug_free(self) -> Cells:
        """The rates without drug (Hz)."""
        return Cells(self.rate_e, self.rate_p, self.rate_s)

    def operating_point(self, c: Array) -> Cells:
        """The rates (Hz) that stay when a concentration (umol/L) stays: Newton's method from drug-free rest."""
        constant, r = self.constant_currents(), self.drug_free
        for _ in range(_NEWTON):
            now, slope = self._fired(self.currents(c, self.settled(r), constant))
            step = _solved(self._jacobian(c, r, slope), Cells(r.e - now.e, r.p - now.p, r.s - now.s))
            r = Cells(r.e - step.e, r.p - step.p, r.s - step.s)
        return r

    def margin(self, c: Array, r: Cells) -> Array:
        """The determinant of the linearised circuit at some rates: 0 where excitation runs away."""
        slope = self._fired(self.currents(c, self.settled(r), self.constant_currents()))[1]
        return _determinant(self._jacobian(c, r, slope))

    def settled(self, r: Cells) -> Gates:
        """The gates that stay when rates stay."""
        opened = self.gamma * self.tau_nmda * r.e
        return Gates(opened / (1.0 + opened), self.tau_ampa * r.e, self.tau_pv * r.p, self.tau_som * r.s)

    def currents(self, c: Array, gates: Gates, constant: Cells) -> Cells:
        """The currents (nA) into each kind of cell at a concentration (umol/L)."""
        n, a, p, s = gates.n, gates.a, gates.p, gates.s
        u = self._unblocked(c)
        return Cells(
            constant.e
            + u.e * (self.w_ee_nmda * n + self.x_e_nmda)
            + self.w_ee_ampa * a
            + self.x_e_ampa
            - self.inhibition(gates),
            constant.p
            + u.p * (self.w_pe_nmda * n + self.x_p_nmda)
            + self.w_pe_ampa * a
            - self.w_pp * p
            - self.w_ps * s,
            constant.s + u.s * (self.w_se_nmda * n + self.x_s_nmda) + self.w_se_ampa * a,
        )

    def inhibition(self, gates: Gates) -> Array:
        """The inhibitory current (nA) into pyramidal cells."""
        return self.w_ep * gates.p + self.w_es * gates.s

    def constant_currents(self) -> Cells:
        """The constant currents (nA) under which the drug-free rates are at rest."""
        zero = jnp.zeros(())
        others = self.currents(zero, self.settled(self.drug_free), Cells(zero, zero, zero))
        needed = (
            (_inverse(self.rate_e, self.curve_e) + self.threshold_e) / self.gain_e,
            (_inverse(self.rate_p, self.curve_i) + self.threshold_i) / self.gain_i,
            (_inverse(self.rate_s, self.curve_i) + self.threshold_i) / self.gain_i,
        )
        return Cells(*(need - other for need, other in zip(needed, others, strict=True)))

    def fired(self, current: Cells) -> Cells:
        """The rates (Hz) that currents (nA) give."""
        return self._fired(current)[0]

    def _fired(self, current: Cells) -> tuple[Cells, Cells]:
        """Rates (Hz) and their slopes on the currents (Hz/nA)."""
        e = _transfer(self.gain_e * current.e - self.threshold_e, self.curve_e)
        p, s = (_transfer(self.gain_i * i - self.threshold_i, self.curve_i) for i in (current.p, current.s))
        return Cells(e[0], p[0], s[0]), Cells(self.gain_e * e[1], self.gain_i * p[1], self.gain_i * s[1])

    def _unblocked(self, c: Array) -> Cells:
        return Cells(*(1.0 / (1.0 + c / half) for half in (self.ic_e, self.ic_p, self.ic_s)))

    def _jacobian(self, c: Array, r: Cells, slope: Cells) -> tuple[Cells, Cells, Cells]:
        """How $r - f(I(r))$ changes with each rate, row by row."""
        u, opened = self._unblocked(c), 1.0 + self.gamma * self.tau_nmda * r.e
        gate = self.gamma * self.tau_nmda / (opened * opened)
        e = [
            v * w * gate + a * self.tau_ampa
            for v, w, a in (
                (u.e, self.w_ee_nmda, self.w_ee_ampa),
                (u.p, self.w_pe_nmda, self.w_pe_ampa),
                (u.s, self.w_se_nmda, self.w_se_ampa),
            )
        ]
        return (
            Cells(1.0 - slope.e * e[0], slope.e * self.w_ep * self.tau_pv, slope.e * self.w_es * self.tau_som),
            Cells(-slope.p * e[1], 1.0 + slope.p * self.w_pp * self.tau_pv, slope.p * self.w_ps * self.tau_som),
            Cells(-slope.s * e[2], jnp.zeros(()), jnp.ones(())),
        )


def _transfer(y: Array, curve: Array) -> tuple[Array, Array]:
    """Rate (Hz) above a soft threshold, and its slope."""
    z = curve * y + _APART
    below = -jnp.expm1(-z)
    return z / curve / below, (below - z * (1.0 - below)) / (below * below)


def _inverse(rate: Array, curve: Array) -> Array:
    """The drive at which the transfer function gives `rate`, by Newton's method."""
    y = rate - 0.5 / curve
    for _ in range(_NEWTON):
        value, slope = _transfer(y, curve)
        y = y - (value - rate) / slope
    return y


def _determinant(m: tuple[Cells, Cells, Cells]) -> Array:
    (a, b, c), (d, e, f), (g, h, i) = m
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _solved(m: tuple[Cells, Cells, Cells], v: Cells) -> Cells:
    """The solution of a three by three system, by Cramer's rule."""
    (a, b, c), (d, e, f), (g, h, i) = m
    whole = _determinant(m)
    return Cells(
        _determinant((Cells(v.e, b, c), Cells(v.p, e, f), Cells(v.s, h, i))) / whole,
        _determinant((Cells(a, v.e, c), Cells(d, v.p, f), Cells(g, v.s, i))) / whole,
        _determinant((Cells(a, b, v.e), Cells(d, e, v.p), Cells(g, h, v.s))) / whole,
    )
