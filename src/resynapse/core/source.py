"""Where numbers come from: the bibliography that every parameter and every observation points into."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from .errors import ParameterError, nearest


@dataclass(frozen=True)
class Source:
    """One entry of `sources.bib`: the key, one readable line and a link."""

    key: str
    text: str
    url: str
    entry: Any = field(repr=False, compare=False)

    @property
    def bibtex(self) -> str:
        """The entry as BibTeX text."""
        written: str = self.entry.to_string("bibtex")
        return written


@cache
def bibliography() -> dict[str, Source]:
    """All sources, keyed as in `sources.bib`."""
    from pybtex.database import parse_string

    text = (files("resynapse") / "sources.bib").read_text(encoding="utf-8")
    entries = parse_string(text, "bibtex").entries
    return {key: _source(key, entry) for key, entry in entries.items()}


def source(key: str) -> Source:
    """The source named `key`.

    **Raises:** `ParameterError` with the nearest key when there is none.
    """
    found = bibliography().get(key)
    if found is None:
        raise ParameterError(
            "this source is not in the bibliography",
            where="sources.bib",
            given=key,
            nearest=nearest(key, bibliography()),
            then="add a BibTeX entry with this key",
        )
    return found


def _source(key: str, entry: Any) -> Source:
    people = entry.persons.get("author", [])
    names = [" ".join(p.last_names) for p in people]
    first = f"{names[0]} et al." if len(names) > 2 else " & ".join(names)
    fields = entry.fields
    where = fields.get("journal") or fields.get("howpublished") or fields.get("publisher", "")
    parts = [first, f"({fields['year']})" if "year" in fields else "", fields.get("title", "").strip("{}"), where]
    url = f"https://doi.org/{fields['doi']}" if "doi" in fields else fields.get("url", "")
    return Source(key, _readable(" ".join(p for p in parts if p)), url, entry)


def _readable(text: str) -> str:
    """Text without TeX: letters with their accents, dashes as they are printed."""
    from pybtex.richtext import Text

    return str(Text.from_latex(text))
