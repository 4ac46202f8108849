"""Portal: the member's own page by a link, shown on devices that proved the address once."""

from regulars.portal.card import Card, card_of
from regulars.portal.device import (
    COOKIE,
    GOOD_FOR,
    LinkUsed,
    Visitor,
    admit,
    forget,
    is_open,
    leave,
    visitor_of,
)
from regulars.portal.erasing import erase, held
from regulars.portal.link import member_link
from regulars.portal.masking import masked_address
from regulars.portal.redeeming import Asked, Gained, Outcome, gained, item_of, redeem
from regulars.portal.shelf import Item
from regulars.portal.showing import MemberPage, Place, company, page_of, programme_named
from regulars.portal.words import LANGUAGES, words

__all__ = [
    "COOKIE",
    "GOOD_FOR",
    "LANGUAGES",
    "Asked",
    "Card",
    "Gained",
    "Item",
    "LinkUsed",
    "MemberPage",
    "Outcome",
    "Place",
    "Visitor",
    "admit",
    "card_of",
    "company",
    "erase",
    "forget",
    "gained",
    "held",
    "is_open",
    "item_of",
    "leave",
    "masked_address",
    "member_link",
    "page_of",
    "programme_named",
    "redeem",
    "visitor_of",
    "words",
]
