"""What came back of orders: the ledger follows their present state, not the number of their events.

So any number of part returns, in any order, leaves what one full return leaves.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.kernel import Fault
from regulars.loyalty.climbing import climb, fall
from regulars.loyalty.earning_rule import EarningRule
from regulars.loyalty.exact import rounded
from regulars.loyalty.ruling import Item, Shelf, Version
from regulars.loyalty.standing_lines import Part, ReturnedLine, ReturnedOrder, StandingOrder

AGAIN = "the order stands again"


class Sql(Statements, file="returns.sql"):
    orders: Query
    lines: Query
    awards: Query
    spendings: Query
    keep_standing: Query
    keep_given: Query
    take_back: Query
    give_back: Query
    unclaim: Query
    restore: Query
    mark_restoring: Query
    pay_again: Query
    tell: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Awarded:
    """A row of the query `awards`."""

    id: int
    order_id: int
    rule: str
    version: int
    amount: int
    customer_id: int
    line_keys: list[str] | None
    minors: list[int] | None
    figures: list[int] | None
    points: list[int] | None
    stands: int
    standing: list[int] | None
    restores: int | None
    claimed: int

    def parts(self, order: ReturnedOrder) -> list[Part]:
        if self.line_keys is None or self.minors is None or self.points is None:
            return [Part(line_key="", minor=order.total_minor, figure=0, points=self.amount)]
        figures = self.figures or self.minors
        columns = zip(self.line_keys, self.minors, figures, self.points, strict=True)
        return [Part(line_key=k, minor=m, figure=f, points=p) for k, m, f, p in columns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A row of the query `spendings`."""

    id: int
    order_key: str
    amount: int
    customer_id: int
    currency_id: int
    again: bool
    given_back: int
    by_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    outcome: str
    transfer_id: int | None
    available: int | None
    field: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is settled together."""

    item: Item
    standing: StandingOrder
    awards: Sequence[Awarded]
    spendings: Sequence[Spent]


def settle(tx: Tx, shelf: Shelf, items: Sequence[Item]) -> None:
    """Bring what stands of the awards of these orders to what stands of the orders.

    Points that paid for what came back are given back first. Again, it changes nothing.
    """
    for order in read(tx, shelf, items):
        give_back(tx, shelf, order)
        take_back(tx, shelf, order)
    returned = [item for item in items if item.came_back]
    if returned:
        at = max(item.booked_at for item in returned)
        fall(tx, shelf.versions[0], sorted({item.customer_id for item in returned}), at)


def read(tx: Tx, shelf: Shelf, items: Sequence[Item]) -> list[Order]:
    if not items:
        return []
    programme_id = shelf.versions[0].programme_id
    ids = [item.order_id for item in items]
    orders = {one.order_id: one for one in rows(tx, SQL.orders, ReturnedOrder, orders=ids)}
    keys = [one.order_key for one in orders.values()]
    lines, awards, spendings = defaultdict(list), defaultdict(list), defaultdict(list)
    for line in rows(tx, SQL.lines, ReturnedLine, orders=ids):
        lines[line.order_id].append(line)
    for award in rows(tx, SQL.awards, Awarded, orders=ids, programme_id=programme_id):
        awards[award.order_id].append(award)
    for spent in rows(tx, SQL.spendings, Spent, order_keys=keys, programme_id=programme_id, again=AGAIN):
        spendings[spent.order_key].append(spent)
    return [
        Order(
            item=item,
            standing=StandingOrder(orders[item.order_id], lines[item.order_id]),
            awards=awards[item.order_id],
            spendings=spendings[orders[item.order_id].order_key],
        )
        for item in items
        if item.order_id in orders
    ]


def take_back(tx: Tx, shelf: Shelf, order: Order) -> None:
    by_rule: dict[str, list[Awarded]] = defaultdict(list)
    for award in order.awards:
        if award.restores is None:
            by_rule[award.rule].append(award)
    for awards in by_rule.values():
        whose = [award for award in awards if award.customer_id == order.item.customer_id]
        rule = rule_of(shelf, awards[0])
        parts = [award.parts(order.standing.order) for award in whose]
        quantity = rule is not None and rule.counts == "quantity"
        stands = dict(
            zip(
                [award.id for award in whose],
                order.standing.standing(parts, by_quantity=quantity),
                strict=True,
            )
        )
        for award in awards:
            # An order that turns out to be somebody else's earned nothing for who had it before.
            settle_award(tx, shelf, order, award, stands.get(award.id) or [0] * len(award.points or [0]))


def settle_award(tx: Tx, shelf: Shelf, order: Order, award: Awarded, standing: list[int]) -> None:
    target = sum(standing)
    if target == award.stands and (award.standing or standing) == standing:
        return
    parts = award.parts(order.standing.order)
    run(
        tx,
        SQL.keep_standing,
        id=award.id,
        line_keys=[part.line_key for part in parts],
        minors=[part.minor for part in parts],
        points=[part.points for part in parts],
        stands=target,
        standing=standing,
    )
    version = version_of(shelf, award)
    given = target - award.stands
    if given < 0:
        take(tx, shelf, order, award, -given)
    elif given > 0:
        given -= restore(tx, version, order, award, given)
    run(tx, SQL.keep_given, programme_id=version.programme_id, rule=award.rule, change=given)


def take(tx: Tx, shelf: Shelf, order: Order, award: Awarded, amount: int) -> None:
    """Out of what restored the award first, the latest before the others, then out of itself."""
    version = version_of(shelf, award)
    restoring = [one for one in order.awards if one.restores == award.id]
    for one in [*reversed(restoring), award]:
        part = min(amount, one.amount - one.claimed)
        if part > 0:
            amount -= part
            moved = maybe(
                tx,
                SQL.take_back,
                Moved,
                programme_id=version.programme_id,
                id=one.id,
                key=f"regulars:return:{one.id}:{order.item.turn}:{one.claimed}",
                at=order.item.booked_at,
                policy=shelf.body(version).returns,
                amount=part,
            )
            tell(tx, version, moved)


def restore(tx: Tx, version: Version, order: Order, award: Awarded, amount: int) -> int:
    """Gives again what returns took; what they asked and could not take is asked no more. Gives how much."""
    at = order.item.booked_at
    restoring = [one for one in order.awards if one.restores == award.id]
    for one in [*reversed(restoring), award]:
        if amount > 0:
            amount -= int(value(tx, SQL.unclaim, id=one.id, amount=amount, at=at))
    if amount > 0:
        posted = values(tx, SQL.restore, id=award.id, amount=amount, at=at)
        for transfer_id in posted:
            run(tx, SQL.mark_restoring, id=award.id, restoring=transfer_id)
        climb(tx, version, posted)
    return amount


def give_back(tx: Tx, shelf: Shelf, order: Order) -> None:
    """Points spent on the order: by the share of it that came back, or once all of it did."""
    by_currency: dict[int, list[Spent]] = defaultdict(list)
    for one in order.spendings:
        by_currency[one.currency_id].append(one)
    for spendings in by_currency.values():
        paid = sum(one.amount for one in spendings if not one.again)
        first = paid - sum(one.by_hand for one in spendings)
        outstanding = sum(one.amount - one.given_back for one in spendings)
        given = first - outstanding  # For what came back; neither by hand nor what was paid again.
        due = returned_of(first, shelf, order)
        # What somebody gives back by hand makes less due, and is never asked again.
        excess = min(given - due, given - returned_of(paid, shelf, order))
        if due > given:
            refill(tx, shelf, order, spendings, due - given)
        elif excess > 0:
            pay_again(tx, shelf, order, spendings[0], excess)


def returned_of(points: int, shelf: Shelf, order: Order) -> int:
    """What of points that paid for an order is due for what came back of it."""
    share = order.standing.share
    if shelf.newest.given_back == "when_all" and share > 0:
        return 0
    back = points * (1 - share)
    return rounded(back.numerator, back.denominator, "half_up")


def refill(tx: Tx, shelf: Shelf, order: Order, spendings: Sequence[Spent], surplus: int) -> None:
    version, at = shelf.versions[0], order.item.booked_at
    days = shelf.newest.given_back_days
    for one in reversed(spendings):
        part = min(surplus, one.amount - one.given_back)
        if part > 0:
            surplus -= part
            moved = maybe(
                tx,
                SQL.give_back,
                Moved,
                programme_id=version.programme_id,
                id=one.id,
                key=f"regulars:give_back:{one.id}:{order.item.turn}:{one.given_back}",
                at=at,
                amount=part,
                least=at + timedelta(days=days) if days else None,
            )
            tell(tx, version, moved)


def pay_again(tx: Tx, shelf: Shelf, order: Order, spent: Spent, amount: int) -> None:
    version = shelf.versions[0]
    for turn in ("", ":less"):
        moved = maybe(
            tx,
            SQL.pay_again,
            Moved,
            programme_id=version.programme_id,
            currency_id=spent.currency_id,
            customer_id=order.item.customer_id,
            amount=amount,
            key=f"regulars:spend_again:{spent.id}:{order.item.turn}{turn}",
            at=order.item.booked_at,
            again=AGAIN,
            order_key=spent.order_key,
        )
        tell(tx, version, moved)
        amount = moved.available or 0 if moved and moved.outcome == "insufficient" else 0
        if not amount:
            return


def tell(tx: Tx, version: Version, moved: Moved | None) -> None:
    if moved is None or moved.outcome == "conflict":
        raise Fault(f"A return could not be posted: {moved}.")
    if moved.outcome == "posted" and moved.transfer_id is not None:
        values(tx, SQL.tell, transfer_id=moved.transfer_id)
        climb(tx, version, [moved.transfer_id])


def version_of(shelf: Shelf, award: Awarded) -> Version:
    known: Mapping[int, Version] = {one.version: one for one in shelf.versions}
    return known.get(award.version, shelf.versions[0])


def rule_of(shelf: Shelf, award: Awarded) -> EarningRule | None:
    programme = shelf.body(version_of(shelf, award))
    return next((rule for rule in programme.earning if rule.key == award.rule), None)
