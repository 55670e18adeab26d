"""`resynapse calibration`: what is on file, whether it converged in words, what stays open, and its figure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from resynapse.calibrate.inference.prior import Lognormal, uncertain
from resynapse.calibrate.posterior import Posterior, calibrations, keep
from resynapse.calibrate.recorded import Diagnostic, Record, Used
from resynapse.chains import default_chain
from resynapse.cli import main
from resynapse.report.priors_figure import draw_priors
from resynapse.requests.calibrations import calibration_record, calibration_records

ADDRESSES = ("synapse.k_n", "mood.w_a", "spread.synapse.k_n", "placebo.hope")


def posterior(rhat: float = 1.002, **told) -> Posterior:
    chain, rng = default_chain(), np.random.default_rng(3)
    value = float(chain.parameters["synapse.k_n"])
    common = rng.normal(size=(200, 1))
    scores = 0.2 * (rng.normal(size=(200, 4)) + common * np.array([2.0, 2.0, 0.0, 0.0]))
    draws = np.array([value, 1.0, 0.3, 3.8]) * np.exp(scores)
    words = next(u.told for u in uncertain(chain) if u.address == "synapse.k_n")
    record = Record(
        title="a small one",
        method="nuts",
        seed=1,
        data=(Used(row="efficacy/lii2023 3", what="madrs_total mean", value=-8.0, unit="points", sd=1.2),),
        priors={"synapse.k_n": words, "spread.synapse.k_n": Lognormal(0.3, 0.5).told, "placebo.hope": "as one thought"},
        diagnostics={a: Diagnostic(rhat=rhat, ess_bulk=900, ess_tail=800) for a in ADDRESSES},
        not_identified=("spread.synapse.k_n",),
        notes=("one note",),
        **told,
    )
    return Posterior("small", ADDRESSES, draws, record)


@pytest.fixture(scope="module")
def name(tmp_path_factory) -> str:
    return str(keep(posterior(), tmp_path_factory.mktemp("calibrations")))


@pytest.fixture(scope="module")
def told(name) -> dict:
    return calibration_record(name)


def test_means_and_correlations_are_those_of_the_draws(told):
    rows = {row["address"]: row for row in told["values"]}
    assert rows["mood.w_a"]["mean"] == pytest.approx(posterior().of("mood.w_a").mean())
    assert rows["mood.w_a"]["quantiles"][2] == pytest.approx(np.median(posterior().of("mood.w_a")))
    assert rows["placebo.hope"]["unit"] == "points" and rows["synapse.k_n"]["unit"] == "1/h"
    assert told["correlations"][0]["between"] == ["synapse.k_n", "mood.w_a"]
    assert not rows["spread.synapse.k_n"]["identified"]


def test_priors_are_read_again_from_their_words(told):
    rows = {row["address"]: row for row in told["values"]}
    assert rows["spread.synapse.k_n"]["prior_quantiles"][2] == pytest.approx(0.3)
    low, _, middle, _, high = rows["synapse.k_n"]["prior_quantiles"]
    assert low < middle < high
    assert rows["placebo.hope"]["prior_quantiles"] is None, "words that nobody can draw are told and not drawn"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (posterior(), "converged: largest R-hat 1.0020"),
        (posterior(1.05), "not converged: largest R-hat 1.0500"),
        (posterior(divergences=2), "not converged: .*2 divergences"),
    ],
)
def test_convergence_is_told_in_words(made, said, tmp_path):
    import re

    assert re.match(said, calibration_record(str(keep(made, tmp_path)))["verdict"])


def test_the_command_tells_and_gives_json(name, capsys):
    assert main(["calibration", "show", name]) == 0
    text = capsys.readouterr().out
    for word in ("Converged: largest", "say next to nothing about: spread.synapse.k_n", "hang together", "lii2023"):
        assert word in text
    assert main(["calibration", "show", name, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["calibration"]
    assert found["digest"] == posterior().digest and len(found["data"]) == 1


def test_the_list_holds_what_is_on_file(capsys):
    assert main(["calibration", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["calibrations"]
    assert [one["name"] for one in listed] == list(calibrations())
    assert listed == json.loads(json.dumps(calibration_records()))


def test_the_figure_draws_every_value(told, name, tmp_path):
    figure = draw_priors(told)
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names == ["synapse.k_n", "mood.w_a", "spread.synapse.k_n (open)", "placebo.hope"]
    assert main(["calibration", "show", name, "--figure", str(tmp_path / "priors.svg")]) == 0
    assert (tmp_path / "priors.svg").stat().st_size > 1000


@pytest.mark.parametrize("word", ["no_such", "a+b", "nowhere/at_all"])
def test_what_is_not_there_is_refused_with_two(word, capsys):
    assert main(["calibration", "show", word]) == 2
    assert "no such calibration" in capsys.readouterr().err
