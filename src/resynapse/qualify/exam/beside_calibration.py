"""The stored calibration of the default wiring beside the exam's own draws: two samplers, the same rows, one posterior.

The exam samples by sequential Monte Carlo on the chains themselves, the calibration by NUTS on emulators with exact
weights. Both move normal scores; where they differ by more than chance, one of them is wrong.
`python -m resynapse.qualify.exam.beside_calibration` writes the comparison into `docs/calibration/mechanism.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...calibrate.posterior import calibration
from ...calibrate.recorded import Record
from ...core.errors import RequestError
from .exam import DEFAULT
from .recorded import read

NAME = "mechanism"
FAR = 3.0
"""Standard errors of a difference above which two samplers disagree."""

WIDER = 0.2
"""Difference of two SDs, as scores, above which they disagree."""

PAGE = Path(__file__).parents[4] / "docs" / "calibration" / "mechanism.md"
BEGIN = "<!-- written by resynapse.qualify.exam.beside_calibration -->"


@dataclass(frozen=True)
class Beside:
    """One value: mean and SD of its score by both samplers, and their difference in standard errors."""

    address: str
    smc: tuple[float, float]
    nuts: tuple[float, float]
    off: float

    @property
    def disagrees(self) -> bool:
        """Whether the two differ by more than chance."""
        return abs(self.off) > FAR or abs(self.smc[1] - self.nuts[1]) > WIDER


def beside(told: Record, scores: Mapping[str, Any]) -> tuple[Beside, ...]:
    """Every value that both moved, as scores.

    **Arguments:** `told` is the record of the calibration, `scores` (draws by address) those of the exam.
    """
    own = told.more["scores"]
    return tuple(_one(a, own[a], np.asarray(scores[a]), told.more["effective"]) for a in own if a in scores)


def _one(address: str, own: Mapping[str, float], draws: Any, effective: float) -> Beside:
    mean, sd = float(draws.mean()), float(draws.std(ddof=1))
    error = float(np.hypot(sd / np.sqrt(len(draws)), own["sd"] / np.sqrt(effective)))
    return Beside(address, (mean, sd), (own["mean"], own["sd"]), (own["mean"] - mean) / error)


def section() -> str:
    """The comparison and the state of the run, as text.

    **Raises:** `RequestError` when no calibration or no exam draws are on file.
    """
    found, kept = calibration(NAME), read()
    if kept is None:
        raise RequestError("no posterior draws of explanations are on file", where="exam")
    rows = beside(found.record, kept.scores[DEFAULT])
    return "\n".join([BEGIN, "", *_state(found.record, found.digest), *_compared(rows), *_kept(found)])


def _state(told: Record, digest: str) -> Iterator[str]:
    worst = list(told.diagnostics.values())
    rhat, bulk = max(d.rhat for d in worst), min(d.ess_bulk for d in worst)
    tail, more = min(d.ess_tail for d in worst), told.more
    state = "converged" if told.converged else "**not converged**"
    yield "### How it went\n"
    yield (
        f"Run `{digest}`, seed {told.seed}: {state}. R-hat at most {rhat:.4f}, effective draws at least {bulk:.0f} "
        f"in the bulk and {tail:.0f} in the tails, {told.divergences} divergences. The emulated log-likelihood of "
        f"all rows is off by {more['emulator_off']:.2f} (SD) at draws of the posterior; exact weights have a Pareto "
        f"shape of {more['pareto_shape']:.2f} and leave {more['effective']:.0f} effective draws. Mean log-likelihood "
        f"{more['log_likelihood']:.2f}.\n"
    )
    poor = sorted(more["rows"].items(), key=lambda pair: pair[1])[:6]
    yield "Rows that the posterior explains least (mean log-likelihood): " + ", ".join(
        f"{name} {value:.2f}" for name, value in poor
    )
    yield ""


def _compared(rows: tuple[Beside, ...]) -> Iterator[str]:
    apart = [r for r in rows if r.disagrees]
    off = np.array([r.off for r in rows])
    yield "### Beside the exam's draws (scores; the prior is 0 and 1)\n"
    yield (
        f"Of {len(rows)} values, {len(apart)} differ by more than {FAR:g} standard errors in the mean or by more than "
        f"{WIDER:g} in the SD{': ' if apart else ''}{', '.join(f'`{r.address}`' for r in apart)}. Root mean square of "
        f"the differences in standard errors: {np.sqrt((off**2).mean()):.2f} (chance alone: 1; the exam's draws are "
        "not all independent).\n"
    )
    yield "| value | exam: mean | SD | calibration: mean | SD | difference (SE) |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for r in sorted(rows, key=lambda r: -abs(r.nuts[0])):
        star = " **differs**" if r.disagrees else ""
        numbers = f"{r.smc[0]:+.2f} | {r.smc[1]:.2f} | {r.nuts[0]:+.2f} | {r.nuts[1]:.2f} | {r.off:+.1f}{star}"
        yield f"| `{r.address}` | {numbers} |"
    yield ""


def _kept(found: Any) -> Iterator[str]:
    yield "### Human values that are kept (stage units)\n"
    yield "| value | on file before | mean | SD | SD as a share of the prior's |"
    yield "| --- | --- | --- | --- | --- |"
    own = found.record.more["scores"]
    for address in found.addresses:
        numbers = f"{found.means[address]:.4g} | {found.sds[address]:.2g} | {own[address]['sd']:.2f}"
        yield f"| `{address}` | {found.record.priors[address]} | {numbers} |"
    open_ = found.record.not_identified
    yield f"\n{len(open_)} of {len(own)} moved values keep more than 0.8 of their prior's SD: they are not identified. "
    yield "Least learned first: " + ", ".join(f"`{a}`" for a in open_) + "."


def write(page: Path = PAGE) -> Path:
    """Put the section at the end of the page, in place of an older one, and return the page."""
    text = page.read_text(encoding="utf-8").split(BEGIN)[0].rstrip()
    page.write_text(f"{text}\n\n{section()}\n", encoding="utf-8")
    return page


if __name__ == "__main__":
    write()
