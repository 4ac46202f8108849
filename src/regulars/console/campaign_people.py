"""The people of a campaign: what became of each, the message as it would have left, and why not."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, campaigns, customers, messaging
from regulars.console.campaigns import Top, top
from regulars.console.console import pages
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column, Tone
from regulars.console.security import POLICY
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.kernel import NotFound, public_id
from regulars.messaging import SentMessage

router = pages()
COLUMNS = (
    Column(title="Person"),
    Column(title="Arm"),
    Column(title="What became of it"),
    Column(title="When"),
    Column(title="Message", hidden_title=True),
)
STATES: dict[str, tuple[str, Tone]] = {
    "queued": ("Waits", "waiting"),
    "claimed": ("Waits", "waiting"),
    "handed": ("On its way", "live"),
    "sent": ("Sent", "good"),
    "held_out": ("Held out", "quiet"),
    "skipped": ("Not sent", "waiting"),
    "failed": ("Failed", "bad"),
    "in_doubt": ("In doubt", "bad"),
}
CHOICES = (
    ("", "Everybody"),
    ("sent", "Sent"),
    ("held_out", "Held out"),
    ("skipped", "Not sent"),
    ("failed", "Failed"),
    ("in_doubt", "In doubt"),
    ("queued", "Waiting"),
)
# The message is somebody else's HTML: no script, no address outside, in a frame without any right.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox; "
    "form-action 'none'; base-uri 'none'"
)
HITS = 6
HEADERS = ("From", "To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    chip: Chip
    arm: str
    state: str
    tone: Tone
    why: str
    decided_at: datetime | None
    href: str  # The message, if one was made.


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    chip: Chip
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    top: Top
    asked: str
    answers: tuple[Answer, ...]
    state: str
    choices: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[PersonRow, ...]
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    top: Top
    chip: Chip
    message: SentMessage
    headers: tuple[tuple[str, str], ...]
    html_href: str
    template_href: str


@router.get("/campaigns/{key}/people")
def people(visit: Visiting, key: str, state: str = "", who: str = "", cursor: str | None = None) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = campaigns.messages(tx, key, cursor, state=state or None)
        known = customers.by_ids(tx, [send.customer_id for send in found.items])
        head = top(tx, visit.actor, key, "people")
        answers = answers_to(tx, key, who)
    kept = {"state": state} if state else {}
    here = f"/campaigns/{key}/people"
    value = PeoplePage(
        top=head,
        asked=who,
        answers=answers,
        state=state,
        choices=CHOICES,
        columns=COLUMNS,
        rows=tuple(row_of(send, known.get(send.customer_id), key) for send in found.items),
        next_href=f"{here}?{urlencode({**kept, 'cursor': found.next})}" if found.next else "",
        first_href=f"{here}?{urlencode(kept)}" if cursor else "",
    )
    return framing(page(visit, "campaigns/people.html", value))


@router.get("/campaigns/{key}/people/{public}")
def message(visit: Visiting, key: str, public: str) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        value = message_page(tx, visit, key, public)
    return framing(page(visit, "campaigns/message.html", value))


@router.get("/campaigns/{key}/people/{public}/html")
def html(visit: Visiting, key: str, public: str) -> Response:
    """The message's own page, shown in a frame that may do nothing."""
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = masked(of_campaign(tx, key, public), visit.actor)
    return Response(
        found.html_body or "",
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": MAIL_POLICY, "Cache-Control": "no-store"},
    )


def message_page(tx: Tx, visit: Visit, key: str, public: str) -> MessagePage:
    found = masked(of_campaign(tx, key, public), visit.actor)
    known = customers.by_ids(tx, [found.customer_id]).get(found.customer_id)
    return MessagePage(
        top=top(tx, visit.actor, key, "people"),
        chip=chip_of(known, found.customer_id, "/customers"),
        message=found,
        headers=tuple(
            (name, (found.headers or {})[name]) for name in HEADERS if name in (found.headers or {})
        ),
        html_href=f"/campaigns/{key}/people/{public}/html" if found.html_body else "",
        template_href=f"/definitions/template/{found.template_key}?version={found.template_version}",
    )


def of_campaign(tx: Tx, key: str, public: str) -> SentMessage:
    found = campaigns.message(tx, public)
    if (found.source_kind, found.source_key) != ("campaign", key):
        raise NotFound(f"The message {public[:40]} is not of this campaign.")
    return found


def sees(actor: access.Actor) -> bool:
    return access.allows(actor, "customers.view_contacts").outcome == "yes"


def masked(found: SentMessage, actor: access.Actor) -> SentMessage:
    """The message as this person may see it."""
    if sees(actor):
        return found
    return found.concealed()


def answers_to(tx: Tx, key: str, who: str) -> tuple[Answer, ...]:
    """Why each of those who fit the words did or did not get it."""
    if not who.strip():
        return ()
    return tuple(
        Answer(
            chip=chip_of(hit, hit.customer_id, "/customers"),
            sentence=campaigns.why_not(tx, key, hit.customer_id),
        )
        for hit in customers.search(tx, who, limit=HITS).items
    )


def row_of(send: messaging.Send, known: customers.Customer | None, key: str) -> PersonRow:
    word, tone = STATES[send.state]
    made = send.state == "sent"
    return PersonRow(
        chip=chip_of(known, send.customer_id, "/customers"),
        arm="Held out" if send.arm == "held_out" else "Treated",
        state=word,
        tone=tone,
        why=""
        if send.state in ("sent", "held_out")
        else messaging.answer(send.state, send.reason, send.detail),
        decided_at=send.decided_at,
        href=f"/campaigns/{key}/people/{public_id('msg', send.send_id)}" if made else "",
    )


def framing(response: Response) -> Response:
    """Let this page, and no other, show a frame of ours."""
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return response
