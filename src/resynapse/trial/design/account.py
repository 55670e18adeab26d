"""Designs as plain records, for lists and for JSON."""

from __future__ import annotations

from typing import Any

from .design import Design
from .library import designs
from .limits import limits
from .published import printed, role_of


def design_records() -> list[dict[str, Any]]:
    """One short record a design on file."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "arms": [arm.name for arm in one.arms],
            "n": one.n,
            "role": role_of(one),
            "source": one.source,
            "registry": one.registry,
            "population": one.population,
            "title": one.title,
        }
        for one in designs().values()
    ]


def design_record(design: Design) -> dict[str, Any]:
    """Everything that a design says, with what was published of it and the limits of this release."""
    seen = [{"endpoint": one.endpoint, "of": list(one.of), **one.observation.record()} for one in printed(design)]
    return {**design.model_dump(mode="json"), "published": seen, "limits": list(limits(design))}
