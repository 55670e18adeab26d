"""The panels of a report in the order of the chain: which ports are drawn together, and what each panel means."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .result import Result, Signal
from .style import unit_text

ROOMS = ("dose", "life", "body", "receptor", "circuit", "synapse", "brain", "mood", "safety")
MOST_CURVES = 6


@dataclass(frozen=True)
class Panel:
    """One set of axes: its title, its one-line meaning, and the ports that share its scale.

    **Arguments:** `scale` says what a dimensionless axis counts; `signals` are the curves found in the result.
    """

    key: str
    room: str
    title: str
    meaning: str
    scale: str
    ports: tuple[str, ...]
    signals: tuple[Signal, ...] = ()

    @property
    def unit(self) -> str:
        """The unit shared by all curves."""
        return self.signals[0].unit if self.signals else "1"

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of every curve; only the part where all curves are parts of one port."""
        parts = len({s.port for s in self.signals}) == 1 and len(self.signals) > 1
        return tuple(s.part if parts else s.label for s in self.signals)

    @property
    def scale_text(self) -> str:
        """What the vertical axis counts, in print."""
        return unit_text(self.unit) if self.unit not in ("1", "") else self.scale or "dimensionless"


CATALOGUE = (
    Panel(
        "plasma",
        "body",
        "Plasma",
        "What a blood sample from a vein would show: the drug and what the liver makes of it.",
        "",
        ("cv_ketamine", "cv_norketamine", "cv_hnk"),
    ),
    Panel(
        "enantiomers",
        "body",
        "S- and R-ketamine",
        "The two mirror forms in the vein, and S-ketamine in the artery, which is what the brain receives.",
        "",
        ("cv_ketamine_s", "cv_ketamine_r", "ca_ketamine_s"),
    ),
    Panel(
        "effect_site",
        "receptor",
        "At the receptor",
        "Free drug beside the NMDA receptor in the brain, as one equivalent concentration.",
        "",
        ("ce_nmdar",),
    ),
    Panel(
        "occupancy",
        "receptor",
        "NMDA receptors blocked",
        "The share of NMDA receptors that the drug holds, in three pools.",
        "fraction (0–1)",
        ("occupancy_nmdar_interneuron", "occupancy_nmdar_pyramidal", "occupancy_nmdar_resting"),
    ),
    Panel(
        "glutamate",
        "circuit",
        "Prefrontal glutamate",
        "Released inhibition lets excitatory cells fire more: a short burst of glutamate.",
        "× healthy rest",
        ("glutamate_pfc",),
    ),
    Panel(
        "margin",
        "circuit",
        "Excitotoxic margin",
        "How far the burst stays from the level at which too much glutamate does harm.",
        "margin",
        ("glutamate_margin",),
    ),
    Panel(
        "plasticity",
        "synapse",
        "Plasticity signals",
        "The messages inside a synapse that ask for growth, and the receptors that arrive.",
        "× healthy rest",
        ("eef2_p", "bdnf", "mtorc1", "ampar_surface"),
    ),
    Panel(
        "spines",
        "synapse",
        "Dendritic spines",
        "Contacts between nerve cells: lost under stress, regrown over hours to days.",
        "× healthy rest",
        ("spine_density",),
    ),
    Panel(
        "stress",
        "life",
        "Stress",
        "The load that life and low mood place on the circuit.",
        "1 = depressed rest",
        ("stress",),
    ),
    Panel(
        "habenula",
        "brain",
        "Lateral habenula",
        "How often the brain's disappointment centre fires in bursts.",
        "fraction of spikes in bursts",
        ("lhb_burst_fraction",),
    ),
    Panel("madrs", "mood", "Depression score", "MADRS, 0 (none) to 60 (most severe).", "points", ("madrs_total",)),
    Panel(
        "feelings",
        "mood",
        "Ideation, anhedonia, despair",
        "Each relative to the depressed state before the first dose.",
        "1 = depressed rest",
        ("suicidal_ideation", "anhedonia", "despair"),
    ),
    Panel(
        "dissociation",
        "safety",
        "Dissociation",
        "CADSS, 0 (none) to 92: feeling unreal or detached around the dose.",
        "points",
        ("cadss_total",),
    ),
    Panel(
        "pressure",
        "safety",
        "Blood pressure",
        "Systolic pressure above the value before the dose.",
        "",
        ("sbp_change", "sbp_max"),
    ),
    Panel(
        "events",
        "safety",
        "Side effects",
        "Chance that a person reports each event, background included.",
        "probability (0–1)",
        ("adverse_event_probability",),
    ),
)


def panels_of(result: Result) -> tuple[Panel, ...]:
    """The catalogue's panels that this result can fill, in the order of the chain."""
    return tuple(p for panel in CATALOGUE for p in _filled(panel, result))


def further_panels(result: Result) -> tuple[Panel, ...]:
    """Panels for every stored signal that the catalogue does not name, grouped by room and unit."""
    known = {port for panel in CATALOGUE for port in panel.ports}
    groups: dict[tuple[str, str], list[Signal]] = {}
    for port, signals in result.signals.items():
        for signal in signals if port not in known else ():
            groups.setdefault((signal.room, signal.unit), []).append(signal)
    return tuple(_further(key, i, chunk) for key in sorted(groups, key=_by_room) for i, chunk in _chunks(groups[key]))


def _filled(panel: Panel, result: Result) -> list[Panel]:
    found = [s for port in panel.ports for s in result.signals.get(port, ())]
    units = list(dict.fromkeys(s.unit for s in found))
    sets = [chunk for unit in units for _, chunk in _chunks([s for s in found if s.unit == unit])]
    return [replace(panel, key=_key(panel.key, i), signals=chunk) for i, chunk in enumerate(sets)]


def _further(key: tuple[str, str], index: int, signals: tuple[Signal, ...]) -> Panel:
    room, unit = key
    title = signals[0].label if len(signals) == 1 else f"{room.capitalize() or 'Other'}: further signals"
    name = _key(f"more-{room or 'other'}-{''.join(c if c.isalnum() else '-' for c in unit)}", index)
    return Panel(name, room, title, "", "dimensionless", tuple(dict.fromkeys(s.port for s in signals)), signals)


def _chunks(signals: list[Signal]) -> list[tuple[int, tuple[Signal, ...]]]:
    return list(enumerate(tuple(signals[i : i + MOST_CURVES]) for i in range(0, len(signals), MOST_CURVES)))


def _key(name: str, index: int) -> str:
    return name if index == 0 else f"{name}-{index + 1}"


def _by_room(key: tuple[str, str]) -> tuple[int, str]:
    return (ROOMS.index(key[0]) if key[0] in ROOMS else len(ROOMS), key[1])
