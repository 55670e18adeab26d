"""What an event table says of preparations, devices, and what acts beside the drug."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.chains import body_chain
from resynapse.core.errors import ResynapseError
from resynapse.core.turn import Change
from resynapse.dose import known_carrying, read_table
from resynapse.simulation import Subject, follow, gather
from resynapse.timeline import acting, own_values, timeline

COLUMNS = ("ID", "TIME", "AMT", "EVID", "DRUG", "ROUTE", "FORM", "DEVICES", "WITH", "WT")
SPRAY = {"ID": "1", "TIME": "0", "AMT": "84", "EVID": "1", "DRUG": "esketamine", "ROUTE": "nasal", "WT": "70"}
TABLET = {**SPRAY, "DRUG": "ketamine", "ROUTE": "oral", "AMT": "40"}
SEEN = {"ID": "1", "TIME": "30", "EVID": "0", "WT": "70"}


def read(tmp_path, *rows):
    path = tmp_path / "table.csv"
    lines = [",".join(f'"{row.get(c, ".")}"' for c in COLUMNS) for row in rows]
    path.write_text("\n".join([",".join(COLUMNS), *lines]), encoding="utf-8")
    return read_table(path, carrying=known_carrying("locf")).people


def plasma(person, times, port="cv_ketamine"):
    chain = body_chain("human")
    life = timeline(chain, person)
    subject = Subject(person.id, life.happenings, own_values(chain, person), life.turns)
    solved = follow(chain, [subject], chain.initial(), (0.0, 48.0))
    return np.asarray(gather(solved, [subject], chain, np.asarray(times, float)).signals[port])[0]


def test_a_missed_device_is_missing_and_a_slow_tablet_is_slow(tmp_path):
    (all_three,), (two,) = read(tmp_path, SPRAY), read(tmp_path, {**SPRAY, "DEVICES": "spaced, missed 3"})
    early = plasma(two, [1.0, 4.0]) / plasma(all_three, [1.0, 4.0])
    assert (early > 0.6).all() and (early < 0.8).all()
    (solution,) = read(tmp_path, TABLET)
    (tablet,) = read(tmp_path, {**TABLET, "FORM": "prolonged_release_tablet"})
    times = np.linspace(0.0, 12.0, 25)
    assert plasma(solution, times).argmax() < 4 < plasma(tablet, times).argmax()


def test_a_cold_comes_and_goes(tmp_path):
    second = {**SPRAY, "TIME": "12", "WITH": "rhinitis"}
    third = {**SPRAY, "TIME": "24", "WITH": "none"}
    (person,) = read(tmp_path, {**SPRAY, "WITH": "none"}, second, third, {**SEEN, "WITH": "none"})
    assert acting([person]) == ("rhinitis",) and person.modifiers == ()
    assert [c.modifiers for c in person.changes] == [("rhinitis",), ()]
    (well,) = read(tmp_path, SPRAY, {**SPRAY, "TIME": "12"}, {**SPRAY, "TIME": "24"}, SEEN)
    times = [0.5, 12.5, 24.5]
    ratio = plasma(person, times) / plasma(well, times)
    assert ratio[0] < 1.03 and ratio[1] > 1.15 and abs(ratio[2] - 1) < 0.03


def test_what_a_modifier_moved_goes_back(tmp_path):
    (person,) = read(tmp_path, {**SPRAY, "WITH": "rhinitis"}, {**SEEN, "WITH": "none"})
    chain = body_chain("human")
    (change,) = (t for t in timeline(chain, person).turns if isinstance(t, Change))
    assert own_values(chain, person)["body.fr_n"] > change.values["body.fr_n"]
    assert change.values["body.fr_n"] == pytest.approx(float(chain.parameters["body.fr_n"]))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({**SPRAY, "DEVICES": "missed 4"}, "DEVICES"),
        ({**SPRAY, "DEVICES": "sideways"}, "DEVICES"),
        ({**TABLET, "DEVICES": "spaced"}, "DEVICES"),
        ({**TABLET, "FORM": "nasal_device"}, "FORM"),
        ({**TABLET, "FORM": "tabletop"}, "FORM"),
        ({**SEEN, "FORM": "wafer"}, "FORM"),
    ],
)
def test_words_that_do_not_fit_are_refused_with_their_column(tmp_path, row, column):
    with pytest.raises(ResynapseError) as caught:
        read(tmp_path, row)
    assert caught.value.where == f"table.csv, line 2, column {column}"
    assert f"column {column}" in str(caught.value)


def test_a_changing_companion_stands_on_every_line(tmp_path):
    with pytest.raises(ResynapseError, match="WITH changes within this ID"):
        read(tmp_path, {**SPRAY, "WITH": "rhinitis"}, {**SPRAY, "TIME": "12", "WITH": "none"}, SEEN)


def test_an_unknown_companion_is_refused_with_the_nearest_name(tmp_path):
    (person,) = read(tmp_path, {**SPRAY, "WITH": "rifampicine"})
    with pytest.raises(ResynapseError) as caught:
        own_values(body_chain("human"), person)
    assert caught.value.nearest == "rifampicin"
