"""The codes somebody can still use, with what each is worth."""

from dataclasses import dataclass
from datetime import datetime

from regulars import offers
from regulars.db import Tx
from regulars.kernel import Money
from regulars.offers import Code
from regulars.portal.words import day
from regulars.preferences import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    code: str
    worth: str
    until: str


def vouchers(tx: Tx, customer_id: int, spoken: Words, *, at: datetime, zone: str) -> tuple[Voucher, ...]:
    return tuple(
        Voucher(
            code=one.code,
            worth=worth(one, spoken),
            until=spoken("voucher_until", day=day(spoken, one.expires_at, zone)) if one.expires_at else "",
        )
        for one in offers.wallet(tx, customer_id)
        if is_open(one, at)
    )


def is_open(code: Code, at: datetime) -> bool:
    if code.state != "issued" or code.pool_ended_at is not None:
        return False
    if code.expires_at is not None and code.expires_at <= at:
        return False
    if code.balance_minor is not None:
        return code.balance_minor > 0
    return code.uses_most is None or code.used < code.uses_most


def worth(code: Code, spoken: Words) -> str:
    given, money = code.terms.worth, code.currency
    if given.kind == "money_off":
        return spoken("voucher_money_off", amount=Money.parse(given.amount, money).format())
    if given.kind == "percent_off":
        told = spoken("voucher_percent_off", percent=given.percent)
        most = spoken("voucher_most", amount=Money.parse(given.most, money).format()) if given.most else ""
        return f"{told}, {most}" if most else told
    if given.kind == "free_product":
        return spoken("voucher_free_product", product=given.product)
    return spoken("voucher_gift_card", amount=Money(code.balance_minor or 0, money).format())
