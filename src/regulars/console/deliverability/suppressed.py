"""Addresses nothing is sent to: how many and why, one looked up, one added or lifted by hand."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, messaging, segments
from regulars.console.console import pages
from regulars.console.deliverability.places import tabs
from regulars.console.parts import Column, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Finding, Invalid
from regulars.messaging import SuppressedCount, Suppression

router = pages()
COLUMNS = (
    Column(title="Why"),
    Column(title="By"),
    Column(title="Addresses", numeric=True),
    Column(title="The latest"),
)
WORDS = {
    "hard_bounce": "Bounced for good",
    "soft_bounces": "Bounced for now too often",
    "complaint": "Called a message spam",
    "by_hand": "Added by hand",
    "erased": "Somebody who was erased",
    "bounce": "Bounced, by an import",
    "unsubscribed": "Asked for it",
}
MEDIA = {"email": "E-mail", "sms": "Text message", "push": "Notification"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedPage:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
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
def suppressed(visit: Visiting) -> Response:
    access.require(visit.actor, "customers.view")
    return page(visit, "deliverability/suppressed.html", _page(visit))


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


def _page(visit: Visit, asked: str = "", wrong: Invalid | None = None) -> SuppressedPage:
    may = access.allows(visit.actor, "consents.record")
    with visit.app.database.transaction() as tx:
        counts = tuple(messaging.suppressed_counts(tx))
        found = messaging.suppression_of(tx, asked) if asked else None
    return SuppressedPage(
        tabs=tabs("/deliverability/suppressed"),
        columns=COLUMNS,
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
