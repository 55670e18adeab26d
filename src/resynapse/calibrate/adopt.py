"""Make a calibration on file the human default: `python -m resynapse.calibrate.adopt [RUN]`.

Every parameter set of people that shares a calibrated value gets a version of it (`human_clinic.toml` beside
`human.toml`), and the measured score gets `values_clinic.toml`. Versions that the run wrote before go first, so that a
newer run leaves nothing of an older one. Chains take them where `core.calibrated.CALIBRATED` names the run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..chains import parameter_files, prior_chain
from ..compound.fact import Fact
from ..core.calibrated import CALIBRATED, UNCALIBRATED, left_by
from ..core.errors import RequestError, nearest
from ..core.parameter import ParameterSet, read_set
from ..trial.score import facts, homes, left_values
from .inference.written import Room, Written
from .posterior import PLACEBO, SPREAD, Posterior, calibration, calibrations

SCALE = ("scale", "mood")
"""The slot of the readout, and the room that its set lies in."""


def adopted(posterior: Posterior) -> dict[Path, str]:
    """Every file that makes a calibration the human default, with its text.

    **Raises:** `RequestError` for an address that no room of the default chain and no value of the score has.
    """
    found = {_beside(posterior, room.parent.path): _written(posterior, room).text for room in rooms(posterior)}
    _refuse_homeless(posterior)
    if any(a.startswith(PLACEBO) for a in posterior.addresses):
        found[left_values(posterior.name)] = score_text(posterior)
    return found


def rooms(posterior: Posterior) -> Iterator[Room]:
    """Every set of people that shares a value, or the spread of one, with a room of the default chain."""
    chain = prior_chain()
    for slot in slots(posterior):
        own = Room.of(chain, slot)
        for chosen in _people(dict([SCALE]).get(slot, slot)):
            room = own if chosen.name == own.parent.name else own.sibling(chosen)
            if _written(posterior, room).names:
                yield room


def slots(posterior: Posterior) -> tuple[str, ...]:
    """The slots of the default chain that a calibration says something of."""
    known = {a.removeprefix(SPREAD).partition(".")[0] for a in posterior.addresses if not a.startswith(PLACEBO)}
    return tuple(slot for slot in prior_chain().stages if slot in known)


def score_text(posterior: Posterior) -> str:
    """The file of the values of the measured score."""
    lines = [
        f"# Values of the measured score as calibration {posterior.name} ({posterior.digest}) left them: medians.",
        "",
    ]
    for address in posterior.addresses:
        if address.startswith(PLACEBO):
            file, key = homes()[address.removeprefix(PLACEBO)]
            lines += _fact(f"{file}.{key}", _left(facts(file, UNCALIBRATED)[key], posterior, address))
    return "\n".join(lines)


def write(posterior: Posterior) -> tuple[Path, ...]:
    """Write the files of a calibration in place of those that it wrote before, and return where they are."""
    made = adopted(posterior)
    for path in on_file(posterior.name):
        path.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return tuple(made)


def on_file(name: str) -> tuple[Path, ...]:
    """The files that a calibration of this name wrote."""
    everywhere = [path for paths in parameter_files().values() for path in paths]
    sets = [path for path in everywhere if path.stem.endswith(left_by(name, ""))]
    score = left_values(name)
    return (*sets, *([score] if score.is_file() else []))


def _people(room: str) -> Iterator[ParameterSet]:
    """The sets of people in a room that no run wrote."""
    versions = tuple(left_by(name, "") for name in {*calibrations(), CALIBRATED})
    every = (read_set(path) for path in parameter_files()[room] if not path.stem.endswith(versions))
    return (chosen for chosen in every if chosen.species == "human")


def _written(posterior: Posterior, room: Room) -> Written:
    return Written(posterior, room, f"docs/calibration/{posterior.name}.md")


def _beside(posterior: Posterior, path: Path) -> Path:
    return path.parent / f"{left_by(posterior.name, path.stem)}.toml"


def _left(before: Fact, posterior: Posterior, address: str) -> Fact:
    run, sd = f"{posterior.name} {posterior.digest}", posterior.sds[address]
    told = f"calibrated ({run}): SD {sd:.3g}; before: {before.value:g}, {before.origin}; {before.note}"
    where = f"docs/calibration/{posterior.name}.md"
    return replace(before, value=posterior.medians[address], origin="calibrated_here", where=where, note=told)


def _fact(key: str, fact: Fact) -> list[str]:
    lines = [f"[{key}]", f"value = {fact.value:.6g}"]
    words = ("unit", "origin", "source", "where", "note")
    lines += [f"{word} = {json.dumps(getattr(fact, word), ensure_ascii=False)}" for word in words]
    lines += [f"range = [{fact.range[0]:g}, {fact.range[1]:g}]"] if fact.range else []
    return [*lines, ""]


def _refuse_homeless(posterior: Posterior) -> None:
    chain = prior_chain()
    entries = {f"{slot}.{n}" for slot, stage in chain.stages.items() for n in stage.provenance[0].entries}
    known = {*entries, *(f"{PLACEBO}{field}" for field in homes())}
    for address in (a.removeprefix(SPREAD) for a in posterior.addresses):
        if address not in known:
            near = nearest(address, known)
            raise RequestError("nothing in the default chain has this value", given=address, nearest=near)


def main() -> None:
    """Write, say what was written, and whether the default takes it."""
    name = sys.argv[1] if len(sys.argv) > 1 else CALIBRATED
    found = calibration(name)
    for path in write(found):
        print(path)
    print(f"{name} ({found.digest}); converged: {found.record.converged}")
    if name != CALIBRATED:
        print(f'The default holds "{CALIBRATED}": set CALIBRATED in core/calibrated.py to take this one.')


if __name__ == "__main__":
    main()
