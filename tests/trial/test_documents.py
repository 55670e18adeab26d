"""Analyses as documents, tables in long form, and results as records."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from resynapse.core.errors import RequestError
from resynapse.trial.analysis import (
    Ancova,
    FixedSequence,
    HeterogeneousToeplitz,
    LongColumns,
    MaxCombo,
    Mmrm,
    Sandwich,
    Satterthwaite,
    Unstructured,
    Visits,
    document_of,
    read_analysis,
    read_procedure,
)

DOCUMENTS = [
    Mmrm(
        "ketamine", "placebo", "day 28", covariances=(Unstructured(), HeterogeneousToeplitz()), freedom=Satterthwaite()
    ),
    Ancova("ketamine", "placebo", errors=Sandwich()),
    MaxCombo("ketamine", "placebo"),
]


@pytest.mark.parametrize("analysis", DOCUMENTS, ids=lambda a: type(a).__name__)
def test_an_analysis_survives_being_written_down(analysis):
    assert read_analysis(json.loads(json.dumps(document_of(analysis)))) == analysis


def test_a_procedure_survives_being_written_down():
    asked = FixedSequence(("84 mg", "56 mg"))
    assert read_procedure(json.loads(json.dumps(document_of(asked)))) == asked


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "mmmr"}, ["no such method", "nearest: mmrm"]),
        ({"visitt": "day 28"}, ["no such argument", "nearest: visit"]),
        ({"freedom": "kenward"}, ["no such choice", "nearest: kenward_roger"]),
        ({"covariances": ["unstructred"]}, ["no such choice", "nearest: unstructured"]),
        ({"visit": None}, ["lacks an argument", "give `visit`"]),
    ],
)
def test_a_document_that_names_nothing_is_refused(change, words):
    document = {"method": "mmrm", "treatment": "ketamine", "control": "placebo", "visit": "day 28"} | change
    document = {name: value for name, value in document.items() if value is not None}
    with pytest.raises(RequestError) as refusal:
        read_analysis(document)
    assert all(word in " ".join(str(refusal.value).split()) for word in words)


def table():
    rows = [(p, "ABC"[p % 2], v, p + 10.0 * k, 30.0 + p) for p in range(4) for k, v in enumerate(["day 2", "day 15"])]
    return pd.DataFrame(rows, columns=["USUBJID", "TRT01P", "AVISIT", "CHG", "BASE"])


def test_a_long_table_becomes_people_by_visits_whatever_the_order_of_its_rows():
    data = Visits.from_long(table().drop(index=3), LongColumns(), ["BASE"])
    assert data.visits == ("day 2", "day 15")
    np.testing.assert_array_equal(data.score, [[0, 10], [1, np.nan], [2, 12], [3, 13]])
    assert data.arm.tolist() == ["A", "B", "A", "B"]
    assert data.covariates["BASE"].tolist() == [30.0, 31.0, 32.0, 33.0]


def test_a_long_table_with_a_person_twice_at_a_visit_or_without_a_column_is_refused():
    twice = pd.concat([table(), table().iloc[:1]])
    with pytest.raises(RequestError, match="two rows at one visit"):
        Visits.from_long(twice, LongColumns())
    with pytest.raises(RequestError, match="no such column"):
        Visits.from_long(table(), LongColumns(), ["BSE"])


def test_a_record_is_plain_json(fev):
    record = Mmrm("TRT", "PBO", "VIS4").analyse(fev).record()
    assert json.loads(json.dumps(record, allow_nan=False))["n"] == {"PBO": 105, "TRT": 92}


def test_without_statsmodels_the_mmrm_still_runs_and_the_others_say_what_to_install(fev, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    for name in [name for name in sys.modules if name.startswith("statsmodels.")]:
        monkeypatch.setitem(sys.modules, name, None)
    assert Mmrm("TRT", "PBO", "VIS4").analyse(fev).significant
    with pytest.raises(RequestError, match=r"resynapse\[trial\]"):
        Ancova("TRT", "PBO").analyse(fev.at("VIS4"))
