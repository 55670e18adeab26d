"""Where results live on disk: written whole or not at all, and read again with a clear word when they are not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from .core.errors import RequestError
from .result import load_result, save_result


def store(tree: xr.DataTree, folder: Path, report: bool, tell: Callable[[str], None] = lambda _: None) -> Path:
    """Write `result.nc`, `signals.csv` and `request.json`, and the report on request, into `folder`.

    Everything is first written beside the folder and then moved in, so that a failure leaves nothing half done.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        _write(tree, Path(scratch), report, tell)
        folder.mkdir(exist_ok=True)
        for item in Path(scratch).iterdir():
            _move(item, folder / item.name)
    return folder


def stored_result(path: Path) -> xr.DataTree:
    """The result in `path`.

    **Raises:** `RequestError` when there is none or the file cannot be read.
    """
    file = path / "result.nc" if path.is_dir() else path
    if not file.is_file():
        raise RequestError(
            "there is no stored result here", given=path, then="name a folder that `simulate --out` wrote"
        )
    try:
        return load_result(file)
    except (OSError, ValueError, KeyError) as failure:
        raise RequestError("this file is no stored result", given=file, then=str(failure).splitlines()[0]) from failure


def _write(tree: xr.DataTree, folder: Path, report: bool, tell: Callable[[str], None]) -> None:
    tell("writing the result")
    save_result(tree, folder / "result.nc")
    (folder / "request.json").write_text(tree.attrs["request"] + "\n", encoding="utf-8")
    _signals_csv(tree, folder / "signals.csv")
    if report:
        tell("drawing the report")
        from .report import write_report

        write_report(tree, folder)


def _signals_csv(tree: xr.DataTree, path: Path) -> None:
    """One row a person and time; units stand in the header, dimensions of a port become columns."""
    signals = tree["signals"].to_dataset()
    columns = {}
    for name, variable in signals.data_vars.items():
        extra = [d for d in variable.dims if d not in ("person", "time")]
        cells = variable.stack(part=extra).transpose("part", ...) if extra else variable.expand_dims("part")
        for i, values in enumerate(cells):
            part = f".{cells['part'].values[i][0]}" if extra else ""
            columns[f"{name}{part} [{variable.attrs['units']}]"] = (("person", "time"), values.values)
    table = xr.Dataset(columns, {"person": signals["person"], "time": signals["time"].values})
    frame = table.to_dataframe().reset_index().rename(columns={"time": "time [h]"})
    frame.to_csv(path, index=False, float_format="%.8g")


def _move(item: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    os.replace(item, target)
