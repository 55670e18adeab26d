"""Published theories of the body: their sources' numbers, clearances and first pass as in textbooks, no mole lost."""

from __future__ import annotations

import re
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from resynapse.body.plasma import MOLAR_MASS
from resynapse.body.theory import AbstractSKetamineBody
from resynapse.chains import BODIES, body_chain, happenings
from resynapse.compound.library import compound
from resynapse.core.event import Impulse, Infusion
from resynapse.core.solver import protocol, solve
from resynapse.core.variability import Spread
from resynapse.evidence import library

THEORIES = tuple(name for name, theory in BODIES.items() if issubclass(theory.stage, AbstractSKetamineBody))
RATIO = MOLAR_MASS["ketamine"] / MOLAR_MASS["norketamine"]
LOG2 = np.log(2.0)

every_theory = pytest.mark.parametrize("name", THEORIES)


def stage(name, **values):
    chosen = body_chain("human", name).with_values({f"body.{k}": v for k, v in values.items()})
    return chosen.stages["body"]


class System:
    """A theory's compartments as matrices: `a` moves states, `b` lets doses in (per hour)."""

    def __init__(self, body):
        still = {k: jnp.zeros(()) for k in body.compartments}
        doses = dict.fromkeys(body.doses, jnp.zeros(()))
        flat, states_of = ravel_pytree(still)
        entering, doses_of = ravel_pytree(doses)

        def rates(x, u):
            return ravel_pytree(body.moves(states_of(x), doses_of(u)))[0]

        a, b = jax.jacfwd(rates, (0, 1))(flat, entering)
        self.body, self.states, self.doses = body, sorted(still), sorted(doses)
        self.a, self.b = np.asarray(a), np.asarray(b)

    def loss(self, state):
        """Share of a state that leaves the body for good per hour."""
        return -self.a[:, self.states.index(state)].sum()

    def taken(self, dose):
        """Share of a dose that enters the compartments."""
        return self.b[:, self.doses.index(dose)].sum()

    def areas(self, **doses):
        """Areas under the plasma curves (umol h/L) for ever after doses (umol) by their ports."""
        given = self.b @ np.array([doses.get(d, 0.0) for d in self.doses])
        held = dict(zip(self.states, np.linalg.solve(self.a, -given), strict=True))
        return {what: float(c) for what, c in self.body.plasma(held).items()}


@cache
def system(name):
    return System(stage(name))


def share_of_iv(name, **doses):
    """Bioavailability of S-ketamine."""
    return system(name).areas(**doses)["ketamine"] / system(name).areas(iv_ketamine=1.0)["ketamine"]


# What each source's equations say leaves for good, per hour, from each compartment; nothing from the others.
LOST = {
    "perezruixo2021": lambda p: {
        "swallowed": (1 - p.f_gut) * p.ka_sw,
        "oral": (1 - p.f_gut) * p.ka_po,
        "liver": p.k_el,
        "nk": p.cl_nk / p.v_nk,
    },
    "otto2021": lambda p: {"nk": p.cl_nk / p.v_nk},
    "simons2022": lambda p: {
        "to_nk2": (1 - p.f_nk) * 2 / p.mtt_nk,
        "to_hnk2": (1 - p.f_hnk) * 2 / p.mtt_hnk,
        "hnk": p.cl_hnk / p.v_hnk,
    },
    "noppers2011": lambda p: {"central": p.cl / p.v1},
    "flint2017": lambda p: {"nk": p.cl_nk / p.v_nk},
    "ashraf2018": lambda p: {
        "oral": p.ka_po
        * ((1 - p.f_gut) * (1 - p.f_gut_nk) + p.extraction_nk * (p.f_gut_nk * (1 - p.f_gut) + p.extraction * p.f_gut)),
        "central": p.extraction_nk * p.extraction * p.liver_flow / p.v1,
        "nk": p.extraction_nk * p.liver_flow / p.v_nk,
    },
}
TAKEN = {
    ("perezruixo2021", "nasal_first_ketamine"): 0.54,
    ("perezruixo2021", "swallowed_first_ketamine"): 0.46,
    ("perezruixo2021", "nasal_later_ketamine"): 0.54 * 0.62,
    ("perezruixo2021", "swallowed_later_ketamine"): 1 - 0.54 * 0.62,
    ("simons2022", "mucosa_ketamine"): 0.263,
    ("simons2022", "mucosa_swallowed_ketamine"): 1.16,
}


