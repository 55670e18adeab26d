"""The page of a virtual trial: one self-contained HTML file, drawn from what the run stored."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from .figures import saved
from .page import asset, templates
from .population_page import POLICY
from .sections import SHOWN, assumption_row, web_address
from .style import BANNER, number
from .trial import TrialResult, between, with_interval
from .trial_courses import draw_courses, drawn_points
from .trial_events import draw_events, events_of
from .trial_flow import draw_flow
from .trial_forest import contrasts, draw_forest, of_arms
from .trial_spread import draw_spread, falls
from .trial_tables import Table, answer_table, event_table, guess_table, lead_in_table, published_table, repeated_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FIRST = {"Assumed, not read": "Assumed of the design, not read", "Limits of this release": "Limits of this release"}
_VARY = "chance, differences between trials, ranges of the placebo layer"
_LATER = ("What was published", "Left out of this document")


@dataclass(frozen=True, eq=False)
class Plate:
    """A part of the page: a heading, what it says, a figure where there is one, and tables."""

    name: str
    title: str
    text: str
    figure: Figure | None = None
    tables: tuple[Table, ...] = ()


def write_trial(trial: TrialResult, folder: Path) -> Path:
    """Writes `report.html` and `figures/` into the folder of a trial, and returns the path of the page."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    parts = plates(trial)
    pictures = {}
    for part in parts:
        if part.figure is not None:
            _, vector = saved(part.figure, folder / "figures" / part.name)
            pictures[part.name] = base64.b64encode(vector.read_bytes()).decode("ascii")
    page = folder / "report.html"
    page.write_text(_rendered(trial, parts, pictures), encoding="utf-8")
    return page


def plates(trial: TrialResult) -> tuple[Plate, ...]:
    """Every part of the page after the assumptions, in the order of reading."""
    return (
        _flow(trial),
        *_beside(trial),
        _courses(trial),
        *_forests(trial),
        *_events(trial),
        *_people(trial),
        *_models(trial),
    )


def _flow(trial: TrialResult) -> Plate:
    flow = trial.told["flow"]
    looked = f"{flow['screened']} people were looked at, {flow['not_let_in']} were not let in"
    text = f"{looked}, {flow['randomised']} randomised."
    return Plate("flow", "Who took part", text, draw_flow(trial))


def _beside(trial: TrialResult) -> list[Plate]:
    found = published_table(trial)
    if found is None:
        return [Plate("published", "Simulated beside published", "Nothing that was published belongs to this design.")]
    draws = int(trial.told.get("calibration", {}).get("draws", 1))
    drug = f"by {draws} draws of a calibration is in it too" if draws > 1 else "is not"
    text = (
        "A prediction interval holds 95 % of replicates of the whole trial, with as many people as here; what differs "
        f"between trials and what is unknown of the placebo layer is in it, what is unknown of the drug's effect {drug}"
        ". Rows whose role is `verify` were not used to build or fit anything."
    )
    return [Plate("published", "Simulated beside published", text, None, (found,))]


def _courses(trial: TrialResult) -> Plate:
    points = len(drawn_points(trial))
    text = (
        "Means of this one trial with 95 % intervals (normal, people seen at the visit), in the 95 % band of the means "
        "of all replicates. "
        + (
            f"{points} published means stand beside them as open squares."
            if points
            else "No published mean belongs on these axes."
        )
    )
    return Plate("courses", "Time courses", text, draw_courses(trial))


def _forests(trial: TrialResult) -> list[Plate]:
    found = []
    answers = (answer_table(trial),)
    lines, arms = contrasts(trial), of_arms(trial)
    words = "Each row: this trial, the 95 % prediction interval of replicates, and the published estimate if any."
    figure = draw_forest(trial, lines, f"Contrasts: {trial.design['name']}") if lines else None
    found.append(Plate("forest", "Contrasts", words if lines else "No contrast could be estimated.", figure, answers))
    if arms:
        title = f"Single arms: {trial.design['name']}"
        words = (
            "What was published of single arms. Shares and means here are those of the people who entered the endpoint."
        )
        found.append(Plate("arms", "Single arms", words, draw_forest(trial, arms, title)))
    return found


def _events(trial: TrialResult) -> list[Plate]:
    found = []
    for i, times in enumerate(events_of(trial)):
        text = f"Endpoints: {', '.join(times.endpoints)}. Who stops treatment is no longer watched for this event."
        found.append(Plate(f"events-{i + 1}", "Time to an event", text, draw_events(trial, times)))
    return found


