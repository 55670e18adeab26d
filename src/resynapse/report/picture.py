"""One figure as one file of the reader's choice, refused with a clear word where it cannot be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import RequestError, nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
"""Kinds of picture that can be drawn, by the end of a file's name."""


def check_picture(file: Path) -> None:
    """Refuse a file that could not hold a picture, before anything is computed for it.

    **Raises:** `RequestError` for another suffix, or a folder that does not exist.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        like = nearest(suffix, SUFFIXES)
        raise RequestError("this kind of picture is not drawn", given=file, allowed=SUFFIXES, nearest=like)
    if not file.parent.is_dir():
        raise RequestError("the folder of this picture does not exist", given=file.parent, then="make it first")
    if file.is_dir():
        raise RequestError("a picture cannot replace a folder", given=file, then="give another name")


def saved(figure: Figure, file: Path) -> Path:
    """Write one figure (PNG 200 dpi, SVG or PDF, by the suffix of `file`) and return its path.

    **Raises:** `RequestError` as `check_picture` does, or when the file cannot be written.
    """
    check_picture(file)
    try:
        figure.savefig(file, dpi=200)
    except OSError as failure:
        raise RequestError("this picture cannot be written", given=file, then=failure.strerror) from failure
    return file
