"""Stress protocols: what is on file, what is refused, and that stress is reached by load."""

from importlib.resources import files

import numpy as np
import pytest

from resynapse.chains import default_chain
from resynapse.core.errors import RequestError
from resynapse.core.solver import protocol, resting_state
from resynapse.core.solver.kernel.march import march
from resynapse.life.protocol import protocol_names, read_protocol, stress_protocol

TEXT = (files("resynapse.life") / "protocols" / "chronic_social_defeat.yaml").read_text(encoding="utf-8")


def test_the_four_protocols_and_their_control_are_on_file():
    names = {"chronic_social_defeat", "chronic_unpredictable_stress", "chronic_corticosterone", "learned_helplessness"}
    assert names | {"none"} == set(protocol_names())
    for name in names:
        found = stress_protocol(name)
        assert found.leaves_out
        assert found.sources
        assert found.control
        assert found.split


def test_stress_is_reached_by_load_with_its_own_time_constant():
    chain = default_chain("mouse")
    defeat = stress_protocol("chronic_social_defeat")
    given = protocol(chain.external, [defeat.levels])
    hours = np.array([0.0, 72.0, 240.0, 240.0 + 216.0])
    start = resting_state(chain, {}, "well")
    stress = march(chain, given, start, (0.0, float(hours[-1])), hours, ("stress",)).signals["stress"][0]
    load = defeat.levels[0].amount
    wanted = load * (1.0 - np.exp(-hours[:3] / 72.0))
    np.testing.assert_allclose(stress[:3], wanted, atol=1e-6)
    assert stress[3] == pytest.approx(1.0 + (stress[2] - 1.0) * np.exp(-3.0), abs=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("schema: 1", "schema: 2", "line 1, schema"),
        ("species: [mouse]", "species: [mose]", "line 4"),
        ("    to_day: 10", "    to_day: 12", "follow each other"),
        ("source: strekalova2011", "source: strekalova2021", "line 16, split.share.source"),
        ('note: "chosen so that the two kinds overlap"', 'note: ""', "line 18, split.spread"),
        ("criterion:", "criterium:", "nearest: criterion"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(old, new, said):
    assert old in TEXT
    with pytest.raises(RequestError) as refused:
        read_protocol(TEXT.replace(old, new, 1), "mine.yaml")
    assert said in str(refused.value).replace("  ", " ")


def test_an_unknown_protocol_is_refused_with_the_nearest():
    with pytest.raises(RequestError, match="chronic_social_defeat"):
        stress_protocol("chronic_social_defet")
