"""One delivery of a webhook: what was sent, what was answered each time, and the log as a file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from regulars import access, webhooks
from regulars.console.console import pages
from regulars.console.data.shielding import PayloadLine, shown
from regulars.console.data.webhook import STATES, Asked, allowed, chosen_by
from regulars.console.parts import Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import parse_public_id, public_id
from regulars.webhooks import EXPORT_MAX, Attempt, DeliveryFilter, SentWhole

router = pages()
CHUNK = 1_000
HEAD = (
    "id", "webhook_id", "event", "event_id", "state", "attempts", "status", "reason", "occurred_at",
    "made_at", "due_at", "ended_at",
)  # fmt: skip
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "delivered": ("Arrived", "good"),
    "failed": ("Did not arrive", "bad"),
    "unknown": ("Not known", "waiting"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    attempt: Attempt
    word: str
    tone: Tone
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    key: str
    sent: SentWhole
    word: str
    tone: Tone
    event_href: str
    customer_href: str
    lines: tuple[PayloadLine, ...]
    masked: bool
    why_masked: str
    attempts: tuple[AttemptRow, ...]
    may_run: bool
    may_replay: bool


@router.get("/data/webhooks/{key}/deliveries.csv")
def export(visit: Visiting, key: str, state: str = "", q: str = "", span: str = "") -> Response:
    """The log without what was sent, as the filters have it."""
    access.require(visit.actor, "sources.view")
    asked = Asked(state=state if state in STATES else "", q=q.strip(), span=span if span.isdigit() else "")
    chosen = chosen_by(asked, visit.app.wall.now())
    headers = {
        "Content-Disposition": 'attachment; filename="deliveries.csv"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_csv(visit, key, chosen), media_type="text/csv", headers=headers)


def _csv(visit: Visit, key: str, chosen: DeliveryFilter) -> Iterator[str]:
    yield _line(HEAD)
    cursor: str | None = None
    for _ in range(EXPORT_MAX // CHUNK):
        with visit.app.database.transaction() as tx:
            found = webhooks.deliveries(tx, key, chosen, cursor=cursor, limit=CHUNK, most=CHUNK)
        for one in found.items:
            event_id = public_id("evt", one.position) if one.position else ""
            yield _line(
                (
                    one.public_id, one.message_id, one.event, event_id, one.state, one.attempts, one.status,
                    one.reason, one.occurred_at.isoformat(), one.made_at.isoformat(), one.due_at.isoformat(),
                    one.ended_at.isoformat() if one.ended_at else "",
                )
            )  # fmt: skip
        cursor = found.next
        if cursor is None:
            return


def _line(cells: tuple[object, ...]) -> str:
    """A text that a spreadsheet would take for a formula is kept from being one."""
    held = io.StringIO()
    csv.writer(held).writerow(
        f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell
        for cell in cells
    )
    return held.getvalue()


@router.get("/data/webhooks/{key}/deliveries/{delivery_id}")
def delivery(visit: Visiting, key: str, delivery_id: str) -> Response:
    access.require(visit.actor, "sources.view")
    contacts = access.allows(visit.actor, "customers.view_contacts")
    sees = contacts.outcome == "yes"
    with visit.app.database.transaction() as tx:
        sent = webhooks.delivery(tx, key, parse_public_id("whd", delivery_id))
        made = webhooks.attempts(tx, sent.delivery_id)
    payload = shown(sent.body or "", path="", sees_contacts=sees)
    may_run = allowed(visit).outcome == "yes"
    value = DeliveryPage(
        key=key,
        sent=sent,
        word=STATES[sent.state][0],
        tone=STATES[sent.state][1],
        event_href=f"/data/events/{public_id('evt', sent.position)}" if sent.position else "",
        customer_href=f"/customers/{public_id('cus', sent.customer_id)}" if sent.customer_id else "",
        lines=payload.lines,
        masked=payload.masked,
        why_masked=contacts.reason,
        attempts=tuple(_attempt(one, sees_contacts=sees) for one in made),
        may_run=may_run,
        may_replay=may_run
        and not sent.erased
        and sent.position is not None
        and sent.state in ("waiting", "delivered", "failed"),
    )
    return page(visit, "data/webhooks/delivery.html", value)


def _attempt(one: Attempt, *, sees_contacts: bool) -> AttemptRow:
    word, tone = OUTCOMES[one.outcome]
    answer = shown(one.answer, path="", sees_contacts=sees_contacts)
    return AttemptRow(attempt=one, word=word, tone=tone, answer="\n".join(line.text for line in answer.lines))


@router.post("/data/webhooks/{key}/deliveries/{delivery_id}/replay")
def replay(visit: Visiting, key: str, delivery_id: str) -> Response:
    with visit.app.database.transaction() as tx:
        number = parse_public_id("whd", delivery_id)
        webhooks.replay(tx, visit.actor, key, number, at=visit.app.now(tx), now=visit.app.wall.now())
    said = "It goes out again in a moment, with the same webhook-id."
    return redirect(visit, f"/data/webhooks/{key}/deliveries/{delivery_id}", said)
