"""What the orders of a wave earn by one rule of one version: priced and posted in sets, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, maybe
from regulars.loyalty import limiting
from regulars.loyalty.basket import BasketLine
from regulars.loyalty.dating import ends, starts
from regulars.loyalty.earning_rule import EarningRule, Lines
from regulars.loyalty.factors import ONCE, combined, percent
from regulars.loyalty.limiting import is_limited, limits_of
from regulars.loyalty.line_match import ANY_LINE, left_out, why_not
from regulars.loyalty.model import Programme
from regulars.loyalty.ruling import Item, Version

NOTHING_LEFT_OUT = Lines()
SAFE = 2**63 // 1_000_000  # Lines may come to more than their order.


class Sql(Statements, file="pricing.sql"):
    ordered_items: Query
    covered_lines: Query
    plain_lines: Query
    chosen_lines: Query
    figured_money: Query
    figured_quantity: Query
    figured_lines: Query
    figured_orders: Query
    figured_events: Query
    by_line: Query
    by_order: Query
    by_order_money: Query
    by_order_carrying: Query
    packed: Query
    packed_limited: Query
    price: Query
    price_plain: Query


SQL = Sql()
FIGURED = {
    "money": SQL.figured_money,
    "quantity": SQL.figured_quantity,
    "lines": SQL.figured_lines,
    "orders": SQL.figured_orders,
    "events": SQL.figured_events,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A row of the query `price`."""

    posted: list[int]
    orders: int
    points: int
    joined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """An item that a rule means, with what multiplies it."""

    item: Item
    own: tuple[int, ...]  # Of the member's tiers.
    multipliers: tuple[int, ...]  # Places of those that apply to it, as far as it is not asked line by line.
    figure: int = 0  # Of an event, in thousandths.


def price(
    tx: Tx, version: Version, programme: Programme, rule: EarningRule, meant: Sequence[Meant]
) -> Posted | None:
    """Post what these earn; at most one of each customer where caps or a carried remainder are asked."""
    meant = [one for one in meant if not is_bare(one.item) or bare_counts(programme, rule)]
    if not meant:
        return None
    plain = is_plain(programme, rule, meant)
    items = [one.item for one in meant]
    return maybe(
        tx,
        SQL.price_plain if plain else statement(programme, rule, meant),
        Posted,
        programme_id=version.programme_id,
        version=version.version,
        terms=programme.terms_version,
        joined_by=None if programme.join == "enrolment" else programme.join,
        tier_set=programme.tier_set.key if programme.tier_set else None,
        currency=rule.currency,
        rule=rule.key,
        origin=rule.origin,
        partner=rule.partner or None,
        counts=rule.counts,
        points=rule.points,
        per=rule.per_minor * ONCE,
        rounding=rule.rounding,
        **(plain_items_of if plain else items_of)(programme, rule, meant),
        **(lines_of(programme, rule, meant) if chooses(programme, rule) else {}),
        **(limits_of(tx, version, programme, rule, items) if is_limited(programme, rule) else {}),
    )


