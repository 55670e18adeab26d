"""A value together with how fast it changes when the parameters move in one direction.

Whatever is printed for plain values can be printed for duals: the derivative is then that of the very numbers that are
computed, step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from . import vector_math
from .lanes import Lanes, Mask, select

Value: TypeAlias = "Lanes | Dual"


@dataclass(frozen=True)
class Dual:
    """A value and its tangent; who multiplies it or adds to it multiplies and adds by the rules of differentiation."""

    value: Lanes
    tangent: Lanes

    def __add__(self, other: Value | float) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.tangent + other.tangent)
        return Dual(self.value + other, self.tangent)

    def __radd__(self, other: Lanes | float) -> Dual:
        return Dual(other + self.value, self.tangent)

    def __sub__(self, other: Value | float) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value - other.value, self.tangent - other.tangent)
        return Dual(self.value - other, self.tangent)

    def __rsub__(self, other: Lanes | float) -> Dual:
        return Dual(other - self.value, -self.tangent)

    def __mul__(self, other: Value | float) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value * other.value, self.tangent * other.value + self.value * other.tangent)
        return Dual(self.value * other, self.tangent * other)

    def __rmul__(self, other: Lanes | float) -> Dual:
        return self * other

    def __truediv__(self, other: Value | float) -> Dual:
        if isinstance(other, Dual):
            share = self.value / other.value
            return Dual(share, (self.tangent - share * other.tangent) / other.value)
        return Dual(self.value / other, self.tangent / other)

    def __rtruediv__(self, other: Lanes | float) -> Dual:
        share = other / self.value
        return Dual(share, -(share * self.tangent) / self.value)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.tangent)


def plain(x: Value) -> Lanes:
    """The value alone."""
    return x.value if isinstance(x, Dual) else x


def operate(op: str, args: tuple[Value | Mask, ...]) -> Value | Mask:
    """What an operation of a program makes of printed values, of tangents too where there are any."""
    if op in _ARITHMETIC:
        return _ARITHMETIC[op](*args)
    if not any(isinstance(a, Dual) for a in args):
        return _PLAIN[op](*args)
    if op in _COMPARED:
        return _PLAIN[op](*(plain(a) if not isinstance(a, Mask) else a for a in args))
    return _CURVED[op](*args)


def _both(a: Value) -> Dual:
    return a if isinstance(a, Dual) else Dual(a, a.code.constant(0.0))


def choose(mask: Mask, yes: Value, no: Value) -> Value:
    """`yes` for those in `mask`, `no` for the others."""
    if isinstance(yes, Lanes) and isinstance(no, Lanes):
        return select(mask, yes, no)
    a, b = _both(yes), _both(no)
    return Dual(select(mask, a.value, b.value), select(mask, a.tangent, b.tangent))


def _curved(function: Callable[[Lanes], Lanes], slope: Callable[[Lanes, Lanes], Lanes]) -> Callable[[Dual], Dual]:
    def moved(x: Dual) -> Dual:
        y = function(x.value)
        return Dual(y, slope(x.value, y) * x.tangent)

    return moved


def _power(x: Value, y: Value) -> Dual:
    a, b = plain(x), plain(y)
    found = vector_math.power(a, b)
    tangent = found.code.constant(0.0)
    if isinstance(x, Dual):
        tangent = tangent + b * vector_math.power(a, b - 1.0) * x.tangent
    if isinstance(y, Dual):
        steep = select(a > 0.0, vector_math.log(a), 0.0)
        tangent = tangent + found * steep * y.tangent
    return Dual(found, tangent)


_ARITHMETIC: Mapping[str, Callable[..., Value]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "select": choose,
}

_PLAIN: Mapping[str, Callable[..., Lanes | Mask]] = {
    "abs": vector_math.absolute,
    "sign": vector_math.sign,
    "sqrt": vector_math.sqrt,
    "exp": vector_math.exp,
    "log": vector_math.log,
    "log1p": vector_math.log1p,
    "expm1": vector_math.expm1,
    "tanh": vector_math.tanh,
    "logistic": vector_math.logistic,
    "pow": vector_math.power,
    "max": vector_math.maximum,
    "min": vector_math.minimum,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a.compare("oeq", b),
    "ne": lambda a, b: a.compare("une", b),
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "not": lambda a: ~a,
}

_COMPARED = {"gt", "ge", "lt", "le", "eq", "ne", "sign"}

_CURVED: Mapping[str, Callable[..., Value]] = {
    "abs": _curved(vector_math.absolute, lambda x, y: vector_math.sign(x)),
    "sqrt": _curved(vector_math.sqrt, lambda x, y: 0.5 / y),
    "exp": _curved(vector_math.exp, lambda x, y: y),
    "log": _curved(vector_math.log, lambda x, y: 1.0 / x),
    "log1p": _curved(vector_math.log1p, lambda x, y: 1.0 / (1.0 + x)),
    "expm1": _curved(vector_math.expm1, lambda x, y: y + 1.0),
    "tanh": _curved(vector_math.tanh, lambda x, y: 1.0 - y * y),
    "logistic": _curved(vector_math.logistic, lambda x, y: y * (1.0 - y)),
    "pow": _power,
    "max": lambda a, b: choose(plain(a) >= plain(b), a, b),
    "min": lambda a, b: choose(plain(a) <= plain(b), a, b),
}
