"""Companions: drugs given beside ketamine or instead of it; which are on file and what is kept of each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..core.errors import ParameterError, RequestError, nearest
from .fact import Fact, read_fact

SHEET = "company.toml"
_SPECIES = ("human", "rat", "mouse")
_MARKS = ("seen", "recalled")


@dataclass(frozen=True)
class Seen:
    """One thing that was seen of a drug: in whom, what, `result` (`for`, `against`, `null`, `mixed`), and where."""

    who: str
    what: str
    result: str
    source: str
    mark: str


@dataclass(frozen=True)
class Usual:
    """A dose that was given in trials or in animals, in words."""

    species: str
    route: str
    dose: str
    over: str | None = None
    note: str = ""

    @property
    def words(self) -> str:
        """What is given, in one line."""
        return f"{self.dose} {self.route}" + (f" over {self.over}" if self.over else "")


@dataclass(frozen=True)
class Companion:
    """A drug beside or instead of ketamine.

    **Arguments:** `gives` is the drug that a dose puts in, itself unless it is a product, empty for a vehicle;
    `molecular_weight` is that of what the dose weighs (g/mol); `parents` says which metabolite comes from which drug;
    `folder` holds the kinetics of each species (`human.toml`), `targets.toml` and `effects.toml`; `without` says what
    else is needed for the product to be what its kinetics say.
    """

    name: str
    title: str
    kind: str
    aliases: tuple[str, ...]
    gives: str
    molecular_weight: Fact | None
    parents: Mapping[str, str]
    usual: tuple[Usual, ...]
    seen: tuple[Seen, ...]
    remark: str
    folder: Path
    base: Path | None = None

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def species(self) -> tuple[str, ...]:
        """Those whose kinetics are on file; all for a vehicle."""
        return tuple(s for s in _SPECIES if not self.gives or (self.folder / f"{s}.toml").is_file())

    def sheets(self, species: str) -> tuple[Path, ...]:
        """The kinetics of a species, those of a product's drug first.

        **Raises:** `RequestError` when none are on file.
        """
        if species not in self.species:
            raise RequestError(
                f"no kinetics of {self.name} in this species are on file",
                given=species,
                allowed=self.species,
                then=f"add {self.folder.name}/{species}.toml",
            )
        return tuple(f / f"{species}.toml" for f in self.folders if (f / f"{species}.toml").is_file())

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where its values are kept: its drug's folder first, for a product."""
        return (self.base, self.folder) if self.base else (self.folder,)


def companions() -> Mapping[str, Companion]:
    """Every companion on file, by name."""
    return _library()


def companion(name: str) -> Companion:
    """The companion called `name`, by its own name or another one in use.

    **Raises:** `RequestError` with the nearest name when there is none.
    """
    known = {word: c for c in _library().values() for word in (c.name, *c.aliases)}
    found = known.get(name.strip().lower())
    if found is None:
        raise RequestError(
            "no such companion on file", given=repr(name), allowed=tuple(_library()), nearest=nearest(name, known)
        )
    return found


def read_companion(folder: Path) -> Companion:
    """A companion from its folder, on file here or anywhere else.

    **Raises:** `ParameterError` when the sheet is incomplete.
    """
    where = f"{folder.name}/{SHEET}"
    raw = tomllib.loads((folder / SHEET).read_text(encoding="utf-8"))
    try:
        head = raw["company"]
        gives = head.get("gives", folder.name)
        weight = read_fact(raw["molecular_weight"], f"{where}: [molecular_weight]") if gives else None
        return Companion(
            name=folder.name,
            title=head["title"],
            kind=head["kind"],
            aliases=tuple(head.get("aliases", ())),
            gives=gives,
            molecular_weight=weight,
            parents=dict(raw.get("parents", {})),
            usual=tuple(Usual(**table) for table in raw.get("usual", ())),
            seen=tuple(_seen(table, where) for table in raw.get("seen", ())),
            remark=head["remark"],
            folder=folder,
            base=folder.parent / gives if gives and gives != folder.name else None,
        )
    except (KeyError, TypeError) as failure:
        raise ParameterError("this companion's sheet is incomplete", where=where, given=str(failure)) from failure


def _seen(table: Mapping[str, Any], where: str) -> Seen:
    made = Seen(**table)
    if made.mark not in _MARKS:
        raise ParameterError("unknown mark", where=where, given=made.mark, allowed=_MARKS)
    return made


@cache
def _library() -> dict[str, Companion]:
    root = Path(str(files("resynapse") / "compound"))
    return {f.name: read_companion(f) for f in sorted(root.iterdir()) if (f / SHEET).is_file()}
