"""Every explanation of ketamine on file as a chain of one species, beside the default blend of all drives."""

from __future__ import annotations

from ...chains import default_chain
from ...core.chain import Chain
from ...core.parameter import Species
from ...hypothesis import hypotheses

BLEND = "default blend"


def explanations(species: Species) -> dict[str, Chain]:
    """The default blend and every hypothesis that says something of rodents too, which are those of ketamine."""
    own = [h for h in hypotheses() if "mouse" in h.species and species in h.species]
    return {BLEND: default_chain(species), **{h.name: h.chain(species) for h in own}}
