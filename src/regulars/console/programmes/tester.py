"""The tester: this member, this basket, that day; what happens line by line, and why not more."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from regulars import access, customers, definitions, loyalty, orders
from regulars.console.console import pages
from regulars.console.loyalty import Top
from regulars.console.loyalty import top as top_of
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip
from regulars.console.programmes.trying import (
    Told,
    TypedLine,
    basket_of,
    known_products,
    tells,
    told,
    typed_lines,
)
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import Customer
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, NotFound
from regulars.loyalty import PROGRAMME, Basket, Programme

router = pages()
CHOICES = 6
Texts = Annotated[list[str], Query(default_factory=list)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form, as it stands in the address."""

    member: str
    which: str
    at: str
    store: str
    channel: str
    money: str
    total: str
    lines: tuple[TypedLine, ...]
    event: str = ""  # Something done, in the place of a basket.
    tells: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tester:
    key: str
    name: str
    top: Top | None  # None for what has never been live.
    typed: Typed
    whichs: tuple[tuple[str, str], ...]
    stores: tuple[tuple[str, str], ...]
    chip: Chip | None
    several: tuple[Chip, ...]  # Whom the words may mean.
    errors: dict[str, str]
    findings: tuple[Finding, ...]
    told: Told | None
    products: tuple[tuple[str, str], ...] = ()


@router.get("/loyalty/programmes/products")
def product_suggestions(visit: Visiting, product: Texts) -> Response:
    """Products whose name, brand or key has the words: for the blanks of the tester."""
    access.require(visit.actor, "loyalty.view")
    text = next((one for one in product if one.strip()), "")
    with visit.app.database.transaction() as tx:
        found = orders.list_products(tx, orders.ProductFilters(text=text), limit=20).items
    return page(visit, "loyalty/products.html", tuple((one.product_key, one.title) for one in found))


@router.get("/loyalty/{key}/tester")
def basket(
    visit: Visiting,
    key: str,
    product: Texts,
    category: Texts,
    quantity: Texts,
    price: Texts,
    member: str = "",
    which: str = "",
    at: str = "",
    store: str = "",
    channel: str = "",
    money: str = "",
    total: str = "",
    event: str = "",
    tells: str = "",
    do: str = "",
) -> Response:
    access.require(visit.actor, "loyalty.view")
    lines = typed_lines(product, category, quantity, price)
    if do == "more":
        lines = (*lines, TypedLine())
    if do.startswith("less "):
        lines = tuple(one for n, one in enumerate(lines) if str(n) != do.partition(" ")[2]) or (TypedLine(),)
    typed = Typed(
        member=member.strip(),
        which=which,
        at=at,
        store=store.strip(),
        channel=channel.strip(),
        money=money.strip().upper(),
        total=total,
        lines=lines,
        event=event.strip(),
        tells=tells,
    )
    with visit.app.database.transaction() as tx:
        value = try_out(tx, visit, key, typed, asked=do == "try")
    return page(visit, "loyalty/tester.html", value, status=422 if value.errors else 200)


def try_out(tx: Tx, visit: Visit, key: str, typed: Typed, *, asked: bool) -> Tester:
    live, draft = definitions.live(tx, PROGRAMME, key), definitions.draft(tx, PROGRAMME, key)
    launched = any(one.key == key for one in loyalty.programmes(tx))
    if draft is None and not launched:
        raise NotFound(f"There is no programme {key[:80]!r}, neither live nor drafted.")
    which = typed.which if typed.which in ("live", "draft") else "live" if launched else "draft"
    which = "draft" if not launched else "live" if draft is None else which
    body = draft.body if which == "draft" and draft else loyalty.definition(tx, key)
    typed = _filled(tx, visit, typed, which, body)
    found, several = _whom(tx, visit, typed.member)
    errors = (
        {} if found or not typed.member else {"member": "Nobody fits. Write a name, an address or an id."}
    )
    if several:
        errors = {"member": "Several fit: choose one below."}
    result, wrong = None, Invalid("")
    if asked and not errors:
        try:
            result = _price(tx, key, found, typed, body, which, visit)
        except Invalid as error:
            wrong, errors = error, {one.path: one.message for one in error.findings}
    whichs = [("live", f"the live version{f' {live.version}' if live else ''}")] if launched else []
    whichs += [("draft", f"the draft, version {draft.version}")] if draft else []
    stores = orders.list_stores(tx, limit=200).items
    return Tester(
        key=key,
        name=body.name,
        top=top_of(tx, visit, key, "tester") if launched else None,
        typed=typed,
        whichs=tuple(whichs),
        stores=(("", "No store"), *((one.store_key, one.title) for one in stores)),
        chip=_chip(found) if found else None,
        several=tuple(_chip(one) for one in several),
        errors=errors,
        findings=wrong.findings if errors and wrong.findings else (),
        told=result,
    )


def _filled(tx: Tx, visit: Visit, typed: Typed, which: str, body: Programme) -> Typed:
    money = typed.money or next((rule.money for rule in body.earning if rule.money), "") or "USD"
    now = visit.app.now(tx).astimezone(visit.zone)
    return replace(
        typed,
        which=which,
        at=typed.at or f"{now:%Y-%m-%dT%H:%M}",
        money=money,
        lines=known_products(tx, typed.lines, money),
    )


def _whom(tx: Tx, visit: Visit, text: str) -> tuple[Customer | None, tuple[Customer, ...]]:
    """Whom the words mean, or those they may mean."""
    if not text:
        return None, ()
    contacts = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    found = customers.search(tx, text, limit=CHOICES, contacts=contacts).items
    if len(found) == 1:
        return found[0], ()
    exact = [one for one in found if one.title == text]
    return (exact[0], ()) if len(exact) == 1 else (None, tuple(found))


def _price(
    tx: Tx, key: str, found: Customer | None, typed: Typed, body: Programme, which: str, visit: Visit
) -> Told:
    try:
        at = datetime.fromisoformat(typed.at).replace(tzinfo=visit.zone)
    except ValueError as cause:
        text = "Write day and time as 2026-01-15T09:00."
        raise Invalid(text, [Finding(path="at", code="console.tester", message=text)]) from cause
    customer_id, draft = found.customer_id if found else None, body if which == "draft" else None
    if typed.event:
        given = tells(typed.tells)
        priced = loyalty.preview_event(
            tx, key, customer_id, typed.event, given, at, channel=typed.channel, draft=draft
        )
        return told(priced, Basket(money=typed.money), (), body, typed.event)
    basket = basket_of(
        typed.lines, money=typed.money, store=typed.store, channel=typed.channel, total=typed.total
    )
    priced = loyalty.preview_basket(
        tx,
        key,
        customer_id,
        basket,
        at,
        draft=draft,
    )
    return told(priced, basket, typed.lines, body)


def _chip(customer: Customer) -> Chip:
    return chip_of(customer, customer.customer_id, "/customers")
