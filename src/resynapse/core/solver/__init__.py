"""The solver: exact linear blocks, a protocol grid for the rest, an adaptive oracle beside them."""

from .cascade import Solution, solve
from .certificate import BUDGET, scaled_errors
from .compiled import keep_compiled_code
from .grid import GridPlan
from .journey import Anew, Journey, Leg, Periodic, travel
from .modal import profile_people
from .oracle import certify, coarsest_plan, halving_errors, oracle
from .profile import Profile, profile
from .protocol import Protocol, protocol, signature
from .rest import Rest, own_resting_state, rest, resting_state
from .steady import Cycle, steady_state

__all__ = [
    "BUDGET",
    "Anew",
    "Cycle",
    "GridPlan",
    "Journey",
    "Leg",
    "Periodic",
    "Profile",
    "Protocol",
    "Rest",
    "Solution",
    "certify",
    "coarsest_plan",
    "halving_errors",
    "keep_compiled_code",
    "oracle",
    "own_resting_state",
    "profile",
    "profile_people",
    "protocol",
    "rest",
    "resting_state",
    "scaled_errors",
    "signature",
    "solve",
    "steady_state",
    "travel",
]
