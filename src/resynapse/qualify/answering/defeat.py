"""Claim C22: bullied rodents lose interest in reward and give up, read-out by read-out and as a laboratory sees it."""

from __future__ import annotations

from ...laboratory.defeat import KINDS, DefeatPicture, Sign, social_defeat_picture
from ...report.claim_figure import Panel, Row, Rows
from ..answer import Answer
from ..claims import claim
from .seen import records, rows, told
from .telling import figure
from .terms import Terms

_LABORATORIES = 5  # a draw
_RIVAL = "inflammation"
_SEEN = 0.8
_MADE = "Dot: the herd and its laboratories as the values on file give them; nothing observed has a size on file."


def bullied(terms: Terms) -> Answer:
    """The answer to claim C22: what ten days of defeat do to every read-out, in a herd and in ten against ten."""
    count = _LABORATORIES * terms.count
    found = social_defeat_picture(None, terms.seed, count)
    rival = social_defeat_picture(_RIVAL, terms.seed, count)
    reward, giving_up = (found.of_kind(kind) for kind in list(KINDS)[:2])
    observed = rows(study="donahue2014")
    sentences = (
        f"A day after ten days of social defeat {_all(reward)} of interest in reward and {_all(giving_up)} of giving "
        f"up have moved towards depression: {_spelled(reward)}; {_spelled(giving_up)}; {100 * found.avoiding:.0f} % of "
        "defeated mice avoid "
        f"others against {100 * found.avoiding_controls:.0f} % of controls (published: "
        f"{100 * found.published_avoiding:.0f} %).",
        f"Ten against ten tell {_told_apart(found)} of {len(found.signs)} read-outs apart in at least four fifths of "
        f"{count} "
        f"laboratories, under {_RIVAL} {_told_apart(rival)}: what stress does is in rooms that every hypothesis of "
        "ketamine "
        "shares, so that none of them is tested; despair and anhedonia are two axes here and fall together only "
        "under stress.",
        f"For it, defeat is the stress under which these were seen: {told(observed)}; how far each read-out falls "
        "was put in "
        "with its two ends, so that sizes are no test, and no row of the evidence counts giving up after defeat "
        "itself.",
    )
    doubt = (
        f"{count} laboratories (seed {terms.seed}) of ten against ten mice with noise of animals and laboratories; "
        "the values of the "
        f"chain are not drawn, the two ends of every read-out are on file; left out: {'; '.join(found.leaves_out)}"
    ).rstrip(".")
    details = {
        "signs": [_record(s) for s in found.signs],
        "avoiding": {
            "defeated": found.avoiding,
            "controls": found.avoiding_controls,
            "published": found.published_avoiding,
        },
        "told_apart": {"default chain": _told_apart(found), _RIVAL: _told_apart(rival)},
        "laboratories": count,
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        order = {kind: i for i, kind in enumerate(KINDS)}
        size = Rows(
            "Defeated against unstressed mice: effect with the noise of animals",
            "standardised difference (Cohen's d)",
            tuple(
                Row(s.title, min(0.0, s.effect), s.effect, max(0.0, s.effect), group=order[s.kind]) for s in found.signs
            ),
            groups=tuple(KINDS),
        )
        power = Rows(
            f"How often ten against ten tell them apart, {count} laboratories",
            "power, % (band: Monte Carlo error)",
            tuple(_power(s, order[s.kind]) for s in found.signs),
            groups=tuple(KINDS),
        )
        return size, power

    return Answer(claim("C22"), sentences, f"{doubt}.", details, lambda: figure("C22", panels(), terms, _MADE))


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
