"""A customer's consents and wishes with their proof, recorded by hand; and the address suppressed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, get_args

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from regulars import access, customers, messaging, segments
from regulars.console.consent_lines import (
    CHANNELS,
    SaidLine,
    TopicLine,
    WishLine,
    said_lines,
    topic_lines,
    wish_lines,
)
from regulars.console.console import pages
from regulars.console.landmarks import why_masked
from regulars.console.parts import Chip
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.customers import Customer, Statement
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, parse_public_id
from regulars.messaging import Suppression

router = pages()
SAVED = "Recorded. It counts as soon as it has been read, usually within a second."
Wish = Literal["object", "allow", "restrict", "lift", "pause", "resume", "less", "usual"]
WISHES: Mapping[Wish, tuple[str, customers.About, bool]] = {
    "object": ("Objects to profiling", "profiling", False),
    "allow": ("Allows profiling again", "profiling", True),
    "restrict": ("Restricts the use of their data", "processing", False),
    "lift": ("Lifts the restriction", "processing", True),
    "pause": ("Wants a pause", "pause", False),
    "resume": ("Ends the pause", "pause", True),
    "less": ("Wants to hear less often", "frequency", False),
    "usual": ("Wants to hear as usual", "frequency", True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentsPage:
    chip: Chip
    here: str
    policy: str  # What is sent to somebody who said nothing, in a sentence.
    policy_href: str
    topics: tuple[TopicLine, ...]
    wishes: tuple[WishLine, ...]
    history: tuple[SaidLine, ...]
    channels: tuple[tuple[str, str], ...]
    choices: tuple[tuple[str, str], ...]  # Topics to choose from.
    versions: tuple[tuple[str, str], ...]  # Wordings, as topic/version.
    deeds: tuple[tuple[str, str], ...]  # Wishes this person may record.
    may_record: bool
    why_not: str
    why_masked: str
    has_address: bool
    suppression: Suppression | None
    may_lift: bool
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


async def filled(request: Request) -> Mapping[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


Filled = Annotated[Mapping[str, str], Depends(filled)]


@router.get("/customers/{customer_id}/consents")
def consents(visit: Visiting, customer_id: str) -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
        if customer.id != customer_id:  # Merged into another, whose page this is now.
            return RedirectResponse(f"/customers/{customer.id}/consents", status_code=303)
        value = consents_page(tx, visit, customer)
    return page(visit, "customers/consents.html", value)


def consents_page(
    tx: Tx,
    visit: Visit,
    customer: Customer,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Invalid | None = None,
) -> ConsentsPage:
    at, number = visit.app.now(tx), customer.customer_id
    policy, stands = customers.consent_policy(tx), customers.standing(tx, number)
    said, wishes = customers.consents(tx, number), customers.wishes(tx, number)
    hidden = why_masked(visit.actor)
    may = access.allows(visit.actor, "consents.record")
    suppression = messaging.suppression_of(tx, customer.email) if customer.email else None
    findings = (
        tuple(replace(one, path=one.path.rpartition(".")[2]) for one in wrong.findings) if wrong else ()
    )
    return ConsentsPage(
        chip=Chip(href=f"/customers/{customer.id}", name=customer.title),
        here=f"/customers/{customer.id}/consents",
        policy=customers.CONSENT_POLICY.sentence(policy),
        policy_href=f"/definitions/consent-policy/{customers.CONSENT_POLICY_KEY}" if policy.topics else "",
        topics=topic_lines(policy, stands, said, at, sees_ip=not hidden, suppressed=suppression is not None),
        wishes=wish_lines(stands, wishes, said, at, sees_ip=not hidden),
        history=said_lines(policy, customers.consent_history(tx, number), sees_ip=not hidden),
        channels=tuple(CHANNELS.items()),
        choices=(("", "The channel as a whole"), *((one.key, one.title) for one in policy.topics)),
        versions=(
            ("", "None of these"),
            *(
                (f"{topic.key}/{version}", f"{topic.title}, version {version}: {words[:80]}")
                for topic in policy.topics
                for version, words in topic.wordings.items()
            ),
        ),
        deeds=_deeds(visit),
        may_record=may.outcome == "yes",
        why_not=may.reason,
        why_masked=hidden,
        has_address=bool(customer.email),
        suppression=suppression,
        may_lift=access.allows(visit.actor, "suppressions.lift").outcome == "yes",
        typed=typed or {},
        errors={finding.path: finding.message for finding in findings},
        findings=findings,
    )


def _deeds(visit: Visit) -> tuple[tuple[str, str], ...]:
    may = access.allows(visit.actor, "consents.restrict").outcome == "yes"
    return tuple((key, title) for key, (title, about, _) in WISHES.items() if may or about != "processing")


@router.post("/customers/{customer_id}/consents")
def record(visit: Visiting, customer_id: str, form: Filled) -> Response:
    """Record by hand what a customer said: of a channel and topic, or a wish."""
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
        at = visit.app.now(tx)
        try:
            said = _wish(form, visit, at) if form.get("deed") == "wish" else _consent(form)
            reason = form.get("reason", "")
            customers.record_by_hand(tx, visit.actor, customer.customer_id, [said], reason=reason, at=at)
        except Invalid as wrong:
            shown = consents_page(tx, visit, customer, typed=form, wrong=wrong)
            return page(visit, "customers/consents.html", shown, status=422)
    return redirect(visit, f"/customers/{customer.id}/consents", SAVED)


def _consent(form: Mapping[str, str]) -> Statement:
    topic = form.get("topic", "")
    said_of, _, version = form.get("wording", "").rpartition("/")
    if version and said_of != topic:
        message = "This wording is of another topic; choose one of the topic that they agree to."
        raise Invalid(message, [Finding(path="wording", code="consent.wording", message=message)])
    return Statement(
        given=form.get("answer") == "given",
        channel=form.get("channel", ""),
        topic=topic,
        wording_version=version or None,
        basis="consent" if form.get("answer") == "given" else None,
    )


def _wish(form: Mapping[str, str], visit: Visit, at: datetime) -> Statement:
    wish = next((key for key in get_args(Wish) if key == form.get("wish")), None)
    if wish is None:
        message = "Choose what they asked for."
        raise Invalid(message, [Finding(path="wish", code="consent.wish", message=message)])
    _, about, given = WISHES[wish]
    until = _until(form.get("until", ""), visit, at) if wish == "pause" else None
    return Statement(about=about, given=given, until=until)


def _until(text: str, visit: Visit, at: datetime) -> datetime | None:
    """The end of a day in the reader's zone."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
        until = datetime.combine(day + timedelta(days=1), time(), visit.zone)
    except (ValueError, OverflowError):
        until = at
    if until <= at:
        message = "Give the last day of the pause, after today, or leave it empty."
        raise Invalid(message, [Finding(path="until", code="consent.until", message=message)])
    return until


@router.post("/customers/{customer_id}/consents/suppress")
def suppress(visit: Visiting, customer_id: str, form: Filled) -> Response:
    """Send nothing to this customer's address any more, or let it be written to again."""
    lift = form.get("deed") == "lift"
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
        at, why = visit.app.now(tx), form.get("why", "")
        act = messaging.lift_suppression if lift else messaging.suppress_by_hand
        try:
            act(tx, visit.actor, customer.email or "", reason=why, at=at)
            others = messaging.whose(tx, customer.email or "")
            segments.look_at(tx, sorted({customer.customer_id, *others}))
        except Invalid as wrong:
            shown = consents_page(tx, visit, customer, typed=form, wrong=_as_why(wrong))
            return page(visit, "customers/consents.html", shown, status=422)
    said = "Messages may go to the address again." if lift else "Nothing is sent to the address any more."
    return redirect(visit, f"/customers/{customer.id}/consents", said)


def _as_why(wrong: Invalid) -> Invalid:
    """The field is called `why` here, beside the other form's `reason`."""
    findings = [
        Finding(path="why" if one.path == "reason" else one.path, code=one.code, message=one.message)
        for one in wrong.findings
    ]
    return Invalid(str(wrong), findings)
