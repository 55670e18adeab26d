"""Where printed code keeps values: cells that change, and rows of vectors in memory, with room for tangents."""

from __future__ import annotations

from dataclasses import dataclass

from .dual import Dual, Value, plain
from .lanes import Code, Lanes


@dataclass(frozen=True)
class Cell:
    """Room for one value that changes.

    **Arguments:** `place` and `tangent` name the room in the code; without tangents the latter is `None`.
    """

    code: Code
    place: str
    tangent: str | None

    @property
    def value(self) -> Value:
        """What is kept now."""
        held = self.code.load(self.place, 0)
        return held if self.tangent is None else Dual(held, self.code.load(self.tangent, 0))

    def keep(self, value: Value) -> None:
        """Keep another value from now on."""
        self.code.store(self.place, 0, plain(value))
        if self.tangent is not None:
            self.code.store(self.tangent, 0, slope(value))


def cell(code: Code, dual: bool) -> Cell:
    """A new cell, with or without room for a tangent."""
    return Cell(code, code.cell(code.reals), code.cell(code.reals) if dual else None)


def slope(value: Value) -> Lanes:
    """The tangent of a value; zero where it has none."""
    return value.tangent if isinstance(value, Dual) else value.code.constant(0.0)


@dataclass(frozen=True)
class Row:
    """Vectors side by side in memory, tangents behind them.

    **Arguments:** `base` is where the row begins; `size` is the number of its values.
    """

    code: Code
    base: str
    size: int
    dual: bool

    def __getitem__(self, place: int) -> Value:
        held = self.code.load(self.base, place)
        return Dual(held, self.code.load(self.base, self.size + place)) if self.dual else held

    def __setitem__(self, place: int, value: Value) -> None:
        self.code.store(self.base, place, plain(value))
        if self.dual:
            self.code.store(self.base, self.size + place, slope(value))
