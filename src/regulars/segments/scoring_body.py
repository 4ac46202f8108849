"""What people define of scores."""

from typing import Annotated, Literal

import msgspec

Method = Literal["rfm", "value_tiers", "clusters"]


class ScoringBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every night each customer who bought in the period is scored; who did not has no score."""

    name: str
    description: str = ""
    method: Method
    currency: str  # Orders in others are left out.
    look_back_days: Annotated[int, msgspec.Meta(ge=7, le=3650)] = 365
    clusters: Annotated[int, msgspec.Meta(ge=2, le=12)] = 5
    percents: tuple[int, ...] = (5, 20, 50)  # Of value tiers: the best so many of a hundred.
