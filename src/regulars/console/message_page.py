"""One message: what left, what came back, and why, check by check; one in doubt can be settled."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, campaigns, customers, messaging, responses
from regulars.console.campaign_people import HEADERS, MAIL_POLICY, STATES, framing, masked, sees
from regulars.console.console import pages
from regulars.console.loyalty_figures import chip_of
from regulars.console.message_log import KINDS
from regulars.console.parts import Chip, Column, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid
from regulars.messaging import Checked, SentMessage, SourceName

router = pages()
VERDICTS: dict[str, tuple[str, Tone]] = {
    "passed": ("Passed", "good"),
    "refused": ("Refused", "bad"),
    "held": ("Waits", "waiting"),
    "held_out": ("Held out", "waiting"),
    "exempt": ("Does not bind it", "quiet"),
    "not_reached": ("Not asked", "quiet"),
}
KEPT_NOT = "What it said is not kept: only what is recorded is"
UNSEEN = dict.fromkeys(("sent", "handed", "in_doubt", "failed"), KEPT_NOT) | {
    "queued": "Not written yet",
    "claimed": "Not written yet",
}
CHECK_COLUMNS = (Column(title="Check"), Column(title="Verdict"), Column(title="Said"))
HAPPENED = {
    "queued": "Put into the ledger",
    "checked": "Checked",
    "sent": "Handed over",
    "held_out": "Held out",
    "skipped": "Not sent",
    "failed": "Failed",
    "in_doubt": "In doubt",
    "replied": "An answer came",
}
SETTLE = "campaigns.launch"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    title: str
    verdict: str
    tone: Tone
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    at: datetime
    title: str
    machine: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    chip: Chip
    message: SentMessage
    word: str
    tone: Tone
    source: str
    source_href: str
    template_href: str
    html_href: str
    headers: tuple[tuple[str, str], ...]
    checks: tuple[CheckRow, ...]
    check_columns: tuple[Column, ...]
    past: tuple[PastRow, ...]
    data: str  # What the template could ask for as `event`, as JSON.
    recording: bool
    in_doubt: bool
    unseen: str  # What stands where its subject would.
    may_settle: bool
    may_retry: bool


@router.get("/messages/{public}")
def one_message(visit: Visiting, public: str) -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        value = message_page(tx, visit, public)
    return framing(page(visit, "messages/message.html", value))


@router.get("/messages/{public}/html")
def message_html(visit: Visiting, public: str) -> Response:
    """The message's own page, shown in a frame that may do nothing."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        found = masked(messaging.message(tx, public), visit.actor)
    policy = {"Content-Security-Policy": MAIL_POLICY, "Cache-Control": "no-store"}
    return Response(found.html_body or "", media_type="text/html; charset=utf-8", headers=policy)


@router.post("/messages/{public}/settle")
def settle(
    visit: Visiting,
    public: str,
    sent: Annotated[str, Form()] = "",
    why: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Say of a message in doubt whether it left; one that did not is sent again by a retry only."""
    access.require(visit.actor, SETTLE)
    if sent not in ("yes", "no"):
        message = "Say whether it left."
        raise Invalid(message, [Finding(path="sent", code="messages.settle", message=message)])
    with visit.app.database.transaction() as tx:
        found = messaging.message(tx, public)
        source = messaging.find_source(tx, source_name(found))
        at = visit.app.now(tx)
        left = sent == "yes"
        messaging.settle(tx, visit.actor, source, [found.send_id], sent=left, reason=why.strip(), at=at)
    said = (
        "Noted: it left." if left else "Noted: it did not leave. It counts as failed, and can be sent again."
    )
    return redirect(visit, f"/messages/{public}", said)


@router.post("/messages/{public}/retry")
def retry(visit: Visiting, public: str, why: Annotated[str, Form(max_length=300)] = "") -> Response:
    """Let one go again that a provider refused; whether this person may, its kind says."""
    with visit.app.database.transaction() as tx:
        campaigns.retry(tx, visit.actor, public, reason=why, at=visit.app.now(tx))
    return redirect(visit, f"/messages/{public}", "It waits again, and is checked anew before it leaves.")


def message_page(tx: Tx, visit: Visit, public: str) -> MessagePage:
    found = masked(messaging.message(tx, public), visit.actor)
    known = customers.by_ids(tx, [found.customer_id]).get(found.customer_id)
    word, tone = STATES[found.state]
    return MessagePage(
        chip=chip_of(known, found.customer_id, "/customers"),
        message=found,
        word=word,
        tone=tone,
        source=f"{KINDS.get(found.source_kind, found.source_kind.capitalize())}: {found.source_key}",
        source_href=f"/campaigns/{found.source_key}" if found.source_kind == "campaign" else "",
        template_href=f"/definitions/template/{found.template_key}?version={found.template_version}",
        html_href=f"/messages/{public}/html" if found.html_body else "",
        headers=tuple((name, text) for name, text in (found.headers or {}).items() if shown(name)),
        checks=tuple(
            check_row(one, found.state) for one in messaging.why(tx, found.send_id, visit.app.now(tx))
        ),
        check_columns=CHECK_COLUMNS,
        past=tuple(past_rows(tx, found.send_id, sees=sees(visit.actor))),
        data=json.dumps(found.data, indent=2, ensure_ascii=False) if found.data else "",
        recording=found.channel == "recording",
        in_doubt=found.state == "in_doubt",
        unseen=UNSEEN.get(found.state, "No message was made"),
        may_settle=access.allows(visit.actor, SETTLE).outcome == "yes",
        may_retry=campaigns.may_retry(visit.actor, found),
    )


def shown(name: str) -> bool:
    return name in HEADERS or name.lower().startswith(("list-", "reply-to", "dkim-"))


def check_row(one: Checked, state: str) -> CheckRow:
    verdict, tone = VERDICTS[one.verdict]
    if one.verdict == "refused" and state == "in_doubt":
        verdict = "In doubt"
    return CheckRow(title=one.title, verdict=verdict, tone=tone, said=one.said)


def past_rows(tx: Tx, send_id: int, *, sees: bool) -> list[PastRow]:
    """The ledger's own moments, and with their signals what came back."""
    own = [
        PastRow(at=one.at, title=HAPPENED.get(one.what, one.what.capitalize()), machine=False, text="")
        for one in campaigns.past(tx, send_id)
        if one.what in HAPPENED and one.what != "replied"
    ]
    back = [
        PastRow(
            at=one.at,
            title=HAPPENED.get(one.kind, one.kind.capitalize()) + (" for good" if one.hard else ""),
            machine=one.machine,
            text=" · ".join(
                part if sees else customers.conceal_text(part.replace("%40", "@"))
                for part in (one.link, one.signal, one.detail, f"{one.times} times" if one.times > 1 else "")
                if part
            ),
        )
        for one in responses.of_message(tx, send_id)
    ]
    return sorted([*own, *back], key=lambda one: one.at)


def source_name(found: SentMessage) -> SourceName:
    return SourceName(
        kind=found.source_kind, key=found.source_key, version=found.source_version, step=found.step
    )