def statement(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> sql.Composed:
    limited = is_limited(programme, rule)
    return SQL.price.format(
        items=SQL.ordered_items,
        covered=SQL.covered_lines,
        lines=SQL.chosen_lines if chooses(programme, rule) else SQL.plain_lines,
        figured=FIGURED[rule.counts],
        parted=parting(programme, rule, meant),
        packed=SQL.packed_limited.format(limited=limiting.limited) if limited else SQL.packed,
    )


def is_plain(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> bool:
    """Whether money of whole orders earns, by one factor, without any limit, for the first time."""
    return (
        (rule.counts, rule.rounded_per, rule.carry) == ("money", "order", False)
        and not chooses(programme, rule)
        and not is_limited(programme, rule)
        and not any(one.item.earned or one.item.turn != one.item.position for one in meant)
        and fits_bigint(programme, rule, meant)
    )


def fits_bigint(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> bool:
    most = max(abs(one.item.total_minor) for one in meant)
    return most * rule.points * factor_most(programme, rule) < SAFE


def parting(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> Query:
    if rule.rounded_per == "line":
        return SQL.by_line
    if rule.carry:
        return SQL.by_order_carrying
    by_money = rule.counts == "money" and fits_bigint(programme, rule, meant)
    return SQL.by_order_money if by_money else SQL.by_order


def factor_most(programme: Programme, rule: EarningRule) -> int:
    """No line is multiplied by more."""
    if not rule.multiplied:
        return ONCE
    of_tiers = [max(tier.percent for tier in tier_set.tiers) for tier_set in programme.tier_sets]
    most = ONCE
    for factor in [*of_tiers, *map(percent, programme.multipliers)]:
        most = most * max(factor, ONCE) // ONCE + 1
    return most


def chooses(programme: Programme, rule: EarningRule) -> bool:
    """Whether lines of one order differ in whether they count or by what they are multiplied."""
    leaves_out = programme.left_out not in (None, ANY_LINE) and not rule.counts_left_out
    if rule.counts == "events":
        return False
    return bool(rule.lines != ANY_LINE or rule.excluded_products or leaves_out) or any(
        programme.multipliers[n].lines != ANY_LINE for n in naming(programme, rule)
    )


def naming(programme: Programme, rule: EarningRule) -> list[int]:
    """The places of the multipliers that may multiply a rule."""
    if not rule.multiplied:
        return []
    return [n for n, one in enumerate(programme.multipliers) if not one.rules or rule.key in one.rules]


def is_bare(item: Item) -> bool:
    """Whether it counts as one line of what it comes to."""
    return item.order_id is None or item.line_count == 0


BARE = BasketLine(key="", total_minor=0, categories=(), brand="")


def bare_counts(programme: Programme, rule: EarningRule) -> bool:
    if rule.counts == "events":
        return True
    leaves_out = None if rule.counts_left_out else left_out(programme.left_out, BARE)
    return why_not(rule.lines, BARE) is None and not leaves_out


def plain_items_of(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> dict[str, object]:
    """What the database does not know of orders by itself."""
    waits = rule.starts or programme.starts
    active = [starts(programme, one.item.occurred_at, rule.starts) for one in meant]
    return {
        "orders": [one.item.order_id for one in meant],
        "active": active if waits else [],
        "expires": [ends(programme, start, rule.valid) for start in active],
        "factors": factors_of(programme, rule, meant),
    }


def items_of(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> dict[str, object]:
    active = [starts(programme, one.item.occurred_at, rule.starts) for one in meant]
    return {
        "orders": [one.item.key for one in meant],
        "customers": [one.item.customer_id for one in meant],
        "atoms": [one.item.atom_id for one in meant],
        "positions": [one.item.position for one in meant],
        "occurred": [one.item.occurred_at for one in meant],
        "booked": [one.item.booked_at for one in meant],
        "active": active,
        "expires": [ends(programme, start, rule.valid) for start in active],
        "totals": [one.item.total_minor for one in meant],
        "bare": [is_bare(one.item) for one in meant],
        "figures": [one.figure for one in meant],
        "factors": factors_of(programme, rule, meant),
        "own": ["{" + ",".join(map(str, one.own)) + "}" for one in meant],
        "earned": [one.item.earned for one in meant],
    }


def factors_of(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> list[int]:
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
    found = []
    for one in meant:
        multiplied = (one.own, one.multipliers)
        if multiplied not in known:
            known[multiplied] = factor_of(programme, rule, one)
        found.append(known[multiplied])
    return found


def factor_of(programme: Programme, rule: EarningRule, one: Meant) -> int:
    """Of a line that no multiplier asking for lines means."""
    if not rule.multiplied:
        return ONCE
    whole = [programme.multipliers[n] for n in one.multipliers if programme.multipliers[n].lines == ANY_LINE]
    return combined([*one.own, *map(percent, whole)], programme.combined)


def lines_of(programme: Programme, rule: EarningRule, meant: Sequence[Meant]) -> dict[str, object]:
    out = programme.left_out if programme.left_out and not rule.counts_left_out else NOTHING_LEFT_OUT
    places = naming(programme, rule)
    applied = [(one.item.key, n) for one in meant for n in one.multipliers if n in places]
    asked = [
        {"n": n, "factor": percent(programme.multipliers[n]), **lists(programme.multipliers[n].lines)}
        for n in places
    ]
    own = lists(rule.lines)
    return {
        **own,
        "out_products": [*out.products, *rule.excluded_products],
        "out_categories": list(out.categories),
        "out_brands": list(out.brands),
        "applied_orders": [order_id for order_id, _ in applied],
        "applied": [n for _, n in applied],
        "multipliers": Jsonb(asked),
        "combined": programme.combined,
    }


def lists(lines: Lines) -> dict[str, list[str]]:
    return {name: list(getattr(lines, name)) for name in lines.__struct_fields__}
