"""Body: from dose ports to plasma and effect-site concentrations.

A theory is imported when its name is used, so that what needs no theory (`nca`) needs no solver either.
"""

from __future__ import annotations

from ..core.lazy import lazily

_HOME = {
    "Ashraf2018": "ashraf2018",
    "Company": "company",
    "Delivery": "route",
    "Flint2017": "flint2017",
    "Kpk1": "kpk1",
    "Noppers2011": "noppers2011",
    "Otto2021": "otto2021",
    "PerezRuixo2021": "perezruixo2021",
    "RodentBody": "rodent",
    "Simons2022": "simons2022",
    "Tablets": "tablets",
}

__all__ = list(_HOME)
__getattr__ = lazily(__name__, _HOME)
