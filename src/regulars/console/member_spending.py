"""Whether a member may spend: what looked unusual of them, and stopping or freeing their spending by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, checkout, customers, loyalty
from regulars.console.console import pages
from regulars.console.loyalty_figures import chip_of
from regulars.console.loyalty_reviews import ReviewRow, rows_of, staff_href
from regulars.console.parts import Chip
from regulars.console.till_carts import CartRow, cart_rows
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, parse_public_id

router = pages()
REVIEWS_SHOWN = 20
CARTS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the page of a member tells of it."""

    block: loyalty.Block | None
    open: tuple[ReviewRow, ...]
    carts: tuple[CartRow, ...]  # The last at tills.
    may_review: bool
    href: str
    audit_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingPage:
    programme: str
    programme_name: str
    here: str
    chip: Chip
    block: loyalty.Block | None
    reviews: tuple[ReviewRow, ...]
    decision: access.Decision
    audit_href: str
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def spending(tx: Tx, visit: Visit, key: str, customer_id: int, here: str) -> Spending:
    body = loyalty.definition(tx, key)
    atoms = atoms_of(tx, customer_id)
    found = loyalty.reviews(tx, key, state="open", customer_ids=atoms, limit=REVIEWS_SHOWN)
    return Spending(
        block=loyalty.blocked(tx, key, customer_id),
        open=rows_of(tx, found, {key: body.name}),
        carts=cart_rows(checkout.sessions_of(tx, atoms, CARTS_SHOWN, programme=key), body.currencies[0]),
        may_review=access.allows(visit.actor, "loyalty.review").outcome == "yes",
        href=f"{here}/spending",
        audit_href=staff_href(visit, key, customer_id),
    )


@router.get("/loyalty/{key}/members/{public}/spending")
def spending_page(visit: Visiting, key: str, public: str) -> Response:
    access.require(visit.actor, "loyalty.view")
    return page(visit, "loyalty/spending.html", _page(visit, key, public))


@router.post("/loyalty/{key}/members/{public}/block")
def block(visit: Visiting, key: str, public: str, reason: Annotated[str, Form()] = "") -> Response:
    access.require(visit.actor, "loyalty.review")
    try:
        with visit.app.database.transaction() as tx:
            at, by = visit.app.now(tx), visit.actor.name
            fresh = loyalty.block(tx, key, _member(tx, public), reason=reason.strip(), by=by, at=at)
            if fresh:
                after: dict[str, object] = {"reason": reason.strip()}
                visit.record(tx, "loyalty.block", kind="member", subject=f"{key}/{public}", after=after)
    except Invalid as wrong:
        return _again(visit, key, public, reason, wrong)
    said = "Stopped. Points stay and go on to be earned." if fresh else "Their spending is stopped already."
    return redirect(visit, f"/loyalty/{key}/members/{public}", said)


@router.post("/loyalty/{key}/members/{public}/lift")
def lift(visit: Visiting, key: str, public: str, reason: Annotated[str, Form()] = "") -> Response:
    access.require(visit.actor, "loyalty.review")
    try:
        loyalty.check_note("reason", reason)
        with visit.app.database.transaction() as tx:
            at, by = visit.app.now(tx), visit.actor.name
            lifted = loyalty.lift(tx, key, _member(tx, public), by=by, at=at)
            if lifted:
                after: dict[str, object] = {"reason": reason.strip()}
                visit.record(tx, "loyalty.lift", kind="member", subject=f"{key}/{public}", after=after)
    except Invalid as wrong:
        return _again(visit, key, public, reason, wrong)
    said = "Lifted. They can spend again." if lifted else "Nothing stops their spending."
    return redirect(visit, f"/loyalty/{key}/members/{public}", said)


def atoms_of(tx: Tx, customer_id: int) -> list[int]:
    """Those whom a person was merged from, too; of an erased one the number alone."""
    return [part.atom_id for part in customers.atoms_of(tx, [customer_id])] or [customer_id]


def _member(tx: Tx, public: str) -> int:
    return customers.get(tx, parse_public_id("cus", public)).customer_id


def _again(visit: Visit, key: str, public: str, reason: str, wrong: Invalid) -> Response:
    value = _page(visit, key, public, reason=reason, findings=wrong.findings)
    return page(visit, "loyalty/spending.html", value, status=422)


def _page(
    visit: Visit, key: str, public: str, *, reason: str = "", findings: Sequence[Finding] = ()
) -> SpendingPage:
    with visit.app.database.transaction() as tx:
        body = loyalty.definition(tx, key)
        who = customers.get(tx, parse_public_id("cus", public))
        whose = who.customer_id
        if loyalty.member(tx, whose, programme=key, at=visit.app.now(tx)) is None:
            raise loyalty.UnknownMember(
                f"{public} is no member of {body.name} and has nothing to spend there."
            )
        found = loyalty.reviews(tx, key, customer_ids=atoms_of(tx, whose), limit=REVIEWS_SHOWN)
        here = f"/loyalty/{key}/members/{public}"
        return SpendingPage(
            programme=key,
            programme_name=body.name,
            here=here,
            chip=chip_of(who, whose, f"/loyalty/{key}/members"),
            block=loyalty.blocked(tx, key, whose),
            reviews=rows_of(tx, found, {key: body.name}),
            decision=access.allows(visit.actor, "loyalty.review"),
            audit_href=staff_href(visit, key, whose),
            reason=reason,
            findings=tuple(findings),
        )
