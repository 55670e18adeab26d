"""KPK-1: both ketamine enantiomers and their metabolites in one linear system, for every human route."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractLinearStage, Inputs, Signals, State
from .plasma import ENANTIOMERS, MOLAR_MASS, effect_site_ports, plasma_meaning
from .route import Delivery, by_devices

_DEPOTS = ("nasal", "swallowed", "oral", "mucosa", "mucosa_swallowed", "im", "sc", "lung", "rectal")
_TISSUES = ("central", "peripheral1", "peripheral2", "liver", "nk", "nk_peripheral", "dhnk", "hnk", "hnk_peripheral")
_SITES = tuple(f"{kind}_{what}" for what in ("ketamine", "norketamine", "hnk") for kind in ("fast", "slow", "brain"))
_INPUTS = (
    "iv_ketamine",
    "nasal_first_ketamine",
    "nasal_later_ketamine",
    "swallowed_first_ketamine",
    "swallowed_later_ketamine",
    "oral_ketamine",
    "mucosa_ketamine",
    "mucosa_swallowed_ketamine",
    "im_ketamine",
    "sc_ketamine",
    "iv_hnk",
    "inhaled_ketamine",
    "rectal_ketamine",
    "iv_norketamine",
)


class Kpk1(AbstractLinearStage):
    """Ketamine from dose to plasma and brain: gut, nose and liver, arteries and veins, norketamine and HNK.

    Per enantiomer a linear system in umol: absorption depots (nose, mouth, gut, rectum, lung, muscle, skin) -> arterial
    central compartment with two peripherals and a well-stirred liver (first pass, gut extraction) -> norketamine (two
    compartments) -> HNK (two compartments) and DHNK (one). Veins follow arteries through a fast and a slow link of unit
    gain; the brain follows unbound arterial plasma through an effect-site link. No inversion and no interaction between
    enantiomers. Norketamine and HNK can be given into a vein.

    **Reads:** dose ports such as `iv_ketamine_s` (umol/h). **Writes:** unbound effect-site concentrations
    `ce_*` (umol/L). **Shows:** venous `cv_*` and arterial `ca_*` total plasma concentrations (ng/mL).

    **Assumes:** linear kinetics; metabolites share the parent's venous link; HNK volumes are apparent.

    **Leaves out:** saturable uptake in nose, mouth and lung, auto-induction, infants under one year, the far tail
    beyond 24 h (volume at steady state is 330 L; others have 392 to 752 L, see `docs/calibration/kpk1.md`).

    **Source:** joint fit of the project's founding notes (`resynapse2026kpk1`), see `parameters/kpk1.toml`.
    """

    weight: Array = parameter("kg", "body weight", (1.0, 300.0))
    age: Array = parameter("year", "age", (0.0, 110.0))
    v1: Array = parameter("L", "arterial central volume at 70 kg", (0.1, 1e3))
    q1: Array = parameter("L/h", "flow to the first peripheral compartment at 70 kg", (0.1, 1e4))
    v2: Array = parameter("L", "first peripheral volume at 70 kg", (0.1, 1e4))
    q2: Array = parameter("L/h", "flow to the second peripheral compartment at 70 kg", (0.1, 1e4))
    v3: Array = parameter("L", "second peripheral volume at 70 kg", (0.1, 1e4))
    qh: Array = parameter("L/h", "apparent liver plasma flow at 70 kg", (1.0, 1e3))
    vh: Array = parameter("L", "liver volume at 70 kg", (0.1, 1e3))
    cl_int_s: Array = parameter("L/h", "intrinsic liver clearance of S-ketamine at 70 kg", (1.0, 1e4))
    cl_int_r: Array = parameter("L/h", "intrinsic liver clearance of R-ketamine at 70 kg", (1.0, 1e4))
    volume_ratio_r: Array = parameter("1", "volumes of R-ketamine relative to S-ketamine", (0.1, 10.0))
    flow_loss_per_year: Array = parameter("1/year", "share of liver flow lost per year above 60", (0.0, 0.1))
    fm: Array = parameter("1", "share of liver metabolism that forms norketamine", (0.0, 1.0))
    v_nk: Array = parameter("L", "norketamine central volume at 70 kg", (0.1, 1e4))
    q_nk: Array = parameter("L/h", "norketamine distribution flow at 70 kg", (0.1, 1e4))
    vp_nk: Array = parameter("L", "norketamine peripheral volume at 70 kg", (0.1, 1e4))
    cl_nk_s: Array = parameter("L/h", "S-norketamine clearance at 70 kg", (0.1, 1e4))
    cl_nk_r: Array = parameter("L/h", "R-norketamine clearance at 70 kg", (0.1, 1e4))
    f_dhnk: Array = parameter("1", "share of norketamine clearance that forms DHNK", (0.0, 1.0))
    v_dhnk: Array = parameter("L", "DHNK volume at 70 kg", (0.1, 1e4))
    cl_dhnk_s: Array = parameter("L/h", "S-DHNK clearance at 70 kg", (0.1, 1e4))
    cl_dhnk_r: Array = parameter("L/h", "R-DHNK clearance at 70 kg", (0.1, 1e4))
    f_hnk: Array = parameter("1", "share of norketamine clearance that forms HNK", (0.0, 1.0))
    v_hnk: Array = parameter("L", "HNK central volume at 70 kg", (0.1, 1e4))
    q_hnk: Array = parameter("L/h", "HNK distribution flow at 70 kg", (0.1, 1e4))
    vp_hnk: Array = parameter("L", "HNK peripheral volume at 70 kg", (0.1, 1e4))
    cl_hnk_s: Array = parameter("L/h", "(2S,6S)-HNK clearance at 70 kg", (0.1, 1e4))
    cl_hnk_r: Array = parameter("L/h", "(2R,6R)-HNK clearance at 70 kg", (0.1, 1e4))
    f_gut: Array = parameter("1", "share of swallowed ketamine that passes the gut wall", (0.0, 1.0))
    nk_from_gut: Array = parameter("1", "share of what the gut wall takes that appears as norketamine", (0.0, 1.0))
    fr_n: Array = parameter("1", "share of a first nasal device that the nose absorbs", (0.0, 1.0))
    later_device: Array = parameter("1", "nasal share of a later device relative to the first", (0.0, 2.0))
    ka_n: Array = parameter("1/h", "nasal absorption rate", (0.01, 1e3))
    d_sw: Array = parameter("h", "time over which the nasal remainder is swallowed", (0.01, 24.0))
    ka_sw: Array = parameter("1/h", "absorption rate of the swallowed nasal remainder", (0.01, 1e3))
    d_po: Array = parameter("h", "time over which an oral solution reaches the gut", (0.01, 24.0))
    ka_po: Array = parameter("1/h", "oral absorption rate", (0.01, 1e3))
    f_sl: Array = parameter("1", "share of a sublingual dose that the mucosa absorbs", (0.0, 1.0))
    d_sl: Array = parameter("h", "time over which a sublingual dose enters the mucosa", (0.01, 24.0))
    ka_sl: Array = parameter("1/h", "mucosal absorption rate", (0.01, 1e3))
    d_slsw: Array = parameter("h", "time over which the sublingual remainder is swallowed", (0.01, 24.0))
    ka_slsw: Array = parameter("1/h", "absorption rate of the swallowed sublingual remainder", (0.01, 1e3))
    f_im: Array = parameter("1", "intramuscular bioavailability", (0.0, 1.0))
    ka_im: Array = parameter("1/h", "intramuscular absorption rate", (0.01, 1e3))
    f_sc: Array = parameter("1", "subcutaneous bioavailability", (0.0, 1.0))
    ka_sc: Array = parameter("1/h", "subcutaneous absorption rate", (0.01, 1e3))
    f_lung: Array = parameter("1", "share of a nebulised dose that is absorbed from the lung", (0.0, 1.0))
    slow_lung: Array = parameter("1", "share of what the lung absorbs that comes slowly", (0.0, 1.0))
    ka_lung: Array = parameter("1/h", "absorption rate of the slow part from the lung", (0.01, 1e3))
    past_liver: Array = parameter("1", "share of a rectal dose that bypasses gut wall and liver", (0.0, 1.0))
    ka_rectal: Array = parameter("1/h", "rectal absorption rate", (0.01, 1e3))
    w_fast: Array = parameter("1", "share of venous blood that follows arteries fast", (0.0, 1.0))
    k_fast: Array = parameter("1/h", "fast arteriovenous rate", (0.1, 1e3))
    k_slow: Array = parameter("1/h", "slow arteriovenous rate", (0.001, 1e3))
    fu_s: Array = parameter("1", "unbound share of S-ketamine in plasma", (0.0, 1.0))
    fu_r: Array = parameter("1", "unbound share of R-ketamine in plasma", (0.0, 1.0))
    kp_uu: Array = parameter("1", "unbound brain over unbound plasma, ketamine and HNK", (0.0, 10.0))
    nk_entry: Array = parameter("1", "brain entry of norketamine relative to ketamine", (0.0, 1.0))
    ke0: Array = parameter("1/h", "effect-site equilibration rate", (0.01, 1e3))

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"{name}_{e}", "umol/h", "dose input") for e in ENANTIOMERS for name in _INPUTS)

    @property
    def writes(self) -> tuple[Port, ...]:
        return effect_site_ports()

    @property
    def shows(self) -> tuple[Port, ...]:
        each = [f"{site}_{what}_{e}" for site, what in _PLASMA for e in ENANTIOMERS]
        both = [f"{site}_{what}" for site, what in _PLASMA]
        return tuple(Port(name, "ng/mL", plasma_meaning(name), range=(0.0, 100.0), rest=0.0) for name in (*both, *each))

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        return {
            "iv": (Delivery("iv_ketamine"),),
            "nasal": by_devices(self.d_sw),
            "oral": (Delivery("oral_ketamine", over=self.d_po),),
            "sublingual": (
                Delivery("mucosa_ketamine", over=self.d_sl),
                Delivery("mucosa_swallowed_ketamine", over=self.d_slsw),
            ),
            "im": (Delivery("im_ketamine"),),
            "sc": (Delivery("sc_ketamine"),),
            "inhaled": (Delivery("inhaled_ketamine"),),
            "rectal": (Delivery("rectal_ketamine"),),
        }

    def extraction(self, e: str) -> Array:
        """Hepatic extraction ratio of one enantiomer: $E = CL_{int} / (Q_h + CL_{int})$."""
        cl_int = (self.cl_int_s if e == "s" else self.cl_int_r) * self._flow
        return cl_int / (self._liver_flow + cl_int)

    def initial(self, ill: bool = False) -> State:
        names = [f"{name}_{e}" for e in ENANTIOMERS for name in (*_DEPOTS, *_TISSUES, *_SITES)]
        return dict.fromkeys(names, jnp.zeros(()))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        moved: State = {}
        for e in ENANTIOMERS:
            x = {name: state[f"{name}_{e}"] for name in (*_DEPOTS, *_TISSUES, *_SITES)}
            u = {name: inputs[f"{name}_{e}"] for name in _INPUTS}
            depots, systemic, portal = self._absorption(x, u)
            parts = (
                depots | self._parent(e, x, systemic, portal) | self._metabolites(e, x, u, portal) | self._sites(e, x)
            )
            moved |= {f"{name}_{e}": rate for name, rate in parts.items()}
        return moved

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {p.name: state[p.name.replace("ce_", "brain_")] for p in self.writes}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        each = {f"{s}_{w}_{e}": self._plasma(s, w, e, state) for s, w in _PLASMA for e in ENANTIOMERS}
        return each | {f"{s}_{w}": each[f"{s}_{w}_s"] + each[f"{s}_{w}_r"] for s, w in _PLASMA}

    @property
    def _size(self) -> Array:
        return self.weight / 70.0

    @property
    def _flow(self) -> Array:
        return self._size**0.75

    @property
    def _liver_flow(self) -> Array:
        return self.qh * self._flow * (1.0 - self.flow_loss_per_year * jnp.maximum(self.age - 60.0, 0.0))

    def _absorption(self, x: State, u: Inputs) -> tuple[State, Array, Array]:
        """Depots, what they give to the arterial pool, and what the gut absorbs (umol/h)."""
        fr1, fr2 = self.fr_n, self.fr_n * self.later_device
        depots = {
            "nasal": fr1 * u["nasal_first_ketamine"] + fr2 * u["nasal_later_ketamine"] - self.ka_n * x["nasal"],
            "swallowed": (1 - fr1) * u["swallowed_first_ketamine"]
            + (1 - fr2) * u["swallowed_later_ketamine"]
            - self.ka_sw * x["swallowed"],
            "oral": u["oral_ketamine"] - self.ka_po * x["oral"],
            "mucosa": self.f_sl * u["mucosa_ketamine"] - self.ka_sl * x["mucosa"],
            "mucosa_swallowed": (1 - self.f_sl) * u["mucosa_swallowed_ketamine"] - self.ka_slsw * x["mucosa_swallowed"],
            "im": self.f_im * u["im_ketamine"] - self.ka_im * x["im"],
            "sc": self.f_sc * u["sc_ketamine"] - self.ka_sc * x["sc"],
            "lung": self.slow_lung * self.f_lung * u["inhaled_ketamine"] - self.ka_lung * x["lung"],
            "rectal": u["rectal_ketamine"] - self.ka_rectal * x["rectal"],
        }
        at_once = u["iv_ketamine"] + (1 - self.slow_lung) * self.f_lung * u["inhaled_ketamine"]
        return depots, at_once + self._past_the_liver(x), self._to_the_gut_wall(x)

    def _past_the_liver(self, x: State) -> Array:
        """What the depots give straight to the blood (umol/h)."""
        injected = self.ka_im * x["im"] + self.ka_sc * x["sc"]
        through_lining = self.ka_n * x["nasal"] + self.ka_sl * x["mucosa"] + self.ka_lung * x["lung"]
        return injected + through_lining + self.past_liver * self.ka_rectal * x["rectal"]

    def _to_the_gut_wall(self, x: State) -> Array:
        """What the depots give to the gut wall, and the gut wall to the liver (umol/h)."""
        swallowed = self.ka_sw * x["swallowed"] + self.ka_po * x["oral"] + self.ka_slsw * x["mucosa_swallowed"]
        return swallowed + (1 - self.past_liver) * self.ka_rectal * x["rectal"]

    def _parent(self, e: str, x: State, systemic: Array, gut: Array) -> State:
        v1, v2, v3, vh = (v * self._size * self._volume_ratio(e) for v in (self.v1, self.v2, self.v3, self.vh))
        q1, q2, qh = self.q1 * self._flow, self.q2 * self._flow, self._liver_flow
        c, c1, c2, ch = x["central"] / v1, x["peripheral1"] / v2, x["peripheral2"] / v3, x["liver"] / vh
        return {
            "central": systemic + qh * (ch - c) + q1 * (c1 - c) + q2 * (c2 - c),
            "peripheral1": q1 * (c - c1),
            "peripheral2": q2 * (c - c2),
            "liver": qh * (c - ch) - self._cl_int(e) * ch + self.f_gut * gut,
        }

    def _metabolites(self, e: str, x: State, u: Inputs, gut: Array) -> State:
        s, f = self._size, self._flow
        cl_nk, cl_dhnk, cl_hnk = (getattr(self, f"cl_{m}_{e}") * f for m in ("nk", "dhnk", "hnk"))
        ch = x["liver"] / (self.vh * s * self._volume_ratio(e))
        nk, nkp = x["nk"] / (self.v_nk * s), x["nk_peripheral"] / (self.vp_nk * s)
        hnk, hnkp = x["hnk"] / (self.v_hnk * s), x["hnk_peripheral"] / (self.vp_hnk * s)
        formed = self.fm * self._cl_int(e) * ch + self.nk_from_gut * (1 - self.f_gut) * gut
        return {
            "nk": u["iv_norketamine"] + formed - cl_nk * nk - self.q_nk * f * (nk - nkp),
            "nk_peripheral": self.q_nk * f * (nk - nkp),
            "dhnk": self.f_dhnk * cl_nk * nk - cl_dhnk * x["dhnk"] / (self.v_dhnk * s),
            "hnk": u["iv_hnk"] + self.f_hnk * cl_nk * nk - cl_hnk * hnk - self.q_hnk * f * (hnk - hnkp),
            "hnk_peripheral": self.q_hnk * f * (hnk - hnkp),
        }

    def _sites(self, e: str, x: State) -> State:
        """Venous and brain sites, as concentrations (umol/L)."""
        free = (self.fu_s if e == "s" else self.fu_r) * self.kp_uu
        entry = {"ketamine": free, "norketamine": free * self.nk_entry, "hnk": free}
        rates: State = {}
        for what, gain in entry.items():
            arterial = self._arterial(what, e, x)
            rates[f"fast_{what}"] = self.k_fast * (arterial - x[f"fast_{what}"])
            rates[f"slow_{what}"] = self.k_slow * (arterial - x[f"slow_{what}"])
            rates[f"brain_{what}"] = self.ke0 * (gain * arterial - x[f"brain_{what}"])
        return rates

    def _plasma(self, site: str, what: str, e: str, state: State) -> Array:
        x = {name: state[f"{name}_{e}"] for name in (*_TISSUES, *_SITES)}
        if site == "ca":
            return self._arterial(what, e, x) * MOLAR_MASS[what]
        return (self.w_fast * x[f"fast_{what}"] + (1 - self.w_fast) * x[f"slow_{what}"]) * MOLAR_MASS[what]

    def _arterial(self, what: str, e: str, x: State) -> Array:
        """Arterial total concentration (umol/L)."""
        held = {"ketamine": "central", "norketamine": "nk"}.get(what, what)
        volume = {
            "ketamine": self.v1 * self._volume_ratio(e),
            "norketamine": self.v_nk,
            "dhnk": self.v_dhnk,
            "hnk": self.v_hnk,
        }[what]
        return x[held] / (volume * self._size)

    def _cl_int(self, e: str) -> Array:
        return (self.cl_int_s if e == "s" else self.cl_int_r) * self._flow

    def _volume_ratio(self, e: str) -> Array | float:
        return self.volume_ratio_r if e == "r" else 1.0


_PLASMA = (
    ("cv", "ketamine"),
    ("cv", "norketamine"),
    ("cv", "hnk"),
    ("ca", "ketamine"),
    ("ca", "norketamine"),
    ("ca", "dhnk"),
    ("ca", "hnk"),
)
