"""Passing points on from one member to another, where the programme lets them."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import uuid4

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.console.console import pages
from regulars.console.formats import points
from regulars.console.loyalty_figures import chip_of, held
from regulars.console.parts import Chip
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.customers import Customer
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, parse_public_id, public_id
from regulars.loyalty import Currency

router = pages()
ACTION = "loyalty.adjust"
CHOICES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    to: str = ""
    amount: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftPage:
    programme: str
    programme_name: str
    here: str
    chip: Chip
    typed: Typed
    to: Chip | None
    to_id: str
    several: tuple[tuple[str, str], ...]  # Whom the words may mean: id and name.
    headline: str  # What would happen; empty while something is missing.
    facts: tuple[tuple[str, str], ...]
    key: str  # Of this form: sent twice, it is done once.
    errors: dict[str, str]
    allowed: bool  # By the programme.
    may: access.Decision


@router.get("/loyalty/{key}/members/{public}/gift")
def gift(
    visit: Visiting, key: str, public: str, to: str = "", amount: str = "", reason: str = ""
) -> Response:
    """Whom, how much, and what exactly would happen."""
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        value = gift_page(
            tx, visit, key, public, Typed(to=to.strip(), amount=amount.strip(), reason=reason.strip())
        )
    return page(visit, "loyalty/gift.html", value, status=422 if value.errors else 200)


@router.post("/loyalty/{key}/members/{public}/gift")
def give(
    visit: Visiting,
    key: str,
    public: str,
    to: Annotated[str, Form()],
    amount: Annotated[str, Form()],
    form_key: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    giver, taker = parse_public_id("cus", public), parse_public_id("cus", to)
    with visit.app.database.transaction() as tx:
        units = _units(amount, loyalty.definition(tx, key).currencies[0])
        access.require(visit.actor, ACTION, scope=key, amount=units, solo=access.solo(tx))
        done = loyalty.transfer_points(
            tx, key, giver, taker, units, key=f"console:{form_key}", at=visit.app.now(tx),
            reason=reason.strip() or None, actor=visit.actor.name,
        )  # fmt: skip
        if done.transfer_id is not None:
            after = {"to": to, "amount": units, "transfer": public_id("txn", done.transfer_id)}
            visit.record(tx, "loyalty.gift", kind="member", subject=f"{key}/{public}", after=after)
    done.confirmed()
    return redirect(visit, f"/loyalty/{key}/members/{public}", "The points are passed on. Their dates stay.")


def gift_page(tx: Tx, visit: Visit, key: str, public: str, typed: Typed) -> GiftPage:
    customer_id, body = parse_public_id("cus", public), loyalty.definition(tx, key)
    coin, errors = body.currencies[0], {}
    found, several = _whom(tx, visit, key, typed.to) if typed.to else (None, ())
    if typed.to and found is None:
        errors["to"] = "Several fit: choose one." if several else "No member fits. Write a name or an id."
    units = 0
    try:
        units = _units(typed.amount, coin) if typed.amount else 0
    except Invalid as error:
        errors["amount"] = str(error)
    own = loyalty.member(tx, customer_id, programme=key, at=visit.app.now(tx))
    if own is not None and units > own.spendable:
        errors["amount"] = f"Only {points(held(own.spendable, coin))} can be passed on."
    under = f"/loyalty/{key}/members"
    ready = found is not None and units > 0 and own is not None and not errors
    mine = chip_of(customers.by_ids(tx, [customer_id]).get(customer_id), customer_id, under)
    left = points(held(own.spendable - units, coin)) if own else ""
    return GiftPage(
        programme=key,
        programme_name=body.name,
        here=f"{under}/{public}",
        chip=mine,
        typed=typed,
        to=chip_of(found, found.customer_id, under) if found else None,
        to_id=found.id if found else "",
        several=tuple((one.id, one.title) for one in several),
        headline=f"Pass {points(held(units, coin))} on to {found.title}" if ready and found else "",
        facts=((f"Left to {mine.name}", left),),
        key=uuid4().hex,
        errors=errors,
        allowed=body.gifts,
        may=access.allows(visit.actor, ACTION, scope=key, amount=max(1, units), solo=access.solo(tx)),
    )


def _whom(tx: Tx, visit: Visit, key: str, text: str) -> tuple[Customer | None, tuple[Customer, ...]]:
    """The member the words mean, or those they may mean."""
    contacts = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    hits = customers.search(tx, text, limit=CHOICES, contacts=contacts).items
    members = {
        one.customer_id
        for one in loyalty.roster(tx, key, customer_ids=[one.customer_id for one in hits]).items
    }
    found = tuple(one for one in hits if one.customer_id in members)
    exact = [one for one in found if one.title == text]
    if len(found) == 1 or len(exact) == 1:
        return (exact or list(found))[0], ()
    return None, found


def _units(text: str, coin: Currency) -> int:
    try:
        units = Decimal(text.replace(",", "")).scaleb(coin.scale)
        if units > 0 and units == int(units):
            return int(units)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    message = f"{text[:40]!r} is no number of {coin.name}; write one such as 100."
    raise Invalid(message, [Finding(path="amount", code="console.gift", message=message)])
