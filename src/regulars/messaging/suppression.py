"""The addresses nothing is sent to, kept as keyed hashes so that the list itself names nobody."""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import access, customers
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, maybe, run, value, values
from regulars.kernel import Finding, Invalid

# One @, something on both sides, and nothing that could end a header; the whole truth is the provider's.
EMAIL = re.compile(r"[^@\s<>,;:\"\\]+@[^@\s<>,;:\"\\]+")
EMAIL_SIGNS_MAX = 254


class Sql(Statements, file="suppression.sql"):
    secret: Query
    suppress: Query
    suppressed: Query
    found: Query
    lift: Query
    take_back: Query


SQL = Sql()
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    reason: str
    suppressed_at: datetime


def normalised(address: str) -> str:
    """Return the form in which two spellings of one mailbox are equal; dots and +tags are left alone.

    >>> normalised(" Anna.Berg@Example.INVALID ")
    'anna.berg@example.invalid'
    """
    return unicodedata.normalize("NFKC", address).strip().casefold()


def usable(address: str) -> bool:
    return address.isprintable() and len(address) <= EMAIL_SIGNS_MAX and EMAIL.fullmatch(address) is not None


def secret(tx: Tx) -> bytes:
    return bytes(value(tx, SQL.secret))


def hashed(key: bytes, address: str) -> bytes:
    return hmac.digest(key, normalised(address).encode(), "sha256")


def suppress(tx: Tx, addresses: Iterable[str], *, reason: str, at: datetime, channel: str = "email") -> int:
    """Send nothing to these addresses any more, whoever they belong to. Returns how many were new."""
    key = secret(tx)
    hashes = [hashed(key, address) for address in addresses]
    return run(tx, SQL.suppress, channel=channel, hashes=hashes, reason=reason, at=at)


def take_back(tx: Tx, address: str, *, reason: str, channel: str) -> bool:
    """Somebody takes back what they said themselves; what stands for another reason goes on standing."""
    return run(tx, SQL.take_back, channel=channel, hash=hashed(secret(tx), address), reason=reason) > 0


def suppressed(tx: Tx, hashes: Sequence[bytes], *, channel: str = "email") -> set[bytes]:
    return {bytes(one) for one in values(tx, SQL.suppressed, channel=channel, hashes=list(hashes))}


def suppression_of(tx: Tx, address: str, *, channel: str = "email") -> Suppression | None:
    """Why nothing is sent to an address, and since when; None when nothing stands against it."""
    return maybe(tx, SQL.found, Suppression, channel=channel, hash=hashed(secret(tx), address))


def whose(tx: Tx, address: str, *, channel: str = "email") -> list[int]:
    """Who is known by an address: whom a channel reaches is another when it is suppressed or no longer is."""
    try:
        found = customers.find_many(tx, "email" if channel == "email" else "phone", [address.strip()])
    except Invalid:  # The company knows nobody by such.
        return []
    return sorted({person for people in found.values() for person in people})


def suppress_by_hand(
    tx: Tx, actor: Actor, address: str, *, reason: str, at: datetime, channel: str = "email"
) -> bool:
    """Suppress an address because somebody asked for it; judged and audited. False if it was already."""
    access.require(actor, "consents.record")
    _check(address, reason)
    new = suppress(tx, [address], reason=BY_HAND, at=at, channel=channel) > 0
    if new:
        _recorded(tx, actor, "consents.record", address, reason=reason, suppressed=True, at=at)
    return new


def lift_suppression(
    tx: Tx, actor: Actor, address: str, *, reason: str, at: datetime, channel: str = "email"
) -> bool:
    """Let messages go to an address again; consent is asked as before. False if none stood against it."""
    access.require(actor, "suppressions.lift")
    _check(address, reason)
    lifted = run(tx, SQL.lift, channel=channel, hash=hashed(secret(tx), address)) > 0
    if lifted:
        _recorded(tx, actor, "suppressions.lift", address, reason=reason, suppressed=False, at=at)
    return lifted


def _check(address: str, reason: str) -> None:
    wrong = []
    if not usable(address.strip()):
        message = "Write one address, such as ada@example.com."
        wrong.append(Finding(path="address", code="messaging.address", message=message))
    if not reason.strip():
        message = "Say why, such as “asked by letter”."
        wrong.append(Finding(path="reason", code="messaging.reason", message=message))
    if wrong:
        raise Invalid(wrong[0].message, wrong)


def _recorded(
    tx: Tx, actor: Actor, action: str, address: str, *, reason: str, suppressed: bool, at: datetime
) -> None:
    """The audit names the address by its keyed hash, as the list does."""
    access.recorded(
        tx,
        actor,
        action,
        subject_kind="address",
        subject=hashed(secret(tx), address).hex(),
        before={"suppressed": not suppressed},
        after={"suppressed": suppressed},
        reason=reason.strip(),
        at=at,
    )
