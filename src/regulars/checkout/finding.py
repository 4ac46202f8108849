"""Finding a member at the till by what they show or say, and enrolling who is none yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars import customers, log, loyalty
from regulars.checkout.errors import SeveralCustomers
from regulars.checkout.repeated import check_key, fitting, tell_log
from regulars.db import Tx
from regulars.kernel import Finding, Invalid

NAMES_OF_TRAITS = {"email": "email", "phone": "phone", "card": "card"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody shows or says: a card, a phone number, an address."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTill:
    """Who stands there; a till sees no more than it needs."""

    customer_id: int
    name: str | None
    member: loyalty.Member | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    state: Literal["member", "waiting"]  # Waiting: not known yet; the same call again goes on.
    customer_id: int | None
    joined: bool = False  # By this call.


def find_at_till(tx: Tx, programme: str, shown: Shown, *, at: datetime) -> AtTill | None:
    """Nobody: None. Raises SeveralCustomers where a contact is shared, Invalid for an unknown kind."""
    customer_id = _one(tx, shown)
    if customer_id is None:
        return None
    member = loyalty.member(tx, customer_id, programme=programme, at=at)
    return AtTill(customer_id=customer_id, name=customers.get(tx, customer_id).name, member=member)


def announce(tx: Tx, shown: Shown, traits: dict[str, Any], *, key: str, at: datetime) -> None:
    """Tells the log of somebody nobody knows yet; the same key twice is one."""
    check_key(key)
    named = NAMES_OF_TRAITS.get(shown.kind)
    user_id = shown.value if shown.kind == "user_id" else fitting(f"till:{key}")
    told = traits | ({named: shown.value} if named else {})
    tell_log(
        tx,
        log.NewEvent(
            message_id=fitting(f"checkout/enrol/{key}"), type="identify", name="identify", occurred_at=at,
            user_id=user_id, properties=told, context={"server": True}, source="checkout",
        ),
    )  # fmt: skip


def enrol_at_till(tx: Tx, programme: str, shown: Shown, *, key: str, at: datetime) -> Enrolled:
    """Makes a known customer a member; of somebody unknown it says so, see `announce`."""
    check_key(key)
    customer_id = _one(tx, shown)
    if customer_id is None:
        customer_id = customers.find(tx, "user_id", fitting(f"till:{key}"))
    if customer_id is None:
        return Enrolled(state="waiting", customer_id=None)
    joined = loyalty.enrol(tx, programme, customer_id, at=at)
    return Enrolled(state="member", customer_id=customer_id, joined=joined)


def _one(tx: Tx, shown: Shown) -> int | None:
    if not shown.value.strip() or "\0" in shown.value:
        told = "Send what the customer shows or says: a card, a phone number, an address."
        raise Invalid(told, [Finding(path="value", code="checkout.shown", message=told)])
    found = customers.find_many(tx, shown.kind, [shown.value]).get(shown.value, ())
    reason = None if found else customers.unreadable(tx, shown.kind, shown.value)
    if reason is not None:
        told = f"Nobody can be known by the {shown.kind} {shown.value[:40]!r}: {reason}."
        raise Invalid(told, [Finding(path="value", code="checkout.shown", message=told)])
    if len(found) > 1:
        raise SeveralCustomers(
            f"{len(found)} customers are known by this {shown.kind}; ask for the card or another identifier."
        )
    return found[0] if found else None
