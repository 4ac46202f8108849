"""The addresses nothing is sent to, one by one: why, and whose it is where somebody has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from regulars import access
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, rows, run, values
from regulars.kernel import Finding, Invalid, NotFound, Page, decode_cursor, encode_cursor

ERASED: Final = "erased"
HASH_BYTES = 32
# Where a reason comes from: what came back, somebody here, an import, the person, an erasure.
SOURCES: Final = {
    "hard_bounce": "returned",
    "soft_bounces": "returned",
    "complaint": "returned",
    "by_hand": "hand",
    "bounce": "import",
    "imported": "import",
    "unsubscribed": "person",
    "stop": "person",
    ERASED: "erasure",
}
SOURCE_NAMES: Final = (*dict.fromkeys(SOURCES.values()), "other")


class Sql(Statements, file="suppressed.sql"):
    listed: Query
    lift_hash: Query
    reasons: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    channel: str  # A medium, as in email.
    address_hash: bytes
    reason: str
    suppressed_at: datetime
    customer_id: int | None  # Who has the address now; the first of several.
    address: str | None

    @property
    def hash(self) -> str:
        return self.address_hash.hex()

    @property
    def source(self) -> str:
        return source_of_reason(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedFilter:
    """What is asked of the list; what is None does not matter."""

    reason: str | None = None
    source: str | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def source_of_reason(reason: str) -> str:
    return SOURCES.get(reason, "other")


def suppressed_page(
    tx: Tx, asked: SuppressedFilter, *, cursor: str | None = None, limit: int = 50
) -> Page[Suppressed]:
    """A page of the list, the latest first."""
    place = decode_cursor(cursor, (datetime, str, str)) if cursor else (None, None, None)
    reasons = None if asked.reason is None and asked.source is None else _reasons(tx, asked)
    found = _listed(
        tx,
        reasons=reasons,
        channel=asked.channel,
        since=asked.since,
        until=asked.until,
        before=place[0],
        before_channel=place[1],
        before_hash=_bytes(str(place[2])) if cursor else None,
        limit=limit + 1,
    )
    shown = tuple(found[:limit])
    last = shown[-1] if len(found) > limit else None
    more = encode_cursor(last.suppressed_at, last.channel, last.hash) if last else None
    return Page(shown, more)


def suppressed_one(tx: Tx, channel: str, hashed: str) -> Suppressed:
    """One of the list by its hash; raises NotFound."""
    found = _listed(tx, channel=channel, hash=_bytes(hashed), limit=1)
    if not found:
        raise NotFound("This address is not suppressed, or no longer.")
    return found[0]


def lift_suppressed(
    tx: Tx, actor: Actor, channel: str, hashed: str, *, reason: str, at: datetime
) -> Suppressed:
    """Let messages go again to an address of the list, which need not be known here; audited."""
    access.require(actor, "suppressions.lift")
    if not reason.strip():
        message = "Say why, such as “asked by letter”."
        raise Invalid(message, [Finding(path="reason", code="messaging.reason", message=message)])
    found = suppressed_one(tx, channel, hashed)
    if found.reason == ERASED:
        message = (
            "It was kept when somebody was erased, so that nobody writes to them again. Only who is told the "
            "address anew lifts it, by the address itself."
        )
        raise Invalid(message, [Finding(path="reason", code="messaging.erased", message=message)])
    run(tx, SQL.lift_hash, channel=channel, hash=found.address_hash)
    access.recorded(
        tx,
        actor,
        "suppressions.lift",
        subject_kind="address",
        subject=found.hash,
        before={"suppressed": True},
        after={"suppressed": False},
        reason=reason.strip(),
        at=at,
    )
    return found


def _listed(tx: Tx, **given: object) -> list[Suppressed]:
    names = ("reasons", "channel", "hash", "since", "until", "before", "before_channel", "before_hash")
    return rows(tx, SQL.listed, Suppressed, **{**dict.fromkeys(names), **given})


def _reasons(tx: Tx, asked: SuppressedFilter) -> Sequence[str]:
    return [
        one
        for one in values(tx, SQL.reasons)
        if asked.source in (None, source_of_reason(one)) and asked.reason in (None, one)
    ]


def _bytes(hashed: str) -> bytes:
    try:
        found = bytes.fromhex(hashed)
    except ValueError:
        found = b""
    if len(found) != HASH_BYTES:
        raise NotFound("There is no such address on the list.")
    return found
