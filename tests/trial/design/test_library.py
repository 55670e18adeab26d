"""The designs on file: each is read, says the same when written down, and is joined to what was published."""

import pytest

from resynapse.core.errors import RequestError
from resynapse.evidence import library as evidence
from resynapse.trial.design import Eligibility, design_in, document_of, eligible, printed, read_design
from resynapse.trial.design.account import design_record, design_records
from resynapse.trial.design.library import LIBRARY, design, designs
from resynapse.trial.design.page import told
from resynapse.trial.design.published import role_of

FILES = sorted(LIBRARY.glob("*.yaml"))
WANTED = {
    *("murrough_2013", "fava_2020", "daly_2018", "transform_1", "transform_2", "transform_3", "sustain_1", "sustain_2"),
    *("aspire_1", "phillips_2019", "su_2017", "lii_2023", "dwyer_2021", "pcn_101_2023", "sanacora_2017"),
    *("preskorn_2008", "stard", "singh_2016b", "takahashi_2021", "karma_dep_2", "ionescu_2019", "janik_2025"),
    "zarate_2006",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_design_on_file_passes_every_check_and_survives_being_written_down(path):
    found = read_design(path)
    assert found.name == path.stem
    assert design_in(document_of(found)) == found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_published_numbers_are_rows_of_the_evidence(path):
    found = design(path.stem)
    joined = printed(found)
    assert len(joined) == len(found.published) > 0
    assert all(one.observation in evidence().observations for one in joined)
    assert {one.observation.role for one in printed(found, "build")} <= {"build"}


def test_the_studies_that_were_asked_for_are_on_file_with_both_roles():
    assert set(designs()) >= WANTED
    assert {"build", "verify"} <= {role_of(one) for one in designs().values()}
    assert {one.kind for one in designs().values()} >= {
        *("parallel", "dose_ranging", "fixed_sequence", "crossover", "randomised_withdrawal", "open_label", "add_on"),
        "steps",
    }


@pytest.mark.parametrize("name", sorted(designs()))
def test_a_page_tells_who_what_when_and_what_is_assumed_first(name):
    page = told(design(name))
    titles = ("Assumed, not read", "Who", "What", "When", "What is asked")
    order = [page.index(f"\n{title}\n") for title in titles]
    assert order == sorted(order)


def test_what_a_runner_reads_of_a_design():
    found = design("transform_2")
    assert [(arm.name, arm.n, arm.control, arm.background.status) for arm in found.arms] == [
        ("esketamine", 114, "drug", "new"),
        ("placebo", 109, "placebo_spray", "new"),
    ]
    dosing = found.arms[0].regimens[0]
    assert dosing.given_on == (0.0, 3.0, 7.0, 10.0, 14.0, 17.0, 21.0, 24.0)
    assert dosing.regimen.amount_mg(70.0) == 56.0
    assert found.primary[0].analysed.visit == found.primary[0].visit == "day 28"
    assert found.chance_of_drug == 0.5
    assert found.adaptive
    assert not design("murrough_2013").adaptive
    assert design("dwyer_2021").compared == ("ketamine", "midazolam")
    assert design("lii_2023").masking.participants == "asleep"


def test_who_is_let_in():
    from resynapse.person.population import population

    people = population("trd_phase3").sample(500, seed=3).covariates
    passed = eligible(Eligibility(age=(20, 60), madrs_at_least=36), people)
    assert 0 < passed.sum() < 500
    assert people["madrs_baseline"][passed].min() >= 36
    assert people["age"][passed].min() >= 20
    assert people["age"][passed].max() < 61


def test_records_are_plain_and_name_the_arms():
    listed = design_records()
    assert {"name", "kind", "arms", "n", "role", "source"} <= set(listed[0])
    record = design_record(design("sustain_1"))
    assert record["published"][0]["statistic"] == "hazard_ratio"


def test_an_unknown_design_is_refused_with_the_nearest_name():
    with pytest.raises(RequestError, match="nearest: transform_2"):
        design("transfrom_2")


def test_a_changed_copy_of_a_design_knows_that_it_is_changed():
    found = design("transform_2")
    dosing = found.arms[0].regimens[0]
    assert dosing.model_copy(update={"days": 7.0}).given_on == dosing.given_on[:2] == (0.0, 3.0)
    assert found.model_copy(update={"days": 30.0}).digest != found.digest == design("transform_2").digest
