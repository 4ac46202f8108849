"""Columns that several listings have, and the filters by time."""

from typing import Any

from regulars.customers import conceal_text, masked_text, masked_values
from regulars.exports.listing import Column, ColumnType, Filter

CUSTOMER = Column(name="customer_id", type="id", prefix="cus", text="The person, as the console names them.")
USER_ID = Column(name="user_id", type="text", conceal=conceal_text, text="The company's own id.")
NAME = Column(name="name", type="text", conceal=conceal_text)
EMAIL = Column(name="email", type="text", conceal=masked_text)
PHONE = Column(name="phone", type="text", conceal=masked_text)
PERSON = (CUSTOMER, USER_ID, NAME, EMAIL, PHONE)
CURRENCY = Column(name="currency", type="text", text="ISO 4217.")
SINCE = Filter(name="since", title="Since", type="instant")
UNTIL = Filter(name="until", title="Until, not counted", type="instant")
PERIOD = (SINCE, UNTIL)
SOURCE = Filter(name="source", title="Source")


def values(value: Any, personal: frozenset[str] = frozenset()) -> Any:
    """Traits, properties or a context with the contact details and what is declared personal masked."""
    return masked_values(value, personal) if isinstance(value, dict) else value


def texts(*names: str) -> tuple[Column, ...]:
    return _of("text", names)


def integers(*names: str) -> tuple[Column, ...]:
    return _of("integer", names)


def numbers(*names: str) -> tuple[Column, ...]:
    return _of("number", names)


def amounts(*names: str) -> tuple[Column, ...]:
    """Money in the currency that the column `currency` names."""
    return tuple(Column(name=name, type="amount", currency="currency") for name in names)


def instants(*names: str) -> tuple[Column, ...]:
    return _of("instant", names)


def flags(*names: str) -> tuple[Column, ...]:
    return _of("flag", names)


def free(*names: str) -> tuple[Column, ...]:
    """Texts in which an address may stand."""
    return tuple(Column(name=name, type="text", conceal=conceal_text) for name in names)


def _of(kind: ColumnType, names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(name=name, type=kind) for name in names)
