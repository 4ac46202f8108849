"""Which address of a customer a channel writes to, and whether one can be written to as it stands."""

import re
from collections.abc import Mapping, Sequence

from regulars.channels import Channel, addresses
from regulars.customers import Customer
from regulars.db import Tx
from regulars.kernel import public_id
from regulars.messaging import suppression

BY_PROFILE = frozenset({"email", "sms", "phone"})
BY_PHONE = frozenset({"sms", "phone"})
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}", re.ASCII)


def address_of(person: Customer, medium: str) -> str | None:
    """The address there; None when none is known, as of channels that need another than we keep."""
    if medium == "email":
        return person.email or None
    return (person.phone or None) if medium in BY_PHONE else None


def addresses_of(
    tx: Tx, channel: Channel | None, medium: str, customer_ids: Sequence[int]
) -> Mapping[int, str]:
    """Where a channel reaches these people, if it is not by what their profile says."""
    if medium in BY_PROFILE:
        return {}
    if channel is not None and channel.medium == medium:
        return addresses(tx, channel, customer_ids)
    return {number: public_id("cus", number) for number in customer_ids}


def is_usable(medium: str, address: str) -> bool:
    if medium == "email":
        return suppression.usable(address)
    return PHONE.fullmatch(address) is not None if medium in BY_PHONE else True
