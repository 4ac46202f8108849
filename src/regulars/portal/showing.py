"""A member's own page, everything worked out: whoever renders it decides nothing."""

from dataclasses import dataclass
from datetime import datetime

from regulars import definitions, loyalty, preferences
from regulars.customers import Customer
from regulars.db import Tx
from regulars.loyalty import Programme
from regulars.portal.card import Card, card_of
from regulars.portal.history import History, history_of
from regulars.portal.ladder import Rung, rungs
from regulars.portal.purse import Purse, purses
from regulars.portal.shelf import Item, Underway, items, underway
from regulars.portal.vouchers import Voucher, vouchers
from regulars.preferences import Words

NAME_SIGNS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    programme: str  # Key; empty for who is a member of none.
    title: str
    name: str
    others: tuple[tuple[str, str], ...]  # Key and name of every programme of theirs, where there are several.
    card: Card | None
    purses: tuple[Purse, ...]
    rungs: tuple[Rung, ...]
    items: tuple[Item, ...]
    underway: tuple[Underway, ...]
    vouchers: tuple[Voucher, ...]
    history: History | None
    first: bool  # Of the history, the newest lines.


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What of the page somebody looks at."""

    programme: str = ""
    currency: str = ""
    cursor: str = ""


def page_of(
    tx: Tx, customer: Customer, place: Place, spoken: Words, *, at: datetime, zone: str
) -> MemberPage:
    number = customer.customer_id
    keys = loyalty.programmes_of(tx, number)
    bodies = {key: loyalty.definition(tx, key) for key in keys}
    own = vouchers(tx, number, spoken, at=at, zone=zone)
    if not keys:
        return _without(customer, spoken, own)
    key = place.programme if place.programme in bodies else joined_first(tx, number, keys, at)
    body = bodies[key]
    member = loyalty.member(tx, number, programme=key, at=at)
    coin = body.currency(place.currency) or body.currencies[0]
    return MemberPage(
        programme=key,
        title=body.name,
        name=(customer.name or "")[:NAME_SIGNS_MAX],
        others=tuple((one, bodies[one].name) for one in keys) if len(keys) > 1 else (),
        card=card_of(tx, customer),
        purses=purses(tx, key, body, number, spoken, at=at),
        rungs=rungs(body, member.tiers, spoken, at) if member else (),
        items=items(tx, key, body, number, spoken, at),
        underway=underway(tx, key, number, spoken),
        vouchers=own,
        history=history_of(tx, key, body, number, coin, spoken, place.cursor or None),
        first=not place.cursor,
    )


def _without(customer: Customer, spoken: Words, own: tuple[Voucher, ...]) -> MemberPage:
    return MemberPage(
        programme="",
        title=spoken("no_member"),
        name=(customer.name or "")[:NAME_SIGNS_MAX],
        others=(),
        card=None,
        purses=(),
        rungs=(),
        items=(),
        underway=(),
        vouchers=own,
        history=None,
        first=True,
    )


def joined_first(tx: Tx, customer_id: int, keys: list[str], at: datetime) -> str:
    found = [(loyalty.member(tx, customer_id, programme=key, at=at), key) for key in keys]
    return min((one.joined_at, key) for one, key in found if one is not None)[1]


def programme_named(tx: Tx, key: str) -> str:
    """What a page calls itself to a stranger: the programme asked for, or the only one there is.

    It says nothing of who is a member of what.
    """
    there: dict[str, Programme] = {
        one.key: one.body for one in definitions.all_live(tx, loyalty.PROGRAMME) if not one.body.sandbox
    }
    if key in there:
        return there[key].name
    return next(iter(there.values())).name if len(there) == 1 else ""


def company(tx: Tx) -> str:
    """As the preference centre calls it, else as the programmes do."""
    told = preferences.centre_of(tx).body.logo_text
    live = definitions.all_live(tx, loyalty.PROGRAMME)
    return told or (live[0].body.legal_entity if live else "")
