"""Checkout: tills and shops find members, preview carts, hold points and codes, capture and return."""

from regulars.checkout.answer import Answer, Outcome, Said, Session
from regulars.checkout.cart import Cart, CartLine, Order
from regulars.checkout.erasing import erase, held
from regulars.checkout.errors import KeyConflict, SessionClosed, SeveralCustomers, UnknownSession
from regulars.checkout.events import EVENTS
from regulars.checkout.finding import AtTill, Enrolled, Shown, announce, enrol_at_till, find_at_till
from regulars.checkout.session import (
    capture_session,
    expire_sessions,
    open_session,
    session,
    sessions_of,
    void_session,
)
from regulars.checkout.telling import Returned, tell_order, tell_refund, user_id_of

__all__ = [
    "EVENTS",
    "Answer",
    "AtTill",
    "Cart",
    "CartLine",
    "Enrolled",
    "KeyConflict",
    "Order",
    "Outcome",
    "Returned",
    "Said",
    "Session",
    "SessionClosed",
    "SeveralCustomers",
    "Shown",
    "UnknownSession",
    "announce",
    "capture_session",
    "enrol_at_till",
    "erase",
    "expire_sessions",
    "find_at_till",
    "held",
    "open_session",
    "session",
    "sessions_of",
    "tell_order",
    "tell_refund",
    "user_id_of",
    "void_session",
]
