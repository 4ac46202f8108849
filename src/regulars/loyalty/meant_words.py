"""In words: which lines, orders and members a rule means."""

from collections.abc import Iterator

from regulars.conditions import sentence
from regulars.loyalty.earning_rule import EarningRule, Lines, Multiplier, Orders
from regulars.loyalty.model import Programme
from regulars.loyalty.naming import both, either, joined, tier_label
from regulars.loyalty.order_match import said_day, weekdays

ONE = {"products": "product", "categories": "category", "brands": "brand"}


def lines_words(lines: Lines) -> str:
    """As in "the category Coffee and of the brand Gaia, but not the product x"; empty when all are meant."""
    said = [_named(name, sorted(getattr(lines, name))) for name in ONE if getattr(lines, name)]
    without = [
        _named(name, sorted(getattr(lines, f"not_{name}"))) for name in ONE if getattr(lines, f"not_{name}")
    ]
    asked = " that are also of ".join(said)
    if not without:
        return asked
    return f"{asked or 'everything'} but not {' nor '.join(without)}"


def _named(noun: str, names: list[str]) -> str:
    return f"the {ONE[noun] if len(names) == 1 else noun} {either(names)}"


def orders_words(orders: Orders, money: str = "") -> str:
    """As in "on Mondays, in north or south, from 1 March 2026"."""
    return joined(_orders(orders, money))


def _orders(orders: Orders, money: str) -> Iterator[str]:
    if orders.weekdays:
        yield f"on {weekdays(orders.weekdays)}"
    if orders.stores:
        yield f"in {either(sorted(orders.stores))}"
    if orders.channels:
        yield f"told by {either(sorted(orders.channels))}"
    if orders.from_day:
        yield f"from {said_day(orders.from_day)} on"
    if orders.to_day:
        yield f"until {said_day(orders.to_day)}"
    if orders.least:
        yield f"of orders of {orders.least}{money and ' ' + money} or more"


def asked_words(programme: Programme, asking: EarningRule | Multiplier) -> str:
    """What is asked beside the lines: order, tier, and who it is."""
    money = asking.money if isinstance(asking, EarningRule) else ""
    tiers = either([tier_label(programme, one) for one in sorted(asking.tiers)]) if asking.tiers else ""
    return joined(
        [
            orders_words(asking.orders, money),
            f"only in {tiers}" if tiers else "",
            f"only for whom it holds: {sentence(asking.who)}" if asking.who is not None else "",
        ]
    )


def left_out_words(lines: Lines) -> str:
    """What of its lines a programme leaves out: any list is enough."""
    said = [_named(name, sorted(getattr(lines, name))) for name in ONE if getattr(lines, name)]
    return f"Nothing is earned by {both(said)}." if said else ""
