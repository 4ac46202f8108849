"""Earning rules, multipliers and caps in sentences."""

from collections.abc import Iterator
from decimal import Decimal

from regulars.conditions import Measured, sentence
from regulars.loyalty.capping import PER
from regulars.loyalty.earning_rule import Cap, EarningRule, Multiplier
from regulars.loyalty.meant_words import asked_words, lines_words
from regulars.loyalty.model import UNNAMED, Currency, Programme, amount_text, money_text
from regulars.loyalty.naming import both, joined, rule_labels
from regulars.loyalty.time_words import starting, validity

ROUNDED = {
    "floor": "rounded down",
    "half_up": "rounded half up",
    "half_even": "rounded half to even",
    "ceiling": "rounded up",
}
COMBINED = {
    "best": "Of several factors on one line, that of the tier included, the best counts.",
    "multiply": "Several factors on one line, that of the tier included, are multiplied with each other.",
    "add": "Several factors on one line, that of the tier included, add up: 2 and 3 times are 4 times.",
}


def earning(rule: EarningRule, currency: Currency, programme: Programme | None = None) -> str:
    """A whole rule in one sentence; its label before it where others name it or it has a name."""
    whole = programme or Programme(
        name="", legal_entity="", zone="UTC", currencies=(currency,), earning=(rule,)
    )
    said = joined(
        [
            f"{amount_text(rule.points, currency)} for every {counted(rule)}",
            _without(rule),
            asked_words(whole, rule),
            f"{ROUNDED[rule.rounding]} per {rule.rounded_per}",
            *_besides(rule, currency),
        ]
    )
    return f"{_label(whole, rule)}{said}.{_times(rule)}"


def counted(rule: EarningRule) -> str:
    """As in "1.00 EUR after discounts", "2 units of the brand Gaia", "order", "5 of “words”"."""
    of = lines_words(rule.lines)
    if rule.counts == "money":
        return f"{money_text(rule)} after discounts{of and ' of ' + of}"
    if rule.counts == "events":
        return _event(rule)
    noun = {"quantity": "unit", "lines": "line", "orders": "order"}[rule.counts]
    many = noun if Decimal(rule.per) == 1 else f"{rule.per} {noun}s"
    within = " with " if rule.counts == "orders" else " of "
    return f"{many}{rule.money and ' in ' + rule.money}{of and within + of}"


def _event(rule: EarningRule) -> str:
    did = sentence(Measured(of="event", name=rule.event, where=rule.where))
    times = f"{rule.per} times" if Decimal(rule.per) != 1 else "time"
    if rule.amount:
        times = f"{rule.per} of “{rule.amount}” told when"
    return f"{times} a member {did}"


def _without(rule: EarningRule) -> str:
    if not rule.excluded_products:
        return ""
    names = sorted(rule.excluded_products)
    return f"the product{'' if len(names) == 1 else 's'} {both(names)} excepted"


def _besides(rule: EarningRule, currency: Currency) -> Iterator[str]:
    if rule.counts_left_out:
        yield "also for what the programme leaves out"
    if not rule.multiplied:
        yield "never multiplied"
    yield from (f"at most {cap_words(cap, currency)}" for cap in rule.caps)
    if rule.budget is not None:
        yield f"until all together got {amount_text(rule.budget, currency)}"
    if rule.carry:
        yield "what rounding leaves counts with the next order"
    if rule.origin == "gift":
        yield "as a gift"
    if rule.origin == "partner":
        yield f"paid by {rule.partner}"


def _times(rule: EarningRule) -> str:
    return "".join(
        [
            f" {starting(rule.starts)}" if rule.starts else "",
            f" {validity(rule.valid)}" if rule.valid else "",
        ]
    )


def _label(programme: Programme, rule: EarningRule) -> str:
    named = any(rule.key in one.rules for one in programme.multipliers)
    return f"{rule_labels(programme)[rule.key]}: " if rule.name or named else ""


def multiplied(programme: Programme, one: Multiplier) -> str:
    """As in "2 times the points of the category Coffee, on Tuesdays.", its name before it."""
    labels = rule_labels(programme)
    rules = both([labels.get(key, key) for key in sorted(one.rules)]) if one.rules else "every rule"
    of = lines_words(one.lines)
    said = joined(
        [f"{one.factor} times the points of {rules}{of and ' for ' + of}", asked_words(programme, one)]
    )
    return f"{one.name}: {said}." if one.name else f"{said}."


def cap_words(cap: Cap, currency: Currency) -> str:
    return f"{amount_text(cap.points, currency)} {PER[cap.per]}"


def capping(programme: Programme) -> list[str]:
    """What all rules together give one member at most."""
    return [
        f"All rules together give a member at most "
        f"{cap_words(cap, programme.currency(cap.currency) or UNNAMED)}."
        for cap in programme.caps
    ]
