"""What caps and budgets leave of what a rule gives, as far as it is asked in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.db import Query, Statements, Tx, rows, value
from regulars.loyalty.dating import span_of
from regulars.loyalty.earning_rule import Cap, EarningRule
from regulars.loyalty.model import Programme
from regulars.loyalty.ruling import Item, Version


class Sql(Statements, file="limiting.sql"):
    limited: Query
    used: Query
    given: Query


SQL = Sql()
limited = SQL.limited


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    order_id: int
    n: int
    points: int


def is_limited(programme: Programme, rule: EarningRule) -> bool:
    return bool(rule.caps or rule.budget is not None) or any(
        cap.currency == rule.currency for cap in programme.caps
    )


def limits_of(
    tx: Tx, version: Version, programme: Programme, rule: EarningRule, items: Sequence[Item]
) -> dict[str, object]:
    caps = caps_of(programme, rule)
    asked = [(item, n, cap) for item in items for n, cap in enumerate(caps)]
    used = used_up(tx, version, programme, rule, asked) if asked else {}
    budget = None if rule.budget is None else max(0, rule.budget - given(tx, version, rule))
    return {
        "cap_orders": [item.key for item, _, _ in asked],
        "caps": [n for _, n, _ in asked],
        "allowed": [cap.points - used.get((item.key, n), 0) for item, n, cap in asked],
        "budget": budget,
    }


def caps_of(programme: Programme, rule: EarningRule) -> list[Cap]:
    """In the order in which they cut: the rule's of one order, its others, then those of all rules."""
    of_rule = sorted(rule.caps, key=lambda cap: cap.per != "order")
    return [*of_rule, *(cap for cap in programme.caps if cap.currency == rule.currency)]


def used_up(
    tx: Tx,
    version: Version,
    programme: Programme,
    rule: EarningRule,
    asked: Sequence[tuple[Item, int, Cap]],
) -> Mapping[tuple[int, int], int]:
    spans = [span_of(cap.per, item.occurred_at, programme.zone) for item, _, cap in asked]
    found = rows(
        tx,
        SQL.used,
        Used,
        programme_id=version.programme_id,
        currency=rule.currency,
        rule=rule.key,
        orders=[item.key for item, _, _ in asked],
        customers=[item.customer_id for item, _, _ in asked],
        caps=[n for _, n, _ in asked],
        by_rule=[n < len(rule.caps) for _, n, _ in asked],
        starts=[span and span[0] for span in spans],
        ends=[span and span[1] for span in spans],
    )
    return {(one.order_id, one.n): one.points for one in found}


def given(tx: Tx, version: Version, rule: EarningRule) -> int:
    return int(value(tx, SQL.given, programme_id=version.programme_id, rule=rule.key))
