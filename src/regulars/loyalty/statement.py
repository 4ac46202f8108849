"""A member's statement: every ledger line in a plain sentence, down to the lot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows
from regulars.kernel import Money, Page, decode_cursor, encode_cursor, local_day, public_id
from regulars.loyalty.model import Currency, amount_text
from regulars.loyalty.posting import currency_of, newest

PAGE_SIZE = 50
LOTS_NAMED = 3


class Sql(Statements, file="statement.sql"):
    page: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A transfer as the query gives it."""

    id: int
    kind: str
    amount: int
    booked_at: datetime
    occurred_at: datetime
    reverses: int | None
    reason: str | None
    actor: str | None
    rule: str | None
    version: int | None
    currency: str
    order_id: int | None
    order_key: str | None
    total_minor: int | None
    money: str | None
    active_change: int
    pending_change: int
    debt_change: int
    balance: int
    lot_id: int | None
    expires_at: datetime | None
    active_from: datetime | None
    moved_lots: list[int]
    moved_amounts: list[int]
    reversed_kind: str | None
    made_lots: int
    back: int  # How much of it was given or asked back.
    undone: bool  # All of it was.
    claimed: int | None  # Of an award's reversal: how much was asked back.
    reversed_amount: int  # Of what it reverses.
    paid_key: str | None  # The order it pays.
    hold_id: int | None
    hold_amount: int | None
    closed_until: datetime | None  # It belongs to books that were closed when it was booked.
    other_id: int | None  # Of a merge, split or gift: whose books have the other side.
    went: bool  # Of a merge, split or gift: the points left.
    used: int  # Of a split: what of the profile's points had been spent or had expired.
    order_status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    transfer: str  # Public id.
    kind: str
    currency: str
    booked_at: datetime
    occurred_at: datetime
    change: int  # Of the active points.
    pending_change: int
    owed_change: int  # Positive: owes more.
    balance: int  # Active points after it.
    order_id: int | None
    order_key: str | None
    undone: bool  # A later transfer reversed it.
    lot: str | None  # The lot it made.
    lots: tuple[tuple[str, int], ...]  # The lots it took from (negative) or gave back to.
    text: str


def statement(
    tx: Tx,
    customer_id: int,
    *,
    programme: str,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
    currency: str | None = None,
    every_currency: bool = False,
) -> Page[StatementLine]:
    """A page of the member's ledger, newest first; of one currency, the first if none is named, or of all."""
    version = newest(tx, programme)
    body = version.programme
    coin = currency_of(version, currency)
    found = rows(
        tx,
        SQL.page,
        Line,
        programme_id=version.programme_id,
        customer_id=customer_id,
        currency=None if every_currency else coin.code,
        before=decode_cursor(cursor, (int,))[0] if cursor else None,
        limit=limit + 1,
    )
    shown = found[:limit]
    following = encode_cursor(shown[-1].id) if len(found) > limit else None
    return Page(
        tuple(explained(line, body.currency(line.currency) or coin, body.zone) for line in shown), following
    )


def explained(line: Line, coin: Currency, zone: str) -> StatementLine:
    return StatementLine(
        transfer=public_id("txn", line.id),
        kind=line.kind,
        currency=line.currency,
        booked_at=line.booked_at,
        occurred_at=line.occurred_at,
        change=line.active_change,
        pending_change=line.pending_change,
        owed_change=-line.debt_change,
        balance=line.balance,
        order_id=line.order_id,
        order_key=line.order_key,
        undone=line.undone,
        lot=public_id("lot", line.lot_id) if line.lot_id else None,
        lots=tuple(
            (public_id("lot", lot), amount)
            for lot, amount in zip(line.moved_lots, line.moved_amounts, strict=True)
        ),
        text=" ".join(part for part in (*SENTENCES[line.kind](line, coin, zone), late(line, zone)) if part),
    )


def earned(line: Line, coin: Currency, zone: str) -> list[str]:
    source = f"for {order(line)} of {day(line.occurred_at, zone)}"
    rule = f"by the rule {line.rule} of version {line.version}"
    return [f"{amount_text(line.amount, coin)} {source}, {rule}.", made(line, zone)]


def adjusted(line: Line, coin: Currency, zone: str) -> list[str]:
    what = "given" if line.lot_id else "taken"
    return [
        f"{amount_text(line.amount, coin)} {what} by {line.actor or 'nobody named'}: {line.reason}.",
        made(line, zone),
        out_of(line, coin),
    ]


def spent(line: Line, coin: Currency, _zone: str) -> list[str]:
    what = f" for order {line.paid_key}" if line.paid_key else ""
    why = f": {line.reason}" if line.reason else ""
    held = ""
    if line.hold_id:
        free = (line.hold_amount or 0) - line.amount
        rest = f"; {amount_text(free, coin)} of it are free again" if free else ""
        held = f"Captured from the hold {public_id('hld', line.hold_id)}{rest}."
    return [
        f"{amount_text(line.amount, coin)} spent{what}{why}.",
        held,
        out_of(line, coin),
        *given_back(line, coin),
    ]


def given_back(line: Line, coin: Currency) -> list[str]:
    if line.back and not line.undone:
        return [f"{amount_text(line.back, coin)} of it came back since."]
    return []


