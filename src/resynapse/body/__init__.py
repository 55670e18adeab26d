"""Body: from dose ports to plasma and effect-site concentrations."""

from .ashraf2018 import Ashraf2018
from .flint2017 import Flint2017
from .kpk1 import Kpk1
from .noppers2011 import Noppers2011
from .otto2021 import Otto2021
from .perezruixo2021 import PerezRuixo2021
from .rodent import RodentBody
from .route import Delivery
from .simons2022 import Simons2022

__all__ = [
    "Ashraf2018",
    "Delivery",
    "Flint2017",
    "Kpk1",
    "Noppers2011",
    "Otto2021",
    "PerezRuixo2021",
    "RodentBody",
    "Simons2022",
]
