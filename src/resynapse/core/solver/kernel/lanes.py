"""Values of several people at once, as names in printed LLVM code: each operator writes one line."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

Number: TypeAlias = "Lanes | float"


class Code:
    """The text of one LLVM function in the making.

    **Arguments:** `width` is the number of people whose values stand side by side in one vector.
    """

    def __init__(self, width: int):
        self.width = width
        self.reals, self.bits = f"<{width} x double>", f"<{width} x i64>"
        self.masks = f"<{width} x i1>"
        self._lines: list[str] = []
        self._cells: list[str] = []
        self._declared: set[str] = set()
        self._count = 0
        self._block = "entry"

    def text(self, name: str, arguments: str) -> str:
        """The whole module: this function and what it calls."""
        body = [f"define void @{name}({arguments}) {{", "entry:", *self._cells, *self._lines, "  ret void", "}"]
        return "\n".join([*sorted(self._declared), "", *body, ""])

    def value(self, text: str) -> str:
        """Write one line that gives a value, and name it."""
        self._count += 1
        name = f"%v{self._count}"
        self._lines.append(f"  {name} = {text}")
        return name

    def line(self, text: str) -> None:
        """Write one line that gives nothing back."""
        self._lines.append(f"  {text}")

    def call(self, function: str, result: str, *arguments: tuple[str, str]) -> str:
        """Call one of LLVM's own functions, given type and value of each argument."""
        types = ", ".join(kind for kind, _ in arguments)
        self._declared.add(f"declare {result} @{function}({types})")
        return self.value(f"call {result} @{function}({', '.join(f'{k} {v}' for k, v in arguments)})")

    def cell(self, kind: str) -> str:
        """Room for one value that changes; LLVM keeps it in a register where it can."""
        self._count += 1
        name = f"%c{self._count}"
        self._cells.append(f"  {name} = alloca {kind}, align 64")
        return name

    def address(self, base: str, index: str | int, kind: str) -> str:
        """Address of the element `index` of what lies at `base`."""
        return self.value(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def read(self, base: str, index: str | int, kind: str = "i64") -> str:
        """One number from an array."""
        return self.value(f"load {kind}, ptr {self.address(base, index, kind)}, align 8")

    def integer(self, operation: str, a: str | int, b: str | int) -> str:
        """A whole number made of two."""
        return self.value(f"{operation} i64 {a}, {b}")

    @contextmanager
    def count(self, begin: str | int, end: str | int) -> Iterator[str]:
        """Write a loop over `begin`, `begin + 1`, ... below `end`; gives the name of its counter."""
        self._count += 1
        n = self._count
        before, head, body, after = self._block, f"head{n}", f"body{n}", f"after{n}"
        place = len(self._lines) + 2
        self._lines += [f"  br label %{head}", f"{head}:", "", f"  %t{n} = icmp slt i64 %i{n}, {end}"]
        self._lines += [f"  br i1 %t{n}, label %{body}, label %{after}", f"{body}:"]
        self._block = body
        yield f"%i{n}"
        self._lines += [f"  %n{n} = add i64 %i{n}, 1", f"  br label %{head}", f"{after}:"]
        self._lines[place] = f"  %i{n} = phi i64 [ {begin}, %{before} ], [ %n{n}, %{self._block} ]"
        self._block = after

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Write lines that are run only if `condition` holds."""
        self._count += 1
        n = self._count
        self._lines += [f"  br i1 {condition}, label %yes{n}, label %done{n}", f"yes{n}:"]
        self._block = f"yes{n}"
        yield
        self._lines += [f"  br label %done{n}", f"done{n}:"]
        self._block = f"done{n}"

    def constant(self, value: float) -> Lanes:
        """The same number for everybody."""
        return Lanes(self, f"splat (double {literal(value)})")

    def everybody(self, scalar: str) -> Lanes:
        """One number of the program, given to everybody."""
        one = self.value(f"insertelement {self.reals} poison, double {scalar}, i64 0")
        zeros = f"<{self.width} x i32> zeroinitializer"
        return Lanes(self, self.value(f"shufflevector {self.reals} {one}, {self.reals} poison, {zeros}"))

    def load(self, base: str, index: str | int) -> Lanes:
        """A vector from memory; `index` counts vectors."""
        return Lanes(self, self.value(f"load {self.reals}, ptr {self.address(base, index, self.reals)}, align 8"))

    def store(self, base: str, index: str | int, value: Lanes) -> None:
        """A vector to memory; `index` counts vectors."""
        self.line(f"store {self.reals} {value.name}, ptr {self.address(base, index, self.reals)}, align 8")


def literal(value: float) -> str:
    """A number as LLVM reads it, to the last bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@dataclass(frozen=True)
class Mask:
    """Who satisfies a condition."""

    code: Code
    name: str

    def __and__(self, other: Mask) -> Mask:
        return self._with("and", other)

    def __or__(self, other: Mask) -> Mask:
        return self._with("or", other)

    def __invert__(self) -> Mask:
        return self._with("xor", Mask(self.code, "splat (i1 true)"))

    @property
    def anybody(self) -> str:
        """Whether there is anybody, as one truth of the program."""
        word = f"i{self.code.width}"
        held = self.code.value(f"bitcast {self.code.masks} {self.name} to {word}")
        return self.code.value(f"icmp ne {word} {held}, 0")

    def _with(self, operation: str, other: Mask) -> Mask:
        return Mask(self.code, self.code.value(f"{operation} {self.code.masks} {self.name}, {other.name}"))


@dataclass(frozen=True)
class Lanes:
    """One number for each of several people."""

    code: Code
    name: str

    def __add__(self, other: Number) -> Lanes:
        return self._with("fadd contract", other)

    def __radd__(self, other: float) -> Lanes:
        return self.code.constant(other) + self

    def __sub__(self, other: Number) -> Lanes:
        return self._with("fsub contract", other)

    def __rsub__(self, other: float) -> Lanes:
        return self.code.constant(other) - self

    def __mul__(self, other: Number) -> Lanes:
        return self._with("fmul contract", other)

    def __rmul__(self, other: float) -> Lanes:
        return self.code.constant(other) * self

    def __truediv__(self, other: Number) -> Lanes:
        return self._with("fdiv", other)

    def __rtruediv__(self, other: float) -> Lanes:
        return self.code.constant(other) / self

    def __neg__(self) -> Lanes:
        return Lanes(self.code, self.code.value(f"fneg {self.code.reals} {self.name}"))

    def __gt__(self, other: Number) -> Mask:
        return self.compare("ogt", other)

    def __ge__(self, other: Number) -> Mask:
        return self.compare("oge", other)

    def __lt__(self, other: Number) -> Mask:
        return self.compare("olt", other)

    def __le__(self, other: Number) -> Mask:
        return self.compare("ole", other)

    def compare(self, how: str, other: Number) -> Mask:
        """Compare in one of LLVM's ways: `oeq` equal, `une` not equal, `uno` one is not a number, ..."""
        line = f"fcmp {how} {self.code.reals} {self.name}, {self._lanes(other).name}"
        return Mask(self.code, self.code.value(line))

    def exactly(self, operation: str, other: Number) -> Lanes:
        """An operation that is never merged with the next one, for sums whose rounding is made up for."""
        return self._with(operation, other)

    def builtin(self, function: str, *others: Number) -> Lanes:
        """One of LLVM's own functions of this and other values."""
        lanes = [self, *(self._lanes(o) for o in others)]
        name = f"{function}.v{self.code.width}f64"
        return Lanes(self.code, self.code.call(name, self.code.reals, *((self.code.reals, v.name) for v in lanes)))

    @property
    def largest(self) -> str:
        """The largest number of all, as one number of the program; what is not a number is passed over."""
        name = f"llvm.vector.reduce.fmax.v{self.code.width}f64"
        return self.code.call(name, "double", (self.code.reals, self.name))

    def _with(self, operation: str, other: Number) -> Lanes:
        if not isinstance(other, Lanes | float | int):
            return NotImplemented  # a dual number knows how to go on
        line = f"{operation} {self.code.reals} {self.name}, {self._lanes(other).name}"
        return Lanes(self.code, self.code.value(line))

    def _lanes(self, other: Number) -> Lanes:
        return other if isinstance(other, Lanes) else self.code.constant(float(other))


def select(mask: Mask, yes: Number, no: Number) -> Lanes:
    """`yes` for those in `mask`, `no` for the others."""
    code = mask.code
    a, b = (v if isinstance(v, Lanes) else code.constant(float(v)) for v in (yes, no))
    return Lanes(code, code.value(f"select {code.masks} {mask.name}, {code.reals} {a.name}, {code.reals} {b.name}"))
