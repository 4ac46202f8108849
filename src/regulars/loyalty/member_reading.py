"""What rules ask of a member, read from the ledger as it stands at an instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction

from regulars.conditions import Condition
from regulars.db import Query, Statements, Tx, rows, value
from regulars.kernel import local_day, local_instant
from regulars.loyalty.asking import asked
from regulars.loyalty.dating import span_of
from regulars.loyalty.member_state import STRANGER, CapKey, MemberState
from regulars.loyalty.model import Programme


class Sql(Statements, file="member_reading.sql"):
    membership: Query
    tiers_held: Query
    can_spend: Query
    carried_over: Query
    earned_before: Query
    given_by_rules: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    tier_set: str
    name: str | None  # None: a tier that the newest version has no more.


@dataclass(frozen=True, slots=True, kw_only=True)
class Spendable:
    currency: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    rule: str
    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    n: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    rule: str
    points: int


def state_of(
    tx: Tx, programme_id: int | None, programme: Programme, customer_id: int | None, at: datetime
) -> MemberState:
    """Of a programme that was never launched (None) nobody is a member yet."""
    given = _given(tx, programme_id, programme)
    if customer_id is None:
        return MemberState(relation=STRANGER.relation, given=given)
    holds = _holds(tx, programme, customer_id, at)
    place = {"programme_id": programme_id, "customer_id": customer_id}
    member_id = programme_id and value(tx, SQL.membership, **place)
    if not member_id:
        return MemberState(relation="customer", holds=holds, given=given)
    at_member = {"programme_id": programme_id, "member_id": member_id, "at": at}
    held = rows(tx, SQL.tiers_held, Held, **at_member)
    carried = rows(tx, SQL.carried_over, Carried, **place)
    return MemberState(
        tiers={one.tier_set: one.name for one in held if one.name is not None},
        holds=holds,
        earned=_earned(tx, programme, place, at),
        given=given,
        carried={one.rule: Fraction(one.numerator) / Fraction(one.denominator) for one in carried},
        spendable={one.currency: one.points for one in rows(tx, SQL.can_spend, Spendable, **at_member)},
    )


def _holds(tx: Tx, programme: Programme, customer_id: int, at: datetime) -> frozenset[str]:
    """Conditions are asked as of the start of the local day."""
    asking: dict[str, Condition] = {}
    asking |= {f"rule/{one.key}": one.who for one in programme.earning if one.who is not None}
    asking |= {f"multiplier/{one.key}": one.who for one in programme.multipliers if one.who is not None}
    morning = local_instant(local_day(at, programme.zone), time(), programme.zone)
    found = asked(tx, list(asking.values()), morning, [customer_id])
    return frozenset(name for name, who in zip(asking, found, strict=True) if customer_id in who)


def _earned(tx: Tx, programme: Programme, place: Mapping[str, object], at: datetime) -> dict[CapKey, int]:
    """Caps of one order count nothing yet: the basket is a new one."""
    keys = {
        CapKey(rule=rule.key, currency=rule.currency, per=cap.per)
        for rule in programme.earning
        for cap in rule.caps
    }
    keys |= {CapKey(rule="", currency=cap.currency, per=cap.per) for cap in programme.caps}
    spans = [(key, span) for key in keys if (span := span_of(key.per, at, programme.zone))]
    if not spans:
        return {}
    found = rows(
        tx,
        SQL.earned_before,
        Counted,
        rules=[key.rule for key, _ in spans],
        currencies=[key.currency for key, _ in spans],
        starts=[span[0] for _, span in spans],
        ends=[span[1] for _, span in spans],
        **place,
    )
    return {spans[one.n - 1][0]: one.points for one in found}


def _given(tx: Tx, programme_id: int | None, programme: Programme) -> dict[str, int]:
    limited = [rule.key for rule in programme.earning if rule.budget is not None]
    if not limited or programme_id is None:
        return {}
    found = rows(tx, SQL.given_by_rules, Given, programme_id=programme_id, rules=limited)
    return {one.rule: one.points for one in found}
