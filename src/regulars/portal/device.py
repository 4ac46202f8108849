"""Devices that proved the address once, by a link mailed to it; nothing of a member shows elsewhere."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from regulars import customers, preferences
from regulars.customers import Customer
from regulars.db import Tx, maybe, run, value
from regulars.kernel import Conflict, NotFound
from regulars.portal.statements import SQL
from regulars.preferences import Holder, Key, NotProven

COOKIE = "regulars-member"
GOOD_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=30)  # After its end, so that the link it came in by stays used.
NUMBER_DIGITS_MAX = 18


class LinkUsed(Conflict):
    """Whoever the mail was passed on to comes too late."""

    code: ClassVar[str] = "portal.link_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    device_id: int
    atom_id: int
    link_hash: bytes
    address: bytes
    generation: int
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody at a device that proved the address they have now."""

    device_id: int
    customer: Customer


def is_open(tx: Tx, holder: Holder) -> bool:
    """Whether this link would let a device in."""
    if not holder.opens_device:
        return False
    return not value(tx, SQL.used, link_hash=_mark(preferences.key(tx), holder.token))


def admit(tx: Tx, holder: Holder, now: datetime) -> str:
    """Let a device in and give its cookie; raises NotProven, or LinkUsed where it let one in before."""
    if not holder.opens_device:
        raise NotProven("This link does not show who you are. Ask for a new one.")
    sealing = preferences.key(tx)
    link_hash = _mark(sealing, holder.token)
    device_id = value(
        tx,
        SQL.admit,
        atom_id=holder.customer.customer_id,
        link_hash=link_hash,
        address=holder.link.address,
        generation=sealing.generation,
        now=now,
        ends_at=now + GOOD_FOR,
    )
    if device_id is None:
        raise LinkUsed("This link has opened a device already, and opens no other. Ask for a new one.")
    return f"{device_id}.{_sign(sealing, device_id, link_hash)}"


def visitor_of(tx: Tx, cookie: str | None, now: datetime) -> Visitor | None:
    """Who is at the device; None when it never proved anything, or what it proved is over."""
    number, _, given = (cookie or "").partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= NUMBER_DIGITS_MAX):
        return None
    device = maybe(tx, SQL.device, Device, device_id=int(number), now=now)
    sealing = preferences.key(tx)
    if device is None or device.generation != sealing.generation:
        return None
    signed = _sign(sealing, device.device_id, bytes(device.link_hash))
    if not hmac.compare_digest(signed.encode(), given.encode("utf-8", "surrogatepass")):
        return None
    try:
        customer = customers.get(tx, device.atom_id)
    except NotFound:
        return None
    if preferences.address_mark(sealing, customer.email) != bytes(device.address):
        return None  # The address is another since: who reads the old one may be somebody else.
    return Visitor(device_id=device.device_id, customer=customer)


def leave(tx: Tx, visitor: Visitor, now: datetime) -> None:
    run(tx, SQL.leave, device_id=visitor.device_id, now=now)


def forget(tx: Tx, now: datetime) -> int:
    """Forget devices whose time was over a while ago; gives how many."""
    return run(tx, SQL.forget, before=now - KEPT_FOR)


def _mark(sealing: Key, token: str) -> bytes:
    return sealing.digest("portal.link", token)


def _sign(sealing: Key, device_id: int, link_hash: bytes) -> str:
    return sealing.digest("portal.device", f"{device_id}\x1f{link_hash.hex()}").hex()
