"""The commands that run trials: one of them, one of them many times, and a programme of several."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .words import NOTICE, add_knowledge, check_own, command, listed, progress

_SHARE = "share of people"
_PEOPLE, _REPLICATES, _AGAIN = 4000, 200, 100
_MARKS = ("trial.json", "replicates.jsonl", "sample_size.json", "programme.json")
_OWN = ("record.json", "steps.json", "subjects.csv", "visits.csv", "tables", "report.html", "figures", "power.json")
_PEOPLE_A_DRAW = 400
_ALL = "power, null, null_with_belief, without_belief, assurance"


def add_commands(below: Any) -> None:
    """Adds `run`, `power` and `programme` to what `trial` can do."""
    one = _shared(command(below, "run", "run a trial once, with everything that it leaves behind", _run))
    one.add_argument("design", help="a name of `resynapse trial list`, or the path of a YAML file")
    one.add_argument("--report", action="store_true", help="also write report.html and figures into the folder")
    one.add_argument(
        "--replicates",
        type=int,
        default=_AGAIN,
        help=f"how often for prediction intervals, with --out; default {_AGAIN}",
    )
    many = _shared(
        command(below, "power", "run a trial many times: power, type I error, assurance, unblinding", _power)
    )
    many.add_argument("design", help="a name of `resynapse trial list`, or the path of a YAML file")
    many.add_argument("--conditions", type=listed, default=None, help=f"what is let act, of {_ALL}; default all")
    many.add_argument("--for", dest="wanted", type=float, metavar="POWER", help="search the sample size for a power")
    _replicated(many)
    several = _shared(
        command(below, "programme", "run several trials of a drug, and count how many are positive", _programme)
    )
    several.add_argument("design", nargs="+", help="designs, or `esketamine` for its five trials")
    _replicated(several)


def _shared(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
    told = f"simulated people; default {_PEOPLE}, with --draws {_PEOPLE_A_DRAW} under each draw"
    made.add_argument("--people-bank", type=int, help=told)
    add_knowledge(made, "replicates take them in turn")
    made.add_argument("--seed", type=int, default=1, help="seed of everything that is drawn; default 1")
    made.add_argument(
        "--out", type=Path, metavar="DIR", help="a folder for tables; a run that was cut off goes on there"
    )
    made.add_argument("--json", action="store_true", help="print JSON")
    made.add_argument(
        "--valence",
        type=float,
        default=0.0,
        help="let a good first experience carry the drug's effect: share per SD, -0.5 to 0.5; contested, off",
    )
    return made


def _replicated(made: argparse.ArgumentParser) -> None:
    made.add_argument("--replicates", type=int, default=_REPLICATES, help=f"how often; default {_REPLICATES}")
    made.add_argument("--workers", type=int, help="processes; default one a core")


def _run(words: argparse.Namespace) -> int:
    from ..core.errors import RequestError

    if words.report and words.out is None:
        raise RequestError("a report needs a folder", given="--report without --out", then="add --out runs/name")
    check_own(words.out, _MARKS, _OWN)
    with progress(quiet=words.json) as tell:
        tell("loading")
        found = _found(words, _asked(words, words.design), tell)
    return _said(words, found, _one(found))


def _found(words: argparse.Namespace, asked: Any, tell: Any) -> dict[str, Any]:
    """What the trial says; stored whole, and drawn, where a folder is named."""
    if words.out is None:
        from ..requests.trial_runs import run_trial

        return run_trial(asked, None, tell)
    from ..requests.trial_record import record_trial

    found = record_trial(asked, words.out, tell)
    if words.report:
        from ..requests.trial_report import trial_report

        tell("drawing the report")
        trial_report(words.out)
    return found


def _power(words: argparse.Namespace) -> int:
    check_own(words.out, _MARKS, _OWN)
    with progress(quiet=words.json) as tell:
        tell("loading")
        asked = _asked(words, words.design)
        from ..requests.trial_kept import kept, run_of
        from ..requests.trial_runs import power, sample_size
        from ..trial.run.power import CONDITIONS

        _check(words, tuple(CONDITIONS))
        if words.wanted is not None:
            file = words.out / "sample_size.json" if words.out else None
            run = run_of([asked], f"{words.wanted:g}")
            found = kept(lambda: sample_size(asked, words.wanted, tell), run, file)
            return _said(words, found, _sizes(found))
        found = power(asked, words.conditions or tuple(CONDITIONS), words.out, tell)
    return _said(words, found, _many(found, tuple(CONDITIONS)))


def _programme(words: argparse.Namespace) -> int:
    check_own(words.out, _MARKS, _OWN)
    with progress(quiet=words.json) as tell:
        tell("loading")
        asked = [_asked(words, name) for name in _designs_of(words.design)]
        from ..requests.trial_kept import kept, run_of
        from ..requests.trial_runs import programme

        name, file = " ".join(words.design), words.out / "programme.json" if words.out else None
        found = kept(lambda: programme(asked, name, tell), run_of(asked, name), file)
    return _said(words, found, _several(found))


def _designs_of(given: list[str]) -> tuple[str, ...]:
    """The designs of a programme: one on file by its name, or the designs that are named one by one.

    **Raises:** `RequestError` with the nearest name, programmes among them.
    """
    from ..core.errors import RequestError, nearest
    from ..trial.design.library import SUFFIXES, designs

    if len(given) == 1 and given[0] in _PROGRAMMES:
        return _PROGRAMMES[given[0]]
    for word in given:
        if word not in designs() and not word.endswith(SUFFIXES) and not Path(word).exists():
            allowed = (*_PROGRAMMES, *designs())
            near = nearest(word, allowed)
            then = "name a programme alone, or designs, or paths of files that end in .yaml"
            raise RequestError("no such programme or design", given=word, allowed=allowed, nearest=near, then=then)
    return tuple(given)


_PROGRAMMES = {"esketamine": ("transform_1", "transform_2", "transform_3", "sustain_1", "sustain_2")}


def _asked(words: argparse.Namespace, name: str) -> Any:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get into each other's way
    from ..core.solver import keep_compiled_code
    from ..requests.known import known
    from ..requests.trial_runs import Asked
    from ..trial.design.library import design

    keep_compiled_code()
    again = getattr(words, "replicates", 1)
    workers = getattr(words, "workers", None)
    doubt = known(words.calibration, words.draws, words.seed)
    people = (
        words.people_bank if words.people_bank is not None else (_PEOPLE if words.draws is None else _PEOPLE_A_DRAW)
    )
    return Asked(design(name), people, again, words.seed, workers, words.valence, name, doubt)


def _check(words: argparse.Namespace, allowed: tuple[str, ...]) -> None:
    """Refuse conditions that there are not, or that a search for a sample size does not ask about."""
    from ..core.errors import RequestError, nearest

    if words.conditions is None:
        return
    if words.wanted is not None:
        given = ", ".join(words.conditions)
        raise RequestError("a sample size is searched with everything let act", where="--conditions", given=given)
    for word in words.conditions or ("",):
        if word not in allowed:
            near = nearest(word, allowed)
            raise RequestError("no such condition", where="--conditions", given=word, allowed=allowed, nearest=near)


def _said(words: argparse.Namespace, found: dict[str, Any], lines: list[str]) -> int:
    if words.json:
        print(json.dumps(found, allow_nan=False))
        return 0
    print("\n".join([NOTICE, "", *lines, *(f"note: {one}" for one in found.get("notes", [])[1:])]))
    return 0


def _steps(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['title']}: {found['bank']['people']} people of {found['bank']['population']}"]
    for one in found["steps"]:
        low, high = one["interval"]["90"]
        words = f"{one['entered']} entered, {one['share']:.1%} remitted"
        lines.append(f"  {one['arm']}: {words}; 90 % of trials of {one['n']}: {low:.1%} to {high:.1%}")
    beside = [f"  published, {', '.join(one['of'])} ({one['role']}): {one['value']:.1%}" for one in found["published"]]
    return lines + beside


def _one(found: dict[str, Any]) -> list[str]:
    if "steps" in found:
        return _steps(found)
    flow = found["flow"]
    lines = [found["title"], f"{flow['screened']} looked at, {flow['randomised']} randomised"]
    for arm, own in flow["arms"].items():
        said = found["guesses"][arm]
        words = f"  {arm}: {own['randomised']} began, {own['completed']} completed, {own['rescued']} rescued"
        lines.append(f"{words}; guessed right {said['right']:.0%}, Bang {said['bang']:+.2f}")
    lines += [f"  {r['arm']}, {r['visit']}: {_against(r)}" for r in found["course"] if r["day"] > 0]
    for name, end in found["endpoints"].items():
        if "estimate" in end and end["estimate"] is not None:
            lines.append(f"{name}: {_estimated(end)}")
        else:
            lines.append(f"{name}: {end.get('refused') or 'described only'}")
    return lines


def _estimated(end: dict[str, Any]) -> str:
    """An estimate in its unit with interval and p-value; shares in percentage points."""
    from ..report.style import p_words

    low, high = (_bare(end[k], end["unit"]) for k in ("low", "high"))
    interval = f"{100 * end['level']:g} % CI {low} to {high}"
    quantity = end["quantity"].removeprefix(f"{end['unit']}, ")
    return f"{_sized(end['estimate'], end['unit'])} ({interval}), {p_words(end['p'])}; {quantity}"


def _against(r: dict[str, Any]) -> str:
    """A point of a course: against the baseline, or the score itself where people were well at randomisation."""
    if "change" in r:
        return f"change {r['change']:.1f} (SD {r['sd']:.1f}), response {r['response']:.0%}"
    return f"MADRS {r['mean']:.1f} (SD {r['sd']:.1f}), in remission {r['remission']:.0%}"


def _many(found: dict[str, Any], conditions: tuple[str, ...]) -> list[str]:
    lines = [f"{found['title']}: {found['replicates']} replicates, seed {found['seed']}"]
    for condition in (c for c in conditions if c in found):
        lines.append(condition.replace("_", " "))
        for one in found[condition]:
            positive = one["positive"]
            mean = "" if one["mean"] is None else f"; mean {_mean(one)}"
            share = f"{positive['value']:.1%} (SE {positive['error']:.1%}), against {one['against']['value']:.1%}"
            lines.append(f"  {one['endpoint']} ({one['role']}): positive {share}{mean}")
    units = {one["endpoint"]: one["unit"] for one in found.get("power", [])}
    for one in found.get("unblinding", []):
        if one["carried"] is not None:
            seen, without, carried = (_sized(one[k], units[one["endpoint"]]) for k in ("seen", "without", "carried"))
            error = _bare(one["error"], units[one["endpoint"]])
            lines.append(
                f"  belief carries {carried} (SE {error}) of {one['endpoint']}: {seen} seen, {without} without belief"
            )
    return lines


def _mean(one: dict[str, Any]) -> str:
    """The mean of estimates in their unit; of ratios, whose logarithms were averaged, the geometric mean."""
    from math import exp

    if "ratio" in one["unit"]:
        return f"geometric mean {exp(one['mean']):.3g}, {one['unit']} (SD of its logarithm {one['sd'] or 0:.3g})"
    return f"{_sized(one['mean'], one['unit'])} (SD {_bare(one['sd'] or 0.0, one['unit'])})"


def _sized(value: float, unit: str) -> str:
    """A number in its unit; shares in percentage points."""
    if "ratio" in unit:
        return f"{unit} {_bare(value, unit)}"
    return f"{_bare(value, unit)} {'percentage points' if unit == _SHARE else unit}"


def _bare(value: float | None, unit: str) -> str:
    """The number alone."""
    from ..report.style import number

    return number(100.0 * value if value is not None and unit == _SHARE else value)


def _sizes(found: dict[str, Any]) -> list[str]:
    lines = [f"  {one['n']} people: {one['power']:.1%} (SE {one['error']:.1%})" for one in found["tried"]]
    return [f"{found['design']}: {found['n'] or 'no number tried'} people for a power of {found['wanted']:.0%}", *lines]


def _several(found: dict[str, Any]) -> list[str]:
    lines = [f"  {one['design']}: positive {one['value']:.1%} (SE {one['error']:.1%})" for one in found["each"]]
    spread = [
        f"  {one['positive']} of {len(found['designs'])}: {one['value']:.1%} (SE {one['error']:.1%})"
        for one in found["number_positive"]
    ]
    return [f"programme {found['programme']}", *lines, "how many are positive", *spread]
