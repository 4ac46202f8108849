"""What is wrong with a voucher pool, each thing at its place."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from regulars.conditions import check
from regulars.kernel import CURRENCIES, Finding, Invalid, Money
from regulars.offers.model import Look, VoucherPool, Worth
from regulars.offers.signs import NOT_BARE, PRIMES, RANDOM_LEAST, bare, random_signs

SIGNS_MAX = 40
COUNT_MAX = 10**9
DAYS_MAX = 36_500
MINUTES_MAX = 60 * 24 * 30
PERCENT_MAX = 100


def validate(pool: VoucherPool, _lookup: Any = None) -> list[Finding]:
    return list(findings(pool))


def findings(pool: VoucherPool) -> Iterator[Finding]:
    if not pool.name.strip():
        yield found("name", "empty", "Write something here.")
    if pool.currency not in CURRENCIES:
        message = f"{pool.currency[:10]!r} is no ISO currency; write one such as USD."
        yield found("currency", "unknown", message)
    else:
        yield from of_worth(pool, pool.worth)
        yield from of_money(pool)
    if not pool.own_codes:
        yield from of_look(pool.look)
    yield from of_dates(pool)
    yield from of_limits(pool)
    if pool.who is not None:
        yield from check(pool.who, "who")


def of_worth(pool: VoucherPool, worth: Worth) -> Iterator[Finding]:
    if worth.kind in ("money_off", "gift_card") and not positive(worth.amount, pool.currency):
        message = f"Write an amount above zero such as 5.00; found {worth.amount!r}."
        yield found("worth.amount", "range", message)
    if worth.kind == "percent_off" and not fitting_percent(worth.percent):
        message = f"Between 0.01 and 100 per cent, with at most two digits; found {worth.percent!r}."
        yield found("worth.percent", "range", message)
    if worth.most and not positive(worth.most, pool.currency):
        yield found("worth.most", "range", f"Write an amount above zero; found {worth.most!r}.")
    if worth.kind == "free_product" and not worth.product.strip():
        yield found("worth.product", "empty", "Say which product is free.")
    if worth.kind == "gift_card" and pool.uses_per_code not in (None, 1):
        message = "A gift card is used as long as something is on it: leave this empty."
        yield found("uses_per_code", "card", message)


def of_money(pool: VoucherPool) -> Iterator[Finding]:
    for path in ("budget", "least_order"):
        text = getattr(pool, path)
        if text and not positive(text, pool.currency):
            yield found(path, "range", f"Write an amount above zero such as 100.00; found {text!r}.")


def of_look(look: Look) -> Iterator[Finding]:
    if len(set(look.alphabet)) != len(look.alphabet) or any(bare(s) != s or s == "#" for s in look.alphabet):
        yield found(
            "look.alphabet", "signs", "Different capital letters and digits only: case never matters."
        )
        return
    if look.check_sign and len(look.alphabet) not in PRIMES:
        message = (
            f"A check sign takes an alphabet of 7, 11, 13, 17, 19, 23, 29 or 31 signs; this one has "
            f"{len(look.alphabet)}. Add or leave out signs, or do without a check sign."
        )
        yield found("look.alphabet", "prime", message)
    if len(look.alphabet) < 7:  # noqa: PLR2004 - the smallest with a check sign
        yield found("look.alphabet", "range", "An alphabet has at least 7 signs.")
    yield from of_pattern(look)


def of_pattern(look: Look) -> Iterator[Finding]:
    if NOT_BARE.sub("", look.pattern).strip("#"):
        message = "A pattern is # signs with dashes or spaces between; letters go into prefix and suffix."
        yield found("look.pattern", "signs", message)
    for path in ("prefix", "suffix"):
        text = getattr(look, path)
        if "#" in text or not text.isascii() or not text.isprintable():
            yield found(f"look.{path}", "signs", "Plain letters, digits and dashes only, without #.")
    if len(look.prefix + look.pattern + look.suffix) > SIGNS_MAX:
        yield found("look.pattern", "range", f"At most {SIGNS_MAX} signs in all.")
    if random_signs(look) < RANDOM_LEAST:
        checked = " besides the check sign" if look.check_sign else ""
        message = (
            f"At least {RANDOM_LEAST} random signs{checked}, or codes can be guessed; this pattern has "
            f"{max(0, random_signs(look))}."
        )
        yield found("look.pattern", "weak", message)


def of_dates(pool: VoucherPool) -> Iterator[Finding]:
    if pool.valid_from and pool.valid_until and pool.valid_until <= pool.valid_from:
        yield found("valid_until", "range", "Codes would end before they begin.")
    if pool.valid_days is not None and not 1 <= pool.valid_days <= DAYS_MAX:
        yield found("valid_days", "range", f"Between 1 and {DAYS_MAX:,} days.")


def of_limits(pool: VoucherPool) -> Iterator[Finding]:
    for path in ("uses_per_code", "uses_per_customer", "uses"):
        number = getattr(pool, path)
        if number is not None and not 1 <= number <= COUNT_MAX:
            yield found(path, "range", "At least 1; leave it empty for no limit.")
    for at, cap in enumerate(pool.caps):
        if not 1 <= cap.uses <= COUNT_MAX:
            yield found(f"caps[{at}].uses", "range", "At least 1.")
    if len({cap.per for cap in pool.caps}) != len(pool.caps):
        yield found("caps", "repeated", "One limit a day, week, month, quarter and year.")
    if not 1 <= pool.reserve_minutes <= MINUTES_MAX:
        yield found("reserve_minutes", "range", "Between 1 minute and 30 days.")
    if pool.low_codes < 0:
        yield found("low_codes", "range", "0 or more.")


def positive(text: str, currency: str) -> bool:
    try:
        return 0 < Money.parse(text, currency).minor < 10**15
    except Invalid:
        return False


def fitting_percent(text: str) -> bool:
    try:
        percent = Decimal(text)
        return 0 < percent <= PERCENT_MAX and percent * 100 == int(percent * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return False


def found(path: str, code: str, message: str) -> Finding:
    return Finding(path=path, code=f"offers.{code}", message=message)
