"""What the stage's file says: priors, between-people priors, arms and errors."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ....chains import body_chain
from ....core.chain import Chain
from ....person.draw import spreads_of
from ...inference.prior import Law, Logitnormal, Lognormal

ROOM = "body."


@dataclass(frozen=True)
class Arm:
    """One group of a study: what every person of 70 kg was given.

    **Arguments:** `steps` are amounts (mg) and durations (h), one after the other; duration 0 means at once.
    """

    name: str
    drug: str
    route: str
    steps: tuple[tuple[float, float], ...]
    devices: int

    @property
    def mg(self) -> float:
        """The whole dose (mg)."""
        return sum(mg for mg, _ in self.steps)


@cache
def chain() -> Chain:
    """KPK-1 alone, with its own values: by its name it holds no calibration."""
    return body_chain("human", "kpk1")


@cache
def laws() -> dict[str, Law]:
    """The prior of every value that is fitted, by address."""
    typical = chain().parameters
    made: dict[str, Law] = {}
    for group in _told()["prior"].values():
        kind = {"lognormal": Lognormal, "logitnormal": Logitnormal}[group["kind"]]
        made |= {ROOM + n: kind(float(typical[ROOM + n]), group["sd"]) for n in group["names"]}
    return made


def typical(name: str) -> float:
    """One value of KPK-1 as it is on file."""
    return float(chain().parameters[ROOM + name])


@cache
def spreads() -> dict[tuple[str, ...], Lognormal]:
    """The prior of every standard deviation between people, by the addresses that share it."""
    told, known = _told()["spread"], spreads_of(chain()).spread
    groups = [tuple(ROOM + n for n in names) for names in (*told["pairs"], *([n] for n in told["single"]))]
    return {group: Lognormal(known[group[0]].omega, told["sd"]) for group in groups}


@cache
def arms() -> dict[str, Arm]:
    """The arms by name."""
    return {
        name: Arm(name, t["drug"], t["route"], tuple((mg, h) for mg, h in t["steps"]), t.get("devices", 1))
        for name, t in _told()["arm"].items()
    }


def setting(group: str, name: str) -> float:
    """One number of a group, such as `study.hnk_sd`."""
    return float(_told()[group][name])


def notes() -> tuple[str, ...]:
    """Everything that was assumed, in words."""
    groups = [*_told().values(), *_told()["arm"].values(), *_told()["error"].values()]
    return tuple(g["note"] for g in groups if "note" in g)


def error(study: str) -> float | None:
    """The standard error (logarithm) that is assumed for rows of a study that print none."""
    found = _told()["error"].get(study)
    return None if found is None else float(found["se"])


def left_out() -> dict[str, str]:
    """Rows that are not fitted, with the reason."""
    return dict(_told()["left_out"])


def same_people(study: str) -> str:
    """The study whose people a study quotes, or itself."""
    return str(_told()["same_people"].get(study, study))


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "stage.toml").read_text(encoding="utf-8"))
