"""Comparators under a theory in which a lasting drive tires: beside the default chain, and over prior draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from ..calibrate.questions.draws import Draws, drawn
from ..calibrate.questions.sitting import PLAN
from ..chains import anchored, median_load, prior_chain
from ..company import with_company
from ..core.calibrated import UNCALIBRATED
from ..core.chain import Chain
from ..core.event import Level
from ..core.parameter import Species, read_grouped
from ..core.solver import own_resting_state, protocol
from ..core.solver.kernel.march import march
from ..hypothesis.experiment import WEIGHT, Floats
from ..hypothesis.library import hypothesis
from ..hypothesis.siblings import SIBLINGS, trapping_block
from .comparators import KETAMINE, POOL_PORTS, TRIALS, Comparator, Course, course, dosed

DRAWS, SEED = 200, 1
_DAY, _BIT = 24.0, 0.02
_SMALL, _SPARED, _TRACE, _SILENT = 0.7, 0.1, 1e-4, 1.005
NAME, TRAPPED = "braked_burst", "braked, trapping"
DRAWN = ("default", NAME)  # not with trapping, which some draws make too stiff for the grid


def _default() -> Chain:
    return prior_chain("human")


def _with(*rivals: str) -> Callable[[], Chain]:
    """The default human chain with rival theories of single rooms."""
    slots = {SIBLINGS[name][0]: SIBLINGS[name][1] for name in rivals}
    return lambda: anchored(_default().replace(**{slot: made("human", UNCALIBRATED) for slot, made in slots.items()}))


def _trapped() -> Chain:
    """The braked burst with the trapping receptor beside it."""
    return anchored(hypothesis(NAME).prior("human").replace(receptor=trapping_block("human", UNCALIBRATED)))


THEORIES: Mapping[str, Callable[[], Chain]] = {
    "default": _default,
    "brake alone": _with("braked"),
    "ceiling alone": _with("crowded"),
    NAME: lambda: hypothesis(NAME).prior("human"),
    TRAPPED: _trapped,
}

KETAMINES = (
    Comparator(*KETAMINE),
    Comparator(*KETAMINE, tuple(56.0 * i for i in range(6)), "ketamine, six infusions in two weeks"),
    Comparator("ketamine", "iv", "57.6 mg/kg", "5760 min", title="ketamine 0.6 mg/kg an hour for 96 h"),
)
MICE = (
    Comparator("ketamine", "ip", "10 mg/kg"),
    Comparator("memantine", "ip", "20 mg/kg"),
    Comparator("mk801", "ip", "0.1 mg/kg"),
)
TIMES_OF_THE_BRAKE = (0.5, 1.0, 2.0, 4.0, 8.0, 24.0)


@dataclass(frozen=True)
class Compared:
    """One drug by theory, and the shares of draws in which it does less for despair at 24 h than ketamine does."""

    given: Comparator
    by: Mapping[str, Course]
    weaker: Mapping[str, float]

    def despair(self, theory: str) -> float:
        """Despair a day after the last dose."""
        return self.by[theory].despair[_DAY]


@cache
def compared(draws: int = DRAWS) -> tuple[Compared, ...]:
    """Every comparator of the trials under every theory; shares over prior draws under those of `DRAWN`."""
    ports = (*POOL_PORTS, "glutamate_pfc", "ampar_surface", "lhb_output")
    chains = {name: made() for name, made in THEORIES.items()}
    ketamine = {name: relief(chains[name], TRIALS[0], draws) for name in DRAWN}
    return tuple(
        Compared(
            given,
            {name: course(chain, (given,), "human", ports) for name, chain in chains.items()},
            {name: float(np.mean(relief(chains[name], given, draws) < own - _BIT)) for name, own in ketamine.items()},
        )
        for given in TRIALS
    )


def relief(chain: Chain, given: Comparator, draws: int = DRAWS) -> Floats:
    """By how much despair lies below 1 a day after the last dose, one number a prior draw of all doubted values.

    Draws go by address, so that two drugs, and two theories, share what they share.
    """
    joined = with_company(chain, [given.drug]).with_values({"body.weight": WEIGHT["human"]})
    held = drawn(joined, Draws(range(draws), SEED), {}).with_values({"body.weight": WEIGHT["human"]})
    events = dosed(joined, given, "human")
    load = np.broadcast_to(np.asarray(median_load(held), dtype=float), (draws,))
    doses = protocol(held.external, [(Level("load", 0.0, float(one)), *events) for one in load])
    last = max(given.hours) + _DAY
    start = own_resting_state(held, {"load": load}, "ill")
    found = march(held, doses, start, (0.0, last), np.asarray([last]), ("despair",), PLAN)
    return np.asarray(1.0 - found.signals["despair"][:, 0])


def ketamines() -> dict[str, tuple[Course, ...]]:
    """What each theory makes of ketamine itself: once, six times, and for four days."""
    return _rows(KETAMINES, "human", {name: THEORIES[name] for name in ("default", "brake alone", NAME)})


def mice() -> dict[str, tuple[Course, ...]]:
    """The same in mice, where memantine did nothing."""
    own = {"default": lambda: prior_chain("mouse"), NAME: lambda: hypothesis(NAME).prior("mouse")}
    return _rows(MICE, "mouse", own)


def by_time() -> dict[float, tuple[Course, ...]]:
    """Those that stay strong, and ketamine, with the brake taking hold in half an hour up to a day."""
    chain = hypothesis(NAME).prior("human")
    return {tau: _strongest(chain.with_values({"circuit.tau_brake": tau})) for tau in TIMES_OF_THE_BRAKE}


def by_habenula() -> dict[str, tuple[Course, ...]]:
    """The same with a habenula that traps no drug better than slices trap lanicemine, and with one that takes none."""
    chain = hypothesis(NAME).prior("human")
    leaky = {"brain.r0": escape("lanicemine") / escape("ketamine") * float(chain.parameters["brain.r0"])}
    found = {"as it stands": {}, "leaking as lanicemine does": leaky, "out of reach": {"brain.k_on": 0.0}}
    return {name: _strongest(chain.with_values(values)) for name, values in found.items()}


def escape(family: str) -> float:
    """The share of a blocker that leaves when the channel closes."""
    shares = read_grouped(Path(str(files("resynapse"))) / "compound" / "trapping.toml", "human")
    return 1.0 - float(shares.entries[f"trapped.{family}"].value)


def _strongest(chain: Chain) -> tuple[Course, ...]:
    return tuple(course(chain, (TRIALS[i],), "human", ()) for i in (0, 2, 3, 13))


def reasons(found: Compared, ketamine: Compared) -> tuple[str, ...]:
    """Why a drug comes out weaker than ketamine under the braked burst, or what keeps it strong."""
    own, usual = found.by[NAME], ketamine.by[NAME]
    if weaker_than(found, ketamine):
        return _weaker(found, own, usual)
    return ("**not weaker**", *_strong(own))


def weaker_than(found: Compared, ketamine: Compared) -> bool:
    """Whether a drug does less than ketamine under the braked burst, by more than a hair."""
    return found.despair(NAME) > ketamine.despair(NAME) + _BIT


def _weaker(found: Compared, own: Course, usual: Course) -> tuple[str, ...]:
    block, whole = (c.peaks[POOL_PORTS[0]] for c in (own, usual))
    silent = own.peaks["glutamate_pfc"] < _SILENT
    told = {
        "releases hardly any glutamate": silent,
        "acts on principal cells only": silent and own.peaks[POOL_PORTS[1]] > block + _TRACE,
        "block too small": not silent and _BIT < block < _SMALL * whole,
        "spares resting receptors": block > _BIT and own.peaks[POOL_PORTS[2]] < _SPARED * usual.peaks[POOL_PORTS[2]],
        "braked": found.despair(NAME) - found.despair("default") > 0.05,
    }
    return tuple(word for word, holds in told.items() if holds)


def _strong(own: Course) -> tuple[str, ...]:
    told = {
        "holds the habenula still": own.lows["lhb_output"] < 0.0,
        "empties resting receptors": own.peaks[POOL_PORTS[2]] > 0.5,
        "synapses stay full": own.peaks["ampar_surface"] > 1.2,
    }
    return tuple(word for word, holds in told.items() if holds)


def _rows(
    drugs: tuple[Comparator, ...], species: Species, theories: Mapping[str, Callable[[], Chain]]
) -> dict[str, tuple[Course, ...]]:
    ports = ("glutamate_pfc", "ampar_surface")
    return {name: tuple(course(made(), (g,), species, ports) for g in drugs) for name, made in theories.items()}
