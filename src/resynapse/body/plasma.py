"""Substances and their mirror forms: what a mole weighs, and the ports of plasma and brain that every theory has."""

from __future__ import annotations

from ..core.port import Port

ENANTIOMERS = ("s", "r")
SUBSTANCES = ("ketamine", "norketamine", "hnk")
"""What reaches the brain."""
MOLAR_MASS = {"ketamine": 237.73, "norketamine": 223.70, "dhnk": 221.68, "hnk": 239.70}
_SITE_WORDS = {"cv": "vein", "ca": "artery"}
_PRINTED = {"dhnk": "DHNK", "hnk": "HNK"}


def plasma_meaning(port: str) -> str:
    """A short name in print: `ketamine` for both mirror forms in the vein, `S-ketamine, artery` and the like."""
    site, what, *enantiomer = port.split("_")
    kind = "-".join([*(e.upper() for e in enantiomer), _PRINTED.get(what, what)])
    return kind if site == "cv" and not enantiomer else f"{kind}, {_SITE_WORDS[site]}"


def effect_site_ports() -> tuple[Port, ...]:
    """The ports of unbound substance at the effect site, of both mirror forms."""
    return tuple(
        Port(f"ce_{what}_{e}", "umol/L", f"unbound {what} ({e.upper()}) at the effect site", range=(0.0, 1.0), rest=0.0)
        for e in ENANTIOMERS
        for what in SUBSTANCES
    )
