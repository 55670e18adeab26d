r"""Elementary functions of vectors, written out in sums and products so that no library is called.

Every function follows the IEEE rules at its edges (0, infinity, what is not a number) and is accurate to a few units
in the last place. The polynomials are Taylor series of an argument made small; for the logarithm that of the inverse
hyperbolic tangent.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from .lanes import Code, Lanes, Mask, select

_LOG2E = 1.0 / math.log(2.0)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it leaves the nearest whole number in the last digits
_EXP = [1.0 / math.factorial(n) for n in range(2, 14)]
_ARTANH = [2.0 / n for n in range(3, 22, 2)]


def exp(x: Lanes) -> Lanes:
    r"""$e^x = 2^k e^r$ with $|r| \le \ln 2 / 2$."""
    _, whole, r = _reduced(x)
    return _ends(x, _scaled(1.0 + (r + r * r * _polynomial(r, _EXP)), whole), 0.0)


def expm1(x: Lanes) -> Lanes:
    r"""$e^x - 1$, exact to the last digits near 0."""
    k, whole, r = _reduced(x)
    small = r + r * r * _polynomial(r, _EXP)
    power = _scaled(x.code.constant(1.0), whole)
    far = select(x > 40.0, _scaled(1.0 + small, whole), small * power + (power - 1.0))
    near = select(k.compare("oeq", 0.0), small, far)
    return select(x.compare("oeq", 0.0), x, _ends(x, near, -1.0))


def log(x: Lanes) -> Lanes:
    r"""$\ln x = k \ln 2 + \ln m$ with $m$ between $\sqrt{1/2}$ and $\sqrt 2$."""
    high, low = _log_parts(x)
    return _log_ends(x, high + low)


def log1p(x: Lanes) -> Lanes:
    """The logarithm of 1 + x, exact to the last digits near 0."""
    u = x.exactly("fadd", 1.0)
    missing = x.exactly("fsub", u.exactly("fsub", 1.0))
    high, low = _log_parts(u)
    inner = high + (low + missing / u)
    return select(u.compare("oeq", 1.0), x, _log_ends(u, inner))


def power(x: Lanes, y: Lanes) -> Lanes:
    r"""$x^y = e^{y \ln x}$; a negative $x$ has a power only for whole $y$."""
    size = absolute(x)
    high, low = _log_parts(size)
    p = y.exactly("fmul", high)
    rest = y.builtin("llvm.fma", high, -p) + y * low
    raised = exp(p)
    finite = select((raised > 0.0) & (raised < math.inf), raised + raised * rest, raised)
    zero = select(y > 0.0, 0.0, math.inf)
    endless = select(y > 0.0, math.inf, 0.0)
    found = select(size.compare("oeq", 0.0), zero, select(size.compare("oeq", math.inf), endless, finite))
    found = select(x.compare("uno", y), math.nan, _signed(x, y, found))
    unit = size.compare("oeq", 1.0) & (absolute(y).compare("oeq", math.inf))
    found = select(unit, 1.0, found)
    return select(y.compare("oeq", 0.0) | x.compare("oeq", 1.0), 1.0, found)


def tanh(x: Lanes) -> Lanes:
    """The hyperbolic tangent."""
    size = absolute(x)
    twice = expm1(2.0 * size.builtin("llvm.minimum", 20.0))
    return (twice / (twice + 2.0)).builtin("llvm.copysign", x)


def logistic(x: Lanes) -> Lanes:
    """The S-shaped curve $1 / (1 + e^{-x})$."""
    return 1.0 / (1.0 + exp(-x))


def sqrt(x: Lanes) -> Lanes:
    """The square root."""
    return x.builtin("llvm.sqrt")


def absolute(x: Lanes) -> Lanes:
    """The size without the sign."""
    return x.builtin("llvm.fabs")


def sign(x: Lanes) -> Lanes:
    """1, -1, or the value itself where that is 0 or not a number."""
    one = x.code.constant(1.0).builtin("llvm.copysign", x)
    return select((x > 0.0) | (x < 0.0), one, x)


def maximum(x: Lanes, y: Lanes) -> Lanes:
    """The larger of two; not a number if either is not."""
    return x.builtin("llvm.maximum", y)


def minimum(x: Lanes, y: Lanes) -> Lanes:
    """The smaller of two; not a number if either is not."""
    return x.builtin("llvm.minimum", y)


def halvings(x: Lanes) -> Lanes:
    """How often positive numbers must be halved to lie below one half: whole numbers, at least 0, at most 60."""
    code = x.code
    exponent = code.value(f"lshr {code.bits} {_bits(x)}, splat (i64 52)")
    above = code.value(f"sub {code.bits} {exponent}, splat (i64 1021)")
    count = Lanes(code, code.value(f"sitofp {code.bits} {above} to {code.reals}"))
    return count.builtin("llvm.maxnum", 0.0).builtin("llvm.minnum", 60.0)


def two_to(k: Lanes) -> Lanes:
    """2 to the power of whole numbers of moderate size."""
    return _power_of_two(k.code, k.code.value(f"fptosi {k.code.reals} {k.name} to {k.code.bits}"))


def _reduced(x: Lanes) -> tuple[Lanes, str, Lanes]:
    """The whole number k nearest to x / ln 2, as a number and as bits, and r = x - k ln 2."""
    inside = x.builtin("llvm.maxnum", -800.0).builtin("llvm.minnum", 800.0)
    shifted = inside.builtin("llvm.fma", _LOG2E, _ROUND)
    k = shifted.exactly("fsub", _ROUND)
    r = k.builtin("llvm.fma", -_LN2_HIGH, inside)
    code = x.code
    whole = code.value(f"sub {code.bits} {_bits(shifted)}, splat (i64 {_integer_of(_ROUND)})")
    return k, whole, k.builtin("llvm.fma", -_LN2_LOW, r)


def _scaled(x: Lanes, whole: str) -> Lanes:
    """A number times 2**k in two halves, so that very small and very large results come out right."""
    code = x.code
    half = code.value(f"ashr {code.bits} {whole}, splat (i64 1)")
    other = code.value(f"sub {code.bits} {whole}, {half}")
    return x * _power_of_two(code, half) * _power_of_two(code, other)


def _ends(x: Lanes, inside: Lanes, lowest: float) -> Lanes:
    """The exponential at its edges: what overflows, what vanishes, what is not a number."""
    found = select(x > 709.782712893384, math.inf, select(x < -745.2, lowest, inside))
    return select(x.compare("uno", x), x, found)


def _log_parts(x: Lanes) -> tuple[Lanes, Lanes]:
    """The logarithm of a positive x as a large and a small part."""
    code = x.code
    tiny = x < 2.2250738585072014e-308
    word = _bits(select(tiny, x * 2.0**54, x))
    moved = code.value(f"sub {code.bits} {word}, splat (i64 {_integer_of(math.sqrt(0.5))})")
    k = code.value(f"ashr {code.bits} {moved}, splat (i64 52)")
    shift = code.value(f"shl {code.bits} {k}, splat (i64 52)")
    m = _reals(code, code.value(f"sub {code.bits} {word}, {shift}"))
    octave = Lanes(code, code.value(f"sitofp {code.bits} {k} to {code.reals}"))
    octave = select(tiny, octave - 54.0, octave)
    return _sum_of_logs(m.exactly("fsub", 1.0), octave)


def _sum_of_logs(f: Lanes, octave: Lanes) -> tuple[Lanes, Lanes]:
    r"""$k \ln 2 + \ln(1 + f)$, where $\ln(1+f) = f - h + s (h + R(s^2))$, $h = f^2/2$, $s = f / (2 + f)$."""
    s, half = f / (2.0 + f), 0.5 * f
    h = half.exactly("fmul", f)
    lost = half.builtin("llvm.fma", f, -h)
    z = s * s
    series = z * _polynomial(z, _ARTANH)
    first = f.exactly("fsub", h)
    behind = f.exactly("fsub", first).exactly("fsub", h)
    large = octave.builtin("llvm.fma", _LN2_HIGH, first)
    rest = octave.builtin("llvm.fma", -_LN2_HIGH, large)
    small = first.exactly("fsub", rest)
    tail = small + (behind + (octave * _LN2_LOW + (s * (h + series) - lost)))
    total = large.exactly("fadd", tail)
    return total, large.exactly("fsub", total).exactly("fadd", tail)


def _log_ends(x: Lanes, inside: Lanes) -> Lanes:
    found = select(x.compare("oeq", 0.0), -math.inf, select(x < 0.0, math.nan, inside))
    return select(x.compare("oeq", math.inf) | x.compare("uno", x), x, found)


def _signed(x: Lanes, y: Lanes, size: Lanes) -> Lanes:
    """The power of |x| with the sign that x gives it: none for even, x's for odd, no number between."""
    whole = y.builtin("llvm.trunc").compare("oeq", y)
    half = 0.5 * y
    odd = whole & half.builtin("llvm.trunc").compare("une", half)
    negative = _negative(x)
    turned = select(negative & odd, -size, size)
    lost = (x < 0.0) & x.compare("one", -math.inf) & ~whole
    return select(lost, math.nan, turned)