def expired(line: Line, coin: Currency, zone: str) -> list[str]:
    return [
        f"{amount_text(line.amount, coin)} expired: their validity ended on {day(line.occurred_at, zone)}.",
        out_of(line, coin),
    ]


def activated(line: Line, coin: Currency, zone: str) -> list[str]:
    return [f"{amount_text(line.amount, coin)} became spendable on {day(line.occurred_at, zone)}."]


def repaid(line: Line, coin: Currency, _zone: str) -> list[str]:
    return [f"{amount_text(line.amount, coin)} repaid what was owed.", out_of(line, coin)]


def moved(line: Line, coin: Currency, _zone: str) -> list[str]:
    """Points that came or went with a profile; debts are named apart."""
    other = public_id("cus", line.other_id or 0)
    verb, place = ("went", f"to {other}") if line.went else ("came", f"from {other}")
    because = "profiles were merged" if line.kind == "merge" else "profiles were split again"
    points = abs(line.active_change + line.pending_change)
    owed = abs(line.debt_change)
    return [
        f"{amount_text(points, coin)} {verb} {place}: {because}." if points else f"{because.capitalize()}.",
        f"{amount_text(owed, coin)} owed {verb} along." if owed else "",
        f"{amount_text(line.used, coin)} of that profile had been used and stay so." if line.used > 0 else "",
        out_of(line, coin),
    ]


def handed(line: Line, coin: Currency, zone: str) -> list[str]:
    """Given to somebody else, or brought by somebody who shares."""
    how, why = {"gift": ("by a gift", line.reason), "pool": ("to be spent together", None)}[line.kind]
    verb = "went" if line.went else "came"
    told = f"{amount_text(line.amount, coin)} {verb} {how}{f': {why}' if why else ''}."
    lots = f"In {line.made_lots} lots with their old ends." if line.made_lots > 1 else made(line, zone)
    return [told, lots, out_of(line, coin)]


def reinstated(line: Line, coin: Currency, _zone: str) -> list[str]:
    why = f": {line.reason}" if line.reason else ""
    return [f"{amount_text(line.amount, coin)} that had expired given back{why}.", out_of(line, coin)]


WHATS = {"earn": "earning", "spend": "spending", "adjust": "adjustment", "gift": "gift", "pool": "sharing"}


def reversed_(line: Line, coin: Currency, _zone: str) -> list[str]:
    what, name = WHATS[line.reversed_kind or "earn"], public_id("txn", line.reverses or 0)
    asked = line.amount if line.claimed is None else line.claimed
    part = "part of " if 0 < asked < line.reversed_amount else ""
    owed, missing = "", ""
    if line.debt_change:
        owed = f"{amount_text(-line.debt_change, coin)} were spent already and are owed."
    if asked > line.amount:
        missing = f"{amount_text(asked - line.amount, coin)} more were asked back and not there."
    if asked < 0:
        return [
            f"{amount_text(-asked, coin)} of the {what} {name} are not asked back after all: {line.reason}."
        ]
    why = f": {line.reason}" if line.reason else ""
    return [
        f"{amount_text(line.amount, coin)}: reverses {part}the {what} {name}{why}.",
        out_of(line, coin),
        owed,
        missing,
    ]


def late(line: Line, zone: str) -> str:
    """What belongs to books that were closed is booked in the open ones, and says so."""
    if line.closed_until is None:
        return ""
    return (
        f"It belongs to {day(line.occurred_at, zone)}, in books closed up to {day(line.closed_until, zone)}."
    )


SENTENCES: dict[str, Callable[[Line, Currency, str], list[str]]] = {
    "earn": earned,
    "adjust": adjusted,
    "spend": spent,
    "expire": expired,
    "activate": activated,
    "repay": repaid,
    "reversal": reversed_,
    "merge": moved,
    "split": moved,
    "gift": handed,
    "pool": handed,
    "reinstate": reinstated,
}


STATUS = {
    "cancelled": ", cancelled since",
    "refunded": ", refunded since",
    "part_refunded": ", partly refunded since",
}


def order(line: Line) -> str:
    if line.total_minor is None or line.money is None:
        return f"order {line.order_key}"
    since = STATUS.get(line.order_status or "", "")
    return f"order {line.order_key} ({Money(line.total_minor, line.money).format()}{since})"


def made(line: Line, zone: str) -> str:
    if line.lot_id is None:
        return ""
    valid = f"to be spent before {day(line.expires_at, zone)}" if line.expires_at else "valid for ever"
    waits = ""
    if line.active_from and line.pending_change > 0:
        waits = f", spendable from {day(line.active_from, zone)}"
    return f"Lot {public_id('lot', line.lot_id)}{waits}, {valid}."


def out_of(line: Line, coin: Currency) -> str:
    """Which lots paid or were given back."""
    if not line.moved_lots:
        return ""
    pairs = list(zip(line.moved_lots, line.moved_amounts, strict=True))
    named = ", ".join(
        f"{amount_text(abs(amount), coin)} {'from' if amount < 0 else 'back into'} {public_id('lot', lot)}"
        for lot, amount in pairs[:LOTS_NAMED]
    )
    more = f" and {len(pairs) - LOTS_NAMED} more lots" if len(pairs) > LOTS_NAMED else ""
    return f"{named[0].upper()}{named[1:]}{more}."


def day(instant: datetime, zone: str) -> str:
    return f"{local_day(instant, zone):%-d %B %Y}"
