"""Letting messages go again that a provider refused: they certainly did not leave, so none comes twice."""

from datetime import datetime

from regulars import access, messaging
from regulars.access import Actor
from regulars.campaigns.handing import API
from regulars.campaigns.launching import CAMPAIGN, find, source_of
from regulars.campaigns.model import Run
from regulars.campaigns.statements import SQL
from regulars.db import Tx, run, value
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
    if found.source_kind == CAMPAIGN.name:
        _hold(tx, find(tx, found.source_key, found.source_version))
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


def retry_all(tx: Tx, actor: Actor, key: str, *, reason: str = "", at: datetime) -> int:
    """Let every failed message of the newest launched version wait again; gives how many, of a repeat none.

    One in doubt is not among them before somebody has said of it that it did not leave.
    """
    access.require(actor, MAY[CAMPAIGN.name])
    found = find(tx, key)
    _hold(tx, found)
    if found.started_at is None:
        return 0
    source = messaging.find_source(tx, source_of(found))
    number = messaging.retry_failed(tx, actor, source, reason=reason, at=at)
    if number:
        run(tx, SQL.send_on, key=found.key, version=found.version)
    return number


def retryable(tx: Tx, key: str) -> int:
    """How many failed messages of the newest launched version could be tried again."""
    found = find(tx, key)
    if found.cancelled_at is not None:
        return 0
    return int(value(tx, SQL.failed, key=found.key, version=found.version))


def _hold(tx: Tx, found: Run) -> None:
    run(tx, SQL.hold_run, run_id=found.run_id)
    if find(tx, found.key, found.version).cancelled_at:
        raise NotRetried(f"“{found.key}” was stopped for good, so nothing of it leaves any more.")
