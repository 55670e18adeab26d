"""What the simulator must be able to answer, and how far it has come."""

from .claims import Claim, claim, claims, ledger_records

__all__ = ["Claim", "claim", "claims", "ledger_records"]
