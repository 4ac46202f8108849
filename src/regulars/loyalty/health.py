"""How a programme lives: who takes part, who moves between tiers, what is redeemed and what breaks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.db import Query, Statements, Tx, one, rows, value
from regulars.loyalty.posting import currency_of, newest

ACTIVE_DAYS = 90


class Sql(Statements, file="health.sql"):
    active_members: Query
    redeeming_members: Query
    tier_moves: Query
    past_validity: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMove:
    tier_before: int
    tier_after: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastValidity:
    ended: int  # Points of lots past their validity by now.
    expired: int  # Of those, what nobody had spent.


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    redeeming_members: int  # Ever spent, reversals left out.
    past_validity: PastValidity

    @property
    def breakage(self) -> float | None:
        """Expired out of everything past its validity; None while nothing is."""
        past = self.past_validity
        return past.expired / past.ended if past.ended else None


def active_members(tx: Tx, programme: str, at: datetime) -> int:
    """How many earned or spent in the last 90 days."""
    since = at - timedelta(days=ACTIVE_DAYS)
    return int(value(tx, SQL.active_members, programme_id=newest(tx, programme).programme_id, since=since))


def tier_moves(tx: Tx, programme: str, at: datetime, tier_set_key: str | None = None) -> list[TierMove]:
    """Who went from which tier to which in the last 90 days."""
    version = newest(tx, programme)
    since = at - timedelta(days=ACTIVE_DAYS)
    tier_set = version.programme.set_of(tier_set_key)
    place = {"programme_id": version.programme_id, "tier_set": tier_set.key if tier_set else None}
    return rows(tx, SQL.tier_moves, TierMove, **place, since=since)


def health(tx: Tx, programme: str, at: datetime) -> Health:
    """Reads every lot and transfer of the programme: for a part of a page that comes late."""
    version = newest(tx, programme)
    place = {"programme_id": version.programme_id}
    code = currency_of(version, None).code
    return Health(
        redeeming_members=int(value(tx, SQL.redeeming_members, **place)),
        past_validity=one(tx, SQL.past_validity, PastValidity, **place, currency=code, at=at),
    )
