"""Who benefits: which measured covariates order people, and how much of the spread can be known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ...core.chance import normals
from ...dose import Regimen
from ...evidence import Observation
from ...report.claim_figure import Panel, Row, Rows
from ...report.crosses import Cross, Crosses
from ..answering.seen import records, rows, told
from .benefit import SCORE, noise
from .burden import facts
from .many import Many
from .settling import Study, settled
from .weighed import Listing, Weighed, band_record, banded, ends

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
QUESTION = "Who benefits: does anything that can be measured beforehand order people?"
PEOPLE = 500
_GIVEN = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", "once", 7.0)
_HOURS = (0.0, 0.667, 24.0, 168.0)
_THIRDS = {
    "madrs_baseline": "MADRS at the start",
    "load": "load of life",
    "bmi": "body mass index",
    "age": "age",
    "prior_failures": "failed antidepressants",
    "rho": "rumination",
}
_YES = {"family_history_alcohol": ("family history of alcohol use disorder", 1.0), "val66met": ("BDNF Met/Met", 2.0)}
_CONTESTED = ("family_history_alcohol", "val66met", "bmi")
_SURE = float(ndtri(1.0 - 0.05 / (2 * (len(_THIRDS) + len(_YES)))))
"""Standard deviations beyond which one of so many covariates is not there by chance, five in a hundred times."""


@dataclass(frozen=True, eq=False)
class Apart:
    """How far two groups lie apart, draw by draw, with the chance of whom was drawn in it.

    **Arguments:** `fall` in points at 24 h, `share` in percent of the start, `cadss` in points; `groups` say who.
    """

    words: str
    groups: str
    fall: Floats
    share: Floats
    cadss: Floats

    @property
    def sure(self) -> bool:
        """Whether relief (% of the start) differs beyond chance, although all covariates are asked at once."""
        return abs(float(np.mean(self.share))) > _SURE * float(np.std(self.share))


def who_benefits(many: Many, seed: int) -> Weighed:
    """The answer for these people and draws."""
    read = many.under(_GIVEN, _HOURS, (SCORE, "cadss_total"))
    start, fall = read[SCORE][..., 0], read[SCORE][..., 0] - read[SCORE][..., 2]
    cadss = read["cadss_total"][..., 1]
    found = _groups(many, fall, 100 * fall / start, cadss, seed)
    known = explained(np.stack([many.covariates[k] for k in (*_THIRDS, *_YES)], axis=1), 100 * fall / start)
    observed = _observed()
    sure = [a.words for a in found.values() if a.sure]
    return Weighed(
        "who benefits",
        QUESTION,
        f"All covariates that can be measured beforehand explain {banded(100 * known, '%')} of how far people's relief "
        f"(in percent of the start) differs after 0.5 mg/kg: {_orders(sure)}.",
        "this share",
        (_brings(found, fall), _costs(found, fall), _seen(observed)),
        settled(100 * known, _studies(many, found, fall, known), seed),
        _panels(found, known),
        (_listing(found),),
        _details(found, known, sure, observed),
        many,
        (
            "bands hold the chance of whom was drawn too",
            "family history and failed drugs move nothing in this model, by choice; Met/Met acts as in mice, which "
            "people have not "
            "shown; between people nothing else differs from receptor to brain, because nobody measured it",
        ),
    )


def explained(covariates: Floats, outcome: Floats) -> Floats:
    """The share of the spread between people (draws) that a straight line in all covariates explains, adjusted."""
    varied = covariates[:, covariates.std(axis=0) > 0]
    columns = np.column_stack([np.ones(len(varied)), (varied - varied.mean(0)) / varied.std(0)])
    weights, *_ = np.linalg.lstsq(columns, outcome.T, rcond=None)
    left = ((outcome.T - columns @ weights) ** 2).sum(axis=0)
    plain = ((outcome.T - outcome.T.mean(axis=0)) ** 2).sum(axis=0)
    n, k = columns.shape
    return np.asarray(1.0 - left / np.maximum(plain, 1e-12) * (n - 1) / max(n - k, 1))


def _groups(many: Many, fall: Floats, share: Floats, cadss: Floats, seed: int) -> dict[str, Apart]:
    """High third less low third of each covariate, or those who have something less those who have not."""
    found = {}
    for name, words in _THIRDS.items():
        low, high = np.quantile(many.covariates[name], (1 / 3, 2 / 3))
        ends_ = many.covariates[name] >= high, many.covariates[name] <= low
        found[name] = _apart((words, "highest less lowest third"), ends_, (fall, share, cadss), (seed, name))
    for name, (words, level) in _YES.items():
        has = many.covariates[name] >= level
        found[name] = _apart((words, "with less without"), (has, ~has), (fall, share, cadss), (seed, name))
    return {name: one for name, one in found.items() if one is not None}


def _apart(
    words: tuple[str, str], who: tuple[Flags, Flags], read: tuple[Floats, ...], stream: tuple[int | str, ...]
) -> Apart | None:
    """The difference of two groups; `None` where one of them has nobody to speak of."""
    if min(int(w.sum()) for w in who) < 2:
        return None
    return Apart(*words, *(_difference(values, who, (*stream, i)) for i, values in enumerate(read)))


def _difference(values: Floats, who: tuple[Flags, Flags], stream: tuple[int | str, ...]) -> Floats:
    one, other = (values[:, w] for w in who)
    error = np.sqrt(one.var(axis=1, ddof=1) / one.shape[1] + other.var(axis=1, ddof=1) / other.shape[1])
    chance = normals(("who benefits", *stream), range(len(values)))
    return np.asarray(one.mean(axis=1) - other.mean(axis=1) + error * chance)


def _orders(sure: Sequence[str]) -> str:
    if not sure:
        return "none of them orders people beyond chance and doubt, and nobody can be chosen or left out by them"
    return f"{', '.join(sure)} orders people beyond chance and doubt, nothing else does"


def _brings(found: Mapping[str, Apart], fall: Floats) -> str:
    each = "; ".join(f"{a.words} {banded(a.share, 'points of %')}" for a in found.values())
    spread = fall.std(axis=1)
    return (
        f"At 24 h after 0.5 mg/kg the drug's fall differs between people by {banded(spread, 'points')} of MADRS (SD) "
        "around a "
        f"mean of {banded(fall.mean(axis=1), 'points')}; in percent of the start, groups lie apart by: {each} "
        "(highest less "
        "lowest third, or with less without)."
    )


def _costs(found: Mapping[str, Apart], fall: Floats) -> str:
    each = "; ".join(f"{a.words} {banded(a.cadss, 'points')}" for a in found.values())
    return (
        "What they pay in dissociation differs as little: at the end of the infusion the mean CADSS lies apart by "
        f"{each}; "
        "everybody pays the same hours in the chair."
    )


def _seen(observed: Sequence[Observation]) -> str:
    return (
        f"Observed: {told(observed)}; post hoc, in overlapping samples of one centre, without replication read here; "
        "genotype has been seen both ways."
    )


def _observed() -> tuple[Observation, ...]:
    return tuple(o for o in rows(study="niciu2014") if o.statistic == "standardised_beta")


def _panels(found: Mapping[str, Apart], known: Floats) -> tuple[Panel, ...]:
    crosses = tuple(Cross(a.words, ends(a.cadss), ends(a.share), int(k in _CONTESTED)) for k, a in found.items())
    lines = tuple(Row(a.words, *ends(a.fall), "", int(k in _CONTESTED)) for k, a in found.items())
    names = ("not contested", "contested in published work")
    return (
        Crosses(
            "Groups apart: relief against dissociation",
            "difference of mean CADSS, points",
            "difference of relief, % of the start",
            crosses,
            0.0,
            names,
            joined=False,
        ),
        Rows("Fall of MADRS at 24 h: highest less lowest third, or with less without", "points", lines, 0.0, names),
    )


def _listing(found: Mapping[str, Apart]) -> Listing:
    columns = (
        "covariate",
        "groups",
        "fall at 24 h, points",
        "relief, % of the start",
        "CADSS, points",
        "orders people",
    )
    lines = tuple(
        (a.words, a.groups, banded(a.fall), banded(a.share), banded(a.cadss), "yes" if a.sure else "no")
        for a in found.values()
    )
    return Listing("Differences between groups; nine in ten draws in brackets", columns, lines)


def _details(
    found: Mapping[str, Apart], known: Floats, sure: Sequence[str], observed: Sequence[Observation]
) -> dict[str, object]:
    return {
        "explained_percent": band_record(100 * known),
        "orders_people": list(sure),
        "fall_apart_points": {k: band_record(a.fall) for k, a in found.items()},
        "relief_apart_percent_of_start": {k: band_record(a.share) for k, a in found.items()},
        "cadss_apart_points": {k: band_record(a.cadss) for k, a in found.items()},
        "observed": records(observed),
    }


def _studies(many: Many, found: Mapping[str, Apart], fall: Floats, known: Floats) -> tuple[Study, ...]:
    """What could be done to know it better."""
    n, wide, twice = (facts()[k].value for k in ("stratum", "measured_widely", "treated_twice"))
    alone, between = noise(1.0), fall.std(axis=1)
    score = float(np.sqrt(alone**2 + float(np.mean(between**2))))
    told_by = {
        k: (found[k].fall[:, None], np.array([2.0 * score / np.sqrt(n)])) for k in ("val66met", "load") if k in found
    }
    names = {"val66met": "trial stratified by Val66Met", "load": "trial stratified by load of life"}
    words = {
        "val66met": f"drug against control in {n:.0f} Met/Met and {n:.0f} other people",
        "load": f"drug against control in {n:.0f} people of high and {n:.0f} of low load",
    }
    seen = known * between**2 / (between**2 + alone**2)
    repeat = between**2 / (between**2 + alone**2)
    error = 2.0 * np.sqrt(float(np.mean(np.maximum(seen, 0.0))) / wide)
    return (
        *(Study(names[k], words[k], *v) for k, v in told_by.items()),
        Study(
            "large trial, everything measured",
            f"drug against control in {wide:.0f} people with every covariate measured",
            seen[:, None],
            np.array([error]),
        ),
        Study(
            "drug and control twice each",
            f"drug and control twice each in {twice:.0f} people, to learn what is anybody's own",
            repeat[:, None],
            np.array([1.0 / np.sqrt(twice)]),
        ),
    )
