"""Chance that can be looked up: the same number whoever else is asked for; uniform, normal and independent."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from resynapse.core.chance import normals, uniforms
from resynapse.core.errors import RequestError

STREAM = (3, "a kind", "an.address")
MANY = range(50_000)


@pytest.fixture(scope="module")
def crowd():
    return uniforms(STREAM, MANY)


@pytest.mark.parametrize(
    "some", [[17], [3000, 17, 4], range(10, 21), [49_999, 0], range(1, 40, 3), [5, 5, 5], range(17, 18)]
)
def test_a_number_is_the_same_alone_in_any_order_and_any_company(crowd, some):
    np.testing.assert_array_equal(uniforms(STREAM, some), crowd[np.array(some)])
    np.testing.assert_array_equal(normals(STREAM, some), normals(STREAM, MANY)[np.array(some)])


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_a_seed_is_a_number_whatever_holds_it(crowd, kind):
    np.testing.assert_array_equal(uniforms((kind(3), *STREAM[1:]), range(5)), crowd[:5])


def test_a_seed_is_a_whole_number():
    with pytest.raises(TypeError):
        uniforms((3.5, "a kind"), range(5))


def test_far_apart_and_huge_numbers():
    far = [0, 10**6, 10**12, 10**12 + 1, 10**15]
    together = uniforms(STREAM, far)
    alone = np.concatenate([uniforms(STREAM, [k]) for k in far])
    np.testing.assert_array_equal(together, alone)
    assert len(set(together)) == len(far)


def test_a_shard_of_any_size_gives_the_same_bits(crowd):
    for size in (1, 7, 64, 1000):
        parts = [uniforms(STREAM, range(k, min(k + size, 3000))) for k in range(0, 3000, size)]
        np.testing.assert_array_equal(np.concatenate(parts), crowd[:3000])


def test_uniform_and_normal(crowd):
    assert stats.kstest(crowd, "uniform").pvalue > 1e-3
    assert stats.kstest(normals(STREAM, MANY), "norm").pvalue > 1e-3
    assert crowd.min() > 0
    assert crowd.max() < 1


def test_neighbours_and_streams_are_independent(crowd):
    limit = 4 / np.sqrt(len(crowd))
    assert abs(np.corrcoef(crowd[:-1], crowd[1:])[0, 1]) < limit
    for other in ((4, "a kind", "an.address"), (3, "b kind", "an.address"), (3, "a kind", "an.addresr")):
        assert abs(np.corrcoef(crowd, uniforms(other, MANY))[0, 1]) < limit


def test_nobody_at_all_and_a_negative_number():
    assert uniforms(STREAM, []).shape == (0,)
    with pytest.raises(RequestError, match="numbered from 0"):
        uniforms(STREAM, [-1])
