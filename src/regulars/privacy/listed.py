"""What customers asked of their data, as lists that can become files."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Tx
from regulars.exports import Asked, Column, Filter, Listing, walked
from regulars.kernel import Page
from regulars.privacy.copy import Copy, copies
from regulars.privacy.erasure import STATES, Erasure, erasures

CUSTOMER = Column(name="customer_id", type="id", prefix="cus", text="The person, as the console names them.")


def erasure_page(tx: Tx, asked: Asked, cursor: str | None) -> Page[Erasure]:
    return erasures(tx, state=asked.filter["state"], cursor=cursor)


def erasure_line(one: Erasure) -> Sequence[Any]:
    return (
        one.erasure_id, one.customer_id, one.state, one.asked_by, one.requested_by, one.decided_by,
        one.asked_at, one.starts_at, one.began_at, one.erased_at, one.ended_at, one.people,
        sum(one.rows.values()), one.problem,
    )  # fmt: skip


def copy_page(tx: Tx, _asked: Asked, cursor: str | None) -> Page[Copy]:
    return copies(tx, cursor=cursor)


def copy_line(one: Copy) -> Sequence[Any]:
    return (
        one.copy_id, one.customer_id, one.state, one.asked_by, one.requested_by, one.asked_at, one.ready_at,
        one.expires_at, one.tables, one.rows, one.bytes, one.downloads, one.problem,
    )  # fmt: skip


def _instants(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, type="instant") for name in names)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, type="text") for name in names)


def _integers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, type="integer") for name in names)


ERASURES = Listing(
    name="erasures",
    title="Erasures",
    text="Who asked to be erased, who decided, and when it was done.",
    permission="privacy.view",
    columns=(
        Column(name="erasure_id", type="id", prefix="ers"),
        CUSTOMER,
        *_texts("state", "asked_by", "requested_by", "decided_by"),
        *_instants("asked_at", "starts_at", "began_at", "erased_at", "ended_at"),
        *_integers("people", "rows"),
        *_texts("problem"),
    ),
    rows=walked(erasure_page, erasure_line),
    filters=(Filter(name="state", title="State", choices=("open", *STATES)),),
)
COPIES = Listing(
    name="copies",
    title="Copies",
    text="Who asked for a copy of what is held of them, and what became of it.",
    permission="privacy.view",
    columns=(
        Column(name="copy_id", type="id", prefix="cpy"),
        CUSTOMER,
        *_texts("state", "asked_by", "requested_by"),
        *_instants("asked_at", "ready_at", "expires_at"),
        *_integers("tables", "rows", "bytes", "downloads"),
        *_texts("problem"),
    ),
    rows=walked(copy_page, copy_line),
)
LISTINGS = (ERASURES, COPIES)
