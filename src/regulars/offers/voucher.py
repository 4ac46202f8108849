"""A code as it stands: found by what is typed or by its id, with its uses, reservations and movements."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import msgspec

from regulars import customers
from regulars.db import Tx, maybe, rows
from regulars.kernel import Page, decode_cursor, encode_cursor, public_id
from regulars.offers.errors import UnknownCode
from regulars.offers.model import VoucherPool
from regulars.offers.signs import Shape, bare
from regulars.offers.statements import SQL
from regulars.offers.words import worth_words

PREFIX = "vch"
USE_PREFIX = "use"
RESERVATION_PREFIX = "rsv"
SHOWN_MAX = 500
PAGE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    id: int
    code: str
    bare: str
    state: str
    customer_id: int | None
    made_at: datetime
    issued_at: datetime | None
    starts_at: datetime | None
    expires_at: datetime | None
    uses_most: int | None
    used: int
    reserved: int
    loaded_minor: int | None
    balance_minor: int | None
    pool_id: int
    pool: str
    pool_ended_at: datetime | None
    limits: dict[str, Any]
    terms: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    id: int
    code: str  # As it is printed.
    bare: str
    state: str  # free, issued, cancelled or expired.
    customer_id: int | None  # The profile it was handed out to.
    made_at: datetime
    issued_at: datetime | None
    starts_at: datetime | None
    expires_at: datetime | None  # The first instant at which it cannot be used any more.
    uses_most: int | None
    used: int
    reserved: int
    loaded_minor: int | None  # Of a gift card.
    balance_minor: int | None
    pool_id: int
    pool: str
    pool_ended_at: datetime | None
    limits: VoucherPool  # The newest version, whose limits hold.
    terms: VoucherPool  # The version it was handed out by, whose worth it has.

    @property
    def public_id(self) -> str:
        return public_id(PREFIX, self.id)

    @property
    def ending(self) -> str:
        return self.bare[-4:]

    @property
    def worth(self) -> str:
        return worth_words(self.terms.worth, self.terms.currency)

    @property
    def currency(self) -> str:
        return self.terms.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    id: int
    code_id: int
    customer_id: int | None
    order_key: str | None
    amount_minor: int | None  # What the order came to, or was to be paid by the card.
    given_minor: int  # What the code was worth.
    given_back_minor: int
    used_at: datetime
    cancelled_at: datetime | None
    actor: str | None

    @property
    def public_id(self) -> str:
        return public_id(USE_PREFIX, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    id: int
    code_id: int
    customer_id: int | None
    order_key: str | None
    reserved_at: datetime
    ends_at: datetime
    state: str  # held, used, released or expired.

    @property
    def public_id(self) -> str:
        return public_id(RESERVATION_PREFIX, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money of a gift card that went from one account to another."""

    id: int
    kind: str  # load, pay, refund, expire or cancel.
    from_account: str
    to_account: str
    amount_minor: int
    balance_after: int
    moved_at: datetime
    use_id: int | None
    actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    uses: tuple[Use, ...]
    reservations: tuple[Reservation, ...]
    movements: tuple[Movement, ...]


def read(row: CodeRow) -> Code:
    plain = {one.name: getattr(row, one.name) for one in fields(row)}
    limits = msgspec.convert(plain.pop("limits"), VoucherPool)
    terms = msgspec.convert(plain.pop("terms"), VoucherPool)
    return Code(**plain, limits=limits, terms=terms)


def find(tx: Tx, typed: str) -> Code:
    """The code somebody typed; raises UnknownCode, without a look where the check sign is wrong."""
    wanted = bare(typed)
    fitting = any(one.fits(wanted) for one in rows(tx, SQL.shapes, Shape))
    found = maybe(tx, SQL.code_bare, CodeRow, bare=wanted) if fitting and wanted else None
    if found is None or found.state == "free":  # Who knows a code nobody was given, guessed.
        why = "there is no such code" if fitting else "a sign is wrong, missing or too many"
        raise UnknownCode(f"This code was not found: {why}. Read it again, sign by sign.")
    return read(found)


def code(tx: Tx, code_id: int) -> Code:
    found = maybe(tx, SQL.code_id, CodeRow, code_id=code_id)
    if found is None:
        raise UnknownCode(f"There is no code {public_id(PREFIX, code_id)}.")
    return read(found)


def codes(
    tx: Tx,
    *,
    pool: str | None = None,
    state: str | None = None,
    starting: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Code]:
    """The newest first; `starting` takes the first signs of a code, however they are written."""
    limit = max(1, min(limit, PAGE_MAX))
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    signs = bare(starting).replace("%", "") if starting else None
    found = rows(
        tx,
        SQL.codes,
        CodeRow,
        pool=pool,
        state=state,
        starting=signs or None,
        before=before,
        limit=limit + 1,
    )
    shown = tuple(read(row) for row in found[:limit])
    return Page(items=shown, next=encode_cursor(shown[-1].id) if len(found) > limit else None)


def wallet(tx: Tx, customer_id: int) -> list[Code]:
    """What was handed out to a customer, merged profiles included; at most 500."""
    return [read(row) for row in rows(tx, SQL.wallet, CodeRow, atoms=atoms(tx, customer_id), limit=SHOWN_MAX)]


def history(tx: Tx, code_id: int) -> History:
    asked = {"code_id": code_id, "limit": SHOWN_MAX}
    return History(
        uses=tuple(rows(tx, SQL.uses_of, Use, **asked)),
        reservations=tuple(rows(tx, SQL.reservations_of, Reservation, **asked)),
        movements=tuple(rows(tx, SQL.movements_of, Movement, **asked)),
    )


def atoms(tx: Tx, customer_id: int | None) -> Sequence[int]:
    """Every profile of a person; nobody has none."""
    return [] if customer_id is None else customers.atoms(tx, customer_id) or [customer_id]
