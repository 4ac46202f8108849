"""Customers: who they are, what is known of them, and one timeline of everything that happened to them."""

from regulars.customers.model import Customer, Identifier, masked, masked_text, masked_values
from regulars.customers.profile import Filters, by_ids, count, find, get, identifiers, list_page, search
from regulars.customers.reader import READER, resolve
from regulars.customers.timeline import masked_event, timeline

__all__ = [
    "READER",
    "Customer",
    "Filters",
    "Identifier",
    "by_ids",
    "count",
    "find",
    "get",
    "identifiers",
    "list_page",
    "masked",
    "masked_event",
    "masked_text",
    "masked_values",
    "resolve",
    "search",
    "timeline",
]