@every_theory
def test_no_mole_is_lost_or_made(name):
    found = system(name)
    wanted = LOST[name](found.body)
    for state in found.states:
        assert found.loss(state) == pytest.approx(float(wanted.get(state, 0.0)), rel=1e-12, abs=1e-12), state


@every_theory
def test_a_dose_enters_whole_or_by_the_source_s_share(name):
    for dose in system(name).doses:
        assert system(name).taken(dose) == pytest.approx(TAKEN.get((name, dose), 1.0), rel=1e-12), dose


CLEARANCE = {
    "perezruixo2021": lambda p: p.qh * p.extraction,
    "ashraf2018": lambda p: p.liver_flow * p.extraction,
}


@every_theory
def test_clearance_after_a_vein(name):
    body = system(name).body
    wanted = CLEARANCE.get(name, lambda p: p.cl)(body)
    assert 100.0 / system(name).areas(iv_ketamine=100.0)["ketamine"] == pytest.approx(float(wanted), rel=1e-10)


# Area of norketamine over the dose (umol), after a vein: share that becomes norketamine over its clearance.
FORMED = {
    "perezruixo2021": lambda p: RATIO * p.k_met / (p.k_el + p.k_met) / p.cl_nk,
    "otto2021": lambda p: RATIO / p.cl_nk,
    "simons2022": lambda p: p.f_nk / p.cl_nk,
    "flint2017": lambda p: RATIO / p.cl_nk,
    "ashraf2018": lambda p: RATIO * (1 - p.extraction_nk) / (p.liver_flow * p.extraction_nk),
}


@pytest.mark.parametrize("name", FORMED)
def test_norketamine_clears_what_is_formed(name):
    wanted = float(FORMED[name](system(name).body))
    assert system(name).areas(iv_ketamine=1.0)["norketamine"] == pytest.approx(wanted, rel=1e-10)


def test_hnk_clears_what_is_formed():
    p = system("simons2022").body
    wanted = float(p.f_nk * p.f_hnk / p.cl_hnk)
    assert system("simons2022").areas(iv_ketamine=1.0)["hnk"] == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("name", ["perezruixo2021", "ashraf2018"])
def test_oral_bioavailability_is_what_gut_and_liver_leave(name):
    body = system(name).body
    wanted = float(body.f_gut * (1 - body.extraction))
    assert share_of_iv(name, oral_ketamine=1.0) == pytest.approx(wanted, rel=1e-10)


def test_swallowed_ketamine_gives_norketamine_from_gut_wall_and_liver():
    p = system("ashraf2018").body
    formed = p.f_gut + p.f_gut_nk * (1 - p.f_gut)
    wanted = float(RATIO * formed * (1 - p.extraction_nk) / (p.liver_flow * p.extraction_nk))
    assert system("ashraf2018").areas(oral_ketamine=1.0)["norketamine"] == pytest.approx(wanted, rel=1e-10)


def test_a_film_gives_ketamine_by_the_mucosa_only_and_metabolites_by_both_ways():
    p, film = system("simons2022").body, {"mucosa_ketamine": 1.0, "mucosa_swallowed_ketamine": 1.0}
    assert share_of_iv("simons2022", **film) == pytest.approx(0.263, rel=1e-10)
    wanted = float(p.f_nk * (p.f_sl + p.f_slsw) / p.cl_nk)
    assert system("simons2022").areas(**film)["norketamine"] == pytest.approx(wanted, rel=1e-10)


