"""Claim C22: bullied rodents lose interest in reward and give up, read-out by read-out and as a laboratory sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...evidence import Observation
from ...laboratory.defeat import KINDS, DefeatPicture, Sign, social_defeat_picture
from ...report.claim_figure import Panel, Row, Rows
from ..answer import Answer
from .seen import records, rows, told
from .terms import Terms
from .told import Told

_LABORATORIES = 5  # a draw
_RIVAL = "inflammation"
_SEEN = 0.8
_MADE = "Dot: the herd and its laboratories as the values on file give them; nothing observed has a size on file."


@dataclass(frozen=True, eq=False)
class _Bullied(Told):
    """What was found for claim C22, and how it is told."""

    count: int
    found: DefeatPicture
    rival: DefeatPicture
    reward: tuple[Sign, ...]
    giving_up: tuple[Sign, ...]
    observed: tuple[Observation, ...]
    foot: ClassVar[str] = _MADE

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"A day after ten days of social defeat {_all(self.reward)} of interest in reward and "
            f"{_all(self.giving_up)} of giving up have moved towards depression: {_spelled(self.reward)}; "
            f"{_spelled(self.giving_up)}; {100 * self.found.avoiding:.0f} % of defeated mice avoid others against "
            f"{100 * self.found.avoiding_controls:.0f} % of controls (published: "
            f"{100 * self.found.published_avoiding:.0f} %).",
            f"Ten against ten tell {_told_apart(self.found)} of {len(self.found.signs)} read-outs apart in at least "
            f"four fifths of {self.count} laboratories, under {_RIVAL} {_told_apart(self.rival)}: what stress does "
            "is in rooms that every hypothesis of ketamine shares, so that none of them is tested; despair and "
            "anhedonia are two axes here and fall together only under stress.",
            f"For it, defeat is the stress under which these were seen: {told(self.observed)}; how far each read-out "
            "falls was put in with its two ends, so that sizes are no test, and no row of the evidence counts "
            "giving up after defeat itself.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{self.count} laboratories (seed {self.terms.seed}) of ten against ten mice with noise of animals and "
            "laboratories; the values of the chain are not drawn, the two ends of every read-out are on file; left "
            f"out: {'; '.join(self.found.leaves_out).rstrip('.')}."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "signs": [_record(s) for s in self.found.signs],
            "avoiding": {
                "defeated": self.found.avoiding,
                "controls": self.found.avoiding_controls,
                "published": self.found.published_avoiding,
            },
            "told_apart": {"default chain": _told_apart(self.found), _RIVAL: _told_apart(self.rival)},
            "laboratories": self.count,
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        order = {kind: i for i, kind in enumerate(KINDS)}
        size = Rows(
            "Defeated against unstressed mice: effect with the noise of animals",
            "standardised difference (Cohen's d)",
            tuple(
                Row(s.title, min(0.0, s.effect), s.effect, max(0.0, s.effect), group=order[s.kind])
                for s in self.found.signs
            ),
            groups=tuple(KINDS),
        )
        power = Rows(
            f"How often ten against ten tell them apart, {self.count} laboratories",
            "power, % (band: Monte Carlo error)",
            tuple(_power(s, order[s.kind]) for s in self.found.signs),
            groups=tuple(KINDS),
        )
        return size, power


def bullied(terms: Terms) -> Answer:
    """The answer to claim C22: what ten days of defeat do to every read-out, in a herd and in ten against ten."""
    count = _LABORATORIES * terms.count
    found = social_defeat_picture(None, terms.seed, count)
    rival = social_defeat_picture(_RIVAL, terms.seed, count)
    reward, giving_up = (found.of_kind(kind) for kind in list(KINDS)[:2])
    observed = rows(study="donahue2014")
    return _Bullied(terms, count, found, rival, reward, giving_up, observed).answer("C22")


def _all(signs: tuple[Sign, ...]) -> str:
    worse = sum(s.worse for s in signs)
    return f"all {len(signs)} read-outs" if worse == len(signs) else f"{worse} of {len(signs)} read-outs"


def _spelled(signs: tuple[Sign, ...]) -> str:
    return ", ".join(f"{s.title} {s.control:.3g} to {s.defeated:.3g}{_unit(s)}" for s in signs)


def _unit(sign: Sign) -> str:
    return "" if sign.unit == "1" else f" {sign.unit}"


def _told_apart(found: DefeatPicture) -> int:
    return sum(s.power >= _SEEN for s in found.signs)


def _effect(sign: Sign, group: int) -> Row:
    return Row(sign.title, min(0.0, sign.effect), sign.effect, max(0.0, sign.effect), group=group)


def _power(sign: Sign, group: int) -> Row:
    wide = 1.96 * sign.power_error
    low, high = max(0.0, sign.power - wide), min(1.0, sign.power + wide)
    return Row(sign.title, 100 * low, 100 * sign.power, 100 * high, group=group)


def _record(sign: Sign) -> dict[str, object]:
    names = ("readout", "kind", "unit", "control", "defeated", "susceptible", "resilient", "effect", "power", "worse")
    return {name: getattr(sign, name) for name in names}
