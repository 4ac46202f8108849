"""A voucher pool in words: the same in list, page, file and approval."""

from collections.abc import Iterator

from regulars.conditions import sentence as condition_sentence
from regulars.kernel import Money
from regulars.offers.model import VoucherPool, Worth

SPANS = {"day": "a day", "week": "a week", "month": "a month", "quarter": "a quarter", "year": "a year"}


def worth_words(worth: Worth, currency: str) -> str:
    """As in "5.00 USD off", "10% off, at most 20.00 USD", "a gift card of 50.00 USD"."""
    if worth.kind == "money_off":
        return f"{_money(worth.amount, currency)} off"
    if worth.kind == "percent_off":
        most = f", at most {_money(worth.most, currency)}" if worth.most else ""
        return f"{worth.percent}% off{most}"
    if worth.kind == "free_product":
        return f"{worth.product} for free"
    return f"a gift card of {_money(worth.amount, currency)}"


def sentence(pool: VoucherPool) -> str:
    said = "; ".join(_limits(pool))
    made = "codes of your own" if pool.own_codes else f"codes like {_example(pool)}"
    return f"Each code is {worth_words(pool.worth, pool.currency)}, with {made}; {said}."


def _example(pool: VoucherPool) -> str:
    return f"{pool.look.prefix}{pool.look.pattern}{pool.look.suffix}"


def _limits(pool: VoucherPool) -> Iterator[str]:
    if pool.is_card:
        yield "used until it is empty"
    elif pool.uses_per_code is None:
        yield "used any number of times"
    else:
        yield f"used {_times(pool.uses_per_code)}"
    if pool.uses_per_customer is not None:
        yield f"{_times(pool.uses_per_customer)} a customer"
    if pool.uses is not None:
        yield f"{_times(pool.uses)} in all"
    yield from (f"{_times(cap.uses)} {SPANS[cap.per]}" for cap in pool.caps)
    if pool.budget:
        yield f"until {_money(pool.budget, pool.currency)} are given"
    if pool.least_order:
        yield f"from an order of {_money(pool.least_order, pool.currency)}"
    if pool.stores or pool.channels:
        yield f"only at {', '.join((*pool.stores, *pool.channels))}"
    if pool.who is not None:
        yield f"for who {condition_sentence(pool.who)}"
    yield from _dates(pool)


def _dates(pool: VoucherPool) -> Iterator[str]:
    if pool.valid_from is not None:
        yield f"from {pool.valid_from:%-d %B %Y}"
    if pool.valid_until is not None:
        yield f"before {pool.valid_until:%-d %B %Y}"
    if pool.valid_days is not None:
        yield f"within {pool.valid_days} day{'' if pool.valid_days == 1 else 's'} of being handed out"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _money(text: str, currency: str) -> str:
    return Money.parse(text, currency).format()
