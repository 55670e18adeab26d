"""A fit as plain data: what `--json` prints, what is stored, and what the report draws."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...dose import DoseEvent
from .fit import Bands, PersonFit, TableFit
from .vpc import PERCENTILES, Check

_QUANTILES = (5.0, 50.0, 95.0)
_WIDE = 1.6449  # standard normal quantile of 95 %


def records(fit: TableFit) -> list[dict[str, Any]]:
    """Everybody of a table as plain data: etas, standard errors, shrinkage, predictions, posterior, curves."""
    return [_person(fit, p) for p in fit.people]


def population(fit: TableFit) -> dict[str, Any]:
    r"""What only all people together show: spread, and how far the most likely etas shrink towards zero.

    `shrinkage_sd` is $1 - SD(\hat\eta)/\omega$ over people, a ratio of standard deviations (as NONMEM's ETAshrinkSD),
    `null` for fewer than three; it is not the `shrinkage_variance` of one person.
    """
    etas = np.stack([p.eta for p in fit.people])
    shrunk = 1.0 - etas.std(axis=0, ddof=1) / fit.spread.sd if len(etas) > 2 else np.full(fit.spread.size, np.nan)
    return {
        "body": fit.body,
        "log_evidence": _number(sum(p.log_evidence for p in fit.people)),
        "prior_sd": _named(fit, fit.spread.sd),
        "shrinkage_sd": _named(fit, shrunk),
        "residual": {port: _residual(fit, port) for port in fit.ports},
        "notes": list(fit.notes),
    }


def check_record(fit: TableFit, port: str) -> dict[str, Any]:
    """The visual predictive checks of one port as plain data, plain and prediction-corrected."""
    plain, corrected = fit.checks(port)
    unit, left = fit.chain.port(port).unit, corrected.left_out
    note = f"{left} measured where the typical prediction is 0: left out of the prediction-corrected check"
    return {
        "body": fit.body,
        "port": port,
        "unit": unit,
        "plain": _check(plain),
        "prediction_corrected": _check(corrected),
        "notes": [note] if left else [],
    }


def _person(fit: TableFit, person: PersonFit) -> dict[str, Any]:
    return {
        "id": person.person.id,
        "body": fit.body,
        "covariates": dict(person.person.covariates),
        "doses": [_dose(e) for e in person.person.events],
        "map": {"eta": _named(fit, person.eta), "parameters": _parameters(fit, person)},
        "se": _named(fit, person.se),
        "prior_sd": _named(fit, fit.spread.sd),
        "shrinkage_variance": _named(fit, person.shrinkage_variance),
        "log_evidence": _number(person.log_evidence),
        "other_modes": [_number(person.mode.density - d) for d in person.mode.other_tops],
        "ipred": _predictions(fit, person),
        "posterior": _posterior(person),
        "posterior_refused": person.refused,
        "curves": {port: _curve(person.bands, i) for i, port in enumerate(fit.ports)},
    }


def _parameters(fit: TableFit, person: PersonFit) -> dict[str, Any]:
    """The most likely value of every parameter, the typical one, and the interval of 90 % between."""
    typical, low, high = (_at_eta(person, eta) for eta in (0 * person.eta, *_ends(person)))
    return {
        address: {
            "value": _number(value),
            "low": _number(low[address]),
            "high": _number(high[address]),
            "typical": _number(typical[address]),
            "unit": fit.chain.declared[address].unit,
            "meaning": fit.chain.declared[address].meaning,
        }
        for address, value in person.values.items()
    }


def _ends(person: PersonFit) -> tuple[Any, Any]:
    return person.eta - _WIDE * person.se, person.eta + _WIDE * person.se


def _at_eta(person: PersonFit, eta: Any) -> dict[str, float]:
    return {a: float(v) for a, v in person.case.spread.around(jnp.asarray(eta)).items()}


def _predictions(fit: TableFit, person: PersonFit) -> list[dict[str, Any]]:
    data, found = person.case.data, person.residuals
    ordered = sorted(person.person.measurements, key=lambda m: m.time_h)
    columns = {
        "pred": found.pred,
        "ipred": found.ipred,
        "res": found.res,
        "ires": found.ires,
        "iwres": found.iwres,
        "cwresi": found.cwresi,
        "npde": person.errors,
    }
    rows = []
    for i, m in enumerate(ordered):
        head = {"time_h": m.time_h, "port": m.port, "unit": fit.chain.port(m.port).unit, "row": m.row}
        scale = "log" if bool(np.asarray(data.log)[i]) else "plain"
        seen = {"dv": m.value, "below": m.below, "residual_scale": scale}
        rows.append(head | seen | {name: _number(column[i]) for name, column in columns.items()})
    return rows


def _posterior(person: PersonFit) -> dict[str, Any] | None:
    found, spread = person.posterior, person.case.spread
    if found is None:
        return None
    eta = found.z @ np.asarray(spread.root).T
    values = spread.around(jnp.asarray(eta.T))
    return {
        "draws": len(found.z),
        "pareto_k": _number(found.pareto_k),
        "pareto_k_allowed": _number(found.trusted),
        "effective_draws": _number(found.effective),
        "eta": {a: _summary(eta[:, i]) for i, a in enumerate(spread.addresses)},
        "parameters": {a: _summary(np.asarray(v)) for a, v in values.items()},
    }


def _summary(draws: Any) -> dict[str, Any]:
    low, middle, high = np.percentile(draws, _QUANTILES)
    numbers = {"mean": draws.mean(), "sd": draws.std(ddof=1), "p5": low, "p50": middle, "p95": high}
    return {name: _number(v) for name, v in numbers.items()}


def _curve(bands: Bands, port: int) -> dict[str, Any]:
    words = ("p5", "p50", "p95")
    before = {w: _numbers(bands.before[i, :, port]) for i, w in enumerate(words)}
    after = {w: _numbers(bands.after[i, :, port]) for i, w in enumerate(words)}
    single = {"typical": _numbers(bands.typical[:, port]), "map": _numbers(bands.likely[:, port])}
    return {"time_h": _numbers(bands.times), "prior": before, "posterior": after, **single}


def _check(found: Check) -> dict[str, Any]:
    lines = {}
    for i, percentile in enumerate(PERCENTILES):
        parts = {"observed": found.observed, "low": found.low, "median": found.median, "high": found.high}
        lines[f"p{percentile:g}"] = {name: _numbers(v[i]) for name, v in parts.items()}
    points = {"time_h": _numbers(found.times), "value": _numbers(found.values)}
    bins = {"edges_h": _numbers(found.edges), "middle_h": _numbers(found.middle)}
    return {**bins, "percentiles": lines, **points, "left_out": found.left_out}


def _dose(event: DoseEvent) -> dict[str, Any]:
    where = {"drug": event.drug, "route": event.route}
    return {"time_h": event.time_h, "amount_mg": event.amount_mg, "duration_h": event.duration_h, **where}


def _residual(fit: TableFit, port: str) -> dict[str, Any]:
    error = fit.residuals[port]
    return {"kind": error.kind, "sd": error.sd, "additive": error.additive, "where": error.where}


def _named(fit: TableFit, values: Any) -> dict[str, float | None]:
    return {address: _number(v) for address, v in zip(fit.spread.addresses, values, strict=True)}


def _numbers(values: Any) -> list[float | None]:
    return [_number(v) for v in values]


def _number(value: Any) -> float | None:
    plain = float(value)
    return plain if math.isfinite(plain) else None
