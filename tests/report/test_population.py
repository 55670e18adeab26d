"""The report of a population: what is drawn is what was stored, and the page says what it must, in order."""

from __future__ import annotations

import html
import json
import math
import re

import duckdb
import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.report.lasting import Lasting, curve
from resynapse.report.population import stored_population
from resynapse.report.population_page import (
    CovariateWords,
    PopulationWords,
    PortWords,
    RuleWords,
    population_figures,
    write_population,
)
from resynapse.report.strata import mean_of, share_of, split

HOURS = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 24.0, 168.0, 336.0])
N = 60


def columns():
    rng = np.random.default_rng(5)
    size, base = np.exp(0.3 * rng.normal(size=N)), 34 + 4 * rng.normal(size=N)
    plasma = 180 * size[:, None] * np.exp(-HOURS / 2) * (HOURS > 0)
    madrs = base[:, None] - 14 * size[:, None] * (np.exp(-HOURS / 150) - np.exp(-HOURS / 2))
    fall = base - madrs.min(axis=1)
    responded = fall >= 0.4 * base
    people = {
        "person": np.arange(N),
        "sex": (rng.uniform(size=N) > 0.5).astype(float),
        "weight": 80 * size,
        "cv_ketamine.peak": plasma.max(axis=1),
        "madrs_total.best_change": -fall,
        "madrs_total.responded": responded,
        "madrs_total.relapsed": responded & (size < 1.3),
        "madrs_total.relapse_after_h": np.where(responded, np.where(size < 1.3, 168.0, 332.0), np.nan),
    }
    visits = {
        "person": np.repeat(np.arange(N), len(HOURS)),
        "time_h": np.tile(HOURS, N),
        "cv_ketamine": plasma.ravel(),
        "madrs_total": madrs.ravel(),
    }
    return people, visits


