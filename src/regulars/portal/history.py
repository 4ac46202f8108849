"""A member's statement in the member's words: nothing of lots, rules, and who in the company did it."""

from collections.abc import Mapping
from dataclasses import dataclass

from regulars import loyalty, rewards
from regulars.db import Tx
from regulars.kernel import public_id
from regulars.loyalty import Currency, Programme, StatementLine
from regulars.portal.words import day, figure
from regulars.preferences import Words

LINES_SHOWN = 20
PLAIN = {
    "expire": "was_expire",
    "activate": "was_activate",
    "repay": "was_repay",
    "merge": "was_merge",
    "split": "was_split",
    "pool": "was_pool",
    "reinstate": "was_reinstate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    day: str
    text: str
    change: str  # With its sign.
    waits: bool  # Not to be spent yet.


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    currency: str
    name: str
    lines: tuple[HistoryLine, ...]
    older: str  # A cursor; empty at the end.


def history_of(
    tx: Tx,
    key: str,
    programme: Programme,
    customer_id: int,
    coin: Currency,
    spoken: Words,
    cursor: str | None,
) -> History:
    page = loyalty.statement(
        tx, customer_id, programme=key, currency=coin.code, cursor=cursor, limit=LINES_SHOWN
    )
    names = {
        public_id("txn", one.transfer_id): one.body.name
        for one in rewards.redemptions_of(tx, customer_id, key)
        if one.transfer_id is not None
    }
    return History(
        currency=coin.code,
        name=coin.name,
        lines=tuple(_line(one, coin, programme.zone, names, spoken) for one in page.items),
        older=page.next or "",
    )


def _line(
    one: StatementLine, coin: Currency, zone: str, names: Mapping[str, str], spoken: Words
) -> HistoryLine:
    change = one.change or one.pending_change
    # What becomes spendable was counted when it came.
    sign = "" if one.kind == "activate" else "+" if change > 0 else "−" if change < 0 else ""
    return HistoryLine(
        day=day(spoken, one.occurred_at, zone),
        text=_text(one, change, names, spoken),
        change=f"{sign}{figure(spoken, abs(change), coin.scale)}",
        waits=not one.change and one.pending_change > 0,
    )


def _text(one: StatementLine, change: int, names: Mapping[str, str], spoken: Words) -> str:
    if one.kind in PLAIN:
        return spoken(PLAIN[one.kind])
    if one.kind == "earn":
        return spoken("was_order", order=one.order_key) if one.order_key else spoken("was_earn")
    if one.kind == "spend":
        return _spent(one, names, spoken)
    to_them = {"adjust": "was_given", "reversal": "was_back", "gift": "was_gift_from"}
    from_them = {"adjust": "was_taken", "reversal": "was_return", "gift": "was_gift_to"}
    return spoken((to_them if change > 0 else from_them).get(one.kind, "was_other"))


def _spent(one: StatementLine, names: Mapping[str, str], spoken: Words) -> str:
    if one.transfer in names:
        return spoken("was_reward", reward=names[one.transfer])
    return spoken("was_spend_order", order=one.order_key) if one.order_key else spoken("was_spend")
