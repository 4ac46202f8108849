"""Customers: who they are, what is known of them, and one timeline of everything that happened to them."""

from regulars.customers.holding import hold, hold_alone
from regulars.customers.identity import IDENTITY, Identity, IdentifierKind
from regulars.customers.identity_events import EVENTS
from regulars.customers.model import Customer, Identifier, masked, masked_text, masked_values
from regulars.customers.moving import Follow, Moved
from regulars.customers.profile import Filters, by_ids, count, find, get, identifiers, list_page, search
from regulars.customers.reader import reader, resolve
from regulars.customers.timeline import masked_event, timeline

__all__ = [
    "EVENTS",
    "IDENTITY",
    "Customer",
    "Filters",
    "Follow",
    "Identifier",
    "IdentifierKind",
    "Identity",
    "Moved",
    "by_ids",
    "count",
    "find",
    "get",
    "hold",
    "hold_alone",
    "identifiers",
    "list_page",
    "masked",
    "masked_event",
    "masked_text",
    "masked_values",
    "reader",
    "resolve",
    "search",
    "timeline",
]
