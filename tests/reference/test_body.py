"""Bodies and receptors: nothing is lost or made, clearances and first pass as in textbooks, occupancy as by hand."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.body import Kpk1
from resynapse.body.kpk1 import MOLAR_MASS
from resynapse.chains import default_chain, parameter_files, prior_chain
from resynapse.core.chain import Chain
from resynapse.core.event import Impulse, Infusion
from resynapse.core.solver import protocol, solve

FOREVER = 5000.0
TIMES = np.array([0.1, 0.5, 1.0, 4.0, 24.0, 96.0, FOREVER])
DOSE = 100.0
PEOPLE = ("vein", "mouth", "large", "only_s", "nose", "lung", "rectum", "muscle", "skin", "film", "nk_vein", "hnk_vein")
LIGHT = tuple(p for p in PEOPLE if p != "large")
STRETCH = 2.0**0.25  # by how much time slows when weight doubles
IN_PLASMA = tuple(f"{site}_{what}" for what in ("ketamine", "norketamine", "hnk") for site in ("ca", "cv"))
KEPT = (
    *("nasal", "swallowed", "oral", "mucosa", "mucosa_swallowed", "im", "sc", "lung", "rectal"),
    *("central", "peripheral1", "peripheral2", "liver", "nk", "nk_peripheral", "dhnk", "hnk", "hnk_peripheral"),
)


class Accounted(Kpk1):
    """KPK-1 with a ledger: what the nose, gut, liver and the rest took away for good, and areas under the curves."""

    def initial(self, ill=False):
        more = [f"{what}_{e}" for e in "sr" for what in ("gone", *(f"area_{p}" for p in IN_PLASMA))]
        return super().initial(ill) | dict.fromkeys(more, jnp.zeros(()))

    def rates(self, t, state, inputs):
        shown = super().readouts(t, state, inputs)
        areas = {f"area_{p}_{e}": shown[f"{p}_{e}"] for e in "sr" for p in IN_PLASMA}
        return super().rates(t, state, inputs) | areas | {f"gone_{e}": self.lost(state, e) for e in "sr"}

    def lost(self, state, e):
        """What leaves for good, for a person of 70 kg (umol/h)."""
        ratio = self.volume_ratio_r if e == "r" else 1.0
        x = {name: state[f"{name}_{e}"] for name in KEPT}
        cl = {name: getattr(self, f"cl_{name}_{e}") for name in ("int", "nk", "dhnk", "hnk")}
        gut = self.ka_sw * x["swallowed"] + self.ka_po * x["oral"] + self.ka_slsw * x["mucosa_swallowed"]
        gut += (1 - self.past_liver) * self.ka_rectal * x["rectal"]
        return (
            (1 - self.f_gut) * (1 - self.nk_from_gut) * gut
            + (1 - self.fm) * cl["int"] * x["liver"] / (self.vh * ratio)
            + (1 - self.f_dhnk - self.f_hnk) * cl["nk"] * x["nk"] / self.v_nk
            + cl["dhnk"] * x["dhnk"] / self.v_dhnk
            + cl["hnk"] * x["hnk"] / self.v_hnk
        )


def both(port, amount=DOSE):
    return [Impulse(f"{port}_{e}", 0.0, amount) for e in "sr"]


def evenly(port, over):
    return [Infusion(f"{port}_{e}", 0.0, DOSE, over) for e in "sr"]


@pytest.fixture(scope="module")
def body():
    path = next(p for p in parameter_files()["body"] if p.stem == "kpk1")
    return Accounted.load(path)


@pytest.fixture(scope="module")
def solved(body):
    """One dose each: by vein, by mouth, by vein at 140 kg, S alone by vein, then every other route and metabolite."""
    nose = evenly("swallowed_first_ketamine", float(body.d_sw))
    film = evenly("mucosa_swallowed_ketamine", float(body.d_slsw))
    doses = [
        both("iv_ketamine"),
        evenly("oral_ketamine", float(body.d_po)),
        both("iv_ketamine"),
        both("iv_ketamine")[:1],
        [*both("nasal_first_ketamine"), *nose],
        evenly("inhaled_ketamine", 0.5),
        both("rectal_ketamine"),
        both("im_ketamine"),
        both("sc_ketamine"),
        [*evenly("mucosa_ketamine", float(body.d_sl)), *film],
        both("iv_norketamine"),
        both("iv_hnk"),
    ]
    weights = np.where(np.array(PEOPLE) == "large", 140.0, 70.0)
    chain = Chain({"body": body}, body.reads).with_values({"body.weight": weights})
    return solve(chain, protocol(chain.external, doses), chain.initial(), (0.0, FOREVER))


@pytest.fixture(scope="module")
def seen(solved):
    """What everybody's plasma shows, by person, at `TIMES` and where the large person's clock says the same."""
    return {"plain": solved.at(TIMES), "stretched": solved.at(TIMES * np.where(TIMES < FOREVER, STRETCH, 1.0))}


def total(solved, person, name):
    return float(solved.last_state["body"][name][PEOPLE.index(person)])


def area(solved, person, port):
    """Area under a plasma curve for ever (umol h/L)."""
    return total(solved, person, f"area_{port}") / MOLAR_MASS[port.split("_")[1]]


def taken_in(body, slot, hours):
    """The share of a dose that has entered by then; what nose and mouth do not absorb is swallowed."""
    nose, mouth = float(body.fr_n), float(body.f_sl)
    share = {
        "nasal_first_ketamine": nose,
        "swallowed_first_ketamine": 1 - nose,
        "mucosa_ketamine": mouth,
        "mucosa_swallowed_ketamine": 1 - mouth,
        "inhaled_ketamine": float(body.f_lung),
        "im_ketamine": float(body.f_im),
        "sc_ketamine": float(body.f_sc),
    }.get(slot.port[:-2], 1.0)
    return share * min(1.0, hours / getattr(slot, "duration", hours))


@pytest.mark.parametrize("hours", [0.3, 2.0, 30.0])
def test_what_was_given_is_in_the_body_or_gone(body, solved, hours):
    part = solve(solved.chain, solved.protocol, solved.chain.initial(), (0.0, hours)).last_state["body"]
    given = solved.protocol.amounts @ [taken_in(body, slot, hours) for slot in solved.protocol.slots]
    found = sum(np.asarray(part[f"{name}_{e}"]) for e in "sr" for name in (*KEPT, "gone"))
    ordinary = [PEOPLE.index(p) for p in LIGHT]
    np.testing.assert_allclose(found[ordinary], given[ordinary], rtol=1e-9)


@pytest.mark.parametrize("e", ["s", "r"])
def test_everything_given_is_gone_in_the_end(solved, e):
    assert total(solved, "vein", f"gone_{e}") == pytest.approx(DOSE, rel=1e-9)
    assert total(solved, "mouth", f"gone_{e}") == pytest.approx(DOSE, rel=1e-9)


@pytest.mark.parametrize("e", ["s", "r"])
def test_clearance_is_liver_flow_times_extraction(body, solved, e):
    assert DOSE / area(solved, "vein", f"ca_ketamine_{e}") == pytest.approx(
        float(body.qh * body.extraction(e)), rel=1e-9
    )


@pytest.mark.parametrize("e", ["s", "r"])
def test_oral_bioavailability_is_what_gut_and_liver_leave(body, solved, e):
    found = area(solved, "mouth", f"ca_ketamine_{e}") / area(solved, "vein", f"ca_ketamine_{e}")
    assert found == pytest.approx(float(body.f_gut * (1 - body.extraction(e))), rel=1e-9)


@pytest.mark.parametrize("e", ["s", "r"])
@pytest.mark.parametrize(("person", "direct"), [("nose", "fr_n"), ("film", "f_sl"), ("rectum", "past_liver")])
def test_what_a_lining_does_not_absorb_goes_the_way_of_a_swallowed_dose(body, solved, person, direct, e):
    found = area(solved, person, f"ca_ketamine_{e}") / area(solved, "vein", f"ca_ketamine_{e}")
    oral, share = body.f_gut * (1 - body.extraction(e)), getattr(body, direct)
    assert found == pytest.approx(float(share + (1 - share) * oral), rel=1e-9)


@pytest.mark.parametrize(("person", "share"), [("lung", "f_lung"), ("muscle", "f_im"), ("skin", "f_sc")])
def test_lung_muscle_and_skin_give_their_share_to_the_blood(body, solved, person, share):
    for e in "sr":
        found = area(solved, person, f"ca_ketamine_{e}") / area(solved, "vein", f"ca_ketamine_{e}")
        assert found == pytest.approx(float(getattr(body, share)), rel=1e-9)


def test_a_suppository_of_racemate_has_the_published_bioavailability(solved):
    rectal, vein = (sum(area(solved, p, f"ca_ketamine_{e}") for e in "sr") for p in ("rectum", "vein"))
    assert rectal / vein == pytest.approx(0.30, abs=0.001)


@pytest.mark.parametrize(
    ("person", "what", "clearance"), [("nk_vein", "norketamine", "nk"), ("hnk_vein", "hnk", "hnk")]
)
def test_a_metabolite_given_into_a_vein_is_dose_over_clearance(body, solved, person, what, clearance):
    for e in "sr":
        wanted = DOSE / float(getattr(body, f"cl_{clearance}_{e}"))
        assert area(solved, person, f"ca_{what}_{e}") == pytest.approx(wanted, rel=1e-9)
        assert area(solved, person, f"ca_ketamine_{e}") == 0.0


@pytest.mark.parametrize("what", ["ketamine", "norketamine", "hnk"])
@pytest.mark.parametrize("person", ["vein", "mouth", "nose", "lung", "rectum", "film"])
def test_veins_and_arteries_see_the_same_area(solved, person, what):
    arterial, venous = (area(solved, person, f"{site}_{what}_s") for site in ("ca", "cv"))
    assert venous == pytest.approx(arterial, rel=1e-9)


@pytest.mark.parametrize("e", ["s", "r"])
def test_norketamine_clears_what_the_liver_forms(body, solved, e):
    formed = float(body.fm) * DOSE
    clearance = float(getattr(body, f"cl_nk_{e}"))
    assert area(solved, "vein", f"ca_norketamine_{e}") == pytest.approx(formed / clearance, rel=1e-9)


def test_a_body_twice_as_heavy_is_the_same_body_with_a_slower_clock(solved, seen):
    small, large = PEOPLE.index("vein"), PEOPLE.index("large")
    for what in ("ketamine", "norketamine", "dhnk", "hnk"):
        plain, stretched = seen["plain"][f"ca_{what}"][small], seen["stretched"][f"ca_{what}"][large]
        np.testing.assert_allclose(2 * stretched[:-1], plain[:-1], rtol=1e-8, atol=1e-9, err_msg=what)
    ratio = area(solved, "vein", "ca_ketamine_s") / area(solved, "large", "ca_ketamine_s")
    assert ratio == pytest.approx(2.0**0.75, rel=1e-9)


def test_the_mirror_forms_do_not_see_each_other(seen):
    alone, together = PEOPLE.index("only_s"), PEOPLE.index("vein")
    for name, value in seen["plain"].items():
        if name.endswith("_s"):
            np.testing.assert_array_equal(value[alone], value[together], err_msg=name)
        if name.endswith("_r"):
            assert np.all(value[alone] == 0.0), name


@pytest.mark.parametrize("species", ["rat", "mouse"])
def test_rodent_areas_are_dose_over_clearance(species):
    body = default_chain(species).stages["body"]
    chain = Chain({"body": body}, body.reads)
    doses = [[Impulse("ip_ketamine_s", 0.0, DOSE)]]
    times = np.concatenate([[0.0], np.geomspace(1e-4, 60.0, 2047)])
    found = solve(chain, protocol(chain.external, doses), chain.initial(), (0.0, 60.0)).at(times)
    per_volume = DOSE * float(body.f_ip) / float(body.weight) / np.log(2.0)
    shares = {"ketamine": 1.0, "norketamine": body.fm, "hnk": body.fm * body.f_hnk}
    lives = {"ketamine": body.half_life, "norketamine": body.half_life_nk, "hnk": body.half_life_hnk}
    volumes = {"ketamine": body.volume, "norketamine": body.volume_nk, "hnk": body.volume_hnk}
    for what, share in shares.items():
        wanted = per_volume * float(share * lives[what] / volumes[what])
        assert np.trapezoid(found[f"ce_{what}_s"][0], times) == pytest.approx(wanted, rel=1e-4), what
        assert np.all(found[f"ce_{what}_r"] == 0.0)


@pytest.fixture(scope="module")
def receptor():
    return prior_chain().stages["receptor"]


def bound(receptor, **free):
    inputs = {p.name: jnp.zeros(()) for p in receptor.reads} | {f"ce_{k}": jnp.asarray(v) for k, v in free.items()}
    return {name: float(v) for name, v in receptor.outputs(jnp.zeros(()), {}, inputs).items()}


@pytest.mark.parametrize(("free", "ratio"), [(1e-6, 4.6), (0.4, 2.6), (1.0, 1.9)])
def test_the_lead_of_s_over_r_shrinks_as_receptors_fill(receptor, free, ratio):
    """At equal free concentration (umol/L), in the pool of interneurons."""
    s, r = (bound(receptor, **{f"ketamine_{e}": free})["occupancy_nmdar_interneuron"] for e in "sr")
    assert s / r == pytest.approx(ratio, rel=0.03)


@pytest.mark.parametrize(("racemate", "share"), [(1.0, 0.43), (10.0, 0.83)])
def test_half_and_half_of_two_pools_blocks_as_in_slices(receptor, racemate, share):
    found = bound(receptor, ketamine_s=racemate / 2, ketamine_r=racemate / 2)
    assert found["ce_nmdar"] == pytest.approx(racemate, rel=1e-12)
    mixture = (found["occupancy_nmdar_interneuron"] + found["occupancy_nmdar_pyramidal"]) / 2
    assert mixture == pytest.approx(share, abs=0.01)


def test_ligands_compete_for_one_site(receptor):
    alone = [bound(receptor, **{name: 20.0})["occupancy_mor"] for name in ("ketamine_s", "ketamine_r")]
    both = bound(receptor, ketamine_s=20.0, ketamine_r=20.0)["occupancy_mor"]
    odds = sum(a / (1 - a) for a in alone)
    assert max(alone) < both < sum(alone)
    assert both == pytest.approx(odds / (1 + odds), rel=1e-12)