def test_what_perez_ruixo_2021_derives():
    p = system("perezruixo2021").body
    assert float(p.extraction) == pytest.approx(0.722, abs=5e-4)
    assert float(p.f_gut * (1 - p.extraction)) == pytest.approx(0.178, abs=5e-4)
    assert float(p.v1 + p.v2 + p.v3) == 752.0
    assert float(p.qh * p.extraction) == pytest.approx(109.0, abs=0.5)


@pytest.mark.parametrize(("devices", "share"), [(1, 0.62), (2, 0.54), (3, 0.51)])
def test_nasal_bioavailability_falls_with_devices(devices, share):
    given = happenings(
        body_chain("human", "perezruixo2021"),
        compound("esketamine"),
        "nasal",
        {"start": 0.0, "mg": 28.0 * devices, "duration": 0.0, "devices": devices},
    )
    total = 28.0 * devices * 1000.0 / MOLAR_MASS["ketamine"]
    ports = {h.port.removesuffix("_s") for h in given}
    doses = {port: sum(h.amount for h in given if h.port == f"{port}_s") / total for port in ports}
    assert share_of_iv("perezruixo2021", **doses) == pytest.approx(share, abs=0.006)


@pytest.mark.parametrize("name", ["noppers2011", "flint2017"])
def test_a_body_twice_as_heavy_is_the_same_body_with_a_slower_clock(name):
    body, large = stage(name, weight=30.0), stage(name, weight=60.0)
    np.testing.assert_allclose(System(large).a, System(body).a * 2.0**-0.25, rtol=1e-12)


def test_simons_2022_scales_all_but_its_absorption_and_delays():
    small, large = System(stage("simons2022", weight=40.0)), System(stage("simons2022", weight=80.0))
    clock = {"mucosa", "swallowed", "gut", "to_nk1", "to_nk2", "to_hnk1", "to_hnk2"}
    for j, state in enumerate(small.states):
        stretch = 1.0 if state in clock else 2.0**-0.25
        np.testing.assert_allclose(large.a[:, j], small.a[:, j] * stretch, rtol=1e-12, err_msg=state)


def test_otto_2021_scales_central_volumes_and_clearances_only():
    small, large = (System(stage("otto2021", weight=w)) for w in (70.0, 140.0))
    ratio = small.areas(iv_ketamine=1.0)["ketamine"] / large.areas(iv_ketamine=1.0)["ketamine"]
    assert ratio == pytest.approx(2.0**0.75, rel=1e-10)
    back = small.states.index("peripheral1")
    assert large.a[back, back] == pytest.approx(small.a[back, back], rel=1e-12)


def test_perez_ruixo_2021_does_not_know_weight():
    assert "body.weight" not in body_chain("human", "perezruixo2021").declared


def test_flint_2017_holds_norketamine_clearance_where_it_is_told():
    early, late = (System(stage("flint2017", elapsed=h)).areas(iv_ketamine=1.0) for h in (0.0, 100.0))
    assert early["norketamine"] / late["norketamine"] == pytest.approx(1.87, rel=1e-12)
    assert early["ketamine"] == late["ketamine"]


def umol(mg):
    return mg * 1000.0 / MOLAR_MASS["ketamine"]


def infused(mg, hours, start=0.0):
    return Infusion("iv_ketamine_s", start, umol(mg), hours)


