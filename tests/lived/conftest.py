from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    """Lives are kept in a folder of this test run, never in the user's own."""
    monkeypatch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.getbasetemp() / "lives"))
