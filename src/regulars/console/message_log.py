"""The log of all messages: who was, or would have been, sent what, searched and filtered."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers, messaging
from regulars.app import App
from regulars.console.campaign_people import STATES, framing
from regulars.console.campaign_retrying import Failed, failed_of
from regulars.console.console import pages
from regulars.console.frame import Found
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column, Tone
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.kernel import NotFound, day_bounds, fold, parse_public_id
from regulars.messaging import REASONS, LogFilters, Logged

router = pages()
HITS = 50
COLUMNS = (
    Column(title="When"),
    Column(title="Person"),
    Column(title="What became of it"),
    Column(title="From"),
    Column(title="By"),
    Column(title="Message", hidden_title=True),
)
CHOICES = (
    ("", "Any state"),
    ("sent", "Sent"),
    ("queued", "Waiting"),
    ("skipped", "Not sent"),
    ("held_out", "Held out"),
    ("failed", "Failed"),
    ("in_doubt", "In doubt"),
)
KINDS = {"campaign": "Campaign", "api": "By API", "form": "Form", "journey": "Journey", "preferences": "Link"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    at: datetime
    chip: Chip
    state: str
    tone: Tone
    why: str
    source: str
    source_href: str
    channel: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    asked: dict[str, str]
    nobody: bool  # Nobody fits what was searched for.
    states: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    channels: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[LogRow, ...]
    next_href: str
    first_href: str
    export: dict[str, str]
    failed: Failed | None  # Of the campaign that is looked at, where its failed messages are.


@router.get("/messages")
def message_log(
    visit: Visiting,
    q: str = "",
    state: str = "",
    reason: str = "",
    source: str = "",
    channel: str = "",
    since: str = "",
    until: str = "",
    cursor: str | None = None,
) -> Response:
    access.require(visit.actor, "customers.view")
    asked = {"q": q, "state": state, "reason": reason, "source": source, "channel": channel}
    asked |= {"since": since, "until": until}
    with visit.app.database.transaction() as tx:
        value = log_page(tx, visit, asked, cursor)
    return framing(page(visit, "messages/log.html", value))


def log_page(tx: Tx, visit: Visit, asked: dict[str, str], cursor: str | None) -> LogPage:
    who = whose(tx, visit, asked["q"])
    found = messaging.message_log(tx, filters(asked, who, visit.app.zone), cursor=cursor)
    known = customers.by_ids(tx, [one.customer_id for one in found.items])
    kept = {name: text for name, text in asked.items() if text}
    return LogPage(
        asked=asked,
        nobody=bool(asked["q"].strip()) and not who.customers and who.send_id is None,
        states=CHOICES,
        reasons=(("", "Any reason"), *((code, words.capitalize()) for code, words in REASONS.items())),
        sources=(
            ("", "From anything"),
            *(
                (f"{one.kind}:{one.key}", f"{KINDS.get(one.kind, one.kind)}: {one.key}")
                for one in messaging.log_sources(tx)
            ),
        ),
        channels=(("", "By any channel"), *((one, one.capitalize()) for one in messaging.log_channels(tx))),
        columns=COLUMNS,
        rows=tuple(row_of(one, known.get(one.customer_id)) for one in found.items),
        next_href=f"/messages?{urlencode({**kept, 'cursor': found.next})}" if found.next else "",
        first_href=f"/messages?{urlencode(kept)}" if cursor else "",
        export={"source": asked["source"].partition(":")[2], "state": asked["state"]},
        failed=failed_here(tx, visit, asked),
    )


def failed_here(tx: Tx, visit: Visit, asked: dict[str, str]) -> Failed | None:
    kind, _, key = asked["source"].partition(":")
    return failed_of(tx, visit.actor, key) if kind == "campaign" and asked["state"] == "failed" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    customers: tuple[int, ...] = ()
    send_id: int | None = None


def whose(tx: Tx, visit: Visit, text: str) -> Whose:
    """The message or the people that were searched for: an id, a name, an address, a number."""
    asked = text.strip()
    if asked.startswith("msg_"):
        try:
            return Whose(send_id=parse_public_id("msg", asked))
        except NotFound:
            return Whose()
    if not asked:
        return Whose()
    contacts = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    hits = customers.search(tx, asked, limit=HITS, contacts=contacts).items
    return Whose(customers=tuple(hit.customer_id for hit in hits))


def filters(asked: dict[str, str], who: Whose, zone: str) -> LogFilters:
    kind, _, key = asked["source"].partition(":")
    since, until = day_of(asked["since"]), day_of(asked["until"])
    return LogFilters(
        customers=who.customers if asked["q"].strip() and who.send_id is None else None,
        send_id=who.send_id,
        state=asked["state"] or None,
        reason=asked["reason"] or None,
        source_kind=kind or None,
        source=key or None,
        channel=asked["channel"] or None,
        since=day_bounds(since, zone)[0] if since else None,
        until=day_bounds(until, zone)[1] if until else None,
    )


def day_of(text: str) -> date | None:
    """A day of the address; what is none does not narrow."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def row_of(one: Logged, known: customers.Customer | None) -> LogRow:
    word, tone = STATES[one.state]
    plain = one.state in ("sent", "held_out")
    return LogRow(
        at=one.at,
        chip=chip_of(known, one.customer_id, "/customers"),
        state=word,
        tone=tone,
        why="" if plain else messaging.answer(one.state, one.reason, one.detail),
        source=f"{KINDS.get(one.source_kind, one.source_kind.capitalize())}: {one.source_key}",
        source_href=f"/campaigns/{one.source_key}" if one.source_kind == "campaign" else "",
        channel=one.channel,
        href=f"/messages/{one.id}",
    )


def find(_app: App, actor: access.Actor, asked: str) -> list[Found]:
    """The log, and a message by its id, for the palette."""
    if access.allows(actor, "customers.view").outcome != "yes":
        return []
    if asked.strip().startswith("msg_"):
        href = f"/messages/{asked.strip()}"
        return [Found(title=asked.strip(), href=href, kind="Message", icon="mail")]
    if fold(asked) and fold(asked) in "message log":
        return [Found(title="Message log", href="/messages", kind="Go to", icon="mail")]
    return []
