"""The few numbers printed after a run: the farthest point is called what it is, and dust is not printed as digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from resynapse.headline import print_headline

Make = Callable[..., xr.DataTree]


def test_the_farthest_point_is_no_peak_and_dust_is_about_zero(
    make_tree: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = make_tree(people=1, observed=False)
    plasma = tree["signals"]["cv_ketamine"]
    plasma.values[:] = np.where(plasma["time"].values > 100, 7.19e-07, plasma.values)
    print_headline(tree, None, report=False)
    told = capsys.readouterr().out
    assert "extreme" in told and "peak" not in told
    assert "~0" in told and "e-07" not in told
