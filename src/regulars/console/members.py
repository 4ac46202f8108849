"""A member: the balance that adds up, the tier and why, the lots, and the ledger line by line."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.console.console import pages
from regulars.console.formats import points
from regulars.console.loyalty_figures import amount, chip_of, held
from regulars.console.parts import Chip, Column, Figure, Tone
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
}


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


@router.get("/loyalty/{key}/members/{public}")
def member(
    visit: Visiting,
    key: str,
    public: str,
    cursor: str | None = None,
    as_of: str = "",
    lots: str = "",
) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        value = member_page(tx, visit, key, public, cursor=cursor, as_of=as_of, every_lot=lots == "all")
    return page(visit, "loyalty/member.html", value)


def member_page(
    tx: Tx,
    visit: Visit,
    key: str,
    public: str,
    *,
    cursor: str | None = None,
    as_of: str = "",
    every_lot: bool = False,
) -> MemberPage:
    customer_id = parse_public_id("cus", public)
    at = visit.app.now(tx)
    body = loyalty.definition(tx, key)
    coin = body.currencies[0]
    found = loyalty.member(tx, customer_id, programme=key, at=at)
    if found is None:
        raise loyalty.UnknownMember(f"{public} is no member of {body.name}; the first order makes them one.")
    here = f"/loyalty/{key}/members/{public}"
    came = loyalty.sources(tx, customer_id, programme=key)
    every = loyalty.lots(tx, customer_id, programme=key)
    left = [lot for lot in every if lot.remaining]
    shown = every if every_lot else left[:LOTS_SHOWN]
    may = access.allows(visit.actor, "loyalty.adjust", scope=key, amount=1)
    lines = loyalty.statement(tx, customer_id, programme=key, cursor=cursor, limit=LINES)
    day, wrong = asked_day(as_of)
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
        lots_more=0 if every_lot else max(0, len(left) - LOTS_SHOWN),
        lots_used=0 if every_lot else len(every) - len(left),
        ledger=Page(
            tuple(ledger_row(line, body, here, may=may.outcome != "no") for line in lines.items), lines.next
        ),
        earlier_href=f"{here}?{urlencode({'cursor': lines.next})}" if lines.next else "",
        latest_href=here if cursor else "",
        as_of=as_of_day(tx, customer_id, key, day, body) if day else None,
        wrong_day=wrong,
        today=visit_day(visit, at),
        may=may,
        asked=tuple(loyalty.asked_by_hand(tx, key, customer_id)),
        reasons=tuple(loyalty.REASONS.items()),
    )


def visit_day(visit: Visit, at: datetime) -> date:
    return at.astimezone(visit.zone).date()


def asked_day(text: str) -> tuple[date | None, str]:
    try:
        return (date.fromisoformat(text) if text else None), ""
    except ValueError:
        return None, "Write the day as 2025-06-30."


def as_of_day(tx: Tx, customer_id: int, key: str, day: date, body: Programme) -> AsOf:
    """At the end of a local day, as it was known then."""
    end = day_bounds(day, body.zone)[1] - timedelta(microseconds=1)
    found = loyalty.balance_as_of(tx, customer_id, programme=key, booked_at=end)
    return AsOf(day=day, figures=balance_figures(found, body.currencies[0]))


def balance_figures(balance: loyalty.Balance, coin: Currency) -> tuple[Figure, ...]:
    named = (
        ("To spend", balance.active, "active now"),
        ("Waiting", balance.pending, "earned, not yet spendable"),
        ("Spent", balance.spent, "ever, less what was given back"),
        ("Expired", balance.expired, "ever"),
        ("Owed", balance.owed, "repaid by later earning"),
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


def ledger_row(line: StatementLine, body: Programme, here: str, *, may: bool) -> LedgerRow:
    coin = body.currencies[0]
    icon, tone = LOOKS[line.kind]
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
        why=" ".join(loyalty.sentences(body)[: len(body.earning)]) if line.kind == "earn" else "",
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
    }
    return named[line.kind]
