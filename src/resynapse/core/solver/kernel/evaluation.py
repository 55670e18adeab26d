"""Values of a model in printed code: what is given is read, what follows from it is printed when it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .dual import Dual, Value, operate
from .lanes import Code, Lanes, Mask
from .passes import ranks
from .program import Node, ordered
from .theory import Model

FIELDS = (
    "groups",
    "intervals",
    "families",
    "reads",
    "step_begin",
    "step_start",
    "step_length",
    "step_matrix",
    "family_length",
    "family_matrix",
    "drive_begin",
    "drive_slot",
    "drive_port",
    "drive_height",
    "jump_begin",
    "jump_slot",
    "jump_port",
    "jump_height",
    "read_begin",
    "read_row",
    "read_offset",
    "read_rest",
    "hop_begin",
    "hop_matrix",
    "amounts",
    "parameters",
    "parameter_place",
    "parameter_stride",
    "parameter_tangents",
    "states",
    "state_place",
    "state_stride",
    "state_tangents",
    "signals",
    "signal_tangents",
    "last",
    "last_tangents",
)
"""What the function is given, in order: four counts and the addresses of arrays."""

_COUNTS = {"groups", "intervals", "families", "reads"}


class Evaluation:
    """Prints the nodes of a model for the group of people at hand.

    **Attributes:** `given` names what the function was handed; `drivers` are what slopes read of a moment; `person`
    holds the values known once a person; `group` names the group's number, `inputs` the place of its external ports.
    """

    group: str
    inputs: str

    def __init__(self, code: Code, model: Model, seeded: frozenset[int] | None):
        self.code, self.model, self.seeded = code, model, seeded
        self.given = {
            name: code.read("%arguments", i, "i64" if name in _COUNTS else "ptr") for i, name in enumerate(FIELDS)
        }
        self.ranks = ranks(model.outputs, model.linear)
        self.drivers = self._drivers(model.rates)
        self.person: dict[Node, Value | Mask] = {}

    @property
    def dual(self) -> bool:
        """Whether tangents are carried."""
        return self.seeded is not None

    def _drivers(self, rates: Mapping[str, Node]) -> tuple[Node, ...]:
        """Values known at a moment that slopes read: computed once for the start, the middle and the end of a step."""
        nodes = ordered(rates.values())
        used = {a for n in nodes if self.ranks[n] == 2 for a in n.args} | set(rates.values())
        return tuple(sorted((n for n in used if self.ranks[n] == 1), key=lambda n: n.number))

    def _range(self, name: str, index: str) -> tuple[str, str]:
        """Begin and end of the entries of a list that belong to one index."""
        base, after = self.given[name], self.code.integer("add", index, 1)
        return self.code.read(base, index), self.code.read(base, after)

    def _shared_or_own(self, kind: str, number: int) -> str:
        """Where the group's values of a parameter or state lie; what all people share lies there once."""
        place = self.code.read(self.given[f"{kind}_place"], number)
        stride = self.code.read(self.given[f"{kind}_stride"], number)
        return self.code.integer("add", place, self.code.integer("mul", stride, self.group))

    def _time(self, step: str) -> Lanes:
        return self.code.everybody(self.code.read(self.given["step_start"], step, "double"))

    def _moment(self, time: Lanes, x: Mapping[int, Value]) -> dict[Node, Value]:
        """What is known at a moment: the time, the linear states and the inputs."""
        graph = self.model.graph
        ports = {graph.input("port", p): self.code.load(self.inputs, i) for i, p in enumerate(self.model.ports)}
        states = {graph.input("state", self.model.linear[i]): v for i, v in x.items()}
        return {graph.input("time"): time, **states, **ports}

    def _driven(
        self, time: Lanes, x: Mapping[int, Value], drivers: tuple[Node, ...] | None = None
    ) -> dict[Node, Value]:
        env: dict[Node, Value | Mask] = {**self.person, **self._moment(time, x)}
        wanted = self.drivers if drivers is None else drivers
        self._compute(wanted, env)
        return {n: env[n] for n in wanted}  # type: ignore[misc]

    def _slopes(
        self, drivers: Mapping[Node, Value], y: Mapping[Node, Value], rates: Mapping[str, Node] | None = None
    ) -> dict[Node, Value]:
        found = self._values(self.model.rates if rates is None else rates, {**drivers, **y})
        return {self._state(s): v for s, v in found.items()}

    def _state(self, name: str) -> Node:
        return self.model.graph.input("state", name)

    def _values(self, wanted: Mapping[str, Node], known: Mapping[Node, Value]) -> dict[str, Value]:
        env: dict[Node, Value | Mask] = {**self.person, **known}
        self._compute(wanted.values(), env)
        return {name: self._number(env[node]) for name, node in wanted.items()}

    def _compute(self, wanted: Iterable[Node], env: dict[Node, Value | Mask]) -> None:
        """Print all that `wanted` needs and `env` does not hold yet."""
        for node in ordered(wanted, env):
            env[node] = self._one(node, env)

    def _one(self, node: Node, env: Mapping[Node, Value | Mask]) -> Value | Mask:
        if node.op == "constant":
            return self._constant(node.label)
        if node.op == "input":
            return self._parameter(int(node.label[1]))
        return operate(node.op, tuple(env[a] for a in node.args))

    def _constant(self, value: float | bool) -> Value | Mask:
        if isinstance(value, bool):
            return Mask(self.code, f"splat (i1 {'true' if value else 'false'})")
        return self.code.constant(float(value))

    def _parameter(self, leaf: int) -> Value:
        own = self._shared_or_own("parameter", self.model.parameters.index(leaf))
        value = self.code.load(self.given["parameters"], own)
        if leaf not in (self.seeded or ()):
            return value
        return Dual(value, self.code.load(self.given["parameter_tangents"], own))

    def _number(self, value: Value | Mask) -> Value:
        if isinstance(value, Mask):
            raise TypeError("a number was expected, not a condition")
        return value
