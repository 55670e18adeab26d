"""Modifiers against what was observed: the ratio of exposures with and without each, computed now, failures first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..body.modifier import Modifier, ObservedRatio, changes, modifiers
from ..calibrate.exposure import Exposure, OneDose, exposures
from ..chains import body_chain
from ..core.chain import Chain

FOLD = 1.25
_ROLES = {"build": "tuned to it", "verify": "not used", "seen_while_choosing": "seen while choosing"}


@dataclass(frozen=True)
class RatioCheck:
    """One observed ratio beside what the model predicts; it holds within 1.25 times, or within the printed range."""

    modifier: Modifier
    observed: ObservedRatio
    predicted: float

    @property
    def fold(self) -> float:
        """Predicted over observed."""
        return self.predicted / self.observed.ratio

    @property
    def holds(self) -> bool:
        """Whether the prediction lies in the printed range, or within 1.25 times where none was printed."""
        return _agrees(self.observed, self.predicted)

    @property
    def no_effect_holds(self) -> bool:
        """Whether an exposure that nothing changes (a ratio of 1) would hold as well: then holding shows little."""
        return _agrees(self.observed, 1.0)

    @property
    def can_fail(self) -> bool:
        """Whether the prediction is free to miss: no factor was tuned to it, and the modifier acts at all."""
        return self.observed.role != "build" and self.modifier.effect != "none_seen"


@dataclass(frozen=True)
class Tally:
    """How many ratios there are and how many fail, in all and among those that mean something.

    **Arguments:** `tuned` fit by construction and `inert` belong to modifiers that change nothing; `free` are the
    others, of which `telling` would fail if nothing changed.
    """

    all: int
    tuned: int
    inert: int
    free: int
    free_failed: int
    no_effect: int
    telling: int
    telling_failed: int


def tally(checks: Sequence[RatioCheck]) -> Tally:
    """Counts of what could fail and what did."""
    free = [c for c in checks if c.can_fail]
    telling = [c for c in free if not c.no_effect_holds]
    return Tally(
        all=len(checks),
        tuned=sum(c.observed.role == "build" for c in checks),
        inert=sum(c.observed.role != "build" and c.modifier.effect == "none_seen" for c in checks),
        free=len(free),
        free_failed=sum(not c.holds for c in free),
        no_effect=sum(c.no_effect_holds for c in checks),
        telling=len(telling),
        telling_failed=sum(not c.holds for c in telling),
    )


def ratio_checks(body: str = "kpk1") -> list[RatioCheck]:
    """Every observed ratio of every modifier against the body theory `body`, failures first, then by distance."""
    chain = body_chain("human", body)
    cases = [(m, o) for m in modifiers().values() for o in m.observed]
    without = [_given(o, _covariates(o.base)) for _, o in cases]
    with_it = [_given(o, _values(chain, m, o)) for m, o in cases]
    ports = sorted({p for _, o in cases for p in (o.port, _metabolite(o.port))})
    found = exposures(chain, [*without, *with_it], ports)
    pairs = zip(found[: len(cases)], found[len(cases) :], strict=True)
    checks = [RatioCheck(m, o, _ratio(o, *pair)) for (m, o), pair in zip(cases, pairs, strict=True)]
    return sorted(checks, key=lambda c: (c.holds, -abs(c.fold - 1)))


def page(checks: Sequence[RatioCheck]) -> str:
    """The reference page of modifiers, in Markdown."""
    return "\n".join([*_head(), *_table(checks), "", *_list()]) + "\n"


def _agrees(o: ObservedRatio, ratio: float) -> bool:
    if o.low is not None and o.high is not None:
        return o.low <= ratio <= o.high
    return 1 / FOLD <= ratio / o.ratio <= FOLD


def _given(o: ObservedRatio, values: Mapping[str, float]) -> OneDose:
    return OneDose(o.drug, o.route, o.mg, o.over, o.devices, values)


def _values(chain: Chain, chosen: Modifier, o: ObservedRatio) -> dict[str, float]:
    own = changes(chain, [chosen.name]) if chosen.effect != "covariate" else {}
    return {**own, **_covariates({**o.base, **o.values})}


def _covariates(values: Mapping[str, float]) -> dict[str, float]:
    return {f"body.{name}": value for name, value in values.items()}


def _metabolite(port: str) -> str:
    return port.replace("_ketamine", "_norketamine")


def _ratio(o: ObservedRatio, before: Mapping[str, Exposure], after: Mapping[str, Exposure]) -> float:
    if o.metric == "NK/K":
        nk = _metabolite(o.port)
        return (after[nk].area / before[nk].area) / (after[o.port].area / before[o.port].area)
    name = {"AUC": "area", "Cmax": "peak", "tmax": "peak_time"}[o.metric]
    return float(getattr(after[o.port], name) / getattr(before[o.port], name))


def _head() -> Iterator[str]:
    yield "# Modifiers: other drugs, illness, genotype, ancestry, a cold"
    yield ""
    yield "For research; not medical advice. Nothing here acts unless it is asked for. Written by"
    yield "`python -m resynapse.qualify.ratios`; the factors live in `src/resynapse/body/modifiers.toml` and belong to"
    yield "KPK-1."
    yield ""
    yield "Each line is an exposure with the modifier over the same without it. A prediction holds when it lies in the"
    yield f"printed range, or within {FOLD:g} times of the observation where no range was printed. *Tuned to it* and"
    yield "*seen while choosing* are no blind tests. `recalled` numbers were not checked in their source; `model_based`"
    yield "ones are another model's."
    yield ""


def _table(checks: Sequence[RatioCheck]) -> Iterator[str]:
    yield from _counts(checks, tally(checks))
    yield ""
    yield "| modifier | given | what | observed | predicted | holds | no effect would pass | role | source |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for c in checks:
        o = c.observed
        span = f" ({o.low:g} to {o.high:g})" if o.low is not None else ""
        mark = "" if o.mark == "seen" else f", {o.mark}"
        given = f"{o.drug} {o.mg:g} mg {o.route}" + (f" over {o.over:g} h" if o.over else "") + _people(o)
        holds = "yes" if c.holds else "**no**"
        cells = [c.modifier.name, given, f"{o.metric} `{o.port}`", f"{o.ratio:g}{span}", f"{c.predicted:.2f}", holds]
        cells.append("yes" if c.no_effect_holds else "no")
        yield f"| {' | '.join([*cells, _ROLES[o.role], f'`{o.source}`{mark}'])} |"


def _counts(checks: Sequence[RatioCheck], t: Tally) -> Iterator[str]:
    failed = sum(not c.holds for c in checks)
    yield f"{failed} of {t.all} fail; they come first. But {t.tuned} were tuned to and {t.inert}"
    yield f"belong to modifiers that change nothing, so that {t.free} could fail: {t.free_failed} of these {t.free} do."
    yield f"No effect at all would pass {t.no_effect} of the {t.all}. Of the {t.telling} that could fail and that an"
    yield f"unchanged exposure would not pass, {t.telling_failed} fail."


def _people(o: ObservedRatio) -> str:
    return "".join(f", {name} {value:g}" for name, value in o.values.items())


def _list() -> Iterator[str]:
    yield "| modifier | what it is | what it multiplies | doubt |"
    yield "| --- | --- | --- | --- |"
    for m in modifiers().values():
        factors = "; ".join(f"{', '.join(c.parameters)} x {c.factor.value:g} ({c.factor.origin})" for c in m.changes)
        nothing = {"none_seen": "nothing: no effect seen", "unknown": "refused: not known", "covariate": "a covariate"}
        yield f"| `{m.name}` | {m.title} | {factors or nothing[m.effect]} | {m.doubt} |"


if __name__ == "__main__":
    Path("docs/reference/modifiers.md").write_text(page(ratio_checks()), encoding="utf-8")
