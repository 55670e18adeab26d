"""What the first release promises: every check of the selftest, one test each."""

from __future__ import annotations

import pytest

from resynapse.core.errors import RequestError
from resynapse.qualify.selftest import Check, checks, read_checks, within

EXPECTED = {
    "pk 1",
    "pk 30",
    "pk 18",
    "pk 62",
    "pk F",
    "rat 10",
    "rat 30",
    "rat 200",
    "occ I",
    "occ E",
    "glu",
    "madrs 24",
}
EXPECTED |= {"madrs 2", "madrs 3", "madrs 4", "madrs d14", "dose", "lasting", "score", "score top", "cadss"}
EXPECTED |= {"stress bdnf", "stress ampar", "stress spines", "brain.nmdar_left", "brain.t_type_left", "lhb stress"}


@pytest.fixture(scope="module")
def found() -> dict[str, Check]:
    """All checks by their id."""
    return {check.id: check for check in checks()}


def test_every_promise_is_checked(found: dict[str, Check]) -> None:
    assert found.keys() >= EXPECTED
    assert len(found) >= 50


def test_every_promise_holds(found: dict[str, Check]) -> None:
    assert [c for c in found.values() if not c.passed] == []


def test_a_check_can_fail() -> None:
    assert not within("x", "a number", 2.0, 0.0, 1.0).passed
    assert not within("x", "no number", float("nan"), 0.0, 1.0).passed


def test_checks_of_another_version_are_refused(tmp_path) -> None:
    stored = tmp_path / "checks.json"
    stored.write_text('{"resynapse_version": "0.0.0", "checks": []}')
    with pytest.raises(RequestError, match="another version"):
        read_checks(stored)
    with pytest.raises(RequestError, match="no stored checks"):
        read_checks(tmp_path / "nowhere.json")
