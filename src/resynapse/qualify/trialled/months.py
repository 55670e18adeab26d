"""Claim C03: the few whom one dose leaves well for months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import anchored, default_chain
from ...evidence import Observation
from ...mood import rules
from ...person import population
from ...person.basin import STRESS, basins
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked
from .relapsing import ONCE, SIX, Lasting, by_chance, lasting
from .running import FADES, people
from .words import drawn

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
POPULATION = "trd_academic"
_FAR = 196
_MANY = 4000
_WELL = (90.0, 182.0)
_NOTHING = "0.05 mg/kg"  # the least that is let through; despair falls by less than a hundredth
_LAST_OF = {"once": 0.0, "six": 11.0, "nothing": 0.0}
_TITLES = {"once": "one infusion", "six": "six infusions", "nothing": f"one of {_NOTHING}, without effect"}
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
class Months:
    """Who stays well for months, and what they have in common."""

    terms: Terms
    name: str
    count: int
    named: Mapping[str, Lasting]
    apart: Mapping[str, float]
    shares: Mapping[str, float]
    observed: list[Observation]
    far: Flags
    other: Flags

    @cached_property
    def once(self) -> Lasting:
        """After one infusion."""
        return self.named["once"]

    @cached_property
    def kept(self) -> Mapping[str, Mapping[float, float]]:
        """Who has responded and not relapsed by some days, of everybody (%)."""
        return {k: {d: _stay(f, d) for d in _WELL} for k, f in self.named.items()}

    @cached_property
    def well(self) -> Mapping[str, float]:
        """Who is below the level of relapse in the end (%)."""
        return {
            k: 100 * float(np.mean(f.crowd["despair"][:, -14] < rules()["despair"].relapse))
            for k, f in self.named.items()
        }

    @cached_property
    def largest(self) -> str:
        """The trait in which they differ most."""
        return max(self.apart, key=lambda k: abs(self.apart[k]))

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            f"Of {self.count} people {self.kept['once'][90.0]:.1f} % respond to one infusion of 0.5 mg/kg and have "
            f"not relapsed after 90 days, {self.kept['once'][182.0]:.1f} % after 182 (six infusions: "
            f"{self.kept['six'][90.0]:.1f} and {self.kept['six'][182.0]:.1f} %); at 182 days "
            f"{self.well['once']:.1f} % are below the level of relapse after one infusion and "
            f"{self.well['nothing']:.1f} % after a dose without effect ({_NOTHING}), because life's load changes "
            "by itself.",
            "These people share a cause: beside responders who relapse they differ most in "
            f"{_TRAITS[self.largest]} ({self.apart[self.largest]:+.1f} SD of everybody; mean load "
            f"{self.apart['load']:+.1f}, rumination {self.apart['rho']:+.1f}), hardly in age "
            f"({self.apart['age']:+.1f}) or failed drugs ({self.apart['prior_failures']:+.1f}), and "
            f"{self.shares['far']:.0f} % of them have two lasting states against {self.shares['others']:.0f} % of "
            "the others; strong feedback under a low load is what the tail needs here, and that feedback is "
            "assumed.",
            "No trial counts this tail after one dose; beside it stand the published weeks and months after "
            f"repeated doses ({told(self.observed)}) and case reports, which cannot tell a lasting effect from an "
            "episode that ended by itself.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(self.count, self.name, self.terms)}; the tail holds {int(self.far.sum())} people (standard "
            f"error {100 * _error(_stay(self.once, 182.0) / 100, self.count):.2f} points at 182 days); {FADES}, so "
            "that the tail is thin here; two lasting states have been measured in nobody."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "people": self.count,
            "below_relapse_at_182_days_percent": self.well,
            "still_well_percent": {k: {f"{d:g}": v for d, v in own.items()} for k, own in self.kept.items()},
            "apart_in_sd": self.apart,
            "two_lasting_states_percent": self.shares,
            "people_in_the_tail": int(self.far.sum()),
            "observed": records(self.observed),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        days = np.arange(0.0, 183.0, 2.0)
        shown = tuple(Ribbon(_TITLES[k], days, *_still(f, days)) for k, f in self.named.items())
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
            for k, f in self.named.items()
        }
        below = Curves(
            "Below the level of relapse, whoever responded",
            "days since the last dose",
            "% of everybody",
            tuple(Ribbon(_TITLES[k], days[1:], *by_chance(v, self.count)) for k, v in level.items()),
            y_range=(0.0, 40.0),
        )
        error = 1.64 * np.sqrt(1.0 / max(self.far.sum(), 1) + 1.0 / max(self.other.sum(), 1))
        lines = tuple(Row(_TRAITS[k], v - error, v, v + error) for k, v in self.apart.items())
        traits = Rows("Well at 90 days beside responders who relapsed", "difference, SDs of everybody", lines)
        return curves, below, traits

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        return (
            f"{self.count} people of {self.name}, seed {self.terms.seed}. Nothing observed counts this after one dose."
        )


def months(terms: Terms) -> Answer:
    """The answer to claim C03: how many stay well for months after one dose, and what they have in common."""
    name, count = terms.population or POPULATION, people(terms, _MANY)
    asked = Asked(name, count, terms.seed, True)
    once = lasting(asked, "0.5 mg/kg", ONCE, _FAR)
    none = lasting(asked, _NOTHING, ONCE, _FAR)
    six = lasting(asked, "0.5 mg/kg", SIX, _FAR)
    far, other = _far(once), once.responded & ~_far(once)
    apart = {k: _apart(once.crowd.covariates[k], far, other) for k in _TRAITS}
    two = _two(name, count, terms)
    shares = {
        k: 100 * float(two[who].mean()) for k, who in (("far", far), ("others", other), ("everybody", two | True))
    }
    named = {"once": once, "six": six, "nothing": none}
    observed = [o for o in rows(study="daly2018", quantity="response") if (o.time or 0) > 100]
    observed += [o for o in rows(study="shivanekar2022", quantity="madrs_total") if (o.time or 0) >= 90]
    said = Months(
        terms=terms,
        name=name,
        count=count,
        named=named,
        apart=apart,
        shares=shares,
        observed=observed,
        far=far,
        other=other,
    )
    return Answer(
        claim("C03"), said.sentences, said.doubt, said.details, lambda: figure("C03", said.panels, terms, said.foot)
    )


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


def _still(found: Lasting, days: Floats) -> tuple[Floats, Floats, Floats]:
    return by_chance(np.array([_stay(found, d) for d in days]), len(found.days))
