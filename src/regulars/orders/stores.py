"""Stores: where people buy, put by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from regulars.db import Query, Statements, Tx, maybe, rows, run
from regulars.kernel import Invalid, NotFound, Page, decode_cursor, encode_cursor, fold, public_id
from regulars.orders.told import Fields

STORE_PREFIX = "sto"
KEY_SIGNS_MAX = 200
PAGE_SIZE = 50


class UnreadableStore(Invalid):
    """What was told of a store cannot be taken."""

    code: ClassVar[str] = "orders.unreadable_store"


class Sql(Statements, file="stores.sql"):
    put_store: Query
    get_store: Query
    stores_by_key: Query
    list_stores: Query
    named_by_orders: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What is told of a store; None leaves what is known."""

    store_key: str
    name: str | None = None
    address: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None  # Two letters.
    zone: str | None = None  # An IANA name.
    latitude: float | None = None
    longitude: float | None = None
    opened_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStore(Store):
    store_id: int
    updated_at: datetime

    @property
    def id(self) -> str:
        return public_id(STORE_PREFIX, self.store_id)

    @property
    def title(self) -> str:
        return self.name or f"Store {self.store_key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownStore:
    store_key: str
    orders: int


def store_of(told: Mapping[str, Any]) -> Store:
    """Read a store from an event, a row of a file or a request; raises UnreadableStore with every finding."""
    fields = Fields(told, "orders.unreadable_store")
    key = fields.text("store_key", "store_id", "key", signs_max=KEY_SIGNS_MAX)
    if key is None and not fields.findings:
        fields.wrong("store_id", "is missing: give the store its key")
    store = Store(
        store_key=key or "",
        name=fields.text("name", "title"),
        address=fields.text("address", "street"),
        city=fields.text("city", signs_max=200),
        postcode=fields.text("postcode", "postal_code", "zip", signs_max=40),
        country=_country(fields),
        zone=_zone(fields),
        latitude=fields.between(-90, 90, "latitude", "lat"),
        longitude=fields.between(-180, 180, "longitude", "lng", "lon"),
        opened_on=fields.day("opened_on", "opened"),
        closed_on=fields.day("closed_on", "closed"),
    )
    if store.opened_on and store.closed_on and store.closed_on < store.opened_on:
        fields.wrong("closed_on", f"is before the day it opened, {store.opened_on}")
    if fields.findings:
        said = "; ".join(f"{one.path}: {one.message}" for one in fields.findings)
        raise UnreadableStore(f"Store {key!r} cannot be taken: {said}.", fields.findings)
    return store


def _country(fields: Fields) -> str | None:
    said = fields.text("country")
    if said is None or (len(said) == 2 and said.isascii() and said.isalpha()):  # noqa: PLR2004 - of ISO 3166.
        return said.upper() if said else None
    fields.wrong("country", f"is not two letters such as DE: found {said[:40]!r}")
    return None


def _zone(fields: Fields) -> str | None:
    name, value = fields.given("zone", "timezone", "time_zone")
    said = fields.text(name)
    if said is None:
        return None
    try:
        ZoneInfo(said)
    except (ValueError, OSError, KeyError):  # Its own "not found" is a KeyError.
        fields.wrong(name, f"is not a zone such as Europe/Berlin: found {str(value)[:40]!r}")
        return None
    return said


def put_stores(tx: Tx, stores: Sequence[Store], *, at: datetime) -> int:
    """Add stores, or change those known by their key; the last of a key wins, what is None stays."""
    told = list({one.store_key: one for one in stores}.values())
    if not told:
        return 0
    return run(
        tx,
        SQL.put_store,
        keys=[s.store_key for s in told],
        names=[s.name for s in told],
        folded=[fold(f"{s.name} {s.city or ''}") if s.name else None for s in told],
        addresses=[s.address for s in told],
        cities=[s.city for s in told],
        postcodes=[s.postcode for s in told],
        countries=[s.country for s in told],
        zones=[s.zone for s in told],
        latitudes=[s.latitude for s in told],
        longitudes=[s.longitude for s in told],
        opened=[s.opened_on for s in told],
        closed=[s.closed_on for s in told],
        at=at,
    )


def get_store(tx: Tx, store_id: int) -> KnownStore:
    """One store; raises NotFound."""
    found = maybe(tx, SQL.get_store, KnownStore, store_id=store_id)
    if found is None:
        raise NotFound(f"There is no store {public_id(STORE_PREFIX, store_id)}.")
    return found


def stores_by_key(tx: Tx, keys: Sequence[str]) -> dict[str, KnownStore]:
    """Many stores at once; those that are not there are left out."""
    return {s.store_key: s for s in rows(tx, SQL.stores_by_key, KnownStore, keys=list(keys))}


def list_stores(
    tx: Tx, text: str | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[KnownStore]:
    """A page of the stores by key; every word must stand in name, city or key."""
    found = rows(
        tx,
        SQL.list_stores,
        KnownStore,
        words=fold((text or "").replace("\0", "")).split() or None,
        after=decode_cursor(cursor, (str,))[0] if cursor else None,
        limit=limit + 1,
    )
    more = encode_cursor(found[limit - 1].store_key) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def unknown_stores(tx: Tx, since: datetime, limit: int = 20) -> list[UnknownStore]:
    """Stores that orders since an instant name and nobody has described, those of most orders first."""
    return rows(tx, SQL.named_by_orders, UnknownStore, since=since, limit=limit)
