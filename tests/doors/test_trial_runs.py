"""Trials at the doors: the bank and its hash, runs that go on where they were cut off, refusals."""

import json
from dataclasses import replace

import numpy as np
import pytest

from resynapse.banked import Who, bank, enrolled, key
from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.requests.trial_runs import STORE, Asked, power, run_trial
from resynapse.trial.design.library import design
from resynapse.trial.run import plan

MURROUGH = "murrough_2013"
HALF = ("--for", "0.5")


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def who(people=200, seed=1, **changes):
    return enrolled(design(MURROUGH).model_copy(update=changes), people, seed)


def test_the_hash_of_a_course_changes_with_what_matters_only():
    order = plan(design(MURROUGH)).orders[0]
    own = key(who(), order, 1)
    assert own == key(who(title="another title"), replace(order), 1)
    others = [
        key(who(201), order, 1),
        key(who(), order, 2),
        key(who(population="trd_phase3"), order, 1),
        key(who(), replace(order, regimen=replace(order.regimen, dose="0.4 mg/kg")), 1),
        key(who(), order.among([9.0]), 1),
    ]
    assert len({own, *others}) == 6


def test_a_bank_is_the_same_from_the_store_and_starts_without_effect():
    orders = plan(design(MURROUGH)).orders
    one, two = (bank(who(), orders, 1) for _ in range(2))
    np.testing.assert_array_equal(one.course(orders[0]).madrs, two.course(orders[0]).madrs)
    assert (one.course(orders[0]).madrs[:, 0] == 0.0).all()
    assert one.course(orders[0]).madrs[:, 1].mean() < -3.0
    assert one.digest == two.digest


def test_people_of_a_bank_need_not_be_neighbours():
    orders, whole = plan(design(MURROUGH)).orders, who()
    some = np.arange(3, 200, 7)
    few = Who(whole.population, some, {k: v[some] for k, v in whole.covariates.items()})
    everybody, those = bank(whole, orders, 1).course(orders[0]), bank(few, orders, 1).course(orders[0])
    np.testing.assert_array_equal(everybody.madrs[some], those.madrs)


def test_a_run_that_was_cut_off_goes_on_and_gives_the_same(tmp_path):
    asked = Asked(design(MURROUGH), 200, 6, 1, workers=1)
    whole = power(asked, ["power"], tmp_path / "whole")
    power(replace(asked, replicates=3), ["power"], tmp_path / "cut")
    lines = (tmp_path / "cut" / STORE).read_text().splitlines()
    for end in (20, lines[-1].rindex("}, {") + 1):
        (tmp_path / "cut" / STORE).write_text("\n".join([*lines, lines[-1][:end]]))
        for _ in range(2):
            assert power(asked, ["power"], tmp_path / "cut")["power"] == whole["power"]
    assert (tmp_path / "cut" / STORE).read_text() == (tmp_path / "whole" / STORE).read_text()


def test_a_folder_of_another_run_is_refused(tmp_path):
    power(Asked(design(MURROUGH), 200, 1, 1, workers=1), ["power"], tmp_path)
    with pytest.raises(RequestError, match="another run"):
        power(Asked(design(MURROUGH), 200, 1, 2, workers=1), ["power"], tmp_path)


def test_two_processes_give_the_bits_of_one(tmp_path):
    asked = Asked(design(MURROUGH), 200, 22, 1, workers=1)
    assert power(asked, ["assurance"]) == power(replace(asked, workers=2), ["assurance"])


def test_a_trial_does_not_take_the_place_of_another(tmp_path):
    first = run_trial(Asked(design(MURROUGH), 200), tmp_path)
    assert run_trial(Asked(design(MURROUGH), 200), tmp_path) == first
    with pytest.raises(RequestError, match="holds another trial"):
        run_trial(Asked(design(MURROUGH), 200, seed=2), tmp_path)


@pytest.mark.parametrize(
    "words",
    [["trial", "run", MURROUGH], ["trial", "power", MURROUGH], ["trial", "programme", MURROUGH], ["compare", "--all"]],
)
def test_a_folder_of_somebody_else_is_left_as_it_is(words, tmp_path, capsys):
    for name in ("thesis.txt", "report.html"):
        (tmp_path / name).write_text("mine")
        assert main([*words, "--out", str(tmp_path)]) == 2
        assert "holds something else" in capsys.readouterr().err
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"thesis.txt": "mine", "report.html": "mine"}


def test_a_report_alone_is_no_trial_of_ours(tmp_path, capsys):
    (tmp_path / "report.html").write_text("mine")
    assert main(["trial", "run", MURROUGH, "--out", str(tmp_path)]) == 2
    assert (tmp_path / "report.html").read_text() == "mine"


def test_a_programme_that_is_nearly_named_is_suggested(capsys):
    assert main(["trial", "programme", "esketamin"]) == 2
    assert "nearest: esketamine" in capsys.readouterr().err


def test_numbers_come_with_units_and_p_is_never_nothing(capsys):
    assert main(["trial", "run", MURROUGH, "--people-bank", "200"]) == 0
    said = capsys.readouterr().out
    assert "points of MADRS (95 % CI" in said and "percentage points" in said
    assert "p = 0.000" not in said and ("p < 0.001" in said or "p = 0.0" in said)


def test_one_trial_leaves_tables_behind(tmp_path):
    found = run_trial(Asked(design(MURROUGH), 200), tmp_path)
    assert found["flow"]["randomised"] == 72
    assert {"subjects.csv", "visits.csv", "trial.json"} == {p.name for p in tmp_path.iterdir()}
    assert found["endpoints"]["change at 24 hours"]["estimate"] < 0.0
    json.dumps(found, allow_nan=False)


def test_bad_words_are_refused_with_two(capsys):
    assert main(["trial", "run", "murogh"]) == 2
    assert main(["trial", "power", MURROUGH, "--conditions", "pwer"]) == 2
    assert main(["trial", "power", MURROUGH, "--people-bank", "3"]) == 2
    assert main(["trial", "power", "stard"]) == 2
    assert main(["trial", "power", MURROUGH, "--workers", "0"]) == 2
    assert main(["trial", "power", MURROUGH, "--conditions", ","]) == 2
    assert main(["trial", "power", MURROUGH, "--for", "0.8", "--conditions", "power"]) == 2
    assert main(["trial", "power", MURROUGH, "--out", __file__]) == 2
    assert main(["trial", "programme", MURROUGH, "--out", __file__]) == 2
    assert "nearest" in capsys.readouterr().err


def test_a_programme_and_a_sample_size_are_kept_and_no_other_run_takes_their_place(tmp_path, capsys):
    words = ["--people-bank", "200", "--replicates", "2", "--workers", "1", "--json", "--out", str(tmp_path)]
    for name, asked in (("programme.json", ["programme", MURROUGH]), ("sample_size.json", ["power", MURROUGH, *HALF])):
        assert main(["trial", *asked, *words]) == 0
        held = (tmp_path / name).read_text()
        assert json.loads(held) == json.loads(capsys.readouterr().out)
        assert main(["trial", *asked, *words, "--seed", "2"]) == 2
        assert "holds another run" in capsys.readouterr().err
        assert (tmp_path / name).read_text() == held


def test_power_is_told_as_json(capsys):
    words = ["trial", "power", MURROUGH, "--people-bank", "200", "--replicates", "2", "--conditions", "power", "--json"]
    assert main([*words, "--workers", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["power"][0]["positive"]["of"] == 2
