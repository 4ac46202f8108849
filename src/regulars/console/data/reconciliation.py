"""Reconciliation: the comparisons that were made, and making one from a file or from figures typed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import Response

from regulars import access, orders
from regulars.console.console import pages
from regulars.console.data.places import tabs
from regulars.console.parts import Column, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid
from regulars.orders import Reconciliation

router = pages()
BYTES_MAX = 30_000_000
COLUMNS = (
    Column(title="Comparison"),
    Column(title="Days"),
    Column(title="Orders of"),
    Column(title="Differed then", numeric=True),
    Column(title="Made by"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliations:
    tabs: tuple[Tab, ...]
    rows: tuple[Reconciliation, ...]
    has_orders: bool
    next_href: str
    first_href: str
    columns: tuple[Column, ...] = COLUMNS


@router.get("/data/reconciliation")
def reconciliations(visit: Visiting, cursor: str = "") -> Response:
    access.require(visit.actor, "orders.reconcile")
    with visit.app.database.transaction() as tx:
        found = orders.list_reconciliations(tx, cursor or None)
        value = Reconciliations(
            tabs=tabs("/data/reconciliation"),
            rows=found.items,
            has_orders=orders.last_currency(tx) is not None,
            next_href=f"/data/reconciliation?cursor={found.next}" if found.next else "",
            first_href="/data/reconciliation" if cursor else "",
        )
    return page(visit, "data/reconciliation/list.html", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileForm:
    sources: tuple[tuple[str, str], ...]
    zone: str
    typed: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    findings: tuple[Finding, ...] = ()

    def value(self, name: str) -> str:
        return self.typed.get(name, "")


@router.get("/data/reconciliation/new")
def new_reconciliation(visit: Visiting) -> Response:
    access.require(visit.actor, "orders.reconcile")
    with visit.app.database.transaction() as tx:
        value = _form(tx, visit, {"currency": orders.last_currency(tx) or "USD"})
    return page(visit, "data/reconciliation/new.html", value)


def _form(
    tx: Tx, visit: Visit, typed: Mapping[str, str], problem: str = "", findings: tuple[Finding, ...] = ()
) -> ReconcileForm:
    every = ("", "All, whoever reported them")
    return ReconcileForm(
        sources=(every, *((one, f"Only what {one} said") for one in orders.order_sources(tx))),
        zone=visit.app.zone,
        typed=typed,
        problem=problem,
        findings=findings,
    )


@router.post("/data/reconciliation")
def reconcile(
    visit: Visiting,
    title: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    currency: Annotated[str, Form()] = "",
    figures: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    access.require(visit.actor, "orders.reconcile")
    typed = {"title": title[:200], "source": source[:200], "currency": currency[:10], "figures": figures}
    sent = file.file.read(BYTES_MAX + 1) if file is not None and file.filename else b""
    name = (file.filename or "")[:200] if file is not None and sent else ""
    try:
        made = _made(visit, typed, sent, name)
    except Invalid as wrong:
        with visit.app.database.transaction() as tx:
            value = _form(tx, visit, typed, str(wrong), tuple(wrong.findings))
        return page(visit, "data/reconciliation/new.html", value, status=422)
    return redirect(visit, f"/data/reconciliation/{made.id}")


def _made(visit: Visit, typed: Mapping[str, str], sent: bytes, name: str) -> Reconciliation:
    code = typed["currency"].strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():  # noqa: PLR2004 - of ISO 4217.
        raise Invalid(f"The currency is three letters such as USD; {typed['currency']!r} was typed.")
    content = sent or typed["figures"].encode()
    if not content.strip():
        raise Invalid("Choose a file, or type the shop's figures below their heading.")
    theirs = orders.read_figures(content, currency=code, zone=visit.app.zone)
    with visit.app.database.transaction() as tx:
        made = orders.reconcile(
            tx,
            theirs,
            title=typed["title"].strip().replace("\0", "") or name or "Figures typed in",
            source=typed["source"].replace("\0", "") or None,
            currency=code,
            zone=visit.app.zone,
            made_by=visit.actor.name,
            at=visit.app.now(tx),
            file_name=name.replace("\0", "") or None,
        )
        visit.record(
            tx, "orders.reconcile", kind="reconciliation", subject=made.id, after={"title": made.title}
        )
    return made