def _negative(x: Lanes) -> Mask:
    """Whose sign is minus, that of -0 included."""
    return Mask(x.code, x.code.value(f"icmp slt {x.code.bits} {_bits(x)}, zeroinitializer"))


def _polynomial(x: Lanes, coefficients: Sequence[float]) -> Lanes:
    """Estrin's scheme: pairs, then pairs of pairs, so that products need not wait for one another."""
    terms: list[Lanes] = [x.code.constant(c) for c in coefficients]
    while len(terms) > 1:
        pairs = [terms[i] + x * terms[i + 1] for i in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[2 * len(pairs) :]
        x = x * x
    return terms[0]


def _power_of_two(code: Code, whole: str) -> Lanes:
    """2**k for whole k, written straight into the exponent."""
    biased = code.value(f"add {code.bits} {whole}, splat (i64 1023)")
    return _reals(code, code.value(f"shl {code.bits} {biased}, splat (i64 52)"))


def _bits(x: Lanes) -> str:
    return x.code.value(f"bitcast {x.code.reals} {x.name} to {x.code.bits}")


def _reals(code: Code, bits: str) -> Lanes:
    return Lanes(code, code.value(f"bitcast {code.bits} {bits} to {code.reals}"))


def _integer_of(value: float) -> int:
    """The 64 bits of a double as a whole number."""
    return int(struct.unpack("<q", struct.pack("<d", value))[0])