def _people(trial: TrialResult) -> list[Plate]:
    told = trial.design["masking"]["told"]
    guesses = (
        "Belief is inferred from what people feel and what they were told"
        + (f" ({told})" if told else "")
        + ". Bang's index is 1 where everybody knows, 0 where people guess as by chance, −1 where all believe wrongly."
    )
    found = [
        Plate("guesses", "What people thought they had", guesses, None, (guess_table(trial),)),
        Plate(
            "adverse-events",
            "Adverse events",
            "Only what the chain can say is counted: dizziness, nausea and sedation after a session, and dissociation "
            "(CADSS). Nothing else is simulated.",
            None,
            tuple(table for table in (event_table(trial), lead_in_table(trial)) if table),
        ),
    ]
    spread = falls(trial)
    if spread:
        text = (
            "Those who were seen at the visit. Intercurrent events are not handled here: that is what the endpoints do."
        )
        found.append(Plate("spread", "Differences between people", text, draw_spread(trial, spread)))
    return found


def _models(trial: TrialResult) -> list[Plate]:
    found = tuple(repeated_tables(trial))
    text = "One fit an endpoint; the endpoint itself is the difference at its own visit."
    return [Plate("models", "Mixed models in full", text, None, found)] if found else []


def _rendered(trial: TrialResult, parts: tuple[Plate, ...], pictures: Mapping[str, str]) -> str:
    blocks = {title: lines for title, lines in trial.record["sections"]}
    context: dict[str, Any] = {
        "banner": BANNER,
        "policy": POLICY,
        "styles": asset("report.css"),
        "title": trial.title,
        "summary": _summary(trial),
        "facts": _facts(trial),
        "first": [(words, blocks[title]) for title, words in _FIRST.items() if blocks.get(title)],
        "assumptions": [assumption_row(a) for a in trial.record["assumptions"]],
        "shown": SHOWN,
        "notes": trial.told["notes"][1:],
        "synopsis": trial.design["synopsis"].strip(),
        "blocks": [(t, lines) for t, lines in blocks.items() if lines and t not in (*_FIRST, *_LATER)],
        "left_out": blocks.get("Left out of this document", []),
        "parts": parts,
        "pictures": pictures,
        "sources": [{**s, "url": web_address(s.get("url") or "")} for s in trial.record["sources"]],
        "command": _command(trial),
    }
    return templates().get_template("trial.html.j2").render(context)


def _command(trial: TrialResult) -> str:
    """What makes the same again; a design of one's own is named by the path that was given."""
    word = quote(trial.record.get("given") or trial.design["name"])
    told, count = trial.told, trial.record["replicates"]["count"]
    drawn = f"--people-bank {told['bank']['people']} --seed {told['seed']} --replicates {count}"
    return f"resynapse trial run {word} {drawn} --out FOLDER --report"


def _summary(trial: TrialResult) -> str:
    """The primary answer, the published one beside it, and how many published numbers are missed."""
    said = []
    end = trial.primary
    if end is not None:
        said.append(_primary(trial, str(end["endpoint"])))
    rows = trial.record["published"]
    missed = sum(one["verdict"] == "miss" for one in rows)
    if rows:
        said.append(f"{missed} of {len(rows)} published numbers lie outside the prediction interval.")
    return " ".join(said)


def _primary(trial: TrialResult, name: str) -> str:
    found = trial.answer(name)
    if found.get("estimate") is None:
        return (
            f"The primary endpoint, {name}, has no estimate: {found.get('refused') or 'it was described, not tested'}."
        )
    estimate = with_interval(found["estimate"], found["low"], found["high"])
    told = (trial.primary or {})["predicted"]
    span = f"; replicates {between(told['low'], told['high'])}" if told["count"] else ""
    words = str(found["quantity"])
    return f"{name.capitalize()}: {estimate}{span} ({words})."


def _facts(trial: TrialResult) -> list[tuple[str, str]]:
    told, design = trial.told, trial.design
    made = [
        ("Design", f"{design['name']}, {design['kind'].replace('_', ' ')} ({trial.record['digest']})"),
        ("Published as", " ".join(x for x in (design["source"], design["registry"]) if x)),
        ("People", f"{told['flow']['randomised']} of a bank of {_bank(told['bank'])}"),
        ("Bank", told["bank"]["digest"]),
        ("Values of the score", told["score"]),
        ("Seed", str(told["seed"])),
        ("Replicates", f"{trial.record['replicates']['count']} ({_VARY})"),
        ("Resynapse", str(trial.record["resynapse"])),
    ]
    return [(name, value) for name, value in made if value]


def _bank(bank: Mapping[str, Any]) -> str:
    return f"{number(bank['people'], 9)} of {bank['population']}"
