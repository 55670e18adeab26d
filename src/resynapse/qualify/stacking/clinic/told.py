"""The part of the page about trials in people: how explanations were calibrated, predictions and their bands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]
_TRUSTED, _MIXED = 0.7, 1.05
_SAME = 0.2  # points of MADRS between mean contrasts
_MARKS = ("k", "k of the normal law", "effective draws", "worst R-hat", "CPU s")
_SHARES = ("SD within, between", "of the variance between", "printed", "with equal weights")
_OTHERS = ("equal", "best alone", "left out")


def kinds(told: Record) -> Iterator[str]:
    """Stacking beside equal weights and beside the best explanation, for all studies and for each kind alone."""
    yield from _head("log score", "studies", "stacked, chosen on them", "stacked, left out", *_OTHERS)
    for name, count, s in _each(told):
        numbers = (s["average"], s["average_left_out"], s["equal"], s["best_alone"], s["best_left_out"])
        a, b, c, d, e = (f"{v:.1f}" for v in numbers)
        yield f"| {name} | {count} | {a} | {b} | {c} | {d} (`{s['best']}`) | {e} |"
    yield ""
    yield from _head("each study left out: stacked less", "equal weights", "the best of the others")
    for name, _, s in _each(told):
        yield f"| {name} | {_gain(s['over_equal'])} | {_gain(s['over_best'])} |"
    yield ""


def failures(told: Record) -> Iterator[str]:
    """What is weak about the clinical part."""
    clinic = told["alone"]["clinic"]
    most, one = max(clinic["hypotheses"].items(), key=lambda pair: pair[1]["weight"])
    yield (
        f"- By trials in people alone the heaviest is `{most}` with {one['weight']:.2f} ({one['low']:.2f} to "
        f"{one['high']:.2f}, studies drawn anew). `expectancy_only`, in which the drug does nothing for mood and "
        f"everything comes from belief, has {clinic['hypotheses']['expectancy_only']['weight']:.2f} and a log score of "
        f"{clinic['hypotheses']['expectancy_only']['log_score']:.1f}; the best alone, `{clinic['scores']['best']}`, "
        f"{clinic['scores']['best_alone']:.1f}."
    )
    worst = max(told["doubt"].items(), key=lambda pair: pair[1])
    yield (
        f"- The densities of trials are means over few draws: their Monte Carlo error (SD of the logarithm) reaches "
        f"{worst[1]:.2f} (`{worst[0]}`)."
    )
    runs = told.get("runs", {})
    bad = [n for n, r in runs.items() if (r["pareto_k"] or 0.0) >= _TRUSTED]
    loose = [n for n, r in runs.items() if r["worst_rhat_of_groups"] > _MIXED]
    twins = sorted({*_alike(told), *(n for n, r in runs.items() if not r["fitted"])})
    if len(twins) > 1:
        weight = sum(clinic["hypotheses"][n]["weight"] for n in twins)
        yield (
            f"- {_listed(twins)} hardly move anybody's mood in people at the doses given and say the same of trials: "
            f"belief does it all. What differs between their densities is Monte Carlo error; their {weight:.2f} by "
            "trials alone belongs to all of them together, and how it is shared means nothing."
        )
    if bad:
        yield f"- The chain's own weights could not be trusted (Pareto k of 0.7 or more), draws stayed: {_listed(bad)}."
    if loose:
        yield f"- Groups of draws that should agree did not quite (R-hat above {_MIXED:g}): {_listed(loose)}."


def _alike(told: Record) -> list[str]:
    """Explanations whose mean contrasts are those of belief alone."""
    contrasts = [told["clinical"][n]["hypotheses"] for n in ("contrast_24h", "contrast_day_27")]
    names = [n for n in told["hypotheses"] if "expectancy_only" in told["hypotheses"]]
    return [n for n in names if all(abs(c[n]["mean"] - c["expectancy_only"]["mean"]) < _SAME for c in contrasts)]


def calibrations(told: Record) -> Iterator[str]:
    """How each explanation's run went."""
    runs = told.get("runs", {})
    if not runs:
        return
    yield "## Calibrations on the clinic's build rows\n"
    yield (
        "The rows are those of [the clinic's stage](../calibration/clinic.md). Rivals take a quicker road than the "
        "default chain's own run: a smaller stand-in, the normal law around the top, annealed to the stand-in's "
        "posterior (sequential Monte Carlo), and weighed by the chain itself. *k* says how heavy the tails of these "
        "weights are (below 0.7 they are trusted); the normal law alone would have had the *k* beside it. R-hat "
        "compares four groups of draws that never mixed. None is called converged. `default_blend` is run the same "
        "way here, so that all are judged alike: 160 draws of a stand-in of 256 points and 32 people. Repeat with "
        "`python -m resynapse.calibrate.stages.clinic.rivals`, then `python -m resynapse.qualify.stacking.clinic`.\n"
    )
    yield from _head("explanation", "run", "values of the chain fitted", "unknowns", *_MARKS)
    for name, r in runs.items():
        k = "none needed" if r["pareto_k"] is None else f"{r['pareto_k']:.2f}{'' if r['put_right'] else ' (kept)'}"
        rest = f"{r['normal_law_pareto_k']:.2f} | {r['effective_draws']:.0f} | {r['worst_rhat_of_groups']:.3f}"
        yield (
            f"| `{name}` | `{r['run']}` ({r['digest']}) | {r['fitted']} | {r['unknowns']} | {k} | {rest} | "
            f"{r['cpu_seconds']} |"
        )
    yield ""


def predictions(told: Record) -> Iterator[str]:
    """Predictions on the clinical scale, averaged, with both bands."""
    yield "## On the clinical scale, averaged\n"
    yield (
        "Weighed by all studies. The band *within* is what would be left if all explanations agreed on the mean; the "
        "band *between* spans their means alone, each with its weight; the whole band holds both. Each is of 90 %.\n"
    )
    yield from _head("prediction", "average", "90 % band", "within", "between", *_SHARES)
    for one in told["clinical"].values():
        sds = f"{one['sd_within']:.2f}, {one['sd_between']:.2f}"
        seen = "" if one["seen"] is None else f"{one['seen']:g}"
        bands = " | ".join(_to(one[name]) for name in ("band", "within", "between"))
        equal = f"{one['equal']['mean']:.2f} ({_to(one['equal']['band'])})"
        yield (
            f"| {one['words']} ({one['unit']}) | {one['mean']:.2f} | {bands} | {sds} | {100 * one['share']:.0f} % | "
            f"{seen} | {equal} |"
        )
    yield ""
    names = list(told["clinical"])
    yield from _head("explanation", *(n.replace("_", " ") for n in names))
    for name in sorted(told["hypotheses"], key=lambda n: -told["hypotheses"][n]["weight"]):
        each = (told["clinical"][p]["hypotheses"][name] for p in names)
        cells = " | ".join(f"{e['mean']:.2f} ({e['low']:.2f} to {e['high']:.2f})" for e in each)
        yield f"| `{name}` | {cells} |"
    yield ""


def _each(told: Record) -> Iterator[tuple[str, int, Record]]:
    yield "all studies", len(told["studies"]), told["scores"]
    words = {"mechanism": "mechanism alone", "clinic": "trials in people alone"}
    yield from ((words[kind], one["studies"], one["scores"]) for kind, one in told["alone"].items())


def _head(*columns: str) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "| --- " * len(columns) + "|"


def _gain(one: Record) -> str:
    return f"{one['sum']:+.1f} (SE {one['se']:.1f})"


def _to(band: list[float]) -> str:
    return f"{band[0]:.2f} to {band[1]:.2f}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)