PROTOCOLS = {
    "20 mg over 20 min": [infused(20.0, 1 / 3)],
    "2.5 mg over 30 min": [infused(2.5, 0.5)],
    "17.5 mg over 40 min": [infused(17.5, 2 / 3)],
    "0.14, 0.28, 0.57 mg/kg/h": [infused(0.14 * 70, 1.0), infused(0.28 * 70, 1.0, 1.0), infused(0.57 * 70, 1.0, 2.0)],
}
ENDS = np.array([1 / 3, 0.5, 2 / 3, 3.0])
LATE = np.linspace(12.0, 24.0, 49)
# Peaks (ng/mL) of the four protocols and half-life from 12 to 24 h (h), computed before this code existed with other
# code from the same sources.
COMPUTED = {
    "perezruixo2021": (84.0, 9.7, 62.0, 156.0, 8.7),
    "otto2021": (111.0, 12.5, 79.0, 198.0, 6.8),
    "simons2022": (267.0, 25.2, 144.0, 279.0, 3.2),
    "noppers2011": (255.0, 24.2, 138.0, 272.0, 2.4),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_arteries_and_veins_peak_as_computed_independently(name):
    chain = body_chain("human", name)
    solved = solve(chain, protocol(chain.external, list(PROTOCOLS.values())), chain.initial(), (0.0, 24.0))
    port = f"{BODIES[name].stage.site}_ketamine_s"
    seen, late = np.asarray(solved.at(ENDS)[port]), np.log(np.asarray(solved.at(LATE)[port]))
    *peaks, half_life = COMPUTED[name]
    np.testing.assert_allclose(np.diag(seen), peaks, rtol=0.01)
    found = -LOG2 / np.polyfit(LATE, late[2], 1)[0]
    assert found == pytest.approx(half_life, abs=0.07)


GROUPS = {"caucasian": (0.0, 0.0), "asian": (1.0, 0.0), "japanese": (1.0, 1.0)}
TABLE4_TIMES = np.concatenate([np.linspace(0.0, 4.0, 801), np.linspace(4.0, 24.0, 401)[1:]])


def spread_out(devices):
    """Devices of 28 mg, five minutes apart."""
    for i in range(devices):
        kind = "first" if i == 0 else "later"
        yield Impulse(f"nasal_{kind}_ketamine_s", i / 12, umol(28.0))
        yield Infusion(f"swallowed_{kind}_ketamine_s", i / 12, umol(28.0), 0.53)


@pytest.fixture(scope="module")
def table4():
    """Found and published exposures of every stratum of Table 4: (statistic, port) -> pairs."""
    rows = list(library().select(study="perezruixo2021"))
    arms = sorted({o.arm.name for o in rows})
    read = {a: re.fullmatch(r"([a-z]+)_(18_60|70y|over_60)_(\d+)mg", a).groups() for a in arms}
    chain = body_chain("human", "perezruixo2021").with_values(
        {
            "body.asian": np.array([GROUPS[read[a][0]][0] for a in arms]),
            "body.japanese": np.array([GROUPS[read[a][0]][1] for a in arms]),
            "body.age": np.array([45.0 if read[a][1] == "18_60" else 70.0 for a in arms]),
        }
    )
    doses = [list(spread_out(int(read[a][2]) // 28)) for a in arms]
    solved = solve(chain, protocol(chain.external, doses), chain.initial(), (0.0, 24.0)).at(TABLE4_TIMES)
    metrics = {
        "cmax": lambda c: c.max(),
        "auc_0_24": lambda c: np.trapezoid(c, TABLE4_TIMES),
        "auc_0_24_disputed": lambda c: np.trapezoid(c, TABLE4_TIMES),
    }
    pairs = {}
    for o in rows:
        course = np.asarray(solved[o.quantity][arms.index(o.arm.name)])
        pairs.setdefault((o.statistic, o.quantity), []).append(metrics[o.statistic](course) / o.value)
    return pairs


@pytest.mark.parametrize(
    "what", [("cmax", "cv_ketamine_s"), ("auc_0_24", "cv_ketamine_s"), ("cmax", "cv_norketamine_s")]
)
def test_perez_ruixo_2021_gives_its_own_table_4(table4, what):
    """With devices five minutes apart, all 54 undisputed values within 0.6 % (most within 0.3 %)."""
    assert len(table4[what]) == 18
    np.testing.assert_allclose(table4[what], 1.0, atol=0.006)


def test_the_disputed_area_of_norketamine_stays_disputed(table4):
    """Known: the source's own equations give 1.38 to 1.56 times the printed area. Not a target, but a reminder."""
    ratios = np.array(table4["auc_0_24_disputed", "cv_norketamine_s"])
    assert len(ratios) == 18
    assert ratios.min() == pytest.approx(1.38, abs=0.02)
    assert ratios.max() == pytest.approx(1.56, abs=0.02)


@every_theory
def test_the_brain_link_is_that_of_kpk1(name):
    ours, reference = body_chain("human", name).parameters, body_chain("human", "kpk1").parameters
    for value in ("fu_s", "kp_uu", "nk_entry", "ke0"):
        assert float(ours[f"body.{value}"]) == float(reference[f"body.{value}"]), value


@every_theory
def test_the_brain_settles_at_unbound_plasma_times_its_entry(name):
    body = stage(name)
    x = dict.fromkeys(body.compartments, jnp.asarray(50.0))
    plasma = body.plasma(x)
    entry = {"ketamine": 1.0, "norketamine": float(body.nk_entry), "hnk": 1.0}
    sites = {f"brain_{what}": float(body.fu_s * body.kp_uu) * entry[what] * c for what, c in plasma.items()}
    moving = body.rates(jnp.zeros(()), {**x, **sites}, dict.fromkeys((p.name for p in body.reads), jnp.zeros(())))
    assert all(abs(float(moving[site])) < 1e-12 for site in sites)
    shown = body.outputs(jnp.zeros(()), {**x, **sites}, {})
    assert {name for name, value in shown.items() if float(value) == 0.0} == set(body.absent)


@every_theory
def test_residuals_belong_to_what_is_shown(name):
    """Noppers 2011 has none: they were not read."""
    body = stage(name)
    measured = () if name == "noppers2011" else body.substances
    assert set(body.provenance[0].residuals) == {f"{body.site}_{what}_s" for what in measured}


@every_theory
def test_covariances_leave_a_variance_of_every_mixture(name):
    chosen = body_chain("human", name).stages["body"].provenance[0]
    for tie in chosen.covariances:
        spreads = [chosen.entries[p].spread for p in tie.between]
        assert all(isinstance(s, Spread) for s in spreads)
        assert tie.value**2 < spreads[0].omega ** 2 * spreads[1].omega ** 2


def test_minutes_become_hours():
    p = stage("simons2022")
    assert float(p.d_sl) == pytest.approx(13.1 / 60, rel=1e-12)
    assert float(p.ka_slsw) == pytest.approx(0.049 * 60, rel=1e-12)
    assert float(p.cl) == pytest.approx(88.8, rel=1e-12)


@pytest.fixture(scope="module")
def films():
    """Found over observed (`simons2022`, its own people, 73 kg on average): (port, statistic) -> by film."""
    chain, times = body_chain("human", "simons2022").with_values({"body.weight": 73.0}), np.linspace(0.0, 6.0, 1201)
    arms, drug = {"film50": 50.0, "film100": 100.0}, compound("esketamine")
    doses = [
        list(happenings(chain, drug, "sublingual", {"start": 0.0, "mg": mg, "duration": 0.0, "devices": 1}))
        for mg in arms.values()
    ]
    seen = solve(chain, protocol(chain.external, doses), chain.initial(), (0.0, 6.0)).at(times)
    read = {"cmax": np.max, "auc_0_6": lambda c: np.trapezoid(c, times)}
    rows = [o for o in library().select(study="simons2022", statistic=tuple(read)) if o.arm.name in arms]
    found = {}
    for o in rows:
        course = np.asarray(seen[o.quantity][list(arms).index(o.arm.name)])
        found.setdefault((o.quantity, o.statistic), []).append(float(read[o.statistic](course)) / o.value)
    return found


def test_simons_2022_meets_its_own_films(films):
    """One line through two films: the smaller is under-, the larger over-predicted, their middle is met."""
    assert len(films) == 6
    for what, ratios in films.items():
        assert np.sqrt(np.prod(ratios)) == pytest.approx(1.0, abs=0.07), what
        assert all(0.85 < r < 1.17 for r in ratios), what
