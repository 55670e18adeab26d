"""Every trial of the library, predicted: many replicates of each beside what was printed of it.

Run `python -m resynapse.requests.trial_library --out docs/reference/trial-library.json` to repeat it (studies that are
in the file already are left alone; `--calibration NAME --draws N` runs them under draws; `--qualified FOLDER` takes
what `resynapse qualify --calibration NAME --out FOLDER` ran already);
`python -m resynapse.requests.trial_library_page` writes the page.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import RequestError
from ..core.solver import keep_compiled_code
from ..qualify.forecast.printed_trials import said
from ..trial.design import Design
from ..trial.design.library import designs
from ..trial.design.published import Printed, printed
from ..trial.score import digest
from .known import known
from .trial_runs import Asked
from .trial_steps import run_steps

Tell = Callable[[str], None]
Row = dict[str, Any]
PEOPLE, REPLICATES = 1000, 100
_LEVELS = {"90": (0.05, 0.95), "50": (0.25, 0.75)}
_SEEN = ("role", "mark", "row", "quantity", "statistic", "value", "unit", "low", "high", "direction")
_PRINTED = ("endpoint", "of", *_SEEN)


def predict(asked: Asked, tell: Tell = lambda _: None) -> Row:
    """One study: what was printed of it, and where many replicates of the same size put that number.

    Replicates differ by chance, by what differs between trials, and by values of the placebo layer from their ranges;
    under draws of a calibration by the values of the chain too, which else stay as they are.
    """
    begun, design = time.perf_counter(), asked.design
    told: Row = {"design": design.name, "digest": design.digest, "score": digest(), "people": asked.people}
    told |= {"seed": asked.seed, "source": design.source, "kind": design.kind, "replicates": asked.replicates}
    told |= {"calibration": asked.doubt.record} if asked.doubt else {}
    try:
        rows = _steps(design, asked.people, asked.seed, tell) if design.kind == "steps" else _rows(asked, tell)
    except RequestError as refused:
        return {**told, "refused": " ".join(refused.message.split()), "rows": []}
    return {**told, "rows": rows, "seconds": round(time.perf_counter() - begun, 1)}


def qualified(folder: Path) -> dict[str, Row]:
    """What a run of the plan of qualification, kept in a folder, predicted of these trials: the same, under its draws.

    **Raises:** `RequestError` where no finished run under a calibration lies there.
    """
    path = folder / "qualification.json"
    run = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"calibration": None}
    if not run["calibration"]:
        then = "make one with `resynapse qualify --calibration NAME --out FOLDER`"
        raise RequestError("no run of a plan under a calibration", where=str(folder), then=then)
    kept = {one.stem: json.loads(one.read_text("utf-8"))["found"] for one in sorted((folder / "trials").glob("*.json"))}
    return {name: _planned(designs()[name], found, run) for name, found in kept.items()}


def _planned(design: Design, found: Row, run: Row) -> Row:
    size, plan = run["plan"]["trials"], run["plan"]
    told: Row = {"design": design.name, "digest": design.digest, "score": digest(), "people": size["people"]}
    told |= {"seed": plan["seed"], "source": design.source, "kind": design.kind, "replicates": size["replicates"]}
    known = {"calibration": plan["calibration"], "digest": run["calibration"], "draws": size["draws"]}
    rows = [{**{n: row[n] for n in _PRINTED}, **_interval(np.array(row["sample"]))} for row in found["rows"]]
    refused = {"refused": found["refused"]} if found.get("refused") else {}
    return {**told, "calibration": known, **refused, "rows": rows}


def _rows(asked: Asked, tell: Tell) -> list[Row]:
    trial, entries = asked.trial(tell), printed(asked.design)
    found = np.array([said(trial, k, entries) for k in range(asked.replicates)])
    return [{**_printed(one), **_interval(found[:, i])} for i, one in enumerate(entries)]


def _printed(one: Printed) -> Row:
    return {"endpoint": one.endpoint, "of": list(one.of), **{name: getattr(one.observation, name) for name in _SEEN}}


def _interval(values: Any) -> Row:
    there = values[np.isfinite(values)]
    if there.size < max(2, 0.5 * values.size):
        return {"predicted": None, "interval": None}
    ends = {name: [float(x) for x in np.quantile(there, level)] for name, level in _LEVELS.items()}
    return {"predicted": float(np.median(there)), "interval": ends}


def _steps(design: Design, people: int, seed: int, tell: Tell) -> list[Row]:
    found = run_steps(design, 4 * people, seed, tell)
    pairs = zip(printed(design), found["published"], strict=True)
    return [
        {**_printed(one), "predicted": own["predicted"], "interval": {k: list(v) for k, v in own["interval"].items()}}
        for one, own in pairs
    ]


def main() -> None:
    """Predict every study that the file does not hold yet, and write it after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--designs", nargs="*", help="only these; they are predicted anew")
    parser.add_argument("--calibration")
    parser.add_argument("--draws", type=int)
    parser.add_argument("--qualified", type=Path, help="a folder of `resynapse qualify`, whose runs are taken")
    words = parser.parse_args()
    keep_compiled_code()
    doubt = known(words.calibration, words.draws, words.seed)
    held = json.loads(words.out.read_text(encoding="utf-8")) if words.out.exists() else {}
    held |= qualified(words.qualified) if words.qualified else {}
    for name, design in designs().items():
        if name in (words.designs or [n for n in designs() if n not in held]):
            print(name, flush=True)
            asked = Asked(design, words.people, words.replicates, words.seed, doubt=doubt)
            held[name] = predict(asked, lambda text: print(" ", text))
            text = json.dumps(dict(sorted(held.items())), indent=1, allow_nan=False)
            words.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
