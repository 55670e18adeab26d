"""The exam of the explanations, for the doors: run or read again, as a table, as JSON, as a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..calibrate.questions.draws import Draws
from ..core.errors import RequestError
from ..qualify.exam.exam import DRAWS, Setting, examine, named
from ..qualify.exam.record import record
from ..qualify.exam.recorded import read

Tell = Callable[[str], None]
Record = Mapping[str, Any]
SHOWN = ("hypothesis", "draws", "build", "build_prior", "left_out", "verify", "verify_prior", "wide", "random", "null")
"""What a screen shows of a candidate."""

GAINS = ("id", "asks", "done", "bits_equal", "bits_by_score")
"""What a screen shows of an experiment to come."""

_PACKAGE = Path(__file__).parents[1]
_HASHED = (".py", ".toml", ".csv", ".npz", ".json")


@dataclass(frozen=True)
class Wanted:
    """An exam that somebody asks for: of whom (of everybody and the best blend when left out), and with which draws."""

    names: Sequence[str] | None = None
    draws: int | None = None
    seed: int = 1
    prior: bool = False


def sat(wanted: Wanted, folder: Path | None, tell: Tell) -> dict[str, Any]:
    """The record of an exam: read from the folder where the very same one lies there already, else run and kept.

    **Raises:** `RequestError` for a name that is no hypothesis on file, with the nearest, or a number of draws that
    cannot be.
    """
    count = DRAWS if wanted.draws is None else wanted.draws
    if count < 2:
        raise RequestError("an exam needs two draws at least", given=count)
    who = named(wanted.names)
    setting = Setting(blends=not wanted.names, kept=None if wanted.prior else read())
    asked = {"names": [c.name for c in who], "draws": count, "seed": wanted.seed, "blends": setting.blends}
    key = digest({**asked, "prior": wanted.prior})
    kept = folder / f"exam-{key}.json" if folder else None
    if kept and kept.exists():
        tell("reading the exam that lies there")
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    found = {"key": key, **record(examine(who, Draws(range(count), wanted.seed), setting, tell))}
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found, allow_nan=False), encoding="utf-8")
    return found


def digest(asked: Mapping[str, Any], leaving: tuple[str, ...] = ()) -> str:
    """The hash of everything that an exam hangs on: what was asked, and every file of code, values and evidence.

    **Arguments:** `leaving` names rooms that are left out, because they only draw or ask.
    """
    made = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    kept = (p for p in _PACKAGE.rglob("*") if p.relative_to(_PACKAGE).parts[0] not in leaving)
    for path in sorted(p for p in kept if p.suffix in _HASHED):
        made.update(path.relative_to(_PACKAGE).as_posix().encode())
        made.update(path.read_bytes())
    return made.hexdigest()[:16]


def score_rows(exam: Record) -> list[dict[str, Any]]:
    """One short line a candidate for a screen."""
    return [_row(name, told) for name, told in exam["hypotheses"].items()]


def _row(name: str, told: Record) -> dict[str, Any]:
    build, verify, beside = told["build"], told["verify"], told["beside"]
    recalled = [sum(told[role]["recalled"][k] for role in ("build", "verify")) for k in ("met", "of")]
    unbeaten = [f"{role}: {what}" for role in beside for what, found in beside[role].items() if not found["beaten"]]
    return {
        "hypothesis": name,
        "draws": told["draws"].split()[0],
        "build_prior": told["prior"]["build"]["met"] if told["prior"] else "",
        "verify_prior": told["prior"]["verify"]["met"] if told["prior"] else "",
        "left_out": told["held_out"]["met"] if told["held_out"] else "",
        "build": f"{build['met']} of {build['of']}",
        "verify": f"{verify['met']} of {verify['of']}",
        "wide": build["wide"] + verify["wide"],
        "not asked": build["not_askable"] + verify["not_askable"],
        "random": f"{beside['build']['random']['expected']:.1f}, {beside['verify']['random']['expected']:.1f}",
        "shuffled_95": f"{beside['build']['shuffled']['high']:.0f}, {beside['verify']['shuffled']['high']:.0f}",
        "null": ", ".join(f"{beside[r]['null']['null']} of {beside[r]['null']['of']}" for r in beside),
        "recalled": f"{recalled[0]} of {recalled[1]}",
        "unbeaten": "; ".join(unbeaten) or "none",
    }


def how_drawn(exam: Record) -> str:
    """One line: with which draws the exam was taken, and whom it had no posterior draws of."""
    kinds = {told["draws"] for told in exam["hypotheses"].values()}
    warned = [f"{name}: {told['warning']}" for name, told in exam["hypotheses"].items() if told["warning"]]
    told = f"Draws: {' and '.join(sorted(kinds))}; verify is out of sample."
    if not any(kind != "prior" for kind in kinds) or warned:
        return "\n".join([told, *(f"Prior draws, since {w}" for w in warned)])
    return f"{told} Build is in-sample: it was conditioned on; left_out is build with each study left out in turn."


def gain_rows(exam: Record) -> list[dict[str, Any]]:
    """The experiments that would teach most, one short line each for a screen."""
    return [{**g, "done": "yes" if g["done"] else "no"} for g in exam["gain"][:10]]


def matrix(exam: Record) -> str:
    """The matrix as text: + met, - missed, w wide, . not askable; build | verify | recalled."""
    blocks = [
        [q["id"] for q in exam["questions"] if q["mark"] == mark and role in ("", q["role"])]
        for role, mark in (("build", "seen"), ("verify", "seen"), ("", "recalled"))
    ]
    rows = [*exam["hypotheses"].items(), ("null_model", exam["null_model"])]
    wide = max(len(name) for name, _ in rows)
    head = ["", *(f"{label:<{len(ids)}}" for label, ids in zip(("build", "verify", "recalled"), blocks, strict=True))]
    lines = [f"{head[0]:<{wide}}  " + " | ".join(head[1:])]
    for name, told in rows:
        signs = ["".join(_SIGNS[told["cells"][i]["verdict"]] for i in ids) for ids in blocks]
        lines.append(f"{name:<{wide}}  " + " | ".join(signs))
    return "\n".join([*lines, "+ met   - missed   w met only because wide (not counted)   . not askable"])


_SIGNS = {"met": "+", "missed": "-", "wide": "w", "not askable": "."}


def write_page(exam: Record, folder: Path, tell: Tell) -> Path:
    """Write the page, the figure and the record into a folder, and return the page."""
    from ..report.exam_page import write_exam

    tell("drawing")
    return write_exam(exam, folder)


def draw_page(exam: Record, file: Path) -> None:
    """Draw the matrix into one file."""
    from ..report.exam_figure import draw_exam
    from ..report.picture import saved

    saved(draw_exam(exam), file)
