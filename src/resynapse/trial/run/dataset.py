"""What a trial leaves behind: scores by scale, people, events and guesses, as a statistician receives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.chance import normals, uniforms
from ..design.scale import scale
from ..score import ITEMS, bang, converted, items
from .leaving import REASONS
from .replicate import Replicate, Trial

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
MADRS = "madrs_total"
_LABELS = ("a", "b", "c", "d")
_ALWAYS = ("age", "sex", "bmi", "weight", "prior_failures")
_SENSED = ("dizziness", "nausea", "sedation")


@dataclass(frozen=True)
class DataSet:
    """One trial that was run."""

    trial: Trial
    found: Replicate

    @cached_property
    def arms(self) -> NDArray[np.str_]:
        """The name of each person's arm."""
        names = [arm.name for arm in self.trial.plan.design.arms]
        return np.array(names)[self.found.arm]

    @cached_property
    def beyond(self) -> tuple[Floats, Floats]:
        """How far ideation and anhedonia stand above despair, at each look."""
        shape = self.found.score.shape
        pair = np.zeros(shape), np.zeros(shape)
        if self.trial.switches.drug:
            for k, own in enumerate(self.trial.exposed.values()):
                here = self.found.arm == k
                way, who = np.minimum(self.found.way[here], own.ways - 1), self.found.who[here]
                pair[0][here], pair[1][here] = own.ideation[way, who], own.anhedonia[way, who]
        return pair

    def scores(self, name: str) -> Floats:
        """A scale at every look (people x looks), nan where it was not seen."""
        madrs = self.found.score
        if name == MADRS:
            return madrs
        whole = np.nan_to_num(madrs)
        other = converted(name, whole, self.beyond, self._normal(name), scale(name).range)
        return np.where(np.isfinite(madrs), other, np.nan)

    @cached_property
    def items(self) -> NDArray[np.int64]:
        """The ten items (people x looks x items); 0 where nobody was seen."""
        total = np.nan_to_num(self.found.score)
        spread = np.stack([self._normal(f"item {name}") for name in ITEMS], axis=-1)
        return items(total, self.beyond, spread)

    def covariates(self, baseline: Floats) -> Mapping[str, NDArray[Any]]:
        """What an analysis may adjust for: baseline, what the bank knows, labels that mean nothing; and who it is."""
        bank, design = self.trial.bank, self.trial.plan.design
        known = {k: bank.covariates[k][self.found.who] for k in _ALWAYS if k in bank.covariates}
        labels = {one.by: self._label(one.by) for one in design.allocation.strata if one.by not in known}
        return {"subject": np.arange(len(self.found.who)), "baseline": baseline, **known, **labels}

    def _label(self, name: str) -> NDArray[np.str_]:
        drawn = uniforms((self.trial.seed, "trial", self.found.number, "label", name), range(len(self.found.who)))
        return np.array(_LABELS)[(drawn * len(_LABELS)).astype(int)]

    def _normal(self, name: str) -> Floats:
        shape = self.found.score.shape
        stream = (self.trial.seed, "trial", self.found.number, "scale", name)
        return normals(stream, range(int(np.prod(shape)))).reshape(shape)

    @cached_property
    def over(self) -> Floats:
        """The day from which nothing is given to each person any more; infinite for those who go on to the end."""
        return np.append(self.trial.plan.days, np.inf)[self.found.stopped]

    @property
    def flow(self) -> dict[str, Any]:
        """Who was looked at, randomised, stopped and stayed, by arm (CONSORT)."""
        looks = len(self.trial.plan.looks)
        by = {}
        for k, arm in enumerate(self.trial.plan.design.arms):
            own = self.found.arm == k
            stopped = own & (self.found.stopped < looks)
            reasons = {word: int((self.found.why[own] == i).sum()) for i, word in enumerate(REASONS) if word}
            by[arm.name] = {
                "randomised": int(own.sum()),
                "stopped": int(stopped.sum()),
                "reasons": reasons,
                "rescued": int((self.found.rescued[own] < looks).sum()),
                "completed": int((own & ~stopped).sum()),
            }
        n = len(self.found.who)
        return {"screened": self.found.screened, "not_let_in": self.found.screened - n, "randomised": n, "arms": by}

    @property
    def guesses(self) -> dict[str, dict[str, float]]:
        """What people thought they had, by arm: shares of right and wrong guesses, Bang's index, mean belief."""
        found = {}
        for k, arm in enumerate(self.trial.plan.design.arms):
            own, had = self.found.arm == k, self._had(arm.name, arm.control)
            said = self.found.said[own]
            found[arm.name] = {
                "right": float((said == had).mean()),
                "wrong": float(((said >= 0) & (said != had)).mean()),
                "do_not_know": float((said < 0).mean()),
                "bang": bang(said, had),
                "belief": float(self.found.belief[own].mean()),
            }
        return found

    def _had(self, name: str, control: str) -> int:
        """Whether the drug was the right guess at the end: in a crossover what came last counts."""
        given = self.trial.plan.arms[name]
        if self.trial.plan.design.kind == "crossover" and given:
            return int(max(given, key=lambda one: one.start).drug)
        return int(control == "drug")

    @property
    def events(self) -> dict[str, dict[str, float]]:
        """The share of people with each adverse event from randomisation on, and the mean of their highest CADSS.

        Sessions of a lead-in are no doing of the arm, and those after treatment was over did not take place.
        """
        found = {}
        days = self.found.days
        there = (days >= 0.0) & (days < self.over[:, None])
        came = self.found.felt.events.astype(bool) & there[..., None]
        peak = np.where(there, self.found.felt.cadss, -np.inf)
        for k, arm in enumerate(self.trial.plan.design.arms):
            own = self.found.arm == k
            some = came[own].any(axis=1).mean(axis=0)
            had = own & there.any(axis=1)
            highest = peak[had].max(axis=1).mean() if had.any() else 0.0
            found[arm.name] = {name: float(x) for name, x in zip(_SENSED, some, strict=True)}
            found[arm.name]["highest_cadss"] = float(highest)
        return found

    def subjects(self) -> pd.DataFrame:
        """One row a person."""
        import pandas as pd

        looks = self.trial.plan.looks
        stopped = [looks[k].name if k < len(looks) else "" for k in self.found.stopped]
        base = self.found.score[:, self.trial.plan.baseline[0]]
        known = dict(self.covariates(base))
        table = {"subject": known.pop("subject"), "person": self.found.who, "arm": self.arms, **known}
        table |= {"stopped_at": np.array(stopped), "reason": np.array(REASONS)[self.found.why]}
        table |= {"rescued_at": np.array([looks[k].name if k < len(looks) else "" for k in self.found.rescued])}
        table |= {"belief": self.found.belief, "guess": self.found.said, "dose_level": self.found.level}
        return pd.DataFrame(table)

    def visits(self) -> pd.DataFrame:
        """One row a person, look and scale, where it was asked and seen; items of MADRS in columns of their own."""
        import pandas as pd

        parts = []
        for j, look in enumerate(self.trial.plan.looks):
            for name in dict.fromkeys((MADRS, *look.scales)):
                if name != MADRS and name not in self._sayable:
                    continue
                score = self.scores(name)
                rows = np.flatnonzero(np.isfinite(score[:, j]))
                part = {"subject": rows, "arm": self.arms[rows], "visit": look.name, "period": look.period}
                part |= {"day": look.day, "scale": name, "value": score[rows, j]}
                part |= {"change": score[rows, j] - score[rows, self.trial.plan.baseline[j]]}
                if name == MADRS:
                    part |= {item: self.items[rows, j, i] for i, item in enumerate(ITEMS)}
                parts.append(pd.DataFrame(part))
        return pd.concat(parts, ignore_index=True)

    @property
    def _sayable(self) -> tuple[str, ...]:
        from ..score import convertible

        return convertible()
