"""Who a customer is, as shown; and the same with the contact details masked."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars.kernel import fold, public_id

PREFIX = "cus"
# Traits and properties, folded and without separators, that hold contact details.
CONTACT_NAMES = frozenset(
    {
        *("email", "emailaddress", "mail", "ip", "ipaddress"),
        *("phone", "phonenumber", "telephone", "tel", "msisdn"),
        *("mobile", "mobilephone", "mobilenumber", "cellphone"),
        *("address", "address1", "address2", "addressline1", "addressline2"),
        *("billingaddress", "shippingaddress", "deliveryaddress", "streetaddress"),
        *("street", "street1", "street2", "postalcode", "postcode", "zip", "zipcode"),
    }
)
SEPARATORS = str.maketrans("", "", "_- .")
# Bounded, so that a megabyte of letters costs no more than its length.
ADDRESS = re.compile(r"[^\s@\"'<>,;:()\[\]{}=]{1,64}@[^\s@\"'<>,;:()\[\]{}=]{1,255}")
PHONE = re.compile(r"(?<![\w.-])\+[0-9][0-9 ().-]{6,20}[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    customer_id: int
    user_id: str | None  # The company's own id; None while anonymous.
    name: str | None
    email: str | None
    phone: str | None
    created_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    traits: dict[str, Any]
    test: bool

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.customer_id)

    @property
    def title(self) -> str:
        """What a page calls the customer; an address in its place is hidden, as titles stand everywhere."""
        return conceal_text(self.name or self.user_id or self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    kind: str
    value: str


def masked(customer: Customer, *, may_see_contacts: bool, personal: frozenset[str] = frozenset()) -> Customer:
    """The customer as somebody sees them who may or may not see contact details.

    `personal` names the traits that are declared so, by path.
    """
    if may_see_contacts:
        return customer
    return replace(
        customer,
        user_id=conceal_text(customer.user_id) if customer.user_id else None,
        email=masked_text(customer.email),
        phone=masked_text(customer.phone),
        traits=masked_values(customer.traits, personal),
    )


def masked_values(values: dict[str, Any], personal: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Traits or properties with contact details and what is declared personal masked, nested ones too.

    Known by the names of fields, and in other texts by how they look.
    """
    return {name: _masked_value(name, name, value, personal, hide=False) for name, value in values.items()}


def _masked_value(name: str, path: str, value: Any, personal: frozenset[str], *, hide: bool) -> Any:
    hide = hide or path in personal or fold(name).translate(SEPARATORS) in CONTACT_NAMES
    if isinstance(value, dict):
        return {
            inner: _masked_value(inner, f"{path}.{inner}", one, personal, hide=hide)
            for inner, one in value.items()
        }
    if isinstance(value, list):
        return [_masked_value(name, path, one, personal, hide=hide) for one in value]
    if hide and value is not None:
        return masked_text(str(value))
    return conceal_text(value) if isinstance(value, str) else value


def conceal_text(text: str) -> str:
    """A text with what looks like an e-mail address or an international phone number masked."""
    for sign, pattern in (("@", ADDRESS), ("+", PHONE)):
        if sign in text:
            text = pattern.sub(lambda found: masked_text(found.group()) or "", text)
    return text


def masked_text(text: str | None) -> str | None:
    """Enough to recognise, too little to use.

    >>> masked_text("jane.doe@example.com"), masked_text("+1 555 010 4477")
    ('j…@e….com', '…77')
    """
    if not text:
        return text
    local, at, domain = text.rpartition("@")
    if at and local:
        host, dot, top = domain.rpartition(".")
        return f"{local[0]}…@{host[:1]}…{dot}{top}" if dot else f"{local[0]}…@…"
    return f"…{text[-2:]}"
