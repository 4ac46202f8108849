"""Which orders a rule means, and why not this one."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from regulars.conditions import Condition, sentence
from regulars.kernel import minor_digits
from regulars.loyalty.basket import Basket
from regulars.loyalty.earning_rule import Orders

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Reason = tuple[str, str]  # Code and words.


def why_not_order(orders: Orders, basket: Basket, day: date) -> Iterator[Reason]:
    """All that keeps an order from being meant."""
    if orders.stores and basket.store not in orders.stores:
        yield "store", f"only in {either(orders.stores)}"
    if orders.channels and basket.channel not in orders.channels:
        yield "channel", f"only for orders told by {either(orders.channels)}"
    if orders.weekdays and WEEKDAYS[day.weekday()] not in orders.weekdays:
        yield "weekday", f"only on {weekdays(orders.weekdays)}"
    if orders.from_day and day < orders.from_day:
        yield "day", f"only from {said_day(orders.from_day)} on"
    if orders.to_day and day > orders.to_day:
        yield "day", f"only until {said_day(orders.to_day)}"
    if orders.least and Decimal(basket.total).scaleb(-minor_digits(basket.money)) < Decimal(orders.least):
        yield "least", f"only for orders of {orders.least} {basket.money} or more"


def why_not_tier(tiers: Sequence[str], held: Sequence[str]) -> Iterator[Reason]:
    if tiers and not set(tiers) & set(held):
        yield "tier", f"only in {either([name.partition('/')[2] for name in tiers])}"


def why_not_who(who: Condition | None, name: str, holds: frozenset[str]) -> Iterator[Reason]:
    if who is not None and name not in holds:
        yield "who", f"only for whom it holds: {sentence(who)}"


def either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def weekdays(days: Sequence[str]) -> str:
    """In the week's order, as in "Mondays and Tuesdays"."""
    names = [f"{day.capitalize()}s" for day in WEEKDAYS if day in days]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def said_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
