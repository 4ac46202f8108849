"""Whom the sending policy keeps from marketing for now, as a part of statements that count people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.customers import known_zones
from regulars.db import Query, Statements, Tx
from regulars.messaging.policy import Cap
from regulars.messaging.policy_kind import sending_policy
from regulars.messaging.windows import counts_since


class Sql(Statements, file="limited.sql"):
    limited: Query


SQL = Sql()


def limited(tx: Tx, at: datetime, zone: str, media: Sequence[str]) -> tuple[Query, dict[str, Any]]:
    """A query of (customer_id, medium) over a relation `matched` of customers, and what it is asked with.

    It gives who is held out of all marketing, and who heard as often as a cap allows by then. `zone` is of
    those of whom no zone is known. Caps of one topic are left out, as what is counted for has none yet.
    """
    policy = sending_policy(tx)
    caps = [cap for cap in policy.caps if cap.topic is None]
    spans = _spans(caps, at, zone)
    return SQL.limited, {
        "limit_media": list(media),
        "limit_share": policy.holdout_share,
        "limit_salt": policy.holdout_salt.strip(),
        "limit_zone": zone,
        "limit_zones": sorted({span[1] for span in spans}),
        "limit_caps": [span[0] for span in spans],
        "limit_span_zones": [span[1] for span in spans],
        "limit_sinces": [span[2] for span in spans],
        "limit_earliest": min((span[2] for span in spans), default=at),
        "limit_cap_places": list(range(len(caps))),
        "limit_ns": [cap.n for cap in caps],
        "limit_cap_media": [cap.channel for cap in caps],
    }


def _spans(caps: Sequence[Cap], at: datetime, zone: str) -> list[tuple[int, str, datetime]]:
    """From when on each cap counts, in every zone that people may live in."""
    if not caps:
        return []
    return [
        (place, name, counts_since(cap, at, name))
        for name in known_zones() | {zone}
        for place, cap in enumerate(caps)
    ]
