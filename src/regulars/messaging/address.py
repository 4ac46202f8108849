"""Which address of a customer a channel writes to, and whether one can be written to as it stands."""

import re

from regulars.customers import Customer
from regulars.messaging import suppression

BY_PHONE = frozenset({"sms", "phone"})
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}", re.ASCII)


def address_of(person: Customer, medium: str) -> str | None:
    """The address there; None when none is known, as of channels that need another than we keep."""
    if medium == "email":
        return person.email or None
    return (person.phone or None) if medium in BY_PHONE else None


def is_usable(medium: str, address: str) -> bool:
    return suppression.usable(address) if medium == "email" else PHONE.fullmatch(address) is not None
