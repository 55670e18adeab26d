"""Slow antidepressants: which drugs are on file, how each is given, and where its kinetics and sites are kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ..core.errors import RequestError, nearest
from .fact import Fact, read_fact

_SHEETS = ("kinetics.toml", "uptake.toml", "course.toml")
_CLASSES = {
    "SSRI": "selective serotonin reuptake inhibitor",
    "SNRI": "serotonin and noradrenaline reuptake inhibitor",
    "TCA": "tricyclic antidepressant",
    "MAOI": "monoamine oxidase inhibitor",
    "NDRI": "noradrenaline and dopamine reuptake inhibitor",
    "NaSSA": "noradrenergic and specific serotonergic antidepressant",
}


@dataclass(frozen=True)
class Antidepressant:
    """A slow antidepressant that is swallowed every day.

    **Arguments:** `kind` is its class, such as `SSRI`; `least` is the lowest daily dose of an adequate course and
    `reached` the dose that people come to (mg); `weeks` is how long raising the dose takes; `kinetics` and `uptake` are
    the files with its values.
    """

    name: str
    title: str
    kind: str
    least: Fact
    reached: Fact
    weeks: Fact
    kinetics: Path
    uptake: Path

    @property
    def ligands(self) -> tuple[str, ...]:
        """The drug and its active metabolites, the drug first."""
        return tuple(tomllib.loads(self.kinetics.read_text(encoding="utf-8"))["cl"])

    @property
    def class_name(self) -> str:
        """Its class in words."""
        return _CLASSES[self.kind]


def antidepressants() -> Mapping[str, Antidepressant]:
    """Every slow antidepressant on file, by name."""
    return _library()


def antidepressant(name: str) -> Antidepressant:
    """The slow antidepressant called `name`.

    **Raises:** `RequestError` with the nearest name when there is none.
    """
    word, known = name.strip().lower(), _library()
    if word not in known:
        raise RequestError(
            "no such slow antidepressant on file", given=repr(name), allowed=sorted(known), nearest=nearest(word, known)
        )
    return known[word]


@cache
def _library() -> dict[str, Antidepressant]:
    folders = sorted((Path(str(p)) for p in (files("resynapse") / "compound").iterdir()), key=lambda p: p.name)
    return {folder.name: _read(folder) for folder in folders if (folder / "course.toml").is_file()}


def _read(folder: Path) -> Antidepressant:
    kinetics, uptake, course = (folder / sheet for sheet in _SHEETS)
    raw = tomllib.loads(course.read_text(encoding="utf-8"))
    where = f"compound/{folder.name}/course.toml"
    least, reached, weeks = (read_fact(raw[key], f"{where}: [{key}]") for key in ("least", "reached", "weeks"))
    head = raw["course"]
    return Antidepressant(folder.name, head["title"], head["class"], least, reached, weeks, kinetics, uptake)
