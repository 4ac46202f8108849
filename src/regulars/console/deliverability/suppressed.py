"""Addresses nothing is sent to: listed by reason, one looked up, one added or lifted by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, messaging, segments
from regulars.console.console import pages
from regulars.console.deliverability.places import tabs
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid
from regulars.messaging import SuppressedCount, SuppressedFilter, Suppression

router = pages()
COUNTED = (Column(title="Why"), Column(title="Addresses", numeric=True))
COLUMNS = (
    Column(title="Address"),
    Column(title="Why, and since when"),
    Column(title="Look", hidden_title=True),
)
WORDS = {
    "hard_bounce": "Bounced for good",
    "soft_bounces": "Bounced for now too often",
    "complaint": "Called a message spam",
    "by_hand": "Added by hand",
    "erased": "Somebody who was erased",
    "bounce": "Bounced, by an import",
    "imported": "On a list that was imported",
    "unsubscribed": "Asked for it",
    "stop": "Answered with a word that stops",
}
MEDIA = {"email": "E-mail", "sms": "Text message", "push": "Notification"}
SOURCES = {
    "returned": "What came back",
    "hand": "Somebody here",
    "import": "An import",
    "person": "The person",
    "erasure": "An erasure",
    "other": "Something else",
}
HASH_SIGNS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedRow:
    address: str  # Masked for who may not see it; empty where nobody here has it.
    erased: bool
    hash: str
    medium: str
    why: str
    source: str
    since: datetime
    chip: Chip | None
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedAddress:
    row: SuppressedRow
    may_lift: bool
    why_not: str
    reason: str = ""
    errors: dict[str, str]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedPage:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[SuppressedRow, ...]
    next_href: str
    first_href: str
    by: dict[str, str]  # The filters.
    reasons: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    channels: tuple[tuple[str, str], ...]
    counted: tuple[Column, ...]
    counts: tuple[SuppressedCount, ...]
    words: dict[str, str]
    media: dict[str, str]
    total: int
    asked: str
    found: Suppression | None
    may_add: bool
    why_not: str
    may_lift: bool
    errors: dict[str, str]
    findings: tuple[Finding, ...] = ()


@router.get("/deliverability/suppressed")
def suppressed(
    visit: Visiting, reason: str = "", source: str = "", channel: str = "", cursor: str | None = None
) -> Response:
    access.require(visit.actor, "customers.view")
    by = {"reason": reason, "source": source, "channel": channel}
    return page(visit, "deliverability/suppressed.html", _page(visit, by=by, cursor=cursor))


@router.get("/deliverability/suppressed/{channel}/{hashed}")
def one_suppressed(visit: Visiting, channel: str, hashed: str) -> Response:
    access.require(visit.actor, "customers.view")
    return page(visit, "deliverability/suppressed_one.html", _one(visit, channel, hashed))


@router.post("/deliverability/suppressed/{channel}/{hashed}/lift")
def lift(visit: Visiting, channel: str, hashed: str, reason: Annotated[str, Form()] = "") -> Response:
    """Also of an address that nobody here has."""
    try:
        with visit.app.database.transaction() as tx:
            at = visit.app.now(tx)
            done = messaging.lift_suppressed(tx, visit.actor, channel, hashed, reason=reason, at=at)
            segments.look_at(tx, [done.customer_id] if done.customer_id else [])
    except Invalid as error:
        value = _one(visit, channel, hashed, reason, error)
        return page(visit, "deliverability/suppressed_one.html", value, status=422)
    said = "Messages may go to this address again; consent is asked as before."
    return redirect(visit, "/deliverability/suppressed", said)


@router.post("/deliverability/suppressed")
def act(
    visit: Visiting,
    do: Annotated[str, Form()] = "look",
    address: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """By POST also for looking: an address does not belong into one's history and the logs of proxies."""
    access.require(visit.actor, "customers.view")
    asked = address.strip()
    if do == "look":
        return page(visit, "deliverability/suppressed.html", _page(visit, asked))
    try:
        with visit.app.database.transaction() as tx:
            at = visit.app.now(tx)
            change = messaging.suppress_by_hand if do == "add" else messaging.lift_suppression
            done = change(tx, visit.actor, asked, reason=reason, at=at)
            segments.look_at(tx, messaging.whose(tx, asked))
    except Invalid as error:
        return page(visit, "deliverability/suppressed.html", _page(visit, asked, error), status=422)
    said = {
        ("add", True): "Nothing is sent to this address any more.",
        ("add", False): "Nothing was sent to this address already.",
        ("lift", True): "Messages may go to this address again; consent is asked as before.",
        ("lift", False): "Nothing stood against this address.",
    }
    return redirect(visit, "/deliverability/suppressed", said["add" if do == "add" else "lift", done])