def write(folder, failures=()):
    people, visits = columns()
    with duckdb.connect() as store:  # names come from this file
        for name, table in (("people", people), ("visits", visits)):
            (folder / name).mkdir(parents=True)
            store.register("held", table)
            store.execute(f"COPY (SELECT * FROM held) TO '{folder}/{name}/part-0.parquet' (FORMAT parquet)")  # noqa: S608
        cells = ", ".join(f"quantile_cont(v, {q}) AS p{100 * q:02.0f}" for q in (0.05, 0.25, 0.5, 0.75, 0.95))
        rows = " UNION ALL ".join(
            f"SELECT 'visits' AS \"table\", time_h, '{port}' AS quantity, {cells} FROM "  # noqa: S608
            f"(SELECT time_h, {port} AS v FROM held) GROUP BY time_h"
            for port in ("cv_ketamine", "madrs_total")
        )
        store.execute(f"COPY ({rows}) TO '{folder}/summary.parquet' (FORMAT parquet)")
    shard = {"first": 0, "stop": N}
    receipt = {"shard": shard, "files": {}, "failures": list(failures), "warnings": [], "seconds": 1.0}
    manifest = {
        "request": {
            "task": {"population": {"name": "made_up", "digest": "cafe0123cafe0123"}, "seed": 4, "reading": {}},
        },
        "people": N + sum(f["stop"] - f["first"] for f in failures),
        "rows": [{"shard": shard, "state": "stored", "attempts": 0, "receipt": receipt, "error": None}],
        "about": {
            "title": "Made-up people",
            "resynapse_version": "0.3.0",
            "request": {"people": N},
            "assumptions": [
                {"address": "life.k", "value": 8.0, "unit": "1", "low": 4.0, "high": 20.0, "note": "a steep switch"}
            ],
            "sources": [{"key": "daly2019", "text": "Daly and others", "url": "javascript:alert(1)"}],
            "notes": ["Placebo is left out."],
            "parameter_sets": [],
            "numerical_error": {"cv_ketamine": 2e-9, "madrs_total": 3e-6},
        },
        "result": {"digest": "feedbeef" * 8, "missing": 0},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


WORDS = PopulationWords(
    "Ketamine in made-up people",
    "people that a test made up",
    "0.5 mg/kg ketamine iv over 40 min, once",
    (0.0,),
    {
        "cv_ketamine": PortWords("Ketamine in the vein", "", "ng/mL"),
        "madrs_total": PortWords("MADRS", "", "points", 4.0, "0 to 60"),
    },
    (
        CovariateWords("sex", "sex", "1", "levels", "a source", "nothing itself", ("male", "female")),
        CovariateWords("weight", "body weight", "kg", "lognormal", "another source", "body.weight"),
    ),
    ("age and weight hang together: 0.1",),
    (RuleWords("madrs_total", "Fell by 50 % or more", "22 points or more", "nct02493868"),),
    ("A remark about these people.",),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("run") / "made_up")


@pytest.fixture(scope="module")
def figures(folder):
    return population_figures(stored_population(folder), WORDS)


@pytest.fixture(scope="module")
def page(folder):
    return html.unescape(write_population(folder, WORDS).read_text(encoding="utf-8"))


def words_of(figure):
    return " ".join(t.get_text() for t in (*figure.texts, *(t for a in figure.axes for t in (*a.texts, a._left_title))))


def test_the_median_line_and_the_single_people_are_what_was_stored(figures):
    madrs = columns()[1]["madrs_total"].reshape(N, -1)
    drawn = [line.get_ydata() for axis in figures["courses"][0].axes for line in axis.lines]
    middle, first = np.median(madrs, axis=0), madrs[0]
    assert any(len(y) == len(HOURS) and np.allclose(y, middle) for y in drawn)
    assert any(len(y) == len(HOURS) and np.allclose(y, first) for y in drawn)


def test_the_bands_are_the_stored_quantiles(figures):
    madrs = columns()[1]["madrs_total"].reshape(N, -1)
    edges = np.quantile(madrs, [0.05, 0.95], axis=0)
    bands = [b.get_paths()[0].vertices[:, 1] for axis in figures["courses"][0].axes for b in axis.collections]
    assert any(math.isclose(b.max(), edges[1].max()) and math.isclose(b.min(), edges[0].min()) for b in bands)


@pytest.mark.parametrize("name", ["courses", "response", "duration", "endpoints"])
def test_beside_every_figure_stands_how_many_who_seed_and_digest(figures, name):
    said = words_of(figures[name][0]).replace("\n", " ")
    for part in (
        "n = 60 people",
        "made_up",
        "cafe0123",
        "seed 4",
        "feedbeef",
        "0.5 mg/kg",
        "not medical",
        "For research",
    ):
        assert part.lower() in said.lower()


def test_units_stand_on_every_row(figures):
    said = words_of(figures["courses"][0])
    assert "ng/mL" in said
    assert "points" in said


def test_strata_are_means_and_shares_of_the_people_in_them():
    people, _ = columns()
    outcome = (-people["madrs_total.best_change"], people["madrs_total.responded"])
    found = split("sex", "1", people["sex"], ("male", "female"), outcome)
    men = people["sex"] == 0
    assert [s.label for s in found.strata] == ["male", "female"]
    assert found.strata[0].n == men.sum()
    assert found.strata[0].mean.value == pytest.approx(outcome[0][men].mean())
    assert found.strata[0].share.value == pytest.approx(outcome[1][men].mean())
    thirds = split("weight", "kg", people["weight"], (), outcome)
    assert [s.n for s in thirds.strata] == [20, 20, 20]
    assert thirds.explained > found.explained
    assert thirds.strata[2].label.endswith("kg")


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(2)
    hits = [_holds(mean_of(rng.normal(3.0, 2.0, 50)), 3.0) for _ in range(400)]
    shares = [_holds(share_of(rng.uniform(size=50) < 0.1), 0.1) for _ in range(400)]
    assert 0.91 < np.mean(hits) < 0.98
    assert 0.91 < np.mean(shares) < 0.99
    assert share_of(np.zeros(30, dtype=bool)).high > 0.05


def _holds(estimate, truth):
    return estimate.low <= truth <= estimate.high


def test_the_curve_of_those_still_well_equals_the_product_by_hand():
    days = np.array([2.0, 3.0, 3.0, 5.0, 8.0])
    seen = np.array([True, True, False, True, False])
    found = curve(Lasting("all", days, seen))
    at = dict(zip(found.days, found.share, strict=True))
    assert at[2.0] == pytest.approx(4 / 5)
    assert at[3.0] == pytest.approx(4 / 5 * 3 / 4)
    assert at[5.0] == pytest.approx(4 / 5 * 3 / 4 * 1 / 2)
    assert found.median == 5.0
    assert (found.low <= found.share).all()
    assert (found.share <= found.high).all()


def test_nobody_seen_to_relapse_is_a_flat_curve_without_median():
    found = curve(Lasting("all", np.array([5.0, 7.0]), np.array([False, False])))
    assert (found.share == 1.0).all()
    assert found.median == math.inf


def test_the_page_says_what_it_must_in_order(page):
    order = (
        "For research. Not medical advice.",
        "virtual people under one regimen",
        "Ketamine in made-up people",
        "feedbeef",
        '<h2 id="assumptions-title">',
        "life.k",
        "Who they are",
        "another source",
        "What happens",
        "Who responds",
        "How long it lasts",
        "Endpoints",
        "What counts as response and relapse",
        "<td>nct02493868</td>",
        "People who could not be computed",
        "Nobody: all people",
        "A remark about these people.",
        "Placebo is left out.",
        "3.0e-06",
        "Where the numbers come from",
        "Daly and others",
    )
    body = page[page.index("<body>") :]
    places = [body.index(word) for word in order]
    assert places == sorted(places)


def test_the_page_asks_the_network_for_nothing_and_runs_no_script(page):
    assert "<script" not in page
    assert "javascript:" not in page
    assert not re.search(r'(src|href)="https?:', page)
    assert "default-src 'none'" in page


def test_everything_is_written_as_picture_and_vector(folder, page):
    found = {p.name for p in (folder / "figures").iterdir()}
    assert found >= {
        f"{name}.{kind}" for name in ("courses", "response", "duration", "endpoints") for kind in ("png", "svg")
    }


def test_missing_people_are_listed_and_counted_beside_the_figures(tmp_path):
    failure = {"first": N, "stop": N + 2, "error": "SolveError: a value is not finite"}
    page = write_population(write(tmp_path / "run", [failure]), WORDS).read_text(encoding="utf-8")
    assert f"people {N} to {N + 1}" in page
    assert "a value is not finite" in page
    assert "(2 missing)" in page


def test_a_folder_without_a_run_and_a_run_without_people_are_refused(tmp_path, folder):
    with pytest.raises(RequestError, match="there is no run here"):
        stored_population(tmp_path)
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RequestError, match="damaged"):
        stored_population(tmp_path)
    empty = {**json.loads((folder / "manifest.json").read_text(encoding="utf-8")), "rows": []}
    (tmp_path / "manifest.json").write_text(json.dumps(empty), encoding="utf-8")
    with pytest.raises(RequestError, match="not finished"):
        stored_population(tmp_path)


def test_a_damaged_part_is_refused_with_the_next_step(tmp_path):
    run = write(tmp_path / "run")
    (run / "visits" / "part-0.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(RequestError, match="resynapse verify"):
        write_population(run, WORDS)
