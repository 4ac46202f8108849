"""One customer's data: what is held of them, a copy for them, and erasing them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, privacy
from regulars.console.console import pages
from regulars.console.parts import Column, Tone
from regulars.console.privacy.requests import COPY_WORDS, NAMING_COLUMNS, TONES, NamingRow, naming_rows
from regulars.console.visit import Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import parse_public_id, public_id

router = pages()
COLUMNS = (
    Column(title="Where"),
    Column(title="What for"),
    Column(title="Entries", numeric=True),
    Column(title="After an erasure"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    title: str
    why: str
    rows: int
    stays: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPage:
    public: str
    name: str
    held: tuple[Held, ...]
    erasures: tuple[privacy.Erasure, ...]
    copies: tuple[privacy.Copy, ...]
    tones: dict[str, Tone]
    words: dict[str, str]
    profiles: int
    orders: int
    points: tuple[tuple[str, int], ...]
    naming: tuple[NamingRow, ...]
    may_copy: bool
    may_erase: bool  # At once.
    may_ask: bool
    why_not: str
    error: str
    columns: tuple[Column, ...] = COLUMNS
    naming_columns: tuple[Column, ...] = NAMING_COLUMNS


@router.get("/privacy/customers/{public}")
def customer(visit: Visiting, public: str) -> Response:
    access.require(visit.actor, "privacy.view")
    return _page(visit, public)


@router.post("/privacy/customers/{public}/copy")
def make_copy(visit: Visiting, public: str) -> Response:
    with visit.app.database.transaction() as tx:
        number = parse_public_id("cus", public)
        privacy.order_copy(tx, visit.actor, number, at=visit.app.now(tx))
    said = "The copy is being made; it stands here as soon as it is ready, for a week."
    return redirect(visit, f"/privacy/customers/{public}", said, tone="live")


@router.post("/privacy/customers/{public}/erase")
def erase(
    visit: Visiting, public: str, confirm: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    """At once, or as a request for somebody else's yes."""
    if confirm.strip() != public:
        return _page(visit, public, error=f"Nothing was erased: type {public} to go on.", status=422)
    number = parse_public_id("cus", public)
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        decision = access.allows(visit.actor, privacy.ERASE, solo=access.solo(tx))
        if decision.outcome == "request":
            asked = privacy.request_erasure(tx, visit.actor, number, reason=reason[:2000], at=at)
            to, said = f"/approvals/{asked.public_id}", "Asked for. Nothing is erased until it is approved."
        else:
            begun = privacy.start_erasure(tx, visit.actor, number, at=at)
            to, said = f"/privacy/erasures/{begun.public_id}", "The customer is being erased."
    return redirect(visit, to, said, tone="live")


def _page(visit: Visiting, public: str, *, error: str = "", status: int = 200) -> Response:
    with visit.app.database.transaction() as tx:
        found = customers.get(tx, parse_public_id("cus", public))
        number = found.customer_id
        decision = access.allows(visit.actor, privacy.ERASE, solo=access.solo(tx))
        foreseen = privacy.foresee_erasure(tx, number)
        value = DataPage(
            public=public_id("cus", number),
            name=found.title,
            held=_held(tx, visit, number),
            erasures=tuple(privacy.erasures_of(tx, number)),
            copies=privacy.copies(tx, customer_id=number).items,
            tones=TONES,
            words=COPY_WORDS,
            profiles=foreseen.profiles,
            orders=foreseen.orders,
            points=foreseen.points,
            naming=naming_rows(foreseen),
            may_copy=access.allows(visit.actor, privacy.COPY).outcome == "yes",
            may_erase=decision.outcome == "yes",
            may_ask=decision.outcome == "request",
            why_not=decision.reason,
            error=error,
        )
    return page(visit, "privacy/customer.html", value, status=status)


def _held(tx: Tx, visit: Visiting, customer_id: int) -> tuple[Held, ...]:
    return tuple(
        Held(title=one.title, why=one.why, rows=rows, stays=one.keeps or "nothing")
        for one, rows in privacy.counted(tx, visit.app.subjects, customer_id)
    )
