"""In which time zone customers live: their trait `zone`, else `timezone`, else the workspace's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from regulars.db import Query, Statements, Tx, rows


class Sql(Statements, file="zones.sql"):
    zones: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    customer_id: int
    zone: str


def zones_of(tx: Tx, customer_ids: Sequence[int], default: str) -> dict[int, str]:
    """The IANA name of each person's zone; a name that is none counts as nothing said."""
    found = dict.fromkeys(customer_ids, default)
    for one in rows(tx, SQL.zones, _Said, ids=list(customer_ids)):
        if one.zone in known_zones():
            found[one.customer_id] = one.zone
    return found


@cache
def known_zones() -> frozenset[str]:
    """The IANA names that this machine knows."""
    return frozenset(available_timezones())