def _one(
    visit: Visit, channel: str, hashed: str, reason: str = "", wrong: Invalid | None = None
) -> SuppressedAddress:
    may = access.allows(visit.actor, "suppressions.lift")
    with visit.app.database.transaction() as tx:
        (row,) = _rows(tx, visit, [messaging.suppressed_one(tx, channel, hashed)])
    return SuppressedAddress(
        row=row,
        may_lift=may.outcome == "yes" and not row.erased,
        why_not="Kept of an erasure, so that nobody writes to them again." if row.erased else may.reason,
        reason=reason,
        errors={finding.path: finding.message for finding in wrong.findings} if wrong else {},
        findings=tuple(wrong.findings) if wrong else (),
    )


def _rows(tx: Tx, visit: Visit, found: Sequence[messaging.Suppressed]) -> tuple[SuppressedRow, ...]:
    contacts = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    known = customers.by_ids(tx, [one.customer_id for one in found if one.customer_id is not None])
    return tuple(
        SuppressedRow(
            address=(one.address if contacts else customers.masked_text(one.address)) or "",
            erased=one.source == "erasure",
            hash=one.hash[:HASH_SIGNS],
            medium=MEDIA.get(one.channel, one.channel),
            why=WORDS.get(one.reason, one.reason),
            source=SOURCES[one.source],
            since=one.suppressed_at,
            chip=chip_of(known.get(one.customer_id), one.customer_id, "/customers")
            if one.customer_id is not None
            else None,
            href=f"/deliverability/suppressed/{one.channel}/{one.hash}",
        )
        for one in found
    )


def _page(
    visit: Visit,
    asked: str = "",
    wrong: Invalid | None = None,
    *,
    by: dict[str, str] | None = None,
    cursor: str | None = None,
) -> SuppressedPage:
    may = access.allows(visit.actor, "consents.record")
    chosen = {name: text for name, text in (by or {}).items() if text}
    kept = f"/deliverability/suppressed?{urlencode(chosen)}"
    with visit.app.database.transaction() as tx:
        asks = SuppressedFilter(
            reason=chosen.get("reason"), source=chosen.get("source"), channel=chosen.get("channel")
        )
        listed = messaging.suppressed_page(tx, asks, cursor=cursor)
        shown = _rows(tx, visit, listed.items)
        counts = tuple(messaging.suppressed_counts(tx))
        found = messaging.suppression_of(tx, asked) if asked else None
    return SuppressedPage(
        tabs=tabs("/deliverability/suppressed"),
        columns=COLUMNS,
        rows=shown,
        next_href=f"{kept}&{urlencode({'cursor': listed.next})}" if listed.next else "",
        first_href=kept if cursor else "",
        by={"reason": "", "source": "", "channel": ""} | chosen,
        reasons=(
            ("", "Any reason"),
            *((code, WORDS.get(code, code)) for code in sorted({one.reason for one in counts})),
        ),
        sources=(("", "From anywhere"), *SOURCES.items()),
        channels=(("", "By any way"), *MEDIA.items()),
        counted=COUNTED,
        counts=counts,
        words=WORDS,
        media=MEDIA,
        total=sum(one.addresses for one in counts),
        asked=asked,
        found=found,
        may_add=may.outcome == "yes",
        why_not=may.reason,
        may_lift=access.allows(visit.actor, "suppressions.lift").outcome == "yes",
        errors={finding.path: finding.message for finding in wrong.findings} if wrong else {},
        findings=tuple(wrong.findings) if wrong else (),
    )
