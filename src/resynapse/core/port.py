"""A port: the name, unit and meaning of one thing that a stage reads or writes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Port:
    """One named signal between stages.

    **Arguments:**

    - `name`: the field's own word, such as `cv_ketamine`.
    - `unit`: the unit used inside, written as pint reads it; `"1"` when dimensionless.
    - `meaning`: one line that a clinician could read.
    - `dims`: named dimensions with their labels, such as `(("event", ("nausea", "sedation")),)`; empty for a scalar.
    - `range`: the interval in which the value usually lies; errors are measured against its width. It is no bound.
    - `rest`: the value of a healthy person at rest, where one is defined.
    - `soft`: says of an input that only slow states feel it (time constants of days): the solver then meets its
      changes exactly, but takes no short steps after them.
    """

    name: str
    unit: str
    meaning: str = field(default="", compare=False)
    dims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    range: tuple[float, float] | None = field(default=None, compare=False)
    rest: float | None = field(default=None, compare=False)
    soft: bool = field(default=False, compare=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one person's value: `()` for a scalar, one length per dimension otherwise."""
        return tuple(len(labels) for _, labels in self.dims)

    @property
    def scale(self) -> float:
        """What an error is measured against: the larger of |rest| and the width of the range, else 1."""
        width = self.range[1] - self.range[0] if self.range else 0.0
        finite = width if width < float("inf") else 0.0
        return max(abs(self.rest or 0.0), finite) or 1.0
