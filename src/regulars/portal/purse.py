"""What a member has of each currency: to spend, coming, and what ends when."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from regulars import loyalty
from regulars.db import Tx
from regulars.kernel import local_day
from regulars.loyalty import Currency, Lot, Member, Programme
from regulars.portal.words import amount_of, figure
from regulars.preferences import Words

DAYS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    code: str
    name: str
    figure: str
    spendable: bool  # Tier points are collected only.
    together: str  # What the household can spend; empty where nothing is shared.
    reserved: str
    owed: str
    coming: tuple[str, ...]
    ending: tuple[str, ...]


def purses(
    tx: Tx, key: str, programme: Programme, customer_id: int, spoken: Words, *, at: datetime
) -> tuple[Purse, ...]:
    lots = [one for one in loyalty.lots(tx, customer_id, programme=key) if one.remaining > 0]
    found = []
    for coin in programme.currencies:
        member = loyalty.member(tx, customer_id, programme=key, at=at, currency=coin.code)
        if member is not None:
            own = [one for one in lots if one.currency == coin.code]
            found.append(_purse(member, coin, own, programme.zone, spoken, at))
    return tuple(found)


def _purse(member: Member, coin: Currency, lots: list[Lot], zone: str, spoken: Words, at: datetime) -> Purse:
    balance = member.balance
    # Where a household shares, `spendable` is everybody's; the own is without what is over already.
    over = sum(one.remaining for one in lots if not one.pending and one.expires_at and one.expires_at <= at)
    own = member.spendable if member.household is None else max(0, balance.active - balance.held - over)
    return Purse(
        code=coin.code,
        name=coin.name,
        figure=figure(spoken, own if coin.kind != "tier" else balance.active, coin.scale),
        spendable=coin.kind != "tier",
        together=amount_of(spoken, member.household, coin) if member.household is not None else "",
        reserved=amount_of(spoken, balance.held, coin) if balance.held else "",
        owed=amount_of(spoken, balance.owed, coin) if balance.owed else "",
        coming=_by_day(
            ((one.active_from, one.remaining) for one in lots if one.pending),
            "coming_line", coin, zone, spoken,
        ),
        ending=_by_day(
            (
                (one.expires_at, one.remaining)
                for one in lots
                if not one.pending and one.expires_at and one.expires_at > at
            ),
            "ending_line", coin, zone, spoken,
        ),
    )  # fmt: skip


def _by_day(
    found: Iterable[tuple[datetime, int]], sentence: str, coin: Currency, zone: str, spoken: Words
) -> tuple[str, ...]:
    """The nearest days, what falls on one day as one."""
    sums: Counter[date] = Counter()
    for instant, amount in found:
        sums[local_day(instant, zone)] += amount
    days = sorted(sums)[:DAYS_SHOWN]
    return tuple(
        spoken(sentence, amount=amount_of(spoken, sums[one], coin), day=spoken.day(one)) for one in days
    )
