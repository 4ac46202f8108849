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
        if one.zone in _known():
            found[one.customer_id] = one.zone
    return found


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
