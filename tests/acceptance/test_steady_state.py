"""The steady state of the whole chain: what repeats for ever repeats, and what has no meaning is refused."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse import simulate
from resynapse.core.errors import EventError

HEAD = "ID,TIME,AMT,DUR,EVID,ADDL,II,SS,DRUG,ROUTE,WT\n"
EVERY = 84.0


@pytest.fixture(scope="module", params=[EVERY, 12.0])
def every(request):
    return request.param


@pytest.fixture(scope="module")
def table(tmp_path_factory, every):
    path = tmp_path_factory.mktemp("steady") / "steady.csv"
    path.write_text(HEAD + f"1,0,35,0.667,1,1,{every},1,ketamine,iv,70\n", encoding="utf-8")
    return path


def test_every_port_repeats_itself_with_the_interval(table, every):
    moments = np.array([0.0, 0.1, 0.5, 0.7, 0.9]) * every
    times = (*moments, *(every + moments))
    signals = simulate(table=table, times=times, days=8)["signals"]
    for port in ("cv_ketamine", "despair", "stress", "spine_density", "madrs_total", "lhb_burst_fraction", "bdnf"):
        first, again = np.split(signals[port].values[0], 2)
        assert again == pytest.approx(first, rel=1e-5, abs=1e-5), port
    assert signals["madrs_total"].values.max() < 30.0 < 34.0


def test_adding_a_steady_state_of_mood_is_refused_and_of_plasma_is_not(tmp_path):
    path = tmp_path / "added.csv"
    path.write_text(
        HEAD + "1,0,35,0.667,1,.,24,1,ketamine,iv,70\n1,12,20,.,1,.,24,2,ketamine,oral,70\n", encoding="utf-8"
    )
    with pytest.raises(EventError, match="mood is not"):
        simulate(table=path, days=2)
    signals = simulate(table=path, days=2, times=(12.0, 13.0), ports=("cv_ketamine",))["signals"]
    assert signals["cv_ketamine"].values[0, 1] > signals["cv_ketamine"].values[0, 0] > 0.0


def test_after_a_reset_metabolites_begin_anew(tmp_path):
    path = tmp_path / "turns.csv"
    lines = ["1,0,35,0.667,1,.,.,.,ketamine,iv,70", "1,24,.,.,3,.,.,.,.,.,80", "1,25,35,0.667,1,.,.,.,ketamine,iv,90"]
    path.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    hnk = simulate(table=path, days=4, times=(24.0, 72.0), ports=("cv_hnk",))["signals"]["cv_hnk"].values[0]
    assert hnk[0] == 0.0 < hnk[1]
