"""Preferences: the customer's own page, by a sealed link: what they hear of, how often, and their data."""

from regulars.preferences.centre import centre_of
from regulars.preferences.erasing import erase, held
from regulars.preferences.figures import Changes, OptOuts, changes, count_visit, opt_outs, visits
from regulars.preferences.holder import Holder, NotProven, having, hold_link, previewed
from regulars.preferences.links import (
    PLACE,
    good_until,
    key,
    letters,
    link,
    preview_link,
    withdraw_links,
)
from regulars.preferences.model import (
    BUILT_IN,
    KEY,
    PREFERENCE_CENTRE,
    Centre,
    Text,
    TopicText,
    policy_findings,
)
from regulars.preferences.offer import Shelf, Switch
from regulars.preferences.ready_made import LINK_TEMPLATES
from regulars.preferences.reason import about_of, title_of
from regulars.preferences.requests import (
    Asked,
    TooManyLinks,
    ask_by_address,
    ask_by_link,
    carry_on,
    forget,
    send_link,
)
from regulars.preferences.saving import How, Sent, Wanted, save, unsubscribe
from regulars.preferences.showing import Page, page_of, preview_of
from regulars.preferences.tokens import (
    FILLED_AFTER,
    OPEN_FOR,
    Key,
    Link,
    LinkNotOurs,
    LinkTooOld,
    opened,
    read_opened,
    seal,
    unseal,
)
from regulars.preferences.words import LANGUAGES, Words, accepted, chosen, words

__all__ = [
    "BUILT_IN",
    "FILLED_AFTER",
    "KEY",
    "LANGUAGES",
    "LINK_TEMPLATES",
    "OPEN_FOR",
    "PLACE",
    "PREFERENCE_CENTRE",
    "Asked",
    "Centre",
    "Changes",
    "Holder",
    "How",
    "Key",
    "Link",
    "LinkNotOurs",
    "LinkTooOld",
    "NotProven",
    "OptOuts",
    "Page",
    "Sent",
    "Shelf",
    "Switch",
    "Text",
    "TooManyLinks",
    "TopicText",
    "Wanted",
    "Words",
    "about_of",
    "accepted",
    "ask_by_address",
    "ask_by_link",
    "carry_on",
    "centre_of",
    "changes",
    "chosen",
    "count_visit",
    "erase",
    "forget",
    "good_until",
    "having",
    "held",
    "hold_link",
    "key",
    "letters",
    "link",
    "opened",
    "opt_outs",
    "page_of",
    "policy_findings",
    "preview_link",
    "preview_of",
    "previewed",
    "read_opened",
    "save",
    "seal",
    "send_link",
    "title_of",
    "unseal",
    "unsubscribe",
    "visits",
    "withdraw_links",
    "words",
]
