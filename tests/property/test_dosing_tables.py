"""What must hold for every event table: order of people, ADDL, RATE and DUR, and no crash on any text."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resynapse.core.errors import EventError
from resynapse.dose import read_table

HEADER = "ID,TIME,AMT,RATE,DUR,EVID,ADDL,II,DRUG,ROUTE,WT"
amounts = st.integers(20, 400).map(lambda n: n / 4 + 5)
hours = st.integers(1, 400).map(lambda n: n / 4)


def read(*lines):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
        return read_table(path).people


def bare(person):
    return replace(person, events=tuple(replace(event, row=None) for event in person.events))


@st.composite
def people(draw):
    """Blocks of lines, one a person, in no particular order."""
    blocks = []
    for number in range(draw(st.integers(1, 5))):
        weight = draw(st.integers(40, 120))
        times = sorted(draw(st.sets(st.integers(0, 1000), min_size=1, max_size=5)))
        kinds = [draw(st.booleans()) for _ in times]
        dose = f"{draw(amounts)},.,0.5,1,.,.,ketamine,iv,{weight}"
        seen = f".,.,.,0,.,.,.,.,{weight}"
        blocks.append([f"p{number},{t},{dose if kind else seen}" for t, kind in zip(times, kinds, strict=True)])
    return blocks


@settings(deadline=None)
@given(people(), st.randoms())
def test_the_order_of_people_does_not_matter(blocks, random):
    shuffled = random.sample(blocks, len(blocks))
    first = {p.id: bare(p) for p in read(*(line for block in blocks for line in block))}
    second = {p.id: bare(p) for p in read(*(line for block in shuffled for line in block))}
    assert first == second
    assert list(second) == [block[0].split(",")[0] for block in shuffled]


@settings(deadline=None)
@given(amounts, st.integers(0, 30), hours, st.integers(0, 100))
def test_additional_doses_are_explicit_rows(amount, more, interval, start):
    (short,) = read(f"1,{start},{amount},.,0.5,1,{more},{interval},ketamine,iv,70")
    times = [start + k * interval for k in range(more + 1)]
    (long,) = read(*(f"1,{t!r},{amount},.,0.5,1,.,.,ketamine,iv,70" for t in times))
    assert bare(short) == bare(long)
    assert {event.row for event in short.events} == {2}


@settings(deadline=None)
@given(amounts, hours)
def test_a_rate_is_a_duration(amount, duration):
    (by_rate,) = read(f"1,0,{amount},{amount / duration!r},.,1,.,.,ketamine,iv,70")
    (by_duration,) = read(f"1,0,{amount},.,{duration},1,.,.,ketamine,iv,70")
    (by_both,) = read(f"1,0,{amount},{amount / duration!r},{duration},1,.,.,ketamine,iv,70")
    assert by_rate == by_both
    assert by_rate.events[0].duration_h == pytest.approx(by_duration.events[0].duration_h, rel=1e-12)


@settings(deadline=None)
@given(amounts, st.integers(1, 3), st.integers(40, 120))
def test_amounts_and_weights_arrive_unchanged(amount, count, weight):
    (person,) = read(*(f"1,{t},{amount},.,.,1,.,.,ketamine,oral,{weight}" for t in range(count)))
    assert sum(event.amount_mg for event in person.events) == pytest.approx(count * amount)
    assert person.covariates == {"weight": weight}


cells = st.sampled_from(["", ".", "0", "1", "2", "-1", "35", "1e9", "nan", "ketamine", "iv", "x", '"', "70", "0.5"])


@settings(deadline=None)
@given(st.lists(st.lists(cells, min_size=11, max_size=11), min_size=1, max_size=4))
def test_any_cells_give_people_or_an_event_error(rows):
    try:
        assert read(*(",".join(row) for row in rows))
    except EventError as refused:
        assert "table.csv" in refused.where
