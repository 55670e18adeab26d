"""Claims C02 and C03: how long one dose lasts, dose by dose, and the few whom it leaves well for months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...chains import anchored, default_chain
from ...dose import Regimen
from ...mood import rules
from ...person import population
from ...person.basin import STRESS, basins
from ...report.claim_figure import Curves, Mark, Panel, Ribbon, Row, Rows
from ...trial.design import Design
from ...trial.design.library import design
from ...trial.run import scaled
from ..answer import Answer
from ..answering.band import Band
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked, Crowd, crowd
from .running import FADES, Runs, looked_at, people, replicates, trial
from .words import drawn, ends, run, seen_words

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
POPULATION = "trd_academic"
_ONCE, _SIX = "once", "3 times a week for 2 weeks"
_LAST = {_ONCE: 0.0, _SIX: 11.0}
_DOSES = ("0.1 mg/kg", "0.2 mg/kg", "0.5 mg/kg", "1.0 mg/kg")
_FOLLOWED, _FAR = 60, 196
_SHOWN = (7.0, 14.0, 28.0)
_MANY = 4000
_WELL = (90.0, 182.0)
_NOTHING = "0.05 mg/kg"  # the least that is let through; despair falls by less than a hundredth
_LAST_OF = {"once": 0.0, "six": 11.0, "nothing": 0.0}
_TITLES = {"once": "one infusion", "six": "six infusions", "nothing": f"one of {_NOTHING}, without effect"}
_SALLOUM = {"0.1 mg/kg": "0p1", "0.5 mg/kg": "0p5", "1.0 mg/kg": "1p0"}
_TRAITS = {
    "load": "mean load of life",
    "rho": "rumination (strength of the feedback)",
    "age": "age",
    "madrs_baseline": "MADRS at the start",
    "prior_failures": "failed antidepressants",
    "val66met": "BDNF Val66Met",
    "bmi": "body mass index",
}


@dataclass(frozen=True, eq=False)
class Lasting:
    """What became of many people: who responded, and days from the last dose to relapse (infinite: none was seen)."""

    responded: Flags
    days: Floats
    crowd: Crowd

    @property
    def of_responders(self) -> Floats:
        """Days to relapse of those who responded."""
        return self.days[self.responded]

    def relapsed_by(self, day: float) -> float:
        """The share of responders who have relapsed by a day (%)."""
        own = self.of_responders
        return 100.0 * float(np.mean(own <= day)) if own.size else float("nan")

    @property
    def median(self) -> float:
        """Days after which half of the responders have relapsed; infinite where fewer do."""
        return float(np.quantile(self.of_responders, 0.5, method="higher")) if self.responded.any() else float("nan")


def one_or_two_weeks(terms: Terms) -> Answer:
    """The answer to claim C02: time to relapse after one dose, dose by dose."""
    name = terms.population or POPULATION
    found = {d: _lasting(Asked(name, people(terms), terms.seed, True), d, _ONCE, _FOLLOWED) for d in _DOSES}
    six = _lasting(Asked(name, people(terms), terms.seed, True), "0.5 mg/kg", _SIX, 110)
    runs = Runs(trial(_measured(name), terms), replicates(terms, 60))
    relapse = {d: _measured_relapse(runs, f"ketamine {d.split()[0]}") for d in _DOSES}
    observed = {
        d: rows(study="salloum2019", arm=f"relapse_among_day_3_responders_{w}_mg_kg")[0] for d, w in _SALLOUM.items()
    }
    after_six = rows(study="murrough2013b", quantity="relapse")
    share = {d: 100 * float(f.responded.mean()) for d, f in found.items()}
    sentences = (
        "By despair, half of the ill level or less being response and two thirds of it for five days relapse, one dose "
        f"brings response in {_each(share)} of people at {_DOSES[0].split()[0]}, 0.2, 0.5 and 1.0 mg/kg, and of the "
        f"responders {_each({d: f.relapsed_by(14.0) for d, f in found.items()})} have relapsed within two weeks "
        f"(half of "
        f"them after {_days(found['0.5 mg/kg'].median)} at 0.5 and {_days(found['1.0 mg/kg'].median)} at 1.0 mg/kg); "
        f"after "
        f"six infusions of 0.5 mg/kg half relapse after {_days(six.median)}.",
        f"On the measured score (MADRS of 22 or more at day 14 among those with half of it gone at day 3) trials of "
        f"100 "
        f"people an arm give {'; '.join(f'{Band.of(v).words(chr(37))} at {d}' for d, v in relapse.items())}: hope, "
        f"care and "
        "a lasting nonspecific fall hold people up that the drug no longer does, most of all after low doses, whose "
        "responders did not respond to the drug; "
        "by despair a larger dose lasts longer, because it starts from further below, on the measured score it does "
        "not.",
        f"Published: {told([*observed.values(), *after_six])}; the weeks after six infusions agree, and by despair "
        f"the order "
        "of 0.5 and 1.0 mg/kg; the days after one dose of 0.5 mg/kg are too few, and that responders to 0.1 mg/kg "
        "relapse most "
        "is missed on the measured score.",
    )
    doubt = (
        f"{drawn(people(terms), name, terms)}; life's load changes from week to week; "
        f"{run(runs.count, people(terms), name, terms)}; "
        f"{FADES}; the rule on despair is assumed."
    )
    details = {
        "responded_percent": share,
        "relapsed_percent_of_responders": {
            d: {f"{t:g}": _plain(f.relapsed_by(t)) for t in _SHOWN} for d, f in found.items()
        },
        "median_days": {d: _plain(f.median) for d, f in found.items()} | {"six of 0.5 mg/kg": _plain(six.median)},
        "measured_relapse_day_14_percent": {d: Band.of(v).record for d, v in relapse.items()},
        "observed": records([*observed.values(), *after_six]),
    }

    def panels() -> tuple[Panel, ...]:
        days = np.arange(0.0, 57.0)
        shown = [Ribbon(f"one dose of {d}", days, *_curve(f, days)) for d, f in found.items() if f.responded.sum() > 9]
        shown.append(Ribbon("six of 0.5 mg/kg", days, *_curve(six, days)))
        curves = Curves(
            "Relapse among responders, by despair; band, 90 % by chance alone",
            "days since the last dose",
            "relapsed, % of responders",
            tuple(shown),
            (Mark(float(after_six[0].value or 0.0), f"{after_six[0].study.name}, six infusions: median", 50.0),),
            rest=50.0,
        )
        lines = tuple(
            Row(d, *ends(v), seen_words(observed[d], " %", 100) if d in observed else "") for d, v in relapse.items()
        )
        measured = Rows("MADRS of 22 or more at day 14, of responders at day 3", "% of responders", lines, None)
        return curves, measured

    foot = f"{people(terms)} people of {name}, {runs.count} replicates, seed {terms.seed}. Red: observed."
    return Answer(claim("C02"), sentences, doubt, details, lambda: figure("C02", panels(), terms, foot))


def months(terms: Terms) -> Answer:
    """The answer to claim C03: how many stay well for months after one dose, and what they have in common."""
    name, count = terms.population or POPULATION, people(terms, _MANY)
    asked = Asked(name, count, terms.seed, True)
    once = _lasting(asked, "0.5 mg/kg", _ONCE, _FAR)
    none = _lasting(asked, _NOTHING, _ONCE, _FAR)
    six = _lasting(asked, "0.5 mg/kg", _SIX, _FAR)
    far, other = _far(once), once.responded & ~_far(once)
    apart = {k: _apart(once.crowd.covariates[k], far, other) for k in _TRAITS}
    two = _two(name, count, terms)
    shares = {
        k: 100 * float(two[who].mean()) for k, who in (("far", far), ("others", other), ("everybody", two | True))
    }
    named = {"once": once, "six": six, "nothing": none}
    kept = {k: {d: _stay(f, d) for d in _WELL} for k, f in named.items()}
    well = {k: 100 * float(np.mean(f.crowd["despair"][:, -14] < rules()["despair"].relapse)) for k, f in named.items()}
    observed = [o for o in rows(study="daly2018", quantity="response") if (o.time or 0) > 100]
    observed += [o for o in rows(study="shivanekar2022", quantity="madrs_total") if (o.time or 0) >= 90]
    largest = max(apart, key=lambda k: abs(apart[k]))
    sentences = (
        f"Of {count} people {kept['once'][90.0]:.1f} % respond to one infusion of 0.5 mg/kg and have not relapsed "
        f"after 90 "
        f"days, {kept['once'][182.0]:.1f} % after 182 (six infusions: {kept['six'][90.0]:.1f} and "
        f"{kept['six'][182.0]:.1f} %); at 182 days {well['once']:.1f} % are below the level of relapse after one "
        f"infusion and "
        f"{well['nothing']:.1f} % after a dose without effect ({_NOTHING}), because life's load changes by itself.",
        f"These people share a cause: beside responders who relapse they differ most in {_TRAITS[largest]} "
        f"({apart[largest]:+.1f} SD of everybody; mean load {apart['load']:+.1f}, rumination {apart['rho']:+.1f}), "
        f"hardly in "
        f"age ({apart['age']:+.1f}) or failed drugs ({apart['prior_failures']:+.1f}), and {shares['far']:.0f} % of "
        f"them have "
        f"two lasting states against {shares['others']:.0f} % of the others; strong feedback under a low load is "
        f"what the "
        "tail needs here, and that feedback is assumed.",
        f"No trial counts this tail after one dose; beside it stand the published weeks and months after repeated "
        f"doses "
        f"({told(observed)}) and case reports, which cannot tell a lasting effect from an episode that ended by "
        f"itself.",
    )
    doubt = (
        f"{drawn(count, name, terms)}; the tail holds {int(far.sum())} people (standard error "
        f"{100 * _error(_stay(once, 182.0) / 100, count):.2f} points at 182 days); {FADES}, so that the tail is thin "
        f"here; two "
        "lasting states have been measured in nobody."
    )
    details = {
        "people": count,
        "below_relapse_at_182_days_percent": well,
        "still_well_percent": {k: {f"{d:g}": v for d, v in own.items()} for k, own in kept.items()},
        "apart_in_sd": apart,
        "two_lasting_states_percent": shares,
        "people_in_the_tail": int(far.sum()),
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        days = np.arange(0.0, 183.0, 2.0)
        shown = tuple(Ribbon(_TITLES[k], days, *_still(f, days)) for k, f in named.items())
        curves = Curves(
            "Responded and not relapsed; band, 90 % by chance alone",
            "days since the last dose",
            "% of everybody",
            shown,
        )
        level = {
            k: np.array(
                [
                    100 * np.mean(f.crowd.at("despair", 24.0 * (d + _LAST_OF[k])) < rules()["despair"].relapse)
                    for d in days[1:]
                ]
            )
            for k, f in named.items()
        }
        below = Curves(
            "Below the level of relapse, whoever responded",
            "days since the last dose",
            "% of everybody",
            tuple(Ribbon(_TITLES[k], days[1:], *_chance(v, count)) for k, v in level.items()),
            y_range=(0.0, 40.0),
        )
        error = 1.64 * np.sqrt(1.0 / max(far.sum(), 1) + 1.0 / max(other.sum(), 1))
        lines = tuple(Row(_TRAITS[k], v - error, v, v + error) for k, v in apart.items())
        traits = Rows("Well at 90 days beside responders who relapsed", "difference, SDs of everybody", lines)
        return curves, below, traits

    foot = f"{count} people of {name}, seed {terms.seed}. Nothing observed counts this after one dose."
    return Answer(claim("C03"), sentences, doubt, details, lambda: figure("C03", panels(), terms, foot))


def _lasting(asked: Asked, dose: str, schedule: str, days: int) -> Lasting:
    last = 24.0 * _LAST[schedule]
    hours = np.unique([0.0, *np.arange(last + 24.0, 24.0 * days + 1.0, 24.0)])
    given = Regimen("ketamine", "iv", dose, "40 min", schedule=schedule, days=float(days))
    found = crowd(asked, given, hours, ("despair",))
    rule = rules()["despair"]
    answered = rule.responds(found["despair"]) & (found.hours > last)
    since = np.where(answered.any(axis=1), found.hours[answered.argmax(axis=1)], np.inf)
    ill = rule.relapses(found["despair"], found.hours) & (found.hours > since[:, None])
    times = np.where(ill.any(axis=1), (found.hours[ill.argmax(axis=1)] - last) / 24.0, np.inf)
    early = answered[:, : int(np.searchsorted(found.hours, last + 24.0 * 3 + 1.0))].any(axis=1)
    return Lasting(np.asarray(early), times, found)


def _measured(name: str) -> Design:
    changed = looked_at(scaled(design("fava_2020"), 500), (0.0, 1.0, 3.0, 7.0, 14.0, 28.0))
    return changed.model_copy(update={"population": name})


def _measured_relapse(runs: Runs, arm: str) -> Floats:
    """Of those with half of the score gone at day 3, the share with 22 or more at day 14 (%), by replicate."""
    early, late = runs.at(3.0), runs.at(14.0)
    found = []
    for score in runs.scores[arm]:
        well = score[:, early] <= 0.5 * score[:, 0]
        found.append(100.0 * float(np.mean(score[well, late] >= rules()["madrs_total"].relapse)) if well.any() else 0.0)
    return np.array(found)


def _far(found: Lasting) -> Flags:
    return found.responded & (found.days > _WELL[0])


def _stay(found: Lasting, day: float) -> float:
    return 100.0 * float(np.mean(found.responded & (found.days > day)))


def _two(name: str, count: int, terms: Terms) -> Flags:
    chosen = population(name).sample(count, terms.seed)
    chain = default_chain("human")
    own = anchored(chain.with_values(chosen.values(chain)))
    return np.asarray(basins(own, ("despair",), STRESS[::2]).two(chosen.covariates["load"]))


def _apart(values: Floats, some: Flags, others: Flags) -> float:
    return float((values[some].mean() - values[others].mean()) / values.std()) if some.any() else 0.0


def _error(share: float, n: int) -> float:
    return float(np.sqrt(max(share * (1.0 - share), 1e-9) / max(n, 1)))


def _curve(found: Lasting, days: Floats) -> tuple[Floats, Floats, Floats]:
    return _chance(np.array([found.relapsed_by(d) for d in days]), int(found.responded.sum()))


def _still(found: Lasting, days: Floats) -> tuple[Floats, Floats, Floats]:
    return _chance(np.array([_stay(found, d) for d in days]), len(found.days))


def _chance(share: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    error = 164.0 * np.sqrt(share / 100 * (1 - share / 100) / max(n, 1))
    return np.maximum(share - error, 0.0), share, np.minimum(share + error, 100.0)


def _each(values: Mapping[str, float]) -> str:
    words = [f"{v:.0f} %" if np.isfinite(v) else "none" for v in values.values()]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _days(value: float) -> str:
    return f"{value:.0f} days" if np.isfinite(value) else "longer than was watched"


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
