"""A fit and a simulation of the same table agree, whatever acts beside the drug; people keep differing meanwhile."""

from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.calibrate.individual.prediction import LinearPrediction, prediction
from resynapse.calibrate.individual.variability import Variability, variability
from resynapse.chains import body_chain
from resynapse.core.errors import ResynapseError
from resynapse.dose import CovariateChange, DoseEvent, Person, Repeated, read_table
from resynapse.requests import FitIndividual
from resynapse.requests.request import acted_on
from resynapse.simulation import Subject, follow, gather
from resynapse.timeline import own_values, timeline

CHAIN = body_chain("human")
PORTS = ("cv_ketamine_s", "cv_norketamine_s")
TIMES = np.array([0.0, 0.5, 2.0, 6.5, 8.0, 12.0])
DOSES = tuple(DoseEvent(t, 20.0, 0.5, "esketamine", "iv", row=i) for i, t in ((2, 0.0), (4, 6.0)))
PLAIN = Person("a", DOSES, {"weight": 70.0}, ())
INDUCED = dataclasses.replace(PLAIN, modifiers=("rifampicin",))
LATER = dataclasses.replace(PLAIN, changes=(CovariateChange(5.0, {}, 3, ("rifampicin",)),))
BEFORE = dataclasses.replace(INDUCED, changes=(CovariateChange(5.0, {"weight": 90.0}, 3),))
STEADY = dataclasses.replace(DOSES[0], steady=Repeated(12.0))
HEAVIER = Person("a", (STEADY,), {"weight": 50.0}, (), changes=(CovariateChange(0.0, {"weight": 100.0}, 3),))
HEAD = "ID,TIME,EVID,MDV,AMT,DUR,DRUG,ROUTE,FORM,WITH,WT,DV,QUANTITY\n"


def _asked(person: Person, ports: tuple[str, ...] = PORTS) -> tuple[LinearPrediction, Variability]:
    answer = prediction(CHAIN, person, TIMES, ports)
    return answer, variability(CHAIN).centred(answer.chain)


def _simulated(person: Person, values: dict) -> np.ndarray:
    """The same person in the solver, with random effects as the theory's own values."""
    chain = CHAIN.with_values({k: float(v) for k, v in values.items()})
    life = timeline(chain, person)
    subject = Subject(person.id, life.happenings, own_values(chain, person), life.turns)
    solved = follow(chain, [subject], chain.initial(), (0.0, 12.0))
    signals = gather(solved, [subject], chain, TIMES).signals
    return np.stack([np.asarray(signals[p])[0] for p in PORTS], axis=-1)


@pytest.mark.parametrize("person", [INDUCED, LATER, BEFORE, HEAVIER], ids=["all", "later", "before", "steady"])
def test_a_fit_predicts_what_a_simulation_finds(person: Person) -> None:
    answer, spread = _asked(person)
    values = spread.around(jnp.where(jnp.arange(spread.size) % 2 == 0, 0.3, -0.2))
    np.testing.assert_allclose(eqx.filter_jit(answer)(values), _simulated(person, values), rtol=1e-7, atol=1e-9)


def _moving(person: Person, ports: tuple[str, ...] = PORTS) -> set[str]:
    """The parameters whose random effects move the prediction."""
    answer, spread = _asked(person, ports)
    slopes = eqx.filter_jit(jax.jacfwd(lambda eta: answer(spread.around(eta))))(jnp.zeros(spread.size))
    moved = (np.abs(np.asarray(slopes)) > 1e-6).any(axis=(0, 1))
    return {a for a, kept in zip(spread.addresses, moved, strict=True) if kept}


def test_people_differ_under_a_modifier_as_they_do_without() -> None:
    assert _moving(INDUCED) == _moving(PLAIN) >= {"body.cl_int_s", "body.cl_nk_s"}


