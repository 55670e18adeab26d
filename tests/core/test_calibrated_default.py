"""The switch by which calibrated sets would become the human default: off, and what it does when it is turned on."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from resynapse import chains
from resynapse.calibrate.inference.written import write
from resynapse.calibrate.posterior import Posterior
from resynapse.calibrate.recorded import Record
from resynapse.chains import CALIBRATED, default_chain, set_path

VALUE, SPREAD = "synapse.k_n", 0.4


@pytest.fixture
def switched(tmp_path, monkeypatch):
    """A calibration of one value, written beside the synapse's set, with the switch on."""
    value = 1.2 * float(default_chain().parameters[VALUE])
    draws = np.array([[value, SPREAD]]) * np.array([[0.9, 0.9], [1.1, 1.1]])
    found = Posterior("trial", (VALUE, f"spread.{VALUE}"), draws, Record(title="a trial", method="laplace", seed=1))
    for file in set_path("synapse", "human").parent.glob("*.toml"):
        shutil.copy(file, tmp_path)
    written = write(found, default_chain(), "synapse", "docs/calibration/trial.md", tmp_path)

    def path(room: str, name: str):
        return written if name == written.stem else set_path(room, name)

    monkeypatch.setattr(chains, "set_path", path)
    monkeypatch.setattr(chains, "CALIBRATED", {"synapse": written.stem})
    return found


def test_the_switch_is_off():
    assert dict(CALIBRATED) == {}
    assert [s.name for s in default_chain().stages["synapse"].provenance] == ["human"]


def test_turned_on_the_human_default_holds_the_calibration(switched):
    chain = default_chain.__wrapped__("human")
    entry = chain.stages["synapse"].provenance[0].entries["k_n"]
    assert float(chain.parameters[VALUE]) == pytest.approx(switched.means[VALUE], rel=1e-5)
    assert entry.origin == "calibrated_here" and entry.calibration == f"trial {switched.digest}"
    assert entry.spread is not None and entry.spread.omega == pytest.approx(SPREAD, rel=1e-3)
    for other in set(chain.parameters) - {VALUE}:
        assert not other.startswith(("synapse.", "body.")) or float(chain.parameters[other]) == float(
            default_chain().parameters[other]
        )


def test_turned_on_mood_is_anchored_and_animals_stay(switched):
    chain = default_chain.__wrapped__("human")
    assert float(chain.parameters["mood.despair_ref"]) != float(default_chain().parameters["mood.despair_ref"])
    rat = default_chain.__wrapped__("rat")
    assert float(rat.parameters[VALUE]) == float(default_chain("rat").parameters[VALUE])
    assert [s.name for s in rat.stages["synapse"].provenance] == ["rat"]
