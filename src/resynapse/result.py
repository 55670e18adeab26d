"""Results: one tree of labelled arrays with units, and everything needed to make it again."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from . import __version__
from .compound.library import compound
from .core.chain import Chain
from .core.parameter import Entry, ParameterSet
from .core.source import bibliography
from .dose.event import Person
from .simulation import Course
from .timeline import given_doses

_LEAVES_OUT = re.compile(r"\*\*Leaves out:\*\*(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
"""Which share of draws lies below, by the name that it has in records."""
_ROOM = {"scale": "mood"}


def signal_data(course: Course, ports: Sequence[str]) -> xr.Dataset:
    """Signals over person and time, each with unit, name, room and healthy rest value."""
    coords: dict[str, Any] = {"person": [s.id for s in course.subjects], "time": ("time", course.times, {"units": "h"})}
    data = {}
    for name in ports:
        port = course.chain.port(name)
        coords |= {dim: list(labels) for dim, labels in port.dims}
        room = course.chain.room(name)
        attrs = {
            "units": port.unit,
            "long_name": port.meaning or name,
            "room": _ROOM.get(room, room),
            "rest": np.nan if port.rest is None else port.rest,
        }
        data[name] = (("person", "time", *(dim for dim, _ in port.dims)), course.signals[name], attrs)
    return xr.Dataset(data, coords)


def dose_data(people: Sequence[Person]) -> xr.Dataset:
    """Every dose that a person really gets, one row each: those that a later record calls off are left out."""
    rows = [(p.id, e) for p in people for e in given_doses(p)]
    columns = {
        "person": [i for i, _ in rows],
        "time_h": [e.time_h for _, e in rows],
        "duration_h": [e.duration_h for _, e in rows],
        "amount_mg": [e.amount_mg for _, e in rows],
        "drug": [e.drug for _, e in rows],
        "route": [e.route for _, e in rows],
        "preparation": [e.handling.formulation.name if e.handling.formulation else "" for _, e in rows],
        "steady": np.array([e.steady is not None for _, e in rows], dtype=bool),
    }
    return xr.Dataset({name: ("dose", np.asarray(values)) for name, values in columns.items()})


def covariate_data(people: Sequence[Person]) -> xr.Dataset:
    """Covariates of every person; NaN where unknown."""
    names = sorted({name for p in people for name in p.covariates})
    units = {"weight": "kg", "age": "year", "sex": "1"}
    data = {
        name: ("person", [p.covariates.get(name, np.nan) for p in people], {"units": units.get(name, "1")})
        for name in names
    }
    return xr.Dataset(data, {"person": [p.id for p in people]})


def check_data(checks: Sequence[Mapping[str, Any]]) -> xr.Dataset:
    """Stored checks as columns over one dimension."""
    names = ("id", "what", "value", "allowed", "passed", "source")
    return xr.Dataset({name: ("check", np.array([c[name] for c in checks])) for name in names})


def state_data(course: Course) -> xr.Dataset:
    """The state at the end, from which a simulation can be continued bit for bit."""
    data = {
        f"{slot}.{name}": ("person", np.asarray(value))
        for slot, state in course.last_state.items()
        for name, value in state.items()
    }
    return xr.Dataset(data, {"person": [s.id for s in course.subjects]}, {"time_h": course.end})


def provenance(chain: Chain, drugs: Sequence[str], extra_sources: Sequence[str] = ()) -> dict[str, str]:
    """Attributes that say which values, assumptions and sources a result rests on, as JSON."""
    sets = [(slot, chosen) for slot, stage in chain.stages.items() for chosen in stage.provenance]
    keys = dict.fromkeys(k for _, chosen in sets for k in chosen.sources)
    keys |= dict.fromkeys(k for drug in drugs for k in compound(drug).sources)
    keys |= dict.fromkeys(extra_sources)
    known = bibliography()
    return {
        "parameter_sets": json.dumps([_set_record(slot, chosen) for slot, chosen in sets]),
        "assumptions": json.dumps(
            [_assumption(chain, slot, k, e) for slot, s in sets for k, e in s.assumptions.items()]
        ),
        "sources": json.dumps([{"key": k, "text": known[k].text, "url": known[k].url} for k in sorted(keys)]),
        "notes": json.dumps(list(left_out(chain))),
    }


def left_out(chain: Chain) -> tuple[str, ...]:
    """What each stage says that it leaves out, and which ports it writes as zero because it does not model them."""
    found = ((slot, _LEAVES_OUT.search(type(stage).__doc__ or "")) for slot, stage in chain.stages.items())
    told = [f"{_ROOM.get(slot, slot)}: {' '.join(match.group(1).split())}" for slot, match in found if match]
    absent = [(slot, port) for slot, stage in chain.stages.items() for port in stage.absent]
    zero = [
        f"{_ROOM.get(slot, slot)}: `{port}` is not modelled by this theory and held at zero" for slot, port in absent
    ]
    return (*zero, *told)


def identity() -> dict[str, str]:
    """Version and, in a checkout, the commit that made a result."""
    here = Path(__file__).resolve().parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12", "--match="]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    except OSError:
        return {"resynapse_version": __version__, "git_hash": ""}
    return {"resynapse_version": __version__, "git_hash": asked.stdout.strip()}


def load_result(path: Path | str) -> xr.DataTree:
    """Read a stored result, from its file or from the folder that holds `result.nc`."""
    file = Path(path)
    with xr.open_datatree(file / "result.nc" if file.is_dir() else file, engine="h5netcdf") as stored:
        return stored.load()


def save_result(tree: xr.DataTree, path: Path) -> None:
    """Write a result as NetCDF-4."""
    tree.to_netcdf(path, engine="h5netcdf")


def json_record(tree: xr.DataTree) -> dict[str, Any]:
    """A result as plain data: one person as `time_h` and `signals`, several as a list under `people`."""
    people = [_person_record(tree["signals"].to_dataset(), i) for i in range(tree["signals"].sizes["person"])]
    run = {name: _decoded(value) for name, value in tree.attrs.items()}
    run |= {"draws": drawn_record(tree)} if "draws" in tree.children else {}
    if len(people) == 1:
        return {k: people[0][k] for k in ("time_h", "signals")} | {"run": run}
    return {"people": people, "run": run}


def drawn_record(tree: xr.DataTree) -> dict[str, Any]:
    """What draws of a calibration leave open, as plain data: quantiles over draws by person, port and time."""
    drawn = tree["draws"].to_dataset()
    levels = xr.DataArray(list(QUANTILES.values()), dims="quantile")
    found = drawn.quantile(levels, dim="draw").transpose("person", "quantile", "time", ...)
    people = []
    for i, who in enumerate(drawn["person"].values):
        signals = {
            str(name): {"unit": drawn[name].attrs["units"]}
            | {key: _plain(v.values[i, k]) for k, key in enumerate(QUANTILES)}
            for name, v in found.data_vars.items()
        }
        people.append({"id": str(who), "time_h": _plain(drawn["time"].values), "signals": signals})
    return {**json.loads(drawn.attrs["calibration"]), "people": people}


def _person_record(signals: xr.Dataset, i: int) -> dict[str, Any]:
    one = signals.isel(person=i)
    record = {
        str(name): {"unit": v.attrs["units"], "values": _plain(v.values)} | _dims(v)
        for name, v in one.data_vars.items()
    }
    return {"id": str(one["person"].item()), "time_h": _plain(one["time"].values), "signals": record}


def _dims(variable: xr.DataArray) -> dict[str, Any]:
    extra = [d for d in variable.dims if d != "time"]
    return {"dims": {str(d): [str(v) for v in variable[d].values] for d in extra}} if extra else {}


def _plain(values: Any) -> Any:
    finite = np.isfinite(values)
    return values.tolist() if finite.all() else _gaps(values)


def _gaps(values: Any) -> Any:
    holed = values.astype(object)
    holed[~np.isfinite(values)] = None
    return holed.tolist()


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        return json.loads(value)
    return value.item() if isinstance(value, np.generic) else value


def _set_record(slot: str, chosen: ParameterSet) -> dict[str, str]:
    return {
        "room": slot,
        "set": chosen.name,
        "source": chosen.title,
        "species": chosen.species,
        "hash": chosen.digest,
    }


def _assumption(chain: Chain, slot: str, name: str, entry: Entry) -> dict[str, Any]:
    address = f"{slot}.{name}" if f"{slot}.{name}" in chain.declared else f"{slot}.affinities.{name}"
    low, high = entry.range or (None, None)
    record: Mapping[str, Any] = {"address": address, "value": entry.value, "unit": entry.unit, "low": low, "high": high}
    return {**record, "note": entry.note}
