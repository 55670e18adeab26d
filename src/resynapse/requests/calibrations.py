"""Calibrations for the doors, as plain records: what each saw, whether it converged, what it knows and leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..calibrate.inference.prior import Logitnormal, Lognormal, Normal, uncertain
from ..calibrate.posterior import PLACEBO, SPREAD, Posterior, calibration, calibrations
from ..calibrate.recorded import ESS, RHAT
from ..chains import prior_chain
from ..core.chain import Chain
from ..trial.score.values import FILES, facts
from .known import named

Floats = NDArray[np.float64]
Row = dict[str, Any]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_SCORES = np.array([-1.6448536269514722, -0.6744897501960817, 0.0, 0.6744897501960817, 1.6448536269514722])
_TIED = 0.3  # correlations that are worth a word
_NUMBER = r"([-+\d.e]+)"
_LAWS = {
    rf"lognormal, middle {_NUMBER}, SD of the logarithm {_NUMBER}": Lognormal,
    rf"logit-normal, middle {_NUMBER}, SD of the logit {_NUMBER}": Logitnormal,
    rf"normal, mean {_NUMBER}, SD {_NUMBER}(?:, between {_NUMBER} and {_NUMBER})?": Normal,
}
_HALF = rf"half-normal, SD {_NUMBER}"
_TRIANGLE = rf"triangle from {_NUMBER} to {_NUMBER} with its top at {_NUMBER}, (plain|log) scale"


def calibration_records() -> list[Row]:
    """Every calibration on file: what it fitted, to how many rows, and whether it converged."""
    return [_head(calibration(name)) for name in calibrations()]


def calibration_record(name: str) -> Row:
    """All that is on file about one calibration; several may be joined by `+`.

    **Raises:** `RequestError` with the nearest name when there is none.
    """
    found = named(name)
    record = found.record
    return {
        **_head(found),
        "priors": dict(record.priors),
        "values": list(_values(found)),
        "correlations": list(_tied(found)),
        "not_identified": list(record.not_identified),
        "data": [used.model_dump() for used in record.data],
        "notes": list(record.notes),
        "more": dict(record.more),
    }


def verdict(found: Posterior) -> str:
    """Whether sampling converged, in words, with what stands in the way."""
    record, known = found.record, found.record.diagnostics
    if not known:
        return "not said to have converged: no diagnostics are on file"
    rhat, ess = max(known, key=lambda a: known[a].rhat), min(known, key=lambda a: _least(known[a]))
    told = f"largest R-hat {known[rhat].rhat:.4f} ({rhat}), least effective size {_least(known[ess]):.0f} ({ess})"
    told += f", {record.divergences} divergences"
    asked = f"R-hat < {RHAT}, effective size > {ESS:.0f}, no divergences"
    return f"converged: {told}" if record.converged else f"not converged: {told}; asked are {asked}"


def _head(found: Posterior) -> Row:
    record = found.record
    return {
        "name": found.name,
        "title": record.title,
        "method": record.method,
        "draws": len(found),
        "values": len(found.addresses),
        "rows": len(record.data),
        "converged": record.converged,
        "verdict": verdict(found),
        "divergences": record.divergences,
        "seed": record.seed,
        "digest": found.digest,
    }


def _least(diagnostic: Any) -> float:
    return float(min(diagnostic.ess_bulk, diagnostic.ess_tail))


def _values(found: Posterior) -> Iterator[Row]:
    """One row an address: mean, SD and quantiles, those of the prior beside them, and how well it was sampled."""
    chain, means, sds, record = prior_chain(), found.means, found.sds, found.record
    for address in found.addresses:
        quantiles = np.quantile(found.of(address), LEVELS).tolist()
        words = record.priors.get(address, "")
        known = record.diagnostics.get(address)
        yield {
            "address": address,
            "unit": _unit(chain, address),
            "mean": means[address],
            "sd": sds[address],
            "quantiles": quantiles,
            "prior": words,
            "prior_quantiles": _prior(chain, address, words),
            "rhat": known.rhat if known else None,
            "ess_bulk": known.ess_bulk if known else None,
            "ess_tail": known.ess_tail if known else None,
            "identified": address not in record.not_identified,
        }


def _tied(found: Posterior) -> Iterator[Row]:
    """Pairs whose correlation is worth a word, the strongest first."""
    r = found.correlations
    pairs = [(i, j) for i in range(len(r)) for j in range(i) if abs(r[i, j]) >= _TIED]
    for i, j in sorted(pairs, key=lambda pair: -abs(r[pair])):
        yield {"between": [found.addresses[j], found.addresses[i]], "correlation": float(r[i, j])}


def _unit(chain: Chain, address: str) -> str:
    """The unit of an address; spreads are standard deviations on a scale without one."""
    if address.startswith(SPREAD):
        return "1"
    if address.startswith(PLACEBO):
        return _units().get(address.removeprefix(PLACEBO), "")
    return chain.declared[address].unit if address in chain.declared else ""


def _units() -> Mapping[str, str]:
    """Units of the values of the measured score, by field."""
    return {key.rpartition(".")[2]: fact.unit for name in FILES for key, fact in facts(name).items()}


def _prior(chain: Chain, address: str, words: str) -> list[float] | None:
    """Quantiles of what was thought before, where its words can be read again."""
    for form, law in _LAWS.items():
        if read := re.fullmatch(form, words):
            numbers = [float(number) for number in read.groups() if number is not None]
            return np.asarray(law(*numbers).at(_SCORES)).tolist()
    if read := re.fullmatch(_HALF, words):
        return stats.halfnorm.ppf(LEVELS, scale=float(read[1])).tolist()
    if read := re.fullmatch(_TRIANGLE, words):
        return _triangle(np.array([float(number) for number in read.groups()[:3]]), read[4] == "log")
    own = next((u for u in uncertain(chain) if u.address == address and u.told == words), None)
    return None if own is None else np.asarray(own.at(_SCORES)).tolist()


def _triangle(corners: Floats, logs: bool) -> list[float]:
    """Quantiles of a triangle over a range, on the plain or the log scale."""
    low, high, top = np.log(corners) if logs else corners
    found = stats.triang.ppf(LEVELS, (top - low) / (high - low), loc=low, scale=high - low)
    return np.asarray(np.exp(found) if logs else found).tolist()
