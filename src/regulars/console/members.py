"""A member: the balance that adds up, the tier and why, the lots, and the ledger line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.console.console import pages
from regulars.console.formats import points
from regulars.console.loyalty_figures import amount, chip_of, held
from regulars.console.member_parts import HoldRow, currency_tabs, hold_rows, missing, rule_sentences
from regulars.console.member_spending import Spending, spending
from regulars.console.parts import Chip, Column, Figure, Tab, Tone
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.kernel import Page, Points, day_bounds, parse_public_id, public_id
from regulars.loyalty import Currency, Lot, Programme, StatementLine

router = pages()
LOTS_SHOWN = 8
SOON = timedelta(days=30)
LINES = 15
LOT_COLUMNS = (
    Column(title="Expires"),
    Column(title="Earned"),
    Column(title="Source"),
    Column(title="Of", numeric=True),
    Column(title="Left", numeric=True),
)
LOOKS: dict[str, tuple[str, Tone]] = {
    "earn": ("coins", "good"),
    "adjust": ("star", "live"),
    "spend": ("gift", "live"),
    "expire": ("clock", "waiting"),
    "activate": ("check", "good"),
    "reversal": ("refresh", "quiet"),
    "repay": ("arrow-down", "quiet"),
    "merge": ("users", "quiet"),
    "split": ("users", "quiet"),
    "gift": ("gift", "live"),
    "reinstate": ("history", "good"),
}
OTHER: tuple[str, Tone] = ("circle-dashed", "quiet")


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    lot: Lot
    soon: bool  # Expires within 30 days.
    amount: str
    remaining: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    line: StatementLine
    icon: str
    tone: Tone
    title: str
    change: str
    balance: str
    why: str  # The rule that gave it, as a sentence.
    order_href: str
    undo_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    day: date
    figures: tuple[Figure, ...]
    known_now: tuple[Figure, ...]  # Where later bookings say otherwise of that day.


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    programme: str
    programme_name: str
    here: str
    chip: Chip
    member: loyalty.Member
    figures: tuple[Figure, ...]
    sum: str  # How the figures add up.
    lot_columns: tuple[Column, ...]
    lots: tuple[LotRow, ...]
    lots_more: int
    lots_used: int
    ledger: Page[LedgerRow]
    earlier_href: str
    latest_href: str
    as_of: AsOf | None
    wrong_day: str
    today: date
    may: access.Decision
    asked: tuple[access.Approval, ...]
    reasons: tuple[tuple[str, str], ...]
    coins: tuple[Tab, ...]  # Where there are several currencies.
    holds: tuple[HoldRow, ...]
    tester_href: str
    lots_href: str
    household: str  # What all who share can spend; empty: shared with nobody.
    gifts: bool  # Whether members may pass points on.
    spending: Spending
    missing: tuple[str, ...]  # To the next tier, of each set.


@router.get("/loyalty/{key}/members/{public}")
def member(
    visit: Visiting,
    key: str,
    public: str,
    cursor: str | None = None,
    as_of: str = "",
    lots: str = "",
    currency: str = "",
) -> Response:
    access.require(visit.actor, "loyalty.view")
    asked = Asked(cursor=cursor, as_of=as_of, every_lot=lots == "all", currency=currency)
    with visit.app.database.transaction() as tx:
        value = member_page(tx, visit, key, public, asked)
    return page(visit, "loyalty/member.html", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks of the page."""

    cursor: str | None = None
    as_of: str = ""
    every_lot: bool = False
    currency: str = ""


def member_page(tx: Tx, visit: Visit, key: str, public: str, asked: Asked) -> MemberPage:
    customer_id = parse_public_id("cus", public)
    at = visit.app.now(tx)
    body = loyalty.definition(tx, key)
    coin = body.currency(asked.currency) or body.currencies[0]
    found = loyalty.member(tx, customer_id, programme=key, at=at, currency=coin.code)
    if found is None:
        raise loyalty.UnknownMember(f"{public} is no member of {body.name}; the first order makes them one.")
    here = f"/loyalty/{key}/members/{public}"
    came = loyalty.sources(tx, customer_id, programme=key, currency=coin.code)
    every = [lot for lot in loyalty.lots(tx, customer_id, programme=key) if lot.currency == coin.code]
    left = [lot for lot in every if lot.remaining]
    shown = every if asked.every_lot else left[:LOTS_SHOWN]
    may = access.allows(visit.actor, "loyalty.adjust", scope=key, amount=1)
    lines = loyalty.statement(
        tx, customer_id, programme=key, cursor=asked.cursor, limit=LINES, currency=coin.code
    )
    day, wrong = asked_day(asked.as_of)
    kept = {"currency": coin.code} if coin != body.currencies[0] else {}
    rule_of = {lot.public: lot.rule for lot in every}
    told = rule_sentences(body)
    why = {line.lot or "": told.get(rule_of.get(line.lot or "") or "", "") for line in lines.items}
    return MemberPage(
        programme=key,
        programme_name=body.name,
        here=here,
        chip=chip_of(customers.by_ids(tx, [customer_id]).get(customer_id), customer_id, "/customers"),
        member=found,
        figures=balance_figures(found.balance, coin),
        sum=adding_up(found.balance, came, coin),
        lot_columns=LOT_COLUMNS,
        lots=tuple(lot_row(lot, coin, at) for lot in shown),
        lots_more=0 if asked.every_lot else max(0, len(left) - LOTS_SHOWN),
        lots_used=0 if asked.every_lot else len(every) - len(left),
        ledger=Page(
            tuple(ledger_row(line, why, coin, here, may=may.outcome != "no") for line in lines.items),
            lines.next,
        ),
        earlier_href=f"{here}?{urlencode({'cursor': lines.next, **kept})}" if lines.next else "",
        latest_href=f"{here}?{urlencode(kept)}" if asked.cursor else "",
        as_of=as_of_day(tx, customer_id, key, day, body, coin) if day else None,
        wrong_day=wrong,
        today=visit_day(visit, at),
        may=may,
        asked=tuple(loyalty.asked_by_hand(tx, key, customer_id)),
        reasons=tuple(loyalty.REASONS.items()),
        coins=currency_tabs(body, coin, here),
        holds=tuple(hold_rows(tx, customer_id, key, body, coin)),
        tester_href=f"/loyalty/{key}/tester?{urlencode({'member': public})}",
        lots_href=f"{here}/lots?{urlencode(kept)}",
        household=points(held(found.household, coin)) if found.household is not None else "",
        gifts=body.gifts,
        spending=spending(tx, visit, key, customer_id, here),
        missing=tuple(missing(place, body) for place in found.tiers),
    )


