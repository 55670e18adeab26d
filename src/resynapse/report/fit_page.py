"""The page of a fit: one self-contained HTML file, drawn from a stored record only."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .figures import saved
from .fit_courses import person_figure, theories_figure
from .fit_figures import check_figure, fit_figure
from .page import asset, templates
from .sections import SHOWN
from .style import BANNER, number, quantity

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Record = Mapping[str, Any]
ADVICE = f"{BANNER} Never dosing advice."
_COLUMNS = ("time_h", "port", "unit", "dv", "below", "pred", "ipred", "res", "ires", "iwres", "cwresi", "npde", "row")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_fit(record: Record, directory: Path | str) -> Path:
    """Writes `fit.json`, `predictions.csv`, `figures/` and `report.html` into `directory`; returns the page's path."""
    folder = Path(directory)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / "fit.json").write_text(json.dumps(record, allow_nan=False), encoding="utf-8")
    _write_predictions(record, folder / "predictions.csv")
    pictures = {}
    for name, figure in _figures(record).items():
        _, vector = saved(figure, folder / "figures" / name)
        pictures[name] = base64.b64encode(vector.read_bytes()).decode("ascii")
    page = folder / "report.html"
    page.write_text(render_fit(record, pictures), encoding="utf-8")
    return page


def render_fit(record: Record, pictures: Mapping[str, str]) -> str:
    """The whole page as text; `pictures` are SVG files in base64 by name."""
    run = record["run"]
    return (
        templates()
        .get_template("fit.html.j2")
        .render(
            banner=ADVICE,
            policy=_POLICY,
            styles=asset("report.css"),
            run=run,
            title=_title(record),
            assumptions=[_assumption(a) for a in run["assumptions"]],
            theories=[_theory(t) for t in record["theories"]],
            people=[_person(p, pictures) for p in record["people"]],
            together=[(i, pictures[_theories_name(i)]) for i in _asked_twice(record)],
            fits=[(t["body"], pictures[f"fit_{t['body']}"]) for t in record["theories"]],
            shown=SHOWN,
            checks=[(_check_title(c), pictures[_check_name(c)], c["notes"]) for c in record["vpc"]],
            request=json.dumps(run["request"], indent=2),
        )
    )


def _figures(record: Record) -> dict[str, Figure]:
    found = {_person_name(p): person_figure(p) for p in record["people"]}
    found |= {_theories_name(i): theories_figure(own) for i, own in _asked_twice(record).items()}
    for theory in record["theories"]:
        own = [p for p in record["people"] if p["body"] == theory["body"]]
        found[f"fit_{theory['body']}"] = fit_figure(own)
    return found | {_check_name(c): check_figure(c) for c in record["vpc"]}


def _asked_twice(record: Record) -> dict[str, list[Record]]:
    """The fits of every person who was asked of more than one theory, by person."""
    found: dict[str, list[Record]] = {}
    for person in record["people"]:
        found.setdefault(person["id"], []).append(person)
    return {i: own for i, own in found.items() if len(own) > 1}


def _theories_name(person: str) -> str:
    return f"theories_{_plain(person)}"


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in text)


def _person_name(person: Record) -> str:
    return f"person_{_plain(person['id'])}_{person['body']}"


def _check_name(check: Record) -> str:
    return f"vpc_{check['body']}_{check['port']}"


def _check_title(check: Record) -> str:
    return f"Visual predictive check of {check['port']}, theory {check['body']}"


def _title(record: Record) -> str:
    people = len({p["id"] for p in record["people"]})
    who = "one person" if people == 1 else f"{people} people"
    return f"Concentrations measured in {who}"


def _assumption(entry: Record) -> dict[str, str]:
    span = "" if entry["low"] is None else f"{number(entry['low'])} to {number(entry['high'])}"
    value = quantity(entry["value"], entry["unit"])
    return {"address": entry["address"], "value": value, "range": span, "note": entry["note"] or ""}


def _theory(theory: Record) -> dict[str, Any]:
    errors = [f"{port}: {_error_words(error)}" for port, error in theory["residual"].items()]
    return {"body": theory["body"], "evidence": number(theory["log_evidence"]), "errors": errors, **_told(theory)}


def _told(theory: Record) -> dict[str, Any]:
    shrunk = [(a, number(theory["prior_sd"][a]), number(v)) for a, v in theory["shrinkage_sd"].items()]
    return {"effects": shrunk, "notes": theory["notes"]}


def _error_words(error: Record) -> str:
    parts = [f"{error['kind']} {number(error['sd'])}"] if error["sd"] else [error["kind"]]
    return ", ".join([*parts, *([f"additive {number(error['additive'])}"] if error["additive"] else [])])


def _person(person: Record, pictures: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": person["id"],
        "body": person["body"],
        "picture": pictures[_person_name(person)],
        "effects": [_effect(person, address) for address in person["map"]["eta"]],
        "rows": [{k: _cell(row[k]) for k in _COLUMNS} for row in person["ipred"]],
        "refused": person["posterior_refused"],
        "posterior": person["posterior"]
        and {k: number(person["posterior"][k]) for k in ("draws", "pareto_k", "pareto_k_allowed", "effective_draws")},
        "modes": len(person["other_modes"]),
    }


def _effect(person: Record, address: str) -> dict[str, str]:
    value = person["map"]["parameters"][address]
    drawn = person["posterior"] and person["posterior"]["parameters"][address]
    return {
        "address": address,
        "meaning": value["meaning"],
        "typical": quantity(value["typical"], value["unit"]),
        "value": quantity(value["value"], value["unit"]),
        "interval": f"{number(value['low'])} to {number(value['high'])}",
        "drawn": f"{number(drawn['p50'])} ({number(drawn['p5'])} to {number(drawn['p95'])})" if drawn else "",
        "eta": number(person["map"]["eta"][address]),
        "se": number(person["se"][address]),
        "prior": number(person["prior_sd"][address]),
        "shrinkage": number(person["shrinkage_variance"][address], 2),
    }


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "below" if value else ""
    return number(value) if isinstance(value, float) else str(value if value is not None else "–")


def _write_predictions(record: Record, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "body", *_COLUMNS))
        for person in record["people"]:
            writer.writerows((person["id"], person["body"], *(row[c] for c in _COLUMNS)) for row in person["ipred"])
