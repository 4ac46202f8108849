"""One reject: why, where in it, and what can be done: mend, replay, dismiss."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, events, log
from regulars.console.console import pages
from regulars.console.data.rejects import STATES
from regulars.console.data.shielding import Payload, shown
from regulars.console.parts import Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.events import Refusal
from regulars.kernel import parse_public_id
from regulars.log import Reject
from regulars.wiring import REPLAYS

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectPage:
    id: str
    reject: Reject
    reason: str
    word: str
    tone: Tone
    payload: Payload | None  # None after it was erased.
    missing: bool  # The place is not in the payload: that is the reason.
    typed: str
    refusal: Refusal | None  # Why what was typed is still refused.
    may_mend: bool
    why_not: str
    why_masked: str


@router.get("/data/rejects/{reject_id}")
def reject(visit: Visiting, reject_id: str) -> Response:
    access.require(visit.actor, "sources.view")
    return page(visit, "data/reject.html", _value(visit, reject_id))


@router.post("/data/rejects/{reject_id}/mend")
def mend(visit: Visiting, reject_id: str, text: Annotated[str, Form()] = "") -> Response:
    """Use what was edited; what is still refused comes back with its reason and is not lost."""
    access.require(visit.actor, "rejects.mend")
    number = parse_public_id("rej", reject_id)
    sees = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    with visit.app.database.transaction() as tx:
        held = log.reject(tx, number)
        whole = text if sees else customers.reveal(text, held.payload or "")
        outcome = events.mend(tx, number, REPLAYS, by=visit.actor.name, text=whole)
        if outcome.refusal is None:
            visit.record(tx, "rejects.mend", kind="reject", subject=reject_id)
    if outcome.refusal is None:
        return redirect(visit, "/data/rejects", "Mended: the event is in the log.")
    value = _value(visit, reject_id, typed=text, refusal=outcome.refusal)
    return page(visit, "data/reject.html", value, status=422)


@router.post("/data/rejects/{reject_id}/replay")
def replay(visit: Visiting, reject_id: str) -> Response:
    """Try it again as it came: the cause may be mended since."""
    access.require(visit.actor, "rejects.mend")
    with visit.app.database.transaction() as tx:
        number = parse_public_id("rej", reject_id)
        outcome = events.mend(tx, number, REPLAYS, by=visit.actor.name)
        visit.record(tx, "rejects.replay", kind="reject", subject=reject_id, after={"state": outcome.state})
    if outcome.refusal is None:
        return redirect(visit, "/data/rejects", "Replayed: the event is in the log.")
    said = f"It is still refused: {outcome.refusal.reason}"
    return redirect(visit, f"/data/rejects/{reject_id}", said, tone="bad")


@router.post("/data/rejects/{reject_id}/dismiss")
def dismiss(visit: Visiting, reject_id: str) -> Response:
    access.require(visit.actor, "rejects.mend")
    with visit.app.database.transaction() as tx:
        events.dismiss_reject(tx, parse_public_id("rej", reject_id), by=visit.actor.name)
        visit.record(tx, "rejects.dismiss", kind="reject", subject=reject_id)
    return redirect(visit, "/data/rejects", "Dismissed: it will not be used.", tone="quiet")


def _value(visit: Visit, reject_id: str, *, typed: str = "", refusal: Refusal | None = None) -> RejectPage:
    contacts = access.allows(visit.actor, "customers.view_contacts")
    mending = access.allows(visit.actor, "rejects.mend")
    sees = contacts.outcome == "yes"
    with visit.app.database.transaction() as tx:
        found = log.reject(tx, parse_public_id("rej", reject_id))
    path = refusal.path if refusal else found.path
    payload = None if found.payload is None else shown(found.payload, path=found.path, sees_contacts=sees)
    word, tone = STATES[found.state]
    return RejectPage(
        id=reject_id,
        reject=found,
        reason=found.reason if sees else customers.conceal_text(found.reason),
        word=word,
        tone=tone,
        payload=payload,
        missing=bool(payload and path and not any(line.hit for line in payload.lines)),
        typed=typed or (payload.text if payload else ""),
        refusal=refusal,
        may_mend=mending.outcome == "yes",
        why_not=mending.reason,
        why_masked=contacts.reason if payload and payload.masked else "",
    )
