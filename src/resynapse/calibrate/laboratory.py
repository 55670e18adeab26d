"""A second laboratory's HNK: KPK-1's HNK volumes and clearances scaled so that they meet the curve of `kamp2020`.

Run `python -m resynapse.calibrate.laboratory` to repeat it; documented in `docs/calibration/kpk1_kamp2020.md`.
"""

from __future__ import annotations

import re

import numpy as np

from ..chains import body_chain
from ..compound import compound
from ..core.chain import Chain
from ..core.event import Infusion
from ..core.solver import protocol, solve
from ..evidence import library
from ..evidence.amount import in_unit
from ..evidence.study import Observation
from .fit import Fit, Floats, best_factors

GROUPS = {
    "clearance": ("cl_hnk_s", "cl_hnk_r"),
    "flow": ("q_hnk",),
    "central volume": ("v_hnk",),
    "peripheral volume": ("vp_hnk",),
}
MEASUREMENT_SD = 0.1
PRIOR_SD = 1.0
_PORT = "ca_hnk"


def fit_laboratory() -> Fit:
    """Four factors (`GROUPS`) on KPK-1's HNK values that meet the `build` curve of total HNK best.

    Misfits are logarithms over `MEASUREMENT_SD`; each log-factor is held near 0 by a prior of `PRIOR_SD`, because
    twelve points of one curve cannot tell four factors apart.
    """
    return best_factors(misfits, len(GROUPS))


def misfits(factors: Floats) -> Floats:
    """Misfits of the curve and of the priors (people x 16) for trial factors (people x 4)."""
    observed = curve()
    wanted = np.array([o.value for o in observed])
    found = predicted(factors, [float(o.time or 0.0) for o in observed])
    return np.hstack([np.log(found / wanted) / MEASUREMENT_SD, np.log(factors) / PRIOR_SD])


def curve() -> list[Observation]:
    """Total HNK in arteries after racemate (ng/mL), which calibration may open."""
    found = library().build.select(study="kamp2020", quantity=_PORT)
    return [in_unit(o, "ng/mL") for o in found]


def predicted(factors: Floats, hours: list[float]) -> Floats:
    """Total HNK in arteries (ng/mL, people x hours) for trial factors (people x 4)."""
    chain = body_chain("human", "kpk1")
    given = _steps(chain)
    together = protocol(chain.external, [given] * len(factors))
    solution = solve(chain.with_values(_values(chain, factors)), together, chain.initial(), (0.0, max(hours)))
    return np.asarray(solution.at(np.array(hours))[_PORT])


def _values(chain: Chain, factors: Floats) -> dict[str, Floats]:
    return {
        f"body.{name}": float(chain.parameters[f"body.{name}"]) * factors[:, k]
        for k, names in enumerate(GROUPS.values())
        for name in names
    }


def _steps(chain: Chain) -> list[Infusion]:
    """The three steps of the racemate as the study prints them, such as "0.28 mg/kg/h for 60 min"."""
    arm = curve()[0].arm
    steps = [
        (float(rate), float(length) / 60.0) for rate, length in re.findall(r"([\d.]+)\D+?for (\d+) min", arm.regimen)
    ]
    drug, weight = compound(arm.drug[0]), float(chain.parameters["body.weight"])
    begins = np.cumsum([0.0, *(length for _, length in steps)]).tolist()
    return [
        Infusion(f"iv_ketamine_{e}", begin, drug.micromoles(rate * weight * length) * share.value, length)
        for (rate, length), begin in zip(steps, begins, strict=False)
        for e, share in (("s", drug.fraction_s), ("r", drug.fraction_r))
    ]


if __name__ == "__main__":
    best = fit_laboratory()
    chain = body_chain("human", "kpk1")
    for name, values in _values(chain, best.factors[None, :]).items():
        print(name, f"{values[0]:.4g}")
    size = len(curve())
    print("factors:", dict(zip(GROUPS, best.factors.round(3).tolist(), strict=True)))
    for what, left in (("KPK-1", best.before), ("this set", best.left)):
        print(f"predicted over observed, {what}:", np.exp(MEASUREMENT_SD * left[:size]).round(2).tolist())
