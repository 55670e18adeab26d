"""What the chain says of other drugs at the doses of their trials, beside what was seen of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..chains import happenings, median_load, prior_chain
from ..company import company_happenings, with_company
from ..compound.companion import companions
from ..compound.library import compound
from ..core.calibrated import UNCALIBRATED
from ..core.chain import Chain
from ..core.event import Happening, Level
from ..core.parameter import Species
from ..core.solver import protocol, rest
from ..core.solver.kernel.march import march
from ..hypothesis.experiment import WEIGHT, Floats
from ..hypothesis.library import hypothesis
from ..hypothesis.siblings import trapping_block
from ..receptor.binding import POOLS, CompetitiveBinding

Words = tuple[str, str, str, str | None]
KETAMINE: Words = ("ketamine", "iv", "0.5 mg/kg", "40 min")
POOL_PORTS = tuple(f"occupancy_nmdar_{pool}" for pool in POOLS)
_DAY, _WEEK = 24.0, 168.0
_BY_BINDING = 1.1
_KINETICS = tuple(np.linspace(0.05, 12.0, 240))


@dataclass(frozen=True)
class Comparator:
    """One drug as it is given in a comparison: route, dose and duration in words, at hours after the first."""

    drug: str
    route: str
    dose: str
    over: str | None = None
    hours: tuple[float, ...] = (0.0,)
    title: str = ""

    @property
    def words(self) -> str:
        """What is given, in one line."""
        often = f", {len(self.hours)} doses" if len(self.hours) > 1 else ""
        over = f" over {self.over}" if self.over else ""
        return self.title or f"{self.drug} {self.dose} {self.route}{over}{often}"


@dataclass(frozen=True)
class Course:
    """What one comparison gave: largest values of some ports, and despair at hours after the last dose."""

    given: Comparator
    peaks: dict[str, float]
    lows: dict[str, float]
    despair: dict[float, float]


TRIALS = (
    Comparator(*KETAMINE),
    Comparator("memantine", "oral", "20 mg"),
    Comparator(
        "memantine", "oral", "20 mg", None, tuple(_DAY * d for d in range(56)), "memantine 20 mg a day, 8 weeks"
    ),
    Comparator("lanicemine", "iv", "100 mg", "60 min"),
    Comparator("rapastinel", "iv", "450 mg"),
    Comparator("traxoprodil", "iv", "0.75 mg/kg", "90 min"),
    Comparator("dextromethorphan_bupropion", "oral", "45 mg"),
    Comparator("midazolam", "iv", "0.045 mg/kg", "40 min"),
    Comparator("saline", "iv", "0 mg"),
    Comparator("psilocybin", "oral", "25 mg"),
    Comparator("lsd", "oral", "0.1 mg"),
    Comparator("mdma", "oral", "125 mg"),
    Comparator("amphetamine", "oral", "20 mg"),
    Comparator("pcp", "iv", "0.1 mg/kg"),
    Comparator("alcohol", "oral", "0.6 g/kg"),
)


def course(chain: Chain, given: Sequence[Comparator], species: Species, ports: Sequence[str]) -> Course:
    """The drugs of `given` together in somebody depressed, in a chain that is extended where it must be.

    **Raises:** as `with_company` and `company_happenings`.
    """
    held = with_company(chain, [g.drug for g in given]).with_values({"body.weight": WEIGHT[species]})
    last = max(hour for g in given for hour in g.hours)
    times = np.asarray([*(last + t for t in _KINETICS), last + _DAY, last + _WEEK])
    events = [e for g in given for e in dosed(held, g, species)]
    found = _followed(held, events, times, (*ports, "despair"))
    peaks = {port: float(found[port].max()) for port in ports}
    lows = {port: float(found[port].min()) for port in ports}
    return Course(given[0], peaks, lows, {_DAY: float(found["despair"][-2]), _WEEK: float(found["despair"][-1])})


def trial_courses(chain: Chain | None = None, trials: Sequence[Comparator] = TRIALS) -> tuple[Course, ...]:
    """Every comparator at the dose of its trials, in the default human chain before any calibration, or another one."""
    ports = (*POOL_PORTS, "ce_nmdar", "glutamate_pfc")
    return tuple(course(chain or prior_chain("human"), (given,), "human", ports) for given in trials)


def lanicemine_by_binding() -> Course:
    """Lanicemine 100 mg with its affinity in binding on every pool instead of its functional block."""
    chain = with_company(prior_chain("human"), ["lanicemine"])
    own = chain.parameters
    ratio = _BY_BINDING / 0.494
    moved = {f"receptor.pools.lanicemine.{p}": ratio * float(own[f"receptor.k_{p}"]) for p in POOLS}
    held = chain.with_values({**moved, "receptor.affinities.lanicemine.nmdar": _BY_BINDING})
    given = Comparator("lanicemine", "iv", "100 mg", "60 min", title="lanicemine 100 mg iv over 60 min, by binding")
    return course(held, (given,), "human", (*POOL_PORTS, "ce_nmdar", "glutamate_pfc"))


def lanicemine_leaving_early() -> Course:
    """Lanicemine 100 mg, were it lost from plasma with a half-life of one hour: what its block alone would do."""
    chain = with_company(prior_chain("human"), ["lanicemine"])
    held = chain.with_values({"company.half_life.lanicemine": 1.0, "company.k12.lanicemine": 0.0})
    given = Comparator(
        "lanicemine", "iv", "100 mg", "60 min", title="lanicemine 100 mg iv over 60 min, were it lost in hours"
    )
    return course(held, (given,), "human", (*POOL_PORTS, "ce_nmdar", "glutamate_pfc"))


BALANCE_PORTS = ("glutamate_pfc", "gaba_strength", "gaba_tone")
_KET = Comparator(*KETAMINE)
BALANCES: tuple[tuple[Comparator, ...], ...] = (
    (_KET,),
    *((Comparator(*words),) for words in (("pcp", "iv", "0.1 mg/kg"), ("amphetamine", "oral", "20 mg"))),
    *(
        (Comparator(*words),)
        for words in (("alcohol", "oral", "0.6 g/kg"), ("midazolam", "iv", "0.045 mg/kg", "40 min"))
    ),
    (_KET, Comparator("alcohol", "oral", "0.6 g/kg")),
    (_KET, Comparator("amphetamine", "oral", "20 mg")),
    (_KET, Comparator("pcp", "iv", "0.1 mg/kg")),
    (_KET, Comparator("midazolam", "iv", "0.045 mg/kg", "40 min")),
)


def balance_courses() -> tuple[tuple[str, Course], ...]:
    """Glutamate and inhibition under drugs that raise or lower them, alone and with ketamine."""
    chain = with_company(prior_chain("human"), ["midazolam"])
    return tuple(
        (" + ".join(g.words for g in given), course(chain, given, "human", BALANCE_PORTS)) for given in BALANCES
    )


PERCEPTION_PORTS = ("activation_ht2a", "occupancy_trkb", "perception_change", "glutamate_pfc")
PSYCHEDELICS: tuple[tuple[Comparator, ...], ...] = (
    *((Comparator("lsd", "oral", dose),) for dose in ("0.005 mg", "0.01 mg", "0.02 mg", "0.05 mg", "0.1 mg", "0.2 mg")),
    (Comparator("lsd", "oral", "0.1 mg"), Comparator("ketanserin", "oral", "40 mg")),
    *((Comparator("psilocybin", "oral", dose),) for dose in ("0.5 mg", "1 mg", "3 mg", "10 mg", "25 mg")),
    (Comparator("psilocybin", "oral", "25 mg"), Comparator("ketanserin", "oral", "40 mg")),
)


def psychedelic_courses(theory: str) -> tuple[tuple[str, Course], ...]:
    """Doses of psychedelics from below perception upwards, in the default chain or under a hypothesis of `RIVALS`."""
    chain = RIVALS[theory]()
    return tuple(
        (" + ".join(g.words for g in given), course(chain, given, "human", PERCEPTION_PORTS)) for given in PSYCHEDELICS
    )


RIVALS: dict[str, Callable[[], Chain]] = {
    "default": lambda: prior_chain("human"),
    "trapping receptor": lambda: prior_chain("human").replace(receptor=trapping_block("human", UNCALIBRATED)),
    "direct_inhibition": lambda: hypothesis("direct_inhibition").prior("human"),
    "trkb_binding": lambda: hypothesis("trkb_binding").prior("human"),
}


def rival_courses(trials: Sequence[Comparator]) -> dict[str, tuple[Course, ...]]:
    """The same drugs under other theories of what matters."""
    return {
        name: tuple(course(made(), (g,), "human", ("glutamate_pfc",)) for g in trials) for name, made in RIVALS.items()
    }


@dataclass(frozen=True)
class HnkGap:
    """Free (2R,6R)-HNK in brain (umol/L): people after ketamine, mice after HNK or ketamine, and the EC in mice."""

    human: float
    mouse_hnk: float
    mouse_ketamine: float
    ec: float

    @property
    def times(self) -> float:
        """How many times the level in people lies below the half-effective one of the mouse chain."""
        return self.ec / self.human


@cache
def hnk_gap() -> HnkGap:
    """The distance between what people get of (2R,6R)-HNK and what acts in mice."""
    ec = float(prior_chain("mouse").parameters["synapse.ec_hnk"])
    return HnkGap(
        human=_hnk_peak("human", KETAMINE),
        mouse_hnk=_hnk_peak("mouse", ("hydroxynorketamine_r", "ip", "10 mg/kg", None)),
        mouse_ketamine=_hnk_peak("mouse", ("ketamine", "ip", "10 mg/kg", None)),
        ec=ec,
    )


def occupancy_ratio(concentration: float, species: Species = "human") -> float:
    """How many times S-ketamine occupies interneuron receptors as R-ketamine does, at the same free level (umol/L)."""
    stage = prior_chain(species).stages["receptor"]
    if not isinstance(stage, CompetitiveBinding):
        raise TypeError("the default receptor is competitive")
    share = {}
    for form in ("s", "r"):
        c = float(stage.racemate / stage.affinities[f"ketamine_{form}", "nmdar"]) * concentration
        share[form] = c / (c + float(stage.k_interneuron))
    return share["s"] / share["r"]


def _hnk_peak(species: Species, words: Words) -> float:
    held = prior_chain(species).with_values({"body.weight": WEIGHT[species]})
    given = Comparator(*words)
    events = _events(held, given, 0.0, species)
    return float(_followed(held, events, np.asarray(_KINETICS), ("ce_hnk_r",))["ce_hnk_r"].max())


def dosed(chain: Chain, given: Comparator, species: Species) -> tuple[Happening, ...]:
    """What all doses of a drug do to the inputs of a chain that holds it."""
    return tuple(e for hour in given.hours for e in _events(chain, given, hour, species))


def _events(chain: Chain, given: Comparator, hour: float, species: str) -> tuple[Happening, ...]:
    if given.drug in companions():
        return company_happenings(chain, given.drug, given.route, given.dose, hour, given.over, WEIGHT[species])
    mg = float(given.dose.split()[0]) * WEIGHT[species]
    hours = float(given.over.split()[0]) / 60.0 if given.over else 0.0
    dose = {"start": hour, "mg": mg, "duration": hours, "devices": 1}
    return happenings(chain, compound(given.drug), given.route, dose)


def _followed(chain: Chain, events: Sequence[Happening], times: Floats, ports: Sequence[str]) -> dict[str, Floats]:
    load = float(median_load(chain))
    doses = protocol(chain.external, [(Level("load", 0.0, load), *events)])
    start = rest(chain, {"load": load}, "ill").state
    found = march(chain, doses, start, (0.0, float(times[-1])), times, tuple(dict.fromkeys(ports)))
    return {port: np.asarray(found.signals[port][0]) for port in dict.fromkeys(ports)}
