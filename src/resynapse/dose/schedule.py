"""Schedules in words, such as "twice weekly for 4 weeks, then weekly", turned into dose times.

The words follow this grammar (EBNF); case, commas and repeated spaces do not matter:

    schedule  = phase , { "then" , phase } ;
    phase     = frequency , [ "for" , number , unit ] ;
    frequency = "once" | [ count ] , rhythm | [ "once" ] , "every" , [ "other" | number ] , unit ;
    rhythm    = "daily" | "weekly" | ( "a" | "per" ) , ( "day" | "week" ) ;
    count     = "once" | "twice" | "thrice" | number , "times" ;    (whole numbers)
    number    = digits | "one" | "two" | ... | "twelve" ;
    unit      = "hour" | "hours" | "day" | "days" | "week" | "weeks" ;

Conventions: the first dose of a phase is at its start; once weekly is day 0 of each week, twice weekly days 0 and 3,
three times weekly days 0, 2 and 4; several doses a day are evenly spaced. A phase of length L holds the doses at times
t with 0 <= t < L, and the next phase begins at L, so "every 3 days for 12 days" is days 0, 3, 6 and 9.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..core.errors import EventError, nearest

MOST_DOSES = 10_000
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MOST_A_DAY = 24
_COUNTS = {"once": 1, "twice": 2, "thrice": 3}
_UNITS = {"hour": 1.0, "hours": 1.0, "day": 24.0, "days": 24.0, "week": 168.0, "weeks": 168.0}
_RHYTHMS = {"daily": 24.0, "weekly": 168.0}
_DAYS_OF_WEEK = {1: (0,), 2: (0, 3), 3: (0, 2, 4)}
_WORDS = (*_COUNTS, *_RHYTHMS, *_UNITS, *_NUMBERS, "every", "other", "for", "then", "times", "a", "per")
_EXAMPLES = '"once", "twice weekly for 4 weeks", "every 3 days for 12 days", "..., then every 2 weeks"'


@dataclass(frozen=True)
class Phase:
    """A stretch of one rhythm: doses at `offsets_h` of every period, for `length_h` hours (`None`: no end given).

    A single dose has an infinite period.
    """

    offsets_h: tuple[float, ...]
    period_h: float
    length_h: float | None

    def times(self, start: float, stop: float) -> Iterator[float]:
        """Dose times from `start` up to, but not at, `stop` (h)."""
        cycle = 0
        while True:
            base = start + (cycle * self.period_h if cycle else 0.0)
            for time in (base + offset for offset in self.offsets_h):
                if time >= stop - 1e-9:
                    return
                yield time
            cycle += 1


def schedule_times(words: str, days: float | None = None) -> tuple[float, ...]:
    """Dose times (h, the first at 0) of a schedule in words.

    **Arguments:** `days` is the horizon: doses at or after it are left out. It is needed when the last phase has no
    end of its own, unless that phase is a single dose.

    **Raises:** `EventError` with the phrase, the piece that cannot be read, what is allowed and the nearest word.
    """
    horizon = _horizon(words, days)
    times: list[float] = []
    start = 0.0
    for phase in parse_schedule(words):
        stop = min(horizon, start + _length(phase, words, horizon))
        for time in phase.times(start, stop):
            times.append(time)
            _check_number(times, words)
        start += phase.length_h or 0.0
    return tuple(times)


def parse_schedule(words: str) -> tuple[Phase, ...]:
    """The phases of a schedule in words, in order.

    **Raises:** `EventError` as `schedule_times` does, and when a phase before the last has no end.
    """
    reader = _Reader(words, re.findall(r"[a-z]+|\d+\.\d+|\d+|[^\s,]", words.lower()))
    phases = [_phase(reader)]
    while not reader.done:
        reader.take(("then",) if phases[-1].length_h is not None else ("for", "then"))
        if phases[-1].length_h is None:
            raise EventError(
                "a phase that is followed by another needs an end",
                where=reader.where,
                given=f"phase {len(phases)} has none",
                then='add its length, such as "for 4 weeks"',
            )
        phases.append(_phase(reader))
    return tuple(phases)


@dataclass
class _Reader:
    """The words of a schedule with a cursor."""

    words: str
    tokens: list[str]
    position: int = 0

    @property
    def where(self) -> str:
        return f"schedule {self.words!r}"

    @property
    def done(self) -> bool:
        return self.position >= len(self.tokens)

    @property
    def next(self) -> str:
        return "" if self.done else self.tokens[self.position]

    def accept(self, *allowed: str) -> str:
        """The next word if it is one of `allowed`, else nothing."""
        found = self.next if self.next in allowed else ""
        self.position += bool(found)
        return found

    def take(self, allowed: Iterable[str]) -> str:
        """The next word, which must be one of `allowed`."""
        found = self.accept(*allowed)
        if not found:
            raise self.unreadable(allowed)
        return found

    def unreadable(self, allowed: Iterable[str]) -> EventError:
        piece = " ".join(self.tokens[self.position :])
        return EventError(
            "this piece of the schedule cannot be read" if piece else "the schedule stops too early",
            where=self.where,
            given=repr(piece or self.words),
            allowed=f"here: {', '.join(allowed)}; as a whole: {_EXAMPLES}",
            nearest=nearest(self.next, allowed) or nearest(self.next, _WORDS, cutoff=0.6),
        )


def _phase(reader: _Reader) -> Phase:
    offsets, period = _frequency(reader)
    length = _span(reader) if reader.accept("for") else None
    return Phase(offsets, period, length)


def _frequency(reader: _Reader) -> tuple[tuple[float, ...], float]:
    if reader.accept("every"):
        return (0.0,), _every(reader)
    count = _count(reader)
    if count == 1 and reader.accept("every"):
        return (0.0,), _every(reader)
    if count == 1 and reader.next in ("", "for", "then"):
        return (0.0,), math.inf
    return _rhythm(reader, count)


def _count(reader: _Reader) -> int | None:
    if reader.next in _COUNTS:
        return _COUNTS[reader.take(_COUNTS)]
    if not _is_number(reader.next):
        return None
    before = reader.position
    number = _number(reader)
    reader.take(("times",))
    if number != int(number):
        reader.position = before
        raise reader.unreadable(("a whole number of times",))
    return int(number)


def _rhythm(reader: _Reader, given: int | None) -> tuple[tuple[float, ...], float]:
    count = given or 1
    if given and reader.accept("a", "per"):
        period = _UNITS[reader.take(("day", "week"))]
    else:
        period = _RHYTHMS[reader.take((*_RHYTHMS, "a", "per") if given else (*_RHYTHMS, "every", *_COUNTS))]
    if period == _RHYTHMS["weekly"]:
        return _weekly(reader, count), period
    if count > _MOST_A_DAY:
        raise EventError("too many doses a day", where=reader.where, given=count, allowed=f"1 to {_MOST_A_DAY}")
    return tuple(period * k / count for k in range(count)), period


def _weekly(reader: _Reader, count: int) -> tuple[float, ...]:
    if count not in _DAYS_OF_WEEK:
        raise EventError(
            "on which days of the week these doses fall is not defined",
            where=reader.where,
            given=f"{count} times weekly",
            allowed="1, 2 (days 0, 3) or 3 (days 0, 2, 4) times weekly",
            then='write "daily", or an interval such as "every 2 days"',
        )
    return tuple(24.0 * day for day in _DAYS_OF_WEEK[count])


def _every(reader: _Reader) -> float:
    if reader.accept("other"):
        return 2.0 * _UNITS[reader.take(_UNITS)]
    if reader.next in _UNITS:
        return _UNITS[reader.take(_UNITS)]
    return _span(reader)


def _span(reader: _Reader) -> float:
    before = reader.position
    number = _number(reader)
    if number <= 0:
        reader.position = before
        raise reader.unreadable(("a number above 0",))
    return number * _UNITS[reader.take(_UNITS)]


def _number(reader: _Reader) -> float:
    if not _is_number(reader.next):
        raise reader.unreadable(("a number, such as 4 or four",))
    word = reader.take((reader.next,))
    return float(_NUMBERS.index(word) + 1) if word in _NUMBERS else float(word)


def _is_number(word: str) -> bool:
    return word in _NUMBERS or word[:1].isdecimal()


def _horizon(words: str, days: float | None) -> float:
    if days is None:
        return math.inf
    if not 0 < days < math.inf:
        raise EventError("the horizon must be a number of days above 0", where=f"schedule {words!r}", given=days)
    return 24.0 * days


def _length(phase: Phase, words: str, horizon: float) -> float:
    if phase.length_h is not None:
        return phase.length_h
    if phase.period_h < math.inf and horizon == math.inf:
        raise EventError(
            "this schedule never ends",
            where=f"schedule {words!r}",
            allowed='a length ("weekly for 8 weeks") or a horizon in days',
            then="add either",
        )
    return math.inf


def _check_number(times: list[float], words: str) -> None:
    if len(times) > MOST_DOSES:
        raise EventError("this schedule has too many doses", where=f"schedule {words!r}", allowed=f"up to {MOST_DOSES}")
