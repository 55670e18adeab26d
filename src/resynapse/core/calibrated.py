"""Which calibration the human default holds, and what its versions of parameter sets are called."""

from __future__ import annotations

CALIBRATED, UNCALIBRATED = "clinic", ""
"""The calibration whose values are the human default, and the word for none: values as they were before any of them.

`python -m resynapse.calibrate.adopt` writes its sets beside those that it moved (`human_clinic.toml` beside
`human.toml`), and the values of the measured score. A body asked for by name keeps its own set, and animals have none.
"""


def left_by(calibration: str, name: str) -> str:
    """What a calibration calls its own version of a set."""
    return f"{name}_{calibration.replace('+', '_')}"
