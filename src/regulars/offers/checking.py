"""Whether a code can be used: every reason why not, and what it is worth there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from regulars import access
from regulars.db import Tx, rows, value
from regulars.offers.audience import among
from regulars.offers.errors import Reason
from regulars.offers.spans import limits
from regulars.offers.statements import SQL
from regulars.offers.voucher import Code, atoms


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a code is shown for."""

    customer_id: int | None = None
    amount_minor: int | None = None  # What the order comes to; of a card: what it is to pay.
    currency: str | None = None
    order_key: str | None = None
    store: str | None = None
    channel: str | None = None
    up_to: bool = False  # Of a card: pay what is there where that is less.
    # What other codes of its pool are to be used and to give with the same payment.
    uses_beside: int = 0
    given_beside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    span: str
    used: int
    given_minor: int


def given(code: Code, asked: Asked) -> int:
    """What a code is worth for an order, in minor units; of a card what it pays."""
    worth, body = code.terms.worth, code.terms
    amount = asked.amount_minor
    if worth.kind == "gift_card":
        left = code.balance_minor or 0
        return left if amount is None or (asked.up_to and amount > left) else amount
    if worth.kind == "free_product":
        return 0
    if worth.kind == "money_off":
        off = body.minor(worth.amount)
        return off if amount is None else min(off, amount)
    off = _rounded(Decimal(amount or 0) * Decimal(worth.percent) / 100)
    return min(off, body.minor(worth.most)) if worth.most else off


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def reasons(tx: Tx, code: Code, asked: Asked, at: datetime, *, mine: int = 0) -> list[Reason]:
    """Everything that hinders it; `mine` counts what is reserved for this very use."""
    return [
        Reason(code=name, words=words)
        for name, words in (
            *_of_state(code, at, mine),
            *_of_order(code, asked),
            *_of_card(code, asked),
            *_of_customer(tx, code, asked, at),
            *_of_spans(tx, code, asked, at),
        )
    ]


def _of_state(code: Code, at: datetime, mine: int) -> Iterator[tuple[str, str]]:
    if code.state == "cancelled":
        yield "cancelled", "It was withdrawn."
    if code.pool_ended_at is not None and not code.limits.is_card:
        yield "pool_ended", f"{code.limits.name} ended on {code.pool_ended_at:%-d %B %Y}."
    if code.starts_at is not None and code.starts_at > at:
        yield "not_yet", f"It can be used from {code.starts_at:%-d %B %Y, %H:%M} UTC."
    if code.state == "expired" or (code.expires_at is not None and code.expires_at <= at):
        when = f" on {code.expires_at:%-d %B %Y}" if code.expires_at else ""
        yield "expired", f"It expired{when}."
    if code.uses_most is not None and code.used >= code.uses_most:
        times = "once" if code.uses_most == 1 else f"{code.uses_most:,} times"
        yield "used_up", f"It was used, which is possible {times}."
    elif _kept_for_another(code, mine):
        yield "reserved", "It is reserved for another order at this moment."


def _kept_for_another(code: Code, mine: int) -> bool:
    if code.balance_minor is not None:  # What a card will pay there is known only afterwards.
        return code.reserved > mine
    return code.uses_most is not None and code.used + code.reserved - mine >= code.uses_most


def _of_order(code: Code, asked: Asked) -> Iterator[tuple[str, str]]:
    body, amount = code.limits, asked.amount_minor
    if asked.currency is not None and asked.currency != code.currency:
        yield "other_currency", f"It is worth {code.currency}; the order is in {asked.currency}."
    if amount is not None and amount < 0:
        yield "amount", "An amount is 0 or more."
    if amount is None and (code.terms.worth.kind == "percent_off" or (body.least_order and not body.is_card)):
        yield "amount_needed", "Say what the order comes to."
    elif not body.is_card and (amount or 0) < body.least_minor:
        yield "order_too_small", f"It takes an order of {body.money(body.least_minor)}."
    if body.stores and asked.store not in body.stores:
        yield "other_store", f"It is for other stores than {asked.store or 'one that is not told'}."
    if body.channels and asked.channel not in body.channels:
        yield "other_channel", f"It is for other channels than {asked.channel or 'one that is not told'}."


def _of_card(code: Code, asked: Asked) -> Iterator[tuple[str, str]]:
    if code.balance_minor is None or code.state != "issued":
        return
    paid = given(code, asked)
    if code.balance_minor == 0:
        yield "empty", "Nothing is left on the card."
    elif paid > code.balance_minor:
        left = code.terms.money(code.balance_minor)
        yield "balance", f"{left} is left on the card; {code.terms.money(paid)} were to be paid."
    elif paid == 0:
        yield "amount", "A card pays more than 0."


def _of_customer(tx: Tx, code: Code, asked: Asked, at: datetime) -> Iterator[tuple[str, str]]:
    body, customer_id = code.limits, asked.customer_id
    theirs = atoms(tx, customer_id)
    if code.customer_id is not None and customer_id is not None and code.customer_id not in theirs:
        yield "not_theirs", "It was handed out to another customer."
    whose = customer_id if customer_id is not None else code.customer_id
    if whose is None:
        if body.uses_per_customer is not None or body.who is not None:
            yield "customer_needed", "Say whose it is: it is limited by customer."
        return
    if body.who is not None and not among(tx, body.who, at, [person(tx, whose)]):
        yield "not_for_them", "It is for other customers."
    if body.uses_per_customer is not None:
        used = value(tx, SQL.uses_of_customer, pool_id=code.pool_id, atoms=list(atoms(tx, whose)))
        if used + asked.uses_beside >= body.uses_per_customer:
            beside = " with this payment" if asked.uses_beside else ""
            used += asked.uses_beside
            times = f"{used:,} times{beside}"
            yield "customer_limit", f"This customer used such codes {times}, which is the most."


def person(tx: Tx, customer_id: int) -> int:
    return int(value(tx, SQL.persons, ids=[customer_id]))


def _of_spans(tx: Tx, code: Code, asked: Asked, at: datetime) -> Iterator[tuple[str, str]]:
    bounds = limits(code.limits, at, access.zone(tx))
    if not bounds:
        return
    off = given(code, asked)
    known = {
        one.span: one for one in rows(tx, SQL.tallies, Tally, pool_id=code.pool_id, spans=sorted(bounds))
    }
    for span, (uses, budget) in bounds.items():
        tally = known.get(span, Tally(span=span, used=0, given_minor=0))
        if uses is not None and tally.used + asked.uses_beside >= uses:
            when = "in all" if span == "ever" else f"this {span.partition('/')[0]}"
            yield "pool_limit", f"Codes of {code.limits.name} were used {uses:,} times {when}, the most."
        if budget is not None and tally.given_minor + asked.given_beside + off > budget:
            yield "budget", f"The budget of {code.limits.name}, {code.limits.money(budget)}, is used up."
