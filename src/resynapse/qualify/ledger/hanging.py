"""What an answer hangs on: the equations and values that its code reaches, as one digest."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_DATA = (".toml", ".csv", ".yaml", ".yml")
_RECORDED = "run.json"
"""What a calibration says of itself, the digest of its draws among it."""
_APART = ("core", "report", "engine", "cli", "requests")
"""Rooms that carry no science: a solver held to its certificate, pages and doors."""
_RUNS, _CHOOSER = "calibrate", "qualify.weighing.knowing"
"""Calibrations on file, and the one module that takes them without being told their names."""
_TOLD = ("qualify/claims.csv", "qualify/verdicts.csv", "qualify.answer", "qualify.claims", "qualify.verdicts")
"""What the page joins anew each time it is made, and the shape of an answer."""


def digest(module: str) -> str:
    """A hash of all that the answers of `module` (dotted, below `resynapse`) hang on.

    These are the modules that it imports, directly or not, without their comments and docstrings, and every data file
    of the rooms that they lie in. The solver is left out: its certificate holds its error below 1e-4.
    """
    reached = sorted(reach(module))
    rooms = sorted({_room(name) for name in reached} - ({_RUNS} if _CHOOSER not in reached else set()))
    text = [f"{name} {_code(name)}" for name in reached] + [f"{room} {_data(room)}" for room in rooms]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:16]


def reach(module: str) -> frozenset[str]:
    """The modules that `module` needs, itself included."""
    found: set[str] = set()
    open_ones = [module]
    while open_ones:
        name = open_ones.pop()
        if name not in found and name not in _TOLD and name.partition(".")[0] not in _APART:
            found.add(name)
            open_ones += _imported(name)
    return frozenset(found)


def _room(name: str) -> str:
    """The room whose data a module may read: its first word, but only its own part of this one."""
    words = name.split(".")
    return (
        "/".join(words[:2]) if words[0] == "qualify" and _path(".".join(words[:2])).name == "__init__.py" else words[0]
    )


@cache
def _imported(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for node in ast.walk(_tree(name)) for one in _named(node, name)))


def _named(node: ast.AST, inside: str) -> Iterator[str]:
    """Modules of this project that one statement imports."""
    if not isinstance(node, ast.ImportFrom) or not node.level:
        return
    package = inside.split(".") if _path(inside).name == "__init__.py" else inside.split(".")[:-1]
    base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
    below = [".".join([*base, alias.name]) for alias in node.names]
    above = [".".join(base[: i + 1]) for i in range(len(base))]
    yield from (one for one in (*above, *below) if one and _path(one).exists())


def _path(name: str) -> Path:
    folder = _ROOT.joinpath(*name.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(_path(name).read_text(encoding="utf-8"))


@cache
def _code(name: str) -> str:
    """A hash of a module's statements, whatever its comments and docstrings say."""
    words = ast.dump(_Bare().visit(_tree(name)))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


class _Bare(ast.NodeTransformer):
    """Takes out strings that stand alone as statements: docstrings."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """The statement, unless it is a string alone."""
        told = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if told else node


@cache
def _data(room: str) -> str:
    """A hash of the data files of a room; of this room's own modules only those that lie beside them."""
    folder = _ROOT / room
    if not folder.is_dir():
        return ""
    every = folder.iterdir() if room == "qualify" else folder.rglob("*")
    files = sorted(f for f in every if _counts(f))
    parts = [f"{f.relative_to(_ROOT)} {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _counts(file: Path) -> bool:
    known = file.suffix in _DATA or file.name == _RECORDED
    return known and file.relative_to(_ROOT).as_posix() not in _TOLD
