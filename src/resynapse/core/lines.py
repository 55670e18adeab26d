"""A YAML document that remembers on which line each of its entries stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import RequestError

Place = tuple[str | int, ...]
"""Where an entry stands: keys and positions from the top, such as `("visits", 2, "day")`."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 20


class DocumentError(RequestError):
    """A document cannot be what it says.

    **Arguments:** `line` is the line of the file, 0 when the file itself cannot be read; `others` are further refusals
    of the same file, in the order of its lines.
    """

    others: tuple[DocumentError, ...] = ()

    def __init__(self, what: str, *, where: str, line: int, entry: str = "", **parts: Any):
        self.line, self.entry = line, entry
        said = [where, *([f"line {line}"] if line else []), *([entry] if entry else [])]
        super().__init__(what, where=", ".join(said), **parts)


@dataclass(frozen=True)
class Document:
    """What a file says, and the line of every entry.

    **Arguments:** `lines` counts from 1; an entry that is missing has the line of what it is missing from.
    """

    path: str
    data: Mapping[str, Any]
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of the entry at `place`, or of the nearest thing around it that is written."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def at(self, place: Place) -> Any:
        """What is written at `place`; nothing where nothing is."""
        found: Any = self.data
        for step in place:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def placed(self, address: str) -> Place | None:
        """The place of a dotted address such as `arms.placebo.n` or `visits.day 8.window`; members of lists by name."""
        return _placed(self.data, address.split("."))


def document_file(path: Path, then: str | None = None) -> Document:
    """The document in a file.

    **Arguments:** `then` is the next step where there is no such file.

    **Raises:** `DocumentError` when there is none, it is no text, or as `document`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise DocumentError("there is no such file", where=str(path), line=0, then=then) from missing
    except (IsADirectoryError, NotADirectoryError, UnicodeDecodeError) as unreadable:
        further = "name a file of YAML, written as UTF-8"
        raise DocumentError("this is not a text file", where=str(path), line=0, then=further) from unreadable
    return document(text, str(path))


def document(text: str, path: str) -> Document:
    """The document in a text that came from `path`.

    **Raises:** `DocumentError` with the line where the text is no YAML, says a thing twice, or is no list of entries.
    """
    try:
        top = yaml.compose(text, Loader=_LOADER)
        if not isinstance(top, yaml.MappingNode):
            raise DocumentError("a document is a list of entries, such as `name: mine`", where=path, line=1)
        lines = dict(_lines(top, (), path))
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader, in C where there is one)
    except (yaml.YAMLError, ValueError) as broken:
        raise _broken(broken, path) from broken
    return Document(path, data, lines)


def _lines(node: yaml.Node, place: Place, path: str) -> Iterator[tuple[Place, int]]:
    if len(place) > _DEEPEST:
        then = "write it flat; a name (`&name`) may not stand within itself"
        raise DocumentError("entries stand within entries without end", where=path, line=_at(node), then=then)
    if isinstance(node, yaml.SequenceNode):
        for number, member in enumerate(node.value):
            yield (*place, number), _at(member)
            yield from _lines(member, (*place, number), path)
    if isinstance(node, yaml.MappingNode):
        yield from _entries(node, place, path)


def _entries(node: yaml.MappingNode, place: Place, path: str) -> Iterator[tuple[Place, int]]:
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = _at(key)
        if not isinstance(key, yaml.ScalarNode):
            raise DocumentError("the name of an entry is one word or a few", where=path, line=line)
        if key.value in seen:
            given = f"`{key.value}`, first on line {seen[key.value]}"
            then = "keep one of them"
            raise DocumentError("an entry is written twice", where=path, line=line, given=given, then=then)
        seen[key.value] = line
        yield (*place, key.value), line
        yield from _lines(value, (*place, key.value), path)


def _at(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _broken(broken: Exception, path: str) -> DocumentError:
    mark = getattr(broken, "problem_mark", None)
    given = getattr(broken, "problem", None) or str(broken).splitlines()[0]
    then = "look at indentation and at colons: an entry is `name: value`, a member of a list begins with `- `"
    return DocumentError("this file is not YAML", where=path, line=mark.line + 1 if mark else 0, given=given, then=then)


def _placed(found: Any, words: list[str]) -> Place | None:
    """The place of words that were separated by dots; a name may hold dots of its own, such as `ketamine 0.5`."""
    if not words:
        return ()
    for taken in range(1, len(words) + 1):
        step = _step(found, ".".join(words[:taken]))
        rest = None if step is None else _placed(found[step], words[taken:])
        if step is not None and rest is not None:
            return (step, *rest)
    return None


def _step(found: Any, word: str) -> str | int | None:
    if isinstance(found, Mapping):
        return word if word in found else None
    if isinstance(found, list):
        return next((k for k, one in enumerate(found) if _called(one, k) == word), None)
    return None


def _called(member: Any, number: int) -> str:
    """What a member of a list is called: its name, or its number from 1."""
    name = member.get("name", member.get("endpoint")) if isinstance(member, Mapping) else None
    return str(name if name is not None else number + 1)
