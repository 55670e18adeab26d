"""What a person costs in operations and bytes, counted in the printed program, and how far that is from the machine."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from resynapse.core.solver.cascade import grid_of
from resynapse.core.solver.kernel.layout import matrices
from resynapse.core.solver.kernel.march import kernel
from resynapse.core.solver.kernel.passes import ranks

from .whole import PLAN, PORTS, Crowd

_COST = Counter({"exp": 20, "log": 20, "pow": 45, "logistic": 22, "tanh": 25, "log1p": 22, "expm1": 22})
_LANES_A_CYCLE = 16  # additions and multiplications of doubles per cycle and core, with fused multiply-add


def roofline(crowd: Crowd, timed: dict[str, Any], gigahertz: float = 3.0) -> dict[str, Any]:
    """Operations and bytes a person, and the share of the peak that the measured rate uses.

    **Assumes:** `gigahertz` and two fused operations on eight doubles every second cycle; elementary functions are
    counted by the operations that they are printed as, divisions and roots as one.
    """
    code = kernel(Crowd(1, crowd.days, crowd.end).marched().task.question(PORTS))
    part, steps = code.model, grid_of(crowd.chain, crowd.protocol, (0.0, crowd.end), PLAN)
    person, moment, slopes = _operations(part.rates.values(), part.linear)
    small = {s: count * np.array(_operations([part.rates[s]], part.linear)) for s, count in part.substeps.items()}
    finer = sum(2 * own[1] + 4 * own[2] for own in small.values())
    kept = matrices(steps)
    once = person + 2 * kept.count * code.printed.steps.size * len(part.linear)
    exact = 2 * 2 * code.printed.steps.size
    operations = int(steps.steps * (4 * slopes + 2 * moment + exact + finer + 9 * len(part.slow)) + once)
    held = 8 * kept.count * code.printed.matrix
    rate = operations * timed["people_per_cpu_s"] / 1e9
    return {
        "steps": steps.steps,
        "states": {"linear": len(part.linear), "slow": len(part.slow)},
        "operations_per_person": operations,
        "operations_per_slope": slopes,
        "bytes_of_matrices_per_person": held,
        "bytes_read_and_written_per_person": 8 * (len(part.parameters) + len(PORTS) * len(crowd.times)),
        "gigaflops": rate,
        "share_of_peak": rate / (gigahertz * _LANES_A_CYCLE),
    }


def _operations(nodes: Any, linear: Any) -> tuple[int, int, int]:
    """Arithmetic that values take, shared parts counted once: a person, a moment (linear states known), a slope."""
    counts = [0, 0, 0]
    for node, how_often in ranks(nodes, linear).items():
        counts[how_often] += _COST.get(node.op, 1) if node.args else 0
    return counts[0], counts[1], counts[2]
