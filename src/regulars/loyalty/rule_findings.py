"""What is wrong with earning rules, multipliers and caps."""

from collections import Counter
from collections.abc import Iterator, Sequence

from regulars.conditions import Measured, check
from regulars.kernel import Finding
from regulars.loyalty import findings as wrong
from regulars.loyalty.earning_rule import Cap, EarningRule, Lines, Multiplier, Orders
from regulars.loyalty.findings import POINTS_MAX
from regulars.loyalty.line_match import ANY_LINE
from regulars.loyalty.model import Programme

NOT_OF_EVENTS = "An event has no lines; leave this empty, or count something of orders."


def of_rule(programme: Programme, rule: EarningRule, path: str) -> Iterator[Finding]:
    if not 0 < rule.points <= POINTS_MAX:
        message = f"Award between 1 and {POINTS_MAX:,}; found {rule.points:,}."
        yield Finding(path=f"{path}.points", code="range", message=message)
    yield from wrong.currency(programme, rule.currency, f"{path}.currency")
    yield from _counted(rule, path)
    yield from _asked(programme, rule, path)
    yield from wrong.names(f"{path}.excluded_products", rule.excluded_products)
    yield from _event(rule, path)
    yield from of_caps(rule.caps, f"{path}.caps", by_currency=False)
    if rule.budget is not None:
        yield from wrong.within(f"{path}.budget", rule.budget, 1, POINTS_MAX**2, "points")
    if rule.carry and (rule.rounded_per, rule.rounding) != ("order", "floor"):
        message = "Only what rounding down an order leaves can be carried: round per order, and down."
        yield Finding(path=f"{path}.carry", code="carry", message=message)
    yield from wrong.period(f"{path}.starts", rule.starts)
    yield from wrong.validity(f"{path}.valid", rule.valid, programme.zone)
    yield from _origin(rule, path)


def of_multiplier(programme: Programme, one: Multiplier, path: str) -> Iterator[Finding]:
    yield from wrong.factor(f"{path}.factor", one.factor)
    yield from wrong.names(f"{path}.rules", one.rules)
    rules = {rule.key: rule for rule in programme.earning}
    for n, key in enumerate(one.rules):
        if key.strip() and key not in rules:
            message = f"The programme has no rule {key!r}; it has {', '.join(rules) or 'none'}."
            yield Finding(path=f"{path}.rules[{n}]", code="unknown", message=message)
        elif key in rules and not rules[key].multiplied:
            message = f"The rule {key!r} says that it is not multiplied; change that, or take it out here."
            yield Finding(path=f"{path}.rules[{n}]", code="not_multiplied", message=message)
    yield from _asked(programme, one, path)


def of_caps(caps: Sequence[Cap], path: str, *, by_currency: bool) -> Iterator[Finding]:
    for n, cap in enumerate(caps):
        yield from wrong.within(f"{path}[{n}].points", cap.points, 1, POINTS_MAX**2)
    alike = Counter((cap.per, cap.currency if by_currency else "") for cap in caps)
    for (per, _), count in alike.items():
        if count > 1:
            message = f"{count} caps are per {per}; the lowest alone would count. Keep that one."
            yield Finding(path=path, code="repeated", message=message)


def of_lines(lines: Lines, path: str) -> Iterator[Finding]:
    for name in lines.__struct_fields__:
        yield from wrong.names(f"{path}.{name}", getattr(lines, name))
    for name in ("products", "categories", "brands"):
        for both in set(getattr(lines, name)) & set(getattr(lines, f"not_{name}")):
            message = f"{both!r} is asked for and left out at once, so that nothing fits; take it out of one."
            yield Finding(path=f"{path}.not_{name}", code="contradiction", message=message)


def of_orders(orders: Orders, path: str, money: str = "") -> Iterator[Finding]:
    for name in ("stores", "channels", "weekdays"):
        yield from wrong.names(f"{path}.{name}", getattr(orders, name))
    if orders.from_day and orders.to_day and orders.to_day < orders.from_day:
        message = f"It would end on {orders.to_day} before it begins on {orders.from_day}; turn them round."
        yield Finding(path=f"{path}.to_day", code="order", message=message)
    if orders.least:
        message = "The least that an order comes to is above zero, as in 20.00"
        yield from wrong.amount_of_money(f"{path}.least", orders.least, money, message)


def _counted(rule: EarningRule, path: str) -> Iterator[Finding]:
    if rule.counts == "money":
        yield from wrong.iso_money(f"{path}.money", rule.money)
        message = "Points are awarded per an amount above zero such as 1.00"
        yield from wrong.amount_of_money(f"{path}.per", rule.per, rule.money, message)
        return
    if rule.money:
        yield from wrong.iso_money(f"{path}.money", rule.money)
    message = "Points are awarded per a number above zero such as 1"
    yield from wrong.above_zero(f"{path}.per", rule.per, wrong.DIGITS_OF_OTHER, message)


def _asked(programme: Programme, one: EarningRule | Multiplier, path: str) -> Iterator[Finding]:
    money = one.money if isinstance(one, EarningRule) else ""
    yield from of_lines(one.lines, f"{path}.lines")
    yield from of_orders(one.orders, f"{path}.orders", money)
    yield from wrong.tiers(programme, one.tiers, f"{path}.tiers")
    yield from wrong.condition(one.who, f"{path}.who")


def _event(rule: EarningRule, path: str) -> Iterator[Finding]:
    if rule.counts != "events":
        for name in ("event", "where", "amount"):
            if getattr(rule, name):
                message = "This is asked of events; let the rule count events, or leave it empty."
                yield Finding(path=f"{path}.{name}", code="not_events", message=message)
        return
    if not rule.event.strip():
        message = "Name the event that earns, as the tracking plan calls it."
        yield Finding(path=f"{path}.event", code="empty", message=message)
    elif rule.where:
        yield from check(Measured(of="event", name=rule.event, where=rule.where), path)
    of_purchases = {
        "lines": rule.lines != ANY_LINE,
        "excluded_products": bool(rule.excluded_products),
        "orders.stores": bool(rule.orders.stores),
        "orders.least": bool(rule.orders.least),
        "money": bool(rule.money),
    }
    for name, is_asked in of_purchases.items():
        if is_asked:
            yield Finding(path=f"{path}.{name}", code="not_orders", message=NOT_OF_EVENTS)


def _origin(rule: EarningRule, path: str) -> Iterator[Finding]:
    if rule.origin == "partner" and not rule.partner.strip():
        message = "Name the partner who pays for these points, so that they are kept apart."
        yield Finding(path=f"{path}.partner", code="empty", message=message)
    elif rule.partner and rule.origin != "partner":
        message = f"Only points of the origin partner have a partner; this one's is {rule.origin}."
        yield Finding(path=f"{path}.partner", code="not_partner", message=message)
