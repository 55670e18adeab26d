"""Substances in plasma: what a mole of each weighs, and what a plasma port is called in print."""

from __future__ import annotations

MOLAR_MASS = {"ketamine": 237.73, "norketamine": 223.70, "dhnk": 221.68, "hnk": 239.70}
_SITE_WORDS = {"cv": "vein", "ca": "artery"}
_PRINTED = {"dhnk": "DHNK", "hnk": "HNK"}


def plasma_meaning(port: str) -> str:
    """A short name in print: `ketamine` for both mirror forms in the vein, `S-ketamine, artery` and the like."""
    site, what, *enantiomer = port.split("_")
    kind = "-".join([*(e.upper() for e in enantiomer), _PRINTED.get(what, what)])
    return kind if site == "cv" and not enantiomer else f"{kind}, {_SITE_WORDS[site]}"