def visit_day(visit: Visit, at: datetime) -> date:
    return at.astimezone(visit.zone).date()


def asked_day(text: str) -> tuple[date | None, str]:
    try:
        return (date.fromisoformat(text) if text else None), ""
    except ValueError:
        return None, "Write the day as 2025-06-30."


def as_of_day(tx: Tx, customer_id: int, key: str, day: date, body: Programme, coin: Currency) -> AsOf:
    """At the end of a local day, as it was known then, and by all that is known now."""
    end = day_bounds(day, body.zone)[1] - timedelta(microseconds=1)
    then = loyalty.balance_as_of(tx, customer_id, programme=key, booked_at=end, currency=coin.code)
    now = loyalty.balance_known_now(tx, customer_id, programme=key, occurred_at=end, currency=coin.code)
    differs = (then.active, then.pending, then.spent, then.expired, then.owed) != (
        now.active, now.pending, now.spent, now.expired, now.owed,
    )  # fmt: skip
    return AsOf(
        day=day,
        figures=balance_figures(then, coin),
        known_now=balance_figures(now, coin) if differs else (),
    )


def balance_figures(balance: loyalty.Balance, coin: Currency) -> tuple[Figure, ...]:
    named = (
        ("To spend", balance.active, "active now"),
        ("Waiting", balance.pending, "earned, not yet spendable"),
        ("Spent", balance.spent, "ever, less what was given back"),
        ("Expired", balance.expired, "ever"),
        ("Owed", balance.owed, "repaid by later earning"),
        *((("Held", balance.held, "of what is active, for payments under way"),) if balance.held else ()),
    )
    return tuple(Figure(label=label, value=amount(units, coin), note=note) for label, units, note in named)


def adding_up(balance: loyalty.Balance, came: loyalty.Sources, coin: Currency) -> str:
    """The one line that proves the figures."""
    parts = [("spent", balance.spent), ("expired", balance.expired), ("taken by hand", came.taken)]
    less = "".join(f" − {amount(units, coin)} {word}" for word, units in parts if units)
    owed = f" + {amount(balance.owed, coin)} owed" if balance.owed else ""
    wait = f" and {amount(balance.pending, coin)} waiting" if balance.pending else ""
    return (
        f"{amount(came.received, coin)} received{less}{owed} = {amount(balance.active, coin)} to spend{wait}"
    )


def lot_row(lot: Lot, coin: Currency, at: datetime) -> LotRow:
    return LotRow(
        lot=lot,
        soon=bool(lot.remaining) and lot.expires_at is not None and lot.expires_at <= at + SOON,
        amount=amount(lot.amount, coin),
        remaining=amount(lot.remaining, coin),
        source=f"Order {lot.order_key}" if lot.order_key else lot.reason or "",
    )


def ledger_row(
    line: StatementLine, why: Mapping[str, str], coin: Currency, here: str, *, may: bool
) -> LedgerRow:
    icon, tone = LOOKS.get(line.kind, OTHER)
    moved = line.change or line.pending_change
    customer = f"/customers/{here.rpartition('/')[2]}"
    by_hand = line.kind in ("spend", "adjust") and not line.undone
    return LedgerRow(
        line=line,
        icon=icon,
        tone=tone,
        title=title_of(line, held(abs(moved), coin)),
        change=f"{'+' if moved > 0 else '−'}{amount(abs(moved), coin)}" if moved else "0",
        balance=amount(line.balance, coin),
        why=why.get(line.lot or "", ""),
        order_href=f"{customer}/orders/{public_id('ord', line.order_id)}" if line.order_id else "",
        undo_href=f"{here}/by-hand?undo={line.transfer}" if by_hand and may else "",
    )


def title_of(line: StatementLine, moved: Points) -> str:
    text = points(moved)
    if line.kind == "adjust":
        return f"{'Given' if line.change + line.pending_change > 0 else 'Taken'} by hand: {text}"
    way = "came" if line.change + line.pending_change > 0 else "went"
    named = {
        "earn": f"Earned {text}",
        "spend": f"Spent {text}",
        "expire": f"{text} expired",
        "activate": f"{text} became spendable",
        "repay": f"{text} repaid a debt",
        "merge": f"{text} {way} with a merged profile",
        "split": f"{text} {way} with a split profile",
        "reversal": f"Reversed: {text} {'given back' if line.change > 0 else 'taken back'}",
        "gift": f"{text} {'came from' if way == 'came' else 'went to'} another member",
        "reinstate": f"{text} given back after they expired",
    }
    return named.get(line.kind, f"{line.kind.replace('_', ' ').capitalize()}: {text}")