def test_what_acts_on_everybody_acts_all_the_time_and_once() -> None:
    (found,) = acted_on([dataclasses.replace(LATER, modifiers=("rhinitis",))], ("rifampicin",))
    assert found.modifiers == ("rhinitis", "rifampicin")
    assert [c.modifiers for c in found.changes] == [("rifampicin",)]


def _first_person(folder, *rows: str) -> Person:
    path = folder / "table.csv"
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return read_table(path).people[0]


def test_people_differ_in_what_a_preparation_sets(tmp_path) -> None:
    person = _first_person(tmp_path, "a,0,1,1,40,.,ketamine,oral,racemic_oral_solution,.,70,.,.")
    answer, spread = _asked(person)
    assert own_values(CHAIN, person)["body.ka_po"] == spread.typical[spread.addresses.index("body.ka_po")]
    assert "body.ka_po" in _moving(person)
    zero = spread.around(jnp.zeros(spread.size))
    np.testing.assert_allclose(eqx.filter_jit(answer)(zero), _simulated(person, {}), rtol=1e-7, atol=1e-9)


def test_nobody_absorbs_more_than_there_is_with_a_cold(tmp_path) -> None:
    person = _first_person(tmp_path, "a,0,1,1,28,.,esketamine,nasal,.,rhinitis,70,.,.")
    answer, spread = _asked(person)
    alone = jnp.asarray([a == "body.fr_n" for a in spread.addresses], dtype=float)
    people = [CHAIN.with_values(spread.around(eta * alone)) for eta in (0.0, 3.0)]
    typical, most = (float(answer.legs[0].held.on(p).parameters["body.fr_n"]) for p in people)
    assert typical == pytest.approx(own_values(CHAIN, person)["body.fr_n"]) and typical < most < 1.0
    assert "body.fr_n" in _moving(person)


def _fitted(folder, rows: tuple[str, ...], **words) -> dict:
    path = folder / "table.csv"
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return FitIndividual(table=path, draws=100, **words).run()


def test_a_name_in_the_table_and_in_the_request_acts_once(tmp_path) -> None:
    rows = (
        "a,0,1,1,20,0.667,esketamine,iv,.,{},70,.,.",
        "a,1,0,0,.,.,.,.,.,{},70,100,cv_ketamine_s",
        "a,4,0,0,.,.,.,.,.,{},70,20,cv_ketamine_s",
    )
    named, both = (
        _fitted(tmp_path, tuple(r.format("rifampicin") for r in rows), modifiers=more) for more in ((), ("rifampicin",))
    )
    assert named["people"] == both["people"] and named["theories"] == both["theories"]
    assert any("with rifampicin" in note for note in named["theories"][0]["notes"])
    assert named["run"]["sources"] == both["run"]["sources"]


@pytest.mark.parametrize(
    ("drug", "port"),
    [
        ("hydroxynorketamine_r", "cv_hnk_r"),
        ("hydroxynorketamine_s", "cv_hnk_s"),
        ("norketamine", "cv_norketamine"),
        ("arketamine", "cv_ketamine_r"),
        ("ketamine", "cv_ketamine"),
    ],
)
def test_a_value_without_a_name_is_the_compound_in_venous_plasma(tmp_path, drug: str, port: str) -> None:
    path = tmp_path / "table.csv"
    rows = (f"a,0,1,1,20,0.667,{drug},iv,.,.,70,.,.", "a,2,0,0,.,.,.,.,.,.,70,30,.")
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    with pytest.raises(ResynapseError) as caught:
        FitIndividual(table=path, body=("otto2021",)).run()
    assert caught.value.given == port


@pytest.mark.parametrize(
    ("words", "where"),
    [({"seed": -1}, "seed"), ({"seed": 2**70}, "seed"), ({"draws": "many"}, "draws"), ({"sed": 1}, "sed")],
)
def test_words_that_no_request_takes_are_refused_by_name(tmp_path, words: dict, where: str) -> None:
    with pytest.raises(ResynapseError) as caught:
        FitIndividual(table=tmp_path / "table.csv", **words)
    assert where in (caught.value.where, caught.value.given)
