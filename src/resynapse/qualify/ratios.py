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
        low, high = self.observed.low, self.observed.high
        if low is not None and high is not None:
            return low <= self.predicted <= high
        return 1 / FOLD <= self.fold <= FOLD


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
    failed = sum(not c.holds for c in checks)
    yield f"{failed} of {len(checks)} fail; they come first."
    yield ""
    yield "| modifier | given | what | observed | predicted | holds | role | source |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for c in checks:
        o = c.observed
        span = f" ({o.low:g} to {o.high:g})" if o.low is not None else ""
        mark = "" if o.mark == "seen" else f", {o.mark}"
        given = f"{o.drug} {o.mg:g} mg {o.route}" + (f" over {o.over:g} h" if o.over else "") + _people(o)
        holds = "yes" if c.holds else "**no**"
        cells = [c.modifier.name, given, f"{o.metric} `{o.port}`", f"{o.ratio:g}{span}", f"{c.predicted:.2f}", holds]
        yield f"| {' | '.join([*cells, _ROLES[o.role], f'`{o.source}`{mark}'])} |"


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
