"""Letting a message go again that a provider refused: it certainly did not leave, so nobody gets it twice."""

from datetime import datetime

from regulars import access, messaging
from regulars.access import Actor
from regulars.campaigns.handing import API
from regulars.campaigns.launching import CAMPAIGN, find
from regulars.campaigns.statements import SQL
from regulars.db import Tx, run
from regulars.kernel import Conflict
from regulars.messaging import SentMessage, SourceName

# Who may let one go again; other messages carry a link of their own, and whoever wants it asks anew.
MAY = {CAMPAIGN.name: "campaigns.launch", API: "messages.send"}


class NotRetried(Conflict):
    """The message is not one that may go again."""

    code = "messages.not_retried"


def may_retry(actor: Actor, found: SentMessage) -> bool:
    """Whether it failed, and this person may let it go again."""
    deed = MAY.get(found.source_kind)
    return found.state == "failed" and deed is not None and access.allows(actor, deed).outcome == "yes"


def retry(tx: Tx, actor: Actor, public: str, *, reason: str = "", at: datetime) -> SentMessage:
    """Let a failed message wait again; it is checked as if for the first time."""
    found = messaging.message(tx, public)
    deed = MAY.get(found.source_kind)
    if deed is None:
        raise NotRetried(
            f"{public} brought a link ({found.source_kind}). Whoever wants one asks for it anew, and gets a "
            "fresh one."
        )
    access.require(actor, deed)
    if found.source_kind == CAMPAIGN.name and find(tx, found.source_key, found.source_version).cancelled_at:
        raise NotRetried(f"“{found.source_key}” was stopped for good, so nothing of it leaves any more.")
    name = SourceName(
        kind=found.source_kind, key=found.source_key, version=found.source_version, step=found.step
    )
    source = messaging.find_source(tx, name)
    if not messaging.retry_failed(tx, actor, source, [found.send_id], reason=reason, at=at):
        raise NotRetried(
            f"{public} has not failed: {found.answer} Only what a provider refused goes again; say first of "
            "one in doubt that it did not leave."
        )
    if found.source_kind == CAMPAIGN.name:
        run(tx, SQL.send_on, key=found.source_key, version=found.source_version)
    return messaging.message(tx, public)
