"""Who opened the page by a link, and how much the link proves of who they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from regulars import customers
from regulars.customers import Customer
from regulars.db import Tx
from regulars.kernel import NotFound
from regulars.preferences.links import address_mark, key, token
from regulars.preferences.tokens import (
    GOOD_FOR,
    NO_ADDRESS,
    PROVES_FOR,
    Link,
    LinkNotOurs,
    LinkTooOld,
    unseal,
)


class NotProven(NotFound):
    """What was asked for is shown to a proven person only; to others it is not there."""

    code: ClassVar[str] = "preferences.not_proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    token: str
    link: Link
    customer: Customer
    sharers: tuple[Customer, ...]  # Others with the same address.
    at_hand: bool  # The link went to the address that the customer has now, or staff gave it.
    proven: bool  # Nothing personal is shown otherwise.
    opens_device: bool  # It may let a device into the member page.
    old: bool  # Its time is over: only unsubscribing is left.

    @property
    def may_choose(self) -> bool:
        """Whether more than unsubscribing is open to them."""
        return self.at_hand and not self.old


def hold_link(tx: Tx, token: str, now: datetime) -> Holder:
    """Who this link is of; raises LinkNotOurs, or LinkTooOld for one that opens nothing any more."""
    sealing = key(tx)
    link = unseal(sealing, token)
    old = link.older_than(GOOD_FOR[link.use], now)
    if link.use == "preview" or (old and link.use != "letter"):
        raise LinkTooOld("This link is not good any more. Ask for a new one.")
    try:
        customer = customers.get(tx, link.atom_id)
    except NotFound:
        raise LinkNotOurs("This link leads nowhere any more.") from None
    current = address_mark(sealing, customer.email) == link.address != NO_ADDRESS
    sharers = sharing(tx, customer.email, but=customer.customer_id)
    asked_for = link.use in ("fresh", "member") and not link.older_than(PROVES_FOR, now)
    sure = asked_for and current and not sharers and _is_theirs(tx, customer)
    return Holder(
        token=token,
        link=link,
        customer=customer,
        sharers=sharers,
        at_hand=current or link.use == "staff",
        proven=sure and link.use == "fresh",
        opens_device=sure and link.use == "member",
        old=old,
    )


def _is_theirs(tx: Tx, customer: Customer) -> bool:
    """Whether more than a page says that the address is theirs: there, anybody may claim it for anybody."""
    address = _compared(customer.email)
    return address is not None and customers.surely_known(tx, customer.customer_id, "email", address)


def previewed(tx: Tx, token: str, now: datetime) -> int | None:
    """The version of the definition that a link for a preview shows; None for any other link."""
    link = unseal(key(tx), token)
    if link.use != "preview":
        return None
    if link.older_than(GOOD_FOR["preview"], now):
        raise LinkTooOld("This preview is over. Open it again from the console.")
    return link.source_id


def sharing(tx: Tx, address: str | None, *, but: int) -> tuple[Customer, ...]:
    """Everybody else who has this address now."""
    return tuple(one for one in having(tx, address) if one.customer_id != but)


def having(tx: Tx, address: str | None) -> tuple[Customer, ...]:
    """Everybody who has this address now, by their number; who had it once and has another is left out."""
    wanted = _compared(address)
    if wanted is None:
        return ()
    found = customers.people_of(tx, "email", [wanted]).get(wanted, ())
    people = customers.by_ids(tx, found).values()
    own = {one.customer_id: one for one in people if _compared(one.email) == wanted}
    return tuple(own[number] for number in sorted(own))


def _compared(address: str | None) -> str | None:
    read = customers.normalise("email", address or "")
    return read if isinstance(read, str) else None


def ways_in(tx: Tx, holder: Holder) -> tuple[tuple[str, str], ...]:
    """For a shared address: the first letter of each name with a link that shows nothing personal."""
    sealing = key(tx)
    people = sorted((holder.customer, *holder.sharers), key=lambda one: one.customer_id)
    return tuple(
        (
            (one.name or "")[:1].upper(),
            token(sealing, "letter", one.customer_id, holder.link.issued_at, holder.link.address),
        )
        for one in people
    )
