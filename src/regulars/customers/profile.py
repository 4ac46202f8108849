"""Looking customers up: one, a page of the list, or by anything they are known by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from regulars.customers import identity
from regulars.customers.derived import PHONE_LIKE, digits, words
from regulars.customers.looking_up import Place, hits
from regulars.customers.model import PREFIX, Customer, Identifier
from regulars.customers.normalising import normalise
from regulars.customers.people import ANONYMOUS, USER
from regulars.customers.statements import SQL
from regulars.db import Tx, maybe, rows, value
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, parse_public_id, public_id

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of customers is narrowed to; None means no matter."""

    named: bool | None = None
    with_email: bool | None = None
    test: bool | None = None
    seen_since: datetime | None = None
    seen_before: datetime | None = None
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Customer):
    asked_id: int  # The id it was asked by, which may be of one merged into it.

    def customer(self) -> Customer:
        return Customer(**{name: getattr(self, name) for name in Customer.__dataclass_fields__})


def get(tx: Tx, customer_id: int) -> Customer:
    """The customer, or the one they were merged into; raises NotFound."""
    found = maybe(tx, SQL.get, Customer, customer_id=customer_id)
    if found is None:
        raise NotFound(f"There is no customer {public_id(PREFIX, customer_id)}; search by name or id.")
    return found


def by_ids(tx: Tx, customer_ids: Sequence[int]) -> dict[int, Customer]:
    """Many customers at once by the ids asked for, merged ones as those they were merged into."""
    return {c.asked_id: c.customer() for c in rows(tx, SQL.by_ids, Asked, ids=list(customer_ids))}


def find(tx: Tx, kind: str, identifier: str) -> int | None:
    """The one person behind an identifier in any writing, such as ("user_id", "42"); None for several."""
    rules = identity.rules(tx)
    known = rules.kinds.get(kind)
    if kind in (USER, ANONYMOUS) or known is None:
        wanted = identifier
    else:
        read = normalise(known.form, identifier, rules.region)
        wanted = read if isinstance(read, str) else identifier
    return cast("int | None", value(tx, SQL.find, kind=kind, value=wanted))


def identifiers(tx: Tx, customer_id: int) -> list[Identifier]:
    """Everything a person is known by, contacts left out: several may share those."""
    contacts = identity.rules(tx).contacts
    return rows(tx, SQL.identifiers, Identifier, customer_id=customer_id, contacts=contacts)


def count(tx: Tx) -> int:
    """How many customers there are."""
    return cast("int", value(tx, SQL.count))


def list_page(
    tx: Tx, filters: Filters | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[Customer]:
    """A page of customers, the newest first."""
    kept = filters or Filters()
    found = rows(
        tx,
        SQL.list_page,
        Customer,
        before=decode_cursor(cursor, (int,))[0] if cursor else None,
        named=kept.named,
        with_email=kept.with_email,
        test=kept.test,
        seen_since=kept.seen_since,
        seen_before=kept.seen_before,
        ids=None if kept.ids is None else list(kept.ids),
        limit=limit + 1,
    )
    more = encode_cursor(found[limit - 1].customer_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def search(
    tx: Tx, text: str, cursor: str | None = None, limit: int = PAGE_SIZE, *, contacts: bool = False
) -> Page[Customer]:
    """Customers whose identifiers or name words begin with every word; whole matches first.

    Addresses and numbers are found by their beginning only for whom `contacts` says may see them, for others
    by their whole. A phone number in any writing of its country is found as one, if somebody has it.
    """
    plain = text.replace("\0", "").strip()
    if plain.startswith(f"{PREFIX}_"):
        return _by_public_id(tx, plain)
    whole = normalise("phone", plain, identity.rules(tx).region) if PHONE_LIKE.fullmatch(plain) else None
    if isinstance(whole, str):
        found = _search(tx, [digits(whole)], cursor, limit, contacts=contacts)
        if found.items:
            return found
    return _search(tx, words(plain), cursor, limit, contacts=contacts)


def _search(tx: Tx, sought: list[str], cursor: str | None, limit: int, *, contacts: bool) -> Page[Customer]:
    if not sought:
        return Page(())
    after = cast(Place, decode_cursor(cursor, (str, int))) if cursor else None
    found = hits(tx, sought, after, limit + 1, contacts=contacts)
    last = found[limit - 1] if len(found) > limit else None
    more = encode_cursor(last.term, last.customer_id) if last else None
    return Page(tuple(hit.customer() for hit in found[:limit]), more)


def _by_public_id(tx: Tx, text: str) -> Page[Customer]:
    try:
        return Page((get(tx, parse_public_id(PREFIX, text)),))
    except NotFound:
        return Page(())
