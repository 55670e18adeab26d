"""Which rows the stage saw, and why it saw no others."""

from __future__ import annotations

from ....evidence import Observation, library
from ...recorded import Used
from .arms import Evidence, Row

_BY_QUANTITY = {
    "depression_severity": "a difference in units of a spread that was not printed: shown as a band where it is pooled",
    "relapse": "relapse among chosen people on maintenance, over months that this stage does not follow",
    "cadss_total": "what is felt in the chair: not fitted here",
}
_OTHER_DRUG = "another drug, or another way of giving it, than the arms of this stage"
_OTHER_SCALE = "another scale or another state than the score that is fitted"
_SAME = "the same people have spoken at this time, or are spoken for by a pooled row"
_POOLED = "a meta-analysis: a band, never likelihood"
_SIGN = "a direction without a number"
_POOLS = (
    "an2021",
    "dean2021",
    "dosemeta2024",
    "han2016",
    "hieronymus2025",
    "matsingos2024",
    "wilkinson2018",
    "wilkinson2019",
)
_LONG = ("castro2023", "daly2019", "ekstrand2022", "mcinnes2022", "sakurai2020", "kew2023")
_SCALES = (
    "madrs_total",
    "response",
    "response_hamd",
    "response_any_time",
    "remission_madrs",
    "remission_madrs12",
    "relapse",
)


def rows_told(told: Evidence) -> tuple[Used, ...]:
    """The rows as a record keeps them."""
    return tuple(_told(row) for row in told.rows)


def _told(row: Row) -> Used:
    scale = "count" if row.counted else "log" if row.reads == "spread" else "plain"
    weight = f"counts {row.weight:g}" if row.weight != 1.0 else ""
    people = f"of {row.n:g}" if row.counted else ""
    words = "; ".join(w for w in (people, weight, row.note) if w)
    return Used(row=row.id, what=row.words, value=row.value, unit=row.unit, sd=row.sd or None, scale=scale, note=words)


def unused(told: Evidence) -> dict[str, str]:
    """Every other efficacy and care row of role build, by identifier, and why it is not used."""
    used = {part for row in told.rows for part in row.id.split(" and ")}
    rows = [o for endpoint in ("efficacy", "care") for o in library().build.select(endpoint=endpoint)]
    return {o.row: _why(o) for o in rows if o.row not in used}


def _why(o: Observation) -> str:
    if o.study.name in _POOLS:
        return _POOLED
    if o.value is None:
        return _SIGN
    if o.study.endpoint == "care" or o.quantity not in _SCALES:
        return _BY_QUANTITY.get(o.quantity, _OTHER_SCALE)
    if o.study.name in _LONG:
        return _BY_QUANTITY["relapse"]
    if not {"ketamine", "esketamine"} & set(o.arm.drug) and not o.study.name.startswith(("daly", "lii", "turkoz")):
        return _OTHER_DRUG
    return _SAME
