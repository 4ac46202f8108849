"""Points by hand: what exactly would happen, then done, asked for, or undone; each form posts once."""

import uuid
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.console.console import pages
from regulars.console.loyalty_figures import amount, chip_of
from regulars.console.parts import Chip
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, parse_public_id
from regulars.loyalty import Currency, Deed, Foreseen

router = pages()
KINDS = (("give", "Give points"), ("spend", "Spend points"), ("take", "Take points away"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the form holds, as it was typed."""

    kind: str = "give"
    amount: str = ""
    reason: str = "goodwill"
    note: str = ""
    undo: str = ""  # The public id of the transfer that is undone.


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHandPage:
    programme: str
    programme_name: str
    here: str
    chip: Chip
    typed: Typed
    kinds: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    errors: dict[str, str]
    findings: tuple[Finding, ...]
    foreseen: Foreseen | None
    key: str  # The caller's id of the write: a second click or a reload posts nothing more.
    button: str
    may: access.Decision


@router.get("/loyalty/{programme}/members/{public}/by-hand")
def look(
    visit: Visiting,
    programme: str,
    public: str,
    kind: str = "give",
    amount: str = "",
    reason: str = "goodwill",
    note: str = "",
    undo: str = "",
) -> Response:
    """What would happen; nothing changes."""
    access.require(visit.actor, "loyalty.view")
    typed = Typed(kind=kind, amount=amount, reason=reason, note=note[:300], undo=undo)
    with visit.app.database.transaction() as tx:
        try:
            foreseen = foreseen_of(tx, visit, programme, public, typed) if amount or undo else None
            value = by_hand_page(tx, visit, programme, public, typed, foreseen=foreseen)
        except Invalid as wrong:
            value = by_hand_page(tx, visit, programme, public, typed, findings=wrong.findings)
    return page(visit, "loyalty/by_hand.html", value, status=422 if value.findings else 200)


@router.post("/loyalty/{programme}/members/{public}/by-hand")
def do(
    visit: Visiting,
    programme: str,
    public: str,
    key: Annotated[str, Form()],
    kind: Annotated[str, Form()] = "give",
    amount: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    undo: Annotated[str, Form()] = "",
) -> Response:
    typed = Typed(kind=kind, amount=amount, reason=reason, note=note[:300], undo=undo)
    here = f"/loyalty/{programme}/members/{public}"
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        deed = deed_of(tx, programme, public, typed)
        key = f"undo:{undo}" if undo else f"console:{key}"
        decision = loyalty.foresee(tx, visit.actor, deed, at).decision
        if decision.outcome == "request":
            asked = loyalty.ask_by_hand(tx, visit.actor, deed, key=key, at=at)
            said = f"Asked for as {asked.public_id}: {asked.needed_words} decides. Nothing has changed yet."
            return redirect(visit, here, said, tone="waiting")
        receipt = loyalty.do_by_hand(tx, visit.actor, deed, key=key, at=at)
        coin = loyalty.definition(tx, programme).currencies[0]
    receipt.confirmed()
    return redirect(visit, here, done(deed, receipt, coin))


@router.post("/loyalty/{programme}/members/{public}/asked/{approval}")
def carry_out(visit: Visiting, programme: str, public: str, approval: str) -> Response:
    """Post what others have approved."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        loyalty.carry_out_by_hand(tx, visit.actor, parse_public_id("apr", approval), at=at)
    return redirect(visit, f"/loyalty/{programme}/members/{public}", "Posted, as it was approved.")


def by_hand_page(
    tx: Tx,
    visit: Visit,
    programme: str,
    public: str,
    typed: Typed,
    *,
    foreseen: Foreseen | None = None,
    findings: tuple[Finding, ...] = (),
) -> ByHandPage:
    customer_id = parse_public_id("cus", public)
    body = loyalty.definition(tx, programme)
    if loyalty.member(tx, customer_id, programme=programme, at=visit.app.now(tx)) is None:
        raise loyalty.UnknownMember(f"{public} is no member of {body.name}.")
    return ByHandPage(
        programme=programme,
        programme_name=body.name,
        here=f"/loyalty/{programme}/members/{public}",
        chip=chip_of(
            customers.by_ids(tx, [customer_id]).get(customer_id),
            customer_id,
            f"/loyalty/{programme}/members",
        ),
        typed=typed,
        kinds=KINDS,
        reasons=tuple(loyalty.REASONS.items()),
        errors={finding.path: finding.message for finding in findings},
        findings=findings,
        foreseen=foreseen,
        key=uuid.uuid4().hex,
        button=button_of(foreseen),
        may=access.allows(visit.actor, "loyalty.adjust", scope=programme, amount=1),
    )


def foreseen_of(tx: Tx, visit: Visit, programme: str, public: str, typed: Typed) -> Foreseen:
    return loyalty.foresee(tx, visit.actor, deed_of(tx, programme, public, typed), visit.app.now(tx))


def deed_of(tx: Tx, programme: str, public: str, typed: Typed) -> Deed:
    customer_id = parse_public_id("cus", public)
    if typed.undo:
        deed = loyalty.undoing(tx, programme, customer_id, typed.undo)
        known = typed.reason in loyalty.REASONS
        return replace(deed, reason=typed.reason if known else deed.reason, note=typed.note)
    kinds: Any = typed.kind if typed.kind in dict(KINDS) else "unknown"
    return Deed(
        programme=programme,
        customer_id=customer_id,
        kind=kinds,
        amount=units_of(typed.amount, loyalty.definition(tx, programme).currencies[0]),
        reason=typed.reason,
        note=typed.note,
    )


def units_of(text: str, coin: Currency) -> int:
    """The typed number in the currency's smallest unit; 0 for what is no number."""
    try:
        units = Decimal(text.strip().replace(",", "")).scaleb(coin.scale)
    except InvalidOperation:
        return 0
    return int(units) if units.is_finite() and units == int(units) else 0


def button_of(foreseen: Foreseen | None) -> str:
    if foreseen is None:
        return ""
    ask = foreseen.decision.outcome == "request"
    return f"Ask to {foreseen.headline[0].lower()}{foreseen.headline[1:]}" if ask else foreseen.headline


def done(deed: Deed, receipt: loyalty.Receipt, coin: Currency) -> str:
    verbs = {"give": "Given", "take": "Taken", "spend": "Spent", "undo": "Undone"}
    left = f"{amount(receipt.available, coin)} {coin.name} can be spent now."
    return f"{verbs[deed.kind]}: {amount(deed.amount, coin)} {coin.name}. {left}"
