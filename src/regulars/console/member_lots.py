"""A member's lots: moving their end, and giving back what expired."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.console.console import pages
from regulars.console.formats import count_of
from regulars.console.loyalty_figures import amount, chip_of
from regulars.console.parts import Chip
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, day_bounds, parse_public_id, public_id
from regulars.loyalty import Currency, Lot, LotChange

router = pages()
ACTION = "loyalty.adjust"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    lot: Lot
    left: str
    amount: str
    ended: bool
    changes: tuple[LotChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    lots: tuple[str, ...] = ()
    until: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotsPage:
    programme: str
    programme_name: str
    here: str
    chip: Chip
    currency: str
    lines: tuple[LotLine, ...]
    expired: str  # What expired lately enough to be given back; empty when nothing did.
    days: int
    key: str  # Of this form: sent twice, it is done once.
    typed: Typed
    errors: dict[str, str]
    findings: tuple[Finding, ...]
    may: access.Decision


@router.get("/loyalty/{key}/members/{public}/lots")
def member_lots(visit: Visiting, key: str, public: str, currency: str = "") -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        value = lots_page(tx, visit, key, public, currency, Typed())
    return page(visit, "loyalty/lots.html", value)


@router.post("/loyalty/{key}/members/{public}/lots")
def change_lots(
    visit: Visiting,
    key: str,
    public: str,
    lot: Annotated[list[str], Form(default_factory=list)],
    until: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    currency: Annotated[str, Form()] = "",
    form_key: Annotated[str, Form()] = "",
    do: Annotated[str, Form()] = "move",
) -> Response:
    """Move the end of the lots that are ticked, or give back what expired."""
    typed = Typed(lots=tuple(lot), until=until, reason=reason)
    try:
        with visit.app.database.transaction() as tx:
            if do == "reinstate":
                said = _reinstate(tx, visit, key, public, currency, typed, form_key)
            else:
                said = _move(tx, visit, key, public, currency, typed)
    except Invalid as error:
        with visit.app.database.transaction() as tx:
            value = lots_page(tx, visit, key, public, currency, typed, error.findings)
        return page(visit, "loyalty/lots.html", value, status=422)
    kept = f"?{urlencode({'currency': currency})}" if currency else ""
    return redirect(visit, f"/loyalty/{key}/members/{public}{kept}", said)


def _move(tx: Tx, visit: Visit, key: str, public: str, currency: str, typed: Typed) -> str:
    body = loyalty.definition(tx, key)
    customer_id, chosen = parse_public_id("cus", public), [parse_public_id("lot", one) for one in typed.lots]
    if not chosen:
        raise _wrong("lot", "Tick the lots whose end moves.")
    held = [one for one in loyalty.lots(tx, customer_id, programme=key) if one.id in chosen]
    at, to = visit.app.now(tx), _end(typed.until, body.zone)
    access.require(
        visit.actor, ACTION, scope=key, amount=sum(one.remaining for one in held), solo=access.solo(tx)
    )
    moved = loyalty.move_ends(
        tx,
        key,
        at=at,
        reason=_reason(typed),
        actor=visit.actor.name,
        customer_id=customer_id,
        lots=chosen,
        to=to,
        currency=currency or None,
    )
    _record(visit, tx, "loyalty.extend", key, public, {"lots": list(typed.lots), "until": typed.until})
    coin = body.currency(currency) or body.currencies[0]
    what = f"{count_of(moved.lots, 'lot')} with {amount(moved.points, coin)} {coin.name}"
    return f"{what} can be spent up to {typed.until} now."


def _reinstate(
    tx: Tx, visit: Visit, key: str, public: str, currency: str, typed: Typed, form_key: str
) -> str:
    body = loyalty.definition(tx, key)
    coin = body.currency(currency) or body.currencies[0]
    customer_id, at = parse_public_id("cus", public), visit.app.now(tx)
    access.require(
        visit.actor, ACTION, scope=key, amount=_expired(tx, key, customer_id, coin, at), solo=access.solo(tx)
    )
    done = loyalty.reinstate(
        tx,
        key,
        customer_id,
        key=f"console:{form_key or uuid4()}",
        at=at,
        until=_end(typed.until, body.zone),
        reason=_reason(typed),
        actor=visit.actor.name,
        currency=currency or None,
    ).confirmed()
    _record(visit, tx, "loyalty.reinstate", key, public, {"until": typed.until, "reason": typed.reason})
    given = public_id("txn", done.transfer_id or 0)
    return f"What expired is given back and can be spent up to {typed.until}, as {given}."


def lots_page(
    tx: Tx,
    visit: Visit,
    key: str,
    public: str,
    currency: str,
    typed: Typed,
    findings: tuple[Finding, ...] = (),
) -> LotsPage:
    customer_id, at = parse_public_id("cus", public), visit.app.now(tx)
    body = loyalty.definition(tx, key)
    coin = body.currency(currency) or body.currencies[0]
    every = [one for one in loyalty.lots(tx, customer_id, programme=key) if one.currency == coin.code]
    gone = _expired(tx, key, customer_id, coin, at)
    chip = chip_of(
        customers.by_ids(tx, [customer_id]).get(customer_id), customer_id, f"/loyalty/{key}/members"
    )
    return LotsPage(
        programme=key,
        programme_name=body.name,
        here=f"/loyalty/{key}/members/{public}",
        chip=chip,
        currency=coin.code if coin != body.currencies[0] else "",
        lines=tuple(
            LotLine(
                lot=one,
                left=amount(one.remaining, coin),
                amount=amount(one.amount, coin),
                ended=one.expires_at is not None and one.expires_at <= at,
                changes=tuple(loyalty.lot_changes(tx, one.id)),
            )
            for one in every
            if one.remaining
        ),
        expired=f"{amount(gone, coin)} {coin.name}" if gone else "",
        days=body.reinstate_days,
        key=uuid4().hex,
        typed=typed,
        errors={one.path: one.message for one in findings},
        findings=findings,
        may=access.allows(visit.actor, ACTION, scope=key, amount=1, solo=access.solo(tx)),
    )


def _expired(tx: Tx, key: str, customer_id: int, coin: Currency, at: datetime) -> int:
    found = loyalty.member(tx, customer_id, programme=key, at=at, currency=coin.code)
    return found.balance.expired if found else 0


def _end(text: str, zone: str) -> datetime:
    """The end of a local day: points can be spent up to and with it."""
    try:
        return day_bounds(date.fromisoformat(text), zone)[1]
    except ValueError as cause:
        raise _wrong("until", "Write the last day as 2026-12-31.") from cause


def _reason(typed: Typed) -> str:
    if not typed.reason.strip():
        raise _wrong("reason", "Say why; the member and the auditor read it.")
    return typed.reason.strip()


def _wrong(path: str, message: str) -> Invalid:
    return Invalid(message, [Finding(path=path, code="console.lots", message=message)])


def _record(visit: Visit, tx: Tx, action: str, key: str, public: str, after: dict[str, object]) -> None:
    visit.record(tx, action, kind="member", subject=f"{key}/{public}", after=after)
