"""What all blocks of a design share: nothing unknown is accepted, and nothing changes once it is read."""

from pydantic import BaseModel, ConfigDict


class Block(BaseModel):
    """One block of a design document."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
