"""Marks: what counts as met, on answers that were made up for it."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.calibrate.questions.seen import KINDS, Seen
from resynapse.core.errors import RequestError
from resynapse.qualify.exam.marking import agrees, chance, marked


def spread(mean: float, sd: float, n: int = 2001) -> np.ndarray:
    return mean + sd * np.sqrt(3) * np.linspace(-1, 1, n)


@pytest.mark.parametrize(
    ("kind", "values", "verdict"),
    [
        ("up", [1.0] * 8 + [0.0] * 2, "met"),
        ("up", [1.0] * 7 + [0.0] * 3, "missed"),
        ("down", [-1.0] * 10, "met"),
        ("none", [0.05] * 9 + [1.0], "met"),
        ("none", [0.2] * 10, "missed"),
    ],
)
def test_a_direction_needs_four_fifths_of_the_draws(kind, values, verdict):
    assert marked(Seen(kind, 0.1), np.array(values)).verdict == verdict


@pytest.mark.parametrize(
    ("kind", "effect", "reference", "verdict"),
    [
        ("blocked", 0.1, 1.0, "met"),
        ("blocked", 0.6, 1.0, "missed"),
        ("blocked", 0.0, 0.05, "missed"),  # nothing was there to be blocked
        ("kept", 0.6, 1.0, "met"),
        ("kept", 0.4, 1.0, "missed"),
        ("kept", 0.05, 0.05, "missed"),
        ("rescued", 0.5, 1.0, "met"),
        ("lost", -0.3, 1.0, "met"),
        ("attenuated", 0.49, 1.0, "met"),
    ],
)
def test_what_stands_beside_a_reference_is_a_conjunction(kind, effect, reference, verdict):
    cell = marked(Seen(kind, 0.1), np.full(10, effect), np.full(10, reference))
    assert cell.verdict == verdict


def test_a_conjunction_is_asked_within_each_draw():
    effect, reference = np.array([0.0, 1.0] * 5), np.array([1.0, 0.0] * 5)
    assert agrees(Seen("blocked", 0.1), effect, reference).mean() == 0.5


@pytest.mark.parametrize(
    ("mean", "sd", "verdict"),
    [(1.0, 0.1, "met"), (1.4, 0.1, "met"), (1.6, 0.1, "missed"), (1.6, 0.3, "wide"), (1.0, 0.6, "wide")],
)
def test_a_size_that_is_met_only_because_it_is_wide_is_not_met(mean, sd, verdict):
    assert marked(Seen("size", 0.0, 1.0, 0.25), spread(mean, sd)).verdict == verdict


def test_at_least_does_not_mind_more():
    assert marked(Seen("at_least", 0.0, 0.8, 0.2), spread(3.0, 0.1)).verdict == "met"
    assert marked(Seen("at_least", 0.0, 0.8, 0.2), spread(0.2, 0.1)).verdict == "missed"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("beside", [False, True])
def test_the_chance_of_random_signs_is_what_a_simulation_finds(kind, beside):
    rng = np.random.default_rng(3)
    seen = Seen(kind, 0.5, 2.0 if kind in ("size", "at_least") else 0.0, 0.2)
    size = seen.value or 1.0
    effect, reference = size * rng.integers(-1, 2, 40_000), size * rng.integers(-1, 2, 40_000)
    found = agrees(seen, effect, reference if beside else None).mean()
    assert chance(seen, beside) == pytest.approx(found, abs=0.01)


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(RequestError, match="blocked"):
        Seen("blockd")
