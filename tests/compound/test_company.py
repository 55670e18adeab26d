"""Other drugs: their kinetics are exact, they compete as they should, and nothing changes where none is given."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.chains import default_chain, happenings, median_load
from resynapse.circuit.balance import Balance
from resynapse.company import companions, company_happenings, unheard, with_company
from resynapse.compound.antidepressant import antidepressants
from resynapse.compound.companion import companion, read_companion
from resynapse.compound.companion import companions as library
from resynapse.compound.library import compound
from resynapse.core.chain import Chain
from resynapse.core.errors import EventError, RequestError
from resynapse.core.event import Impulse, Infusion, Level
from resynapse.core.solver import protocol, rest, solve
from resynapse.core.solver.kernel.march import march
from resynapse.core.source import source
from resynapse.dose import Regimen
from resynapse.hypothesis import SIBLINGS
from resynapse.hypothesis.library import hypothesis
from resynapse.receptor.binding import POOLS
from resynapse.receptor.composition import composition
from resynapse.receptor.mixture import MODULATORS, Mixture, TrappingMixture
from resynapse.slow_chains import slow_chain

ROOT = Path(__file__).parents[2]
PORTS = ("occupancy_nmdar_interneuron", "glutamate_pfc", "spine_density", "despair")
TIMES = np.asarray([0.5, 1.0, 4.0, 24.0])
KETAMINE = {"start": 0.0, "mg": 35.0, "duration": 2 / 3, "devices": 1}


@pytest.fixture(scope="module")
def human():
    return default_chain("human")


@pytest.fixture(scope="module")
def two(human):
    return with_company(human, ["memantine", "midazolam"])


def course(chain, given, ports=PORTS, times=TIMES):
    load = float(median_load(chain))
    doses = protocol(chain.external, [(Level("load", 0.0, load), *given)])
    start = rest(chain, {"load": load}, "ill").state
    found = march(chain, doses, start, (0.0, float(max(times))), np.asarray(times), ports)
    return {p: np.asarray(found.signals[p][0]) for p in ports}


def levels(chain, given, ports, times):
    """Levels from the kinetics alone: nothing after them needs to be solved."""
    stage = chain.stages["company"]
    alone = Chain({"company": stage}, stage.reads)
    found = march(alone, protocol(alone.external, [given]), alone.initial(), (0.0, float(max(times))), times, ports)
    return {p: np.asarray(found.signals[p][0]) for p in ports}


def ketamine(chain):
    return happenings(chain, compound("ketamine"), "iv", KETAMINE)


def test_about_fifteen_compounds_are_on_file_and_every_source_exists():
    assert len(companions()) >= 15
    for found in library().values():
        assert (found.folder / "README.md").is_file()
        assert found.seen
        assert {s.result for s in found.seen} <= {"for", "against", "null", "mixed"}
        for key in (s.source for s in found.seen):
            source(key)
        for species in found.species:
            assert found.gives == "" or found.sheets(species)
    assert not set(companions()) & set(antidepressants())


def test_without_a_dose_the_numbers_of_the_default_chain_come_out(human, two):
    usual, kept = course(human, ketamine(human)), course(two, ketamine(two))
    for port in PORTS:
        np.testing.assert_allclose(kept[port], usual[port], rtol=1e-12, atol=1e-13)


def test_what_the_chain_holds_and_vehicles_change_nothing(human, two):
    assert with_company(human, ["ketamine", "(2R,6R)-HNK", "saline"]) is human
    assert with_company(two, ["memantine"]) is two
    assert company_happenings(human, "saline", "iv", "0 mg", 0.0, None, 70.0) == ()
    slow = slow_chain()
    assert with_company(slow, ["fluoxetine"]) is slow
    assert set(with_company(slow, ["lsd"]).stages) > set(slow.stages)


def test_one_compartment_follows_its_closed_form(two):
    given = company_happenings(two, "memantine", "po", "20 mg", 0.0, None, 70.0)
    values = {a.removeprefix("company."): float(v) for a, v in two.parameters.items() if a.startswith("company.")}
    ka, k = values["ka.oral.memantine"], math.log(2) / values["half_life.memantine"]
    dose = 1000.0 * 20.0 / companion("memantine").molecular_weight.value / 70.0
    t = TIMES
    expected = dose * ka / (ka - k) * (np.exp(-k * t) - np.exp(-ka * t)) / values["volume.memantine"]
    found = levels(two, given, ("plasma_memantine",), TIMES)["plasma_memantine"]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_label_is_met_by_two_compartments(two):
    """Midazolam: about a tenth of what plasma held at first is left after two hours, half-life 2.3 h at the end."""
    given = company_happenings(two, "midazolam", "iv", "0.15 mg/kg", 0.0, None, 70.0)
    late = levels(two, given, ("plasma_midazolam",), np.asarray([1e-3, 2.0, 8.0, 10.3]))["plasma_midazolam"]
    assert 0.05 < late[1] / late[0] < 0.2
    assert late[3] / late[2] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("drug", "dose", "ligand", "weight", "hour", "ng_ml"),
    [
        ("psilocybin", "25 mg", "psilocin", 204.27, 2.0, 17.0),
        ("lsd", "0.1 mg", "lsd", 323.43, 1.7, 1.7),
        ("mdma", "125 mg", "mdma", 193.25, 2.0, 231.0),
        ("amphetamine", "15 mg", "amphetamine", 135.21, 3.0, 36.6),
    ],
)
def test_published_peaks_are_met(human, drug, dose, ligand, weight, hour, ng_ml):
    chain = with_company(human, [drug])
    given = company_happenings(chain, drug, "oral", dose, 0.0, None, 70.0)
    found = levels(chain, given, (f"plasma_{ligand}",), np.asarray([hour]))[f"plasma_{ligand}"][0]
    assert found * weight == pytest.approx(ng_ml, rel=0.05)


def test_memantine_in_rats_meets_a_week_of_infusion():
    """20 mg/kg a day gives 0.83 umol/L free in brain (Hesselink 1999), about 1 at 23 mg/kg (More 2008)."""
    chain = with_company(default_chain("rat"), ["memantine"])
    given = company_happenings(chain, "memantine", "iv", "140 mg/kg", 0.0, "168 h", 0.25)
    found = levels(chain, given, ("ce_memantine",), np.asarray([160.0]))["ce_memantine"][0]
    assert found == pytest.approx(0.83, rel=0.05)
    assert found * 23.0 / 20.0 == pytest.approx(0.99, abs=0.105)


def test_mk801_in_mice_meets_peak_and_area():
    """0.1 mg/kg ip: 2.7 ng/mL at most and 208 ng min/mL from 15 to 240 min, as base in plasma."""
    chain = with_company(default_chain("mouse"), ["mk801"])
    given = company_happenings(chain, "mk801", "ip", "0.1 mg/kg", 0.0, None, 0.025)
    hours = np.linspace(0.25, 4.0, 226)
    ng_ml = 221.3 * levels(chain, given, ("plasma_mk801",), hours)["plasma_mk801"]
    assert ng_ml.max() == pytest.approx(2.7, rel=0.02)
    assert np.trapezoid(ng_ml, 60.0 * hours) == pytest.approx(208.0, rel=0.02)


def test_naltrexone_holds_what_was_seen_in_people(human):
    """27 % at 2 mg, 43 to 58 % at 5 mg, 92 to 98 % at 50 mg within eight hours."""
    chain = with_company(human, ["naltrexone"])
    held = {}
    for mg in (2, 5, 50):
        given = company_happenings(chain, "naltrexone", "oral", f"{mg} mg", 0.0, None, 70.0)
        free = levels(chain, given, ("ce_naltrexone",), np.linspace(0.5, 4.0, 8))["ce_naltrexone"].max()
        held[mg] = signals(receptor(chain), ce_naltrexone=free)["occupancy_mor"]
    assert 0.15 < held[2] < 0.45
    assert 0.35 < held[5] < 0.65
    assert held[50] > 0.85


def test_an_inhibitor_makes_the_level_rise_fifty_fold(human):
    area = {}
    for name in ("dextromethorphan", "dextromethorphan_bupropion"):
        values = with_company(human, [name]).parameters
        half_life, f = (values[f"company.{a}"] for a in ("half_life.dextromethorphan", "f.oral.dextromethorphan"))
        area[name] = float(f * half_life)
    assert area["dextromethorphan_bupropion"] / area["dextromethorphan"] == pytest.approx(49.0, rel=0.03)


def receptor(chain):
    return chain.stages["receptor"]


def signals(stage, **levels):
    inputs = {p.name: jnp.asarray(levels.get(p.name, 0.0)) for p in stage.reads}
    state = stage.initial()
    return {k: float(v) for k, v in stage.outputs(jnp.zeros(()), state, inputs).items()}


def test_blockers_compete_in_each_pool(two):
    stage = receptor(two)
    c, m = 0.4, 2.0
    found = signals(stage, ce_ketamine_s=c / 2, ce_ketamine_r=c / 2, ce_memantine=m)
    for pool in POOLS:
        k, own = float(getattr(stage, f"k_{pool}")), float(stage.pools["memantine", pool])
        load = c / k + m / own
        assert found[f"occupancy_nmdar_{pool}"] == pytest.approx(load / (1 + load), rel=1e-12)
    both = c + float(stage.racemate) * m / float(stage.affinities["memantine", "nmdar"])
    assert found["ce_nmdar"] == pytest.approx(both, rel=1e-12)


def test_memantine_spares_resting_receptors_and_ketamine_does_not(two):
    alone = signals(receptor(two), ce_memantine=1.0)
    usual = signals(receptor(two), ce_ketamine_s=0.5, ce_ketamine_r=0.5)
    assert alone["occupancy_nmdar_resting"] < 0.1 * usual["occupancy_nmdar_resting"]
    assert alone["occupancy_nmdar_interneuron"] > 0.5 * usual["occupancy_nmdar_interneuron"]


def test_an_allosteric_drug_takes_its_share_of_what_channels_leave(human):
    stage = receptor(with_company(human, ["traxoprodil"]))
    held = 0.4 / (0.4 + float(stage.k_resting))
    found = signals(stage, ce_ketamine_s=0.2, ce_ketamine_r=0.2, ce_traxoprodil=1e3)
    taken = float(stage.reach["traxoprodil", "resting"]) * 1e3 / (1e3 + 0.01)
    assert found["occupancy_nmdar_resting"] == pytest.approx(1 - (1 - held) * (1 - taken), rel=1e-9)
    for pool in POOLS:
        share = composition().pools[pool]["glun2b"].value
        assert float(stage.reach["traxoprodil", pool]) == pytest.approx(0.9 * share, rel=1e-9)


def test_drugs_beside_the_channel_never_take_more_than_there_is(human):
    stage = receptor(with_company(human, ["traxoprodil", "alcohol", "rapastinel"]))
    much = {f"ce_{drug}": 1e8 for drug in ("traxoprodil", "alcohol", "rapastinel")}
    found = signals(stage, ce_ketamine_s=0.2, ce_ketamine_r=0.2, **much)
    assert all(0.9 < found[f"occupancy_nmdar_{pool}"] <= 1.0 for pool in ("interneuron", "pyramidal"))


def test_an_antagonist_takes_activation_from_an_agonist(human):
    stage = receptor(with_company(human, ["naltrexone", "lsd", "ketanserin"]))
    mor = signals(stage, ce_ketamine_s=10.0)["activation_mu_opioid"]
    assert mor == pytest.approx(0.5 * (10 / 42) / (1 + 10 / 42), rel=1e-9)
    blocked = signals(stage, ce_ketamine_s=10.0, ce_naltrexone=0.1)
    assert blocked["activation_mu_opioid"] < 0.05 * mor
    assert blocked["occupancy_mor"] > 0.95
    alone, both = signals(stage, ce_lsd=0.0006), signals(stage, ce_lsd=0.0006, ce_ketanserin=0.002)
    assert alone["activation_ht2a"] == pytest.approx(1 / 2)
    assert both["activation_ht2a"] == pytest.approx(1 / 3)


def test_derived_pools_follow_from_their_subunits():
    """Memantine over ketamine in magnesium, from the composition of the pools."""
    stage = receptor(with_company(default_chain("mouse"), ["memantine"]))
    shares = {pool: {n: f.value for n, f in composition().pools[pool].items()} for pool in POOLS}
    own = {"glun2a": 10.3, "glun2b": 10.9, "glun2c": 2.0, "glun2d": 1.9}
    for pool in ("interneuron", "pyramidal"):
        middle = half(shares[pool], own)
        ratio = middle / composition().half_blocking(pool)
        assert float(stage.pools["memantine", pool]) == pytest.approx(
            float(getattr(stage, f"k_{pool}")) * ratio, rel=0.01
        )


def half(shares, own):
    grid = np.geomspace(0.01, 100.0, 20001)
    blocked = sum(share * grid / (grid + own[name]) for name, share in shares.items())
    return float(np.interp(0.5, blocked, grid))


def test_the_kernel_gives_the_cascades_numbers():
    chain = with_company(default_chain("mouse"), ["memantine", "lsd"])
    given = company_happenings(chain, "memantine", "ip", "10 mg/kg", 0.0, None, 0.025)
    load = float(median_load(chain))
    doses = protocol(chain.external, [(Level("load", 0.0, load), *given)])
    start = rest(chain, {"load": load}, "ill").state
    ports = (*PORTS, "ce_memantine", "perception_change")
    fast = march(chain, doses, start, (0.0, 24.0), TIMES, ports)
    slow = solve(chain, doses, start, (0.0, 24.0)).at(TIMES)
    for port in ports:
        np.testing.assert_allclose(fast.signals[port][0], np.asarray(slow[port])[0], rtol=1e-8, atol=1e-11)


def test_the_circuit_is_the_default_one_without_other_drugs_and_moves_with_them(two, human):
    circuit = two.stages["circuit"]
    assert isinstance(circuit, Balance)
    sedated = course(two, company_happenings(two, "midazolam", "iv", "0.045 mg/kg", 0.0, "40 min", 70.0))
    assert sedated["glutamate_pfc"].min() < 0.9
    stimulated = with_company(human, ["amphetamine"])
    given = company_happenings(stimulated, "amphetamine", "oral", "20 mg", 0.0, None, 70.0)
    assert course(stimulated, given)["glutamate_pfc"].max() > 1.05
    assert unheard(two) == ()


def test_company_joins_hypotheses_and_rivals(human):
    trapping = human.replace(receptor=SIBLINGS["trapping"][1]("human"))
    joined = with_company(trapping, ["lanicemine"])
    assert isinstance(receptor(joined), TrappingMixture)
    assert dict(receptor(joined).family)["lanicemine"] == "lanicemine"
    layered = with_company(human.replace(circuit=SIBLINGS["mean_field"][1]("human")), ["midazolam"])
    assert type(layered.stages["circuit"]).__name__ == "MeanField"
    assert any("GABA-A" in remark for remark in unheard(layered))
    assert isinstance(receptor(with_company(hypothesis("trkb_binding").chain("human"), ["lsd"])), Mixture)


def test_more_company_keeps_values_that_were_changed(two):
    changed = two.with_values({"company.half_life.memantine": 50.0, "circuit.gamma": 0.7, "receptor.k_resting": 2.0})
    more = with_company(changed, ["lsd"])
    kept = more.parameters
    assert float(kept["company.half_life.memantine"]) == 50.0
    assert float(kept["circuit.gamma"]) == pytest.approx(0.7)
    assert float(kept["receptor.k_resting"]) == 2.0


def test_what_is_trapped_less_blocks_less_and_ketamine_stays_what_it_was():
    usual = SIBLINGS["trapping"][1]("human")
    stage = receptor(with_company(default_chain("human").replace(receptor=usual), ["lanicemine"]))
    given = {p.name: jnp.asarray(0.0) for p in stage.reads} | {"ce_ketamine_s": jnp.asarray(0.4)}
    for name, rate in usual.rates(jnp.zeros(()), usual.initial(), given).items():
        assert float(stage.rates(jnp.zeros(()), stage.initial(), given)[name]) == pytest.approx(float(rate), rel=1e-12)
    for pool in POOLS:
        assert float(stage.apparent(pool, "lanicemine")) > float(getattr(stage, f"k_{pool}"))


def test_perception_needs_more_than_plasticity_by_trkb():
    chain = with_company(hypothesis("trkb_binding").chain("human"), ["lsd"])
    ports = ("perception_change", "despair")
    given = company_happenings(chain, "lsd", "oral", "0.01 mg", 0.0, None, 70.0)
    found = course(chain, given, ports, np.asarray([1.0, 2.0, 3.0, 24.0]))
    assert found["perception_change"].max() < 0.01
    assert found["despair"][-1] < 0.9


def test_bad_requests_say_what_to_do(human, two):
    with pytest.raises(RequestError, match="no such companion") as unknown:
        with_company(human, ["memantin"])
    assert unknown.value.nearest == "memantine"
    with pytest.raises(RequestError, match="tablets"):
        with_company(human, ["fluoxetine"])
    with pytest.raises(RequestError, match="does not hold"):
        company_happenings(human, "lsd", "oral", "0.1 mg", 0.0, None, 70.0)
    with pytest.raises(RequestError, match="route"):
        company_happenings(two, "midazolam", "nasal", "5 mg", 0.0, None, 70.0)
    with pytest.raises(RequestError, match="kinetics of mk801"):
        with_company(human, ["mk801"])
    with pytest.raises(EventError):
        company_happenings(two, "memantine", "oral", "much", 0.0, None, 70.0)
    with pytest.raises(EventError, match="company"):
        Regimen("memantine", "oral", "20 mg").events(70.0)


def test_doses_become_amounts_per_weight(two):
    (bolus,) = company_happenings(two, "midazolam", "iv", "3.2577 mg", 2.0, None, 50.0)
    assert bolus == Impulse("iv_midazolam", 2.0, pytest.approx(0.2))
    (slow,) = company_happenings(two, "midazolam", "iv", "0.032577 mg/kg", 0.0, "30 min", 50.0)
    assert slow == Infusion("iv_midazolam", 0.0, pytest.approx(0.1), pytest.approx(0.5))


def test_every_modulator_has_a_reach_or_is_heard():
    for name in companions():
        found = companion(name)
        species = found.species[0]
        stage = receptor(with_company(default_chain(species), [name])) if found.gives else None
        for ligand, site in stage.affinities if stage else ():
            if site in MODULATORS:
                assert any(key[0] == ligand for key in stage.reach)


def test_the_how_to_works(tmp_path, human):
    """The page builds a folder and gives the drug."""
    text = (ROOT / "docs" / "how-to" / "add-a-compound.md").read_text(encoding="utf-8")
    folder = tmp_path / "esmethadone"
    folder.mkdir()
    for block in text.split("```toml\n")[1:]:
        body = block.split("```")[0]
        (folder / body.splitlines()[0].removeprefix("# ").split(":")[0]).write_text(body, encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0].replace("FOLDER", str(folder))
    names: dict = {}
    exec(code, names)  # noqa: S102 - the guide is ours
    assert names["level"] > 0.0
    shutil.copy(folder / "human.toml", folder / "rat.toml")
    assert read_companion(folder).species == ("human", "rat")
