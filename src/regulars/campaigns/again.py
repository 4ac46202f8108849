"""A campaign once more: as a copy, or to those who got it and did not answer; each a draft of its own."""

from datetime import datetime

import msgspec

from regulars.access import Actor
from regulars.campaigns.launching import CAMPAIGN, find
from regulars.campaigns.model import Campaign, Resend
from regulars.db import Tx
from regulars.definitions import Definition, get, save_draft
from regulars.kernel import Conflict, NotFound

WHO = {
    "not_clicked": "did not click",
    "not_opened": "did not open it",
    "not_converted": "did not do what it was for",
}


class NotSentYet(Conflict):
    code = "campaigns.not_sent_yet"


def copied(body: Campaign) -> Campaign:
    """The same to be launched anew; its moment has passed."""
    return msgspec.structs.replace(body, title=f"{body.title} (copy)", send_at=None, local_time=False)


def to_the_others(tx: Tx, key: str, who: str = "not_clicked") -> Campaign:
    """A campaign to those who got the newest launched version and did not answer; held out stays held out."""
    found = find(tx, key)
    if found.state not in ("sending", "sent", "measured"):
        raise NotSentYet(f"“{key}” has not been sent yet; nobody could have answered it.")
    body = get(tx, CAMPAIGN, key, found.version).body
    resend = msgspec.convert({"campaign": key, "version": found.version, "who": who}, Resend)
    return msgspec.structs.replace(
        body,
        title=f"{body.title}: again to who {WHO[resend.who]}",
        purpose=f"Reach those who got “{body.title}” and {WHO[resend.who]}.",
        segment="",
        condition=None,
        resend=resend,
        send_at=None,
        local_time=False,
    )


def once_more(tx: Tx, key: str, who: str) -> tuple[Campaign, str]:
    """The body of a copy, or of a message to those who did not answer, and how its key ends."""
    if who == "everybody":
        return copied(get(tx, CAMPAIGN, key).body), "copy"
    return to_the_others(tx, key, who), "again"


def draft_again(
    tx: Tx, actor: Actor, key: str, body: Campaign, *, ending: str, at: datetime
) -> Definition[Campaign]:
    """Save it as a draft under a key that is free, such as spring-copy-2."""
    name, place = f"{key[:50]}-{ending}", 2
    while _taken(tx, name):
        name, place = f"{key[:50]}-{ending}-{place}", place + 1
    return save_draft(tx, actor, CAMPAIGN, name, body, at=at, note=f"Made from “{key}”.")


def _taken(tx: Tx, key: str) -> bool:
    try:
        get(tx, CAMPAIGN, key)
    except NotFound:
        return False
    return True
