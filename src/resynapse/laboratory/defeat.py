"""What ten days of social defeat do to every read-out at once: lost interest in reward, and giving up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.chance import normals
from ..life.protocol import stress_protocol
from ..mood.readout import Readout, readouts
from .animals import followed
from .design import HERD, Design
from .experiment import Account, effect, run

Floats = NDArray[np.float64]
Signals = Mapping[str, Floats]
DEFEAT = "chronic_social_defeat"
KINDS: Mapping[str, tuple[str, ...]] = {
    "interest in reward": ("sucrose_preference", "female_urine_sniffing", "effort_for_reward", "reward_threshold"),
    "giving up": ("forced_swim", "tail_suspension", "escape_failures"),
    "avoidance": ("social_interaction", "novelty_suppressed_feeding"),
}


@dataclass(frozen=True)
class Sign:
    """One read-out a day after the last defeat.

    **Arguments:** medians without noise of controls, of all defeated animals, and of the susceptible and the resilient
    among them; `effect` is Cohen's d of all defeated animals against controls, readings with their noise;
    `power` how often ten against ten are told apart (t test, 0.05), with its Monte Carlo error.
    """

    readout: str
    title: str
    kind: str
    unit: str
    tests: str
    control: float
    defeated: float
    susceptible: float
    resilient: float
    effect: float
    power: float
    power_error: float

    @property
    def worse(self) -> bool:
        """Whether it moved towards the depressed state."""
        law = readouts()[self.readout].facts
        return (self.defeated - self.control) * (law["ill"].value - law["healthy"].value) > 0.0


@dataclass(frozen=True)
class DefeatPicture:
    """All read-outs after defeat, and how the herd divides.

    **Arguments:** `avoiding` is the share of defeated animals with a social interaction ratio below 1, readings with
    their noise; `avoiding_controls` that of controls; `published_avoiding` what was published.
    """

    hypothesis: str | None
    seed: int
    signs: tuple[Sign, ...]
    avoiding: float
    avoiding_controls: float
    published_avoiding: float
    leaves_out: tuple[str, ...]

    def of_kind(self, kind: str) -> tuple[Sign, ...]:
        """The signs of one kind, of `KINDS`."""
        return tuple(s for s in self.signs if s.kind == kind)

    @property
    def record(self) -> dict[str, Any]:
        """As plain data."""
        signs = [asdict(s) | {"worse": s.worse} for s in self.signs]
        return asdict(self) | {"hypothesis": self.hypothesis or "default chain", "signs": signs}


def social_defeat_picture(hypothesis: str | None = None, seed: int = 1, replicates: int = 1000) -> DefeatPicture:
    """What social defeat does to mice a day after its end, read-out by read-out, without any drug.

    **Raises:** `RequestError` as `run` does.
    """
    stress, herd = stress_protocol(DEFEAT), np.arange(HERD)
    probe = _experiment("social_interaction")
    well, ill = (followed(probe, group, herd, seed, hypothesis) for group in probe.groups)
    caught = stress.susceptible(seed, herd)
    signs = tuple(
        _sign(readouts()[name], kind, (well, ill, caught), run(_experiment(name), hypothesis, seed, replicates))
        for kind, names in KINDS.items()
        for name in names
    )
    avoiding, usual = (_avoiding(signals, seed, place) for place, signals in enumerate((ill, well)))
    published = stress.split.share.value if stress.split else 1.0
    return DefeatPicture(hypothesis, seed, signs, avoiding, usual, published, stress.leaves_out)


def _experiment(name: str) -> Design:
    """Ten controls and ten defeated mice, tested a day after the last defeat."""
    words = {
        "schema": 1,
        "name": f"defeat_{name}",
        "title": "defeat alone",
        "source": "golden2011",
        "role": "none",
        "species": "mouse",
        "strain": "C57BL/6J",
        "population": "mouse_cohort",
        "dose_after_h": 0.0,
        "groups": [{"name": "control", "n": 10}, {"name": "defeated", "n": 10, "stress": DEFEAT}],
        "n_basis": "a usual number",
        "n_mark": "assumed",
        "blinded": "not said",
        "reading": {"name": name, "hours_after_dose": 24.0},
        "comparison": {"test": "t_test", "decides": ["defeated", "control"]},
        "published": {"direction": "none", "words": "not a published experiment", "where": "none", "mark": "assumed"},
    }
    return Design.model_validate(words)


def _sign(test: Readout, kind: str, herd: tuple[Signals, Signals, NDArray[np.bool_]], found: Account) -> Sign:
    well, ill, caught = herd
    control, defeated = (np.asarray(test.expected(s)) for s in (well, ill))
    readings = [r.ravel() for r in found.readings.values()]
    power = found.power
    return Sign(
        test.name,
        test.title,
        kind,
        test.unit,
        test.tests,
        float(np.median(control)),
        float(np.median(defeated)),
        float(np.median(defeated[caught])),
        float(np.median(defeated[~caught])),
        effect(readings[1], readings[0]),
        power.either,
        power.error,
    )


def _avoiding(signals: Signals, seed: int, place: int) -> float:
    noise = normals((seed, "avoiding", place), range(HERD))
    return float((readouts()["social_interaction"].reading(signals, noise) < 1.0).mean())
