"""The panels of a report in the order of the chain: which ports are drawn together, and what each panel means."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .result import Result, Signal
from .style import unit_text

ROOMS = ("dose", "life", "body", "receptor", "circuit", "synapse", "brain", "mood", "safety")
MOST_CURVES = 6
_SITES = {"cv_": "in the vein", "ca_": "in the artery, which is what the brain receives"}


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
        """The name of every curve; only the part where all are parts of one port, no place where all share it."""
        several = len(self.signals) > 1
        if several and len({s.port for s in self.signals}) == 1:
            return tuple(s.part for s in self.signals)
        shared = several and len({s.place for s in self.signals}) == 1
        return tuple(s.label.removesuffix(f", {s.place}") if shared else s.label for s in self.signals)

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
        "Each relative to the depressed state before the first dose. The scale has no floor: below 0 the model is "
        "better than healthy rest, which nobody has observed.",
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


def panel_key(name: str, index: int) -> str:
    """The key of a panel, numbered from the second on."""
    return name if index == 0 else f"{name}-{index + 1}"


def _filled(panel: Panel, result: Result) -> list[Panel]:
    found = [s for port in panel.ports for s in result.signals.get(port, ())]
    units = list(dict.fromkeys(s.unit for s in found))
    sets = [chunk for unit in units for chunk in _chunks([s for s in found if s.unit == unit])]
    filled = [replace(panel, key=panel_key(panel.key, i), signals=chunk) for i, chunk in enumerate(sets)]
    return [_mirror_forms(p) if p.key == "enantiomers" else p for p in filled]


def _mirror_forms(panel: Panel) -> Panel:
    """The panel of mirror forms, told by what a result has of them."""
    ports = {s.port for s in panel.signals}
    if ports == set(panel.ports):
        return panel
    forms = [form for form in ("S", "R") if any(port.endswith(f"_{form.lower()}") for port in ports)]
    title = f"{'- and '.join(forms)}-ketamine"
    places = [place for prefix, place in _SITES.items() if any(port.startswith(prefix) for port in ports)]
    return replace(panel, title=title, meaning=f"{title} {' and '.join(places)}.")


def _chunks(signals: list[Signal]) -> list[tuple[Signal, ...]]:
    return [tuple(signals[i : i + MOST_CURVES]) for i in range(0, len(signals), MOST_CURVES)]
