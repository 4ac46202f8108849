"""What a version changes for those who are members already, when it begins to hold for all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.db import Query, Statements, Tx, maybe, run, values
from regulars.loyalty.inactivity import begin_inactivity
from regulars.loyalty.model import Programme
from regulars.loyalty.period import shifted
from regulars.loyalty.tier_sets import keep_sets
from regulars.loyalty.welcome import keep_habits


class Sql(Statements, file="beginning.sql"):
    before: Query
    endless: Query
    end_lots: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    body: dict[str, Any]


def settle(tx: Tx, programme_id: int, programme: Programme, at: datetime) -> None:
    """Bring members' tiers and ends to a version that begins, once it is written down.

    Nobody is lowered, and no points end before a full period from now is over.
    """
    if programme.only_for is None:
        found = maybe(tx, SQL.before, Before, programme_id=programme_id)
        before = msgspec.convert(found.body, Programme) if found else None
        keep_habits(tx, programme_id, programme)
        begin_inactivity(tx, programme_id, before, programme, at)
        _begin_validity(tx, programme_id, before, programme, at)
    keep_sets(tx, programme_id, programme, at)


def _begin_validity(
    tx: Tx, programme_id: int, before: Programme | None, now: Programme, at: datetime
) -> None:
    valid = now.valid
    if valid is None or before is None or before.valid is not None:
        return
    instants = values(tx, SQL.endless, programme_id=programme_id, at=at)
    ends = [shifted(instant, valid, now.zone) for instant in instants]
    run(tx, SQL.end_lots, programme_id=programme_id, at=instants, ends=ends, now=at)
