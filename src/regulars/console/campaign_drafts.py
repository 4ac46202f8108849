"""Making a campaign: the form, exactly what would happen, launching or asking for it, archiving."""

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Form
from starlette.datastructures import FormData
from starlette.responses import Response

from regulars import access, campaigns, customers, definitions, segments
from regulars.campaigns import CAMPAIGN, Campaign
from regulars.channels import CHANNELS
from regulars.console.campaign_form import OWN, WHOLE, Typed, body_of, read, slug, typed_of
from regulars.console.campaign_sheet import launch_page
from regulars.console.console import pages
from regulars.console.formats import count_of
from regulars.console.parts import Line
from regulars.console.ready_made import Start, start_called, starts
from regulars.console.segments.asking import Asking, asking, counted
from regulars.console.segments.builder import Posted, words
from regulars.console.segments.typed import done
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Published
from regulars.kernel import Finding, Invalid, NotFound, Stale, public_id
from regulars.templates import TEMPLATE

router = pages()
TESTS = (
    ("equals", "is"),
    ("differs", "is not"),
    ("at_least", "is at least"),
    ("at_most", "is at most"),
    ("one_of", "is one of"),
    ("contains", "contains"),
    ("starts_with", "begins with"),
    ("exists", "is there"),
    ("missing", "is missing"),
)
LATE = (
    ("", "As the sending policy says"),
    ("now", "Send it at once"),
    ("tomorrow", "Send it at that hour tomorrow"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftForm:
    new: bool
    typed: Typed
    etag: str
    segments: tuple[tuple[str, str], ...]
    audiences: tuple[tuple[str, str], ...]
    templates: tuple[tuple[str, str], ...]
    topics: tuple[tuple[str, str], ...]
    channels: tuple[tuple[str, str], ...]
    zone: str
    tests: tuple[tuple[str, str], ...]
    late: tuple[tuple[str, str], ...]
    resend: str  # Whom it goes to again, in words.
    sentence: str = ""  # Of the campaign; empty while something of it is missing.
    asking: Asking | None = None  # Of a campaign with a condition of its own.
    findings: tuple[Finding, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    editing: str = ""  # A token of the open page: of its counts only the latest goes on.
    theirs: tuple[Line, ...] = ()  # What somebody else saved in between, against what was typed.
    stale: str = ""
    forbidden: str = ""
    starts: tuple[Start, ...] = ()  # Ready-made ones, where nothing is typed yet.
    unwritten: str = ""  # The ready-made message of it, which is to be published first.


@router.get("/campaigns/new")
def new(visit: Visiting, like: str = "", segment: str = "", start: str = "") -> Response:
    with visit.app.database.transaction() as tx:
        typed = Typed(segment=segment, channel=usual_channel(tx))
        if like:
            body = definitions.get(tx, CAMPAIGN, like).body
            typed = typed_of(body, visit.zone, key=f"{like}-copy", title=f"{body.title} (copy)")
        if start:
            begun = start_called(CAMPAIGN, visit.app.zone, start)
            if begun.key:
                typed = typed_of(msgspec.convert(begun.body, Campaign), visit.zone, key=begun.key)
        offered = () if like or segment or start else ready_made(visit)
        value = drafting(tx, visit, typed, new=True, etag="", starts=offered)
    return page(visit, "campaigns/form.html", value, status=403 if value.forbidden else 200)


@router.get("/campaigns/{key}/edit")
def edit(visit: Visiting, key: str) -> Response:
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, CAMPAIGN, key)
        value = drafting(tx, visit, typed_of(found.body, visit.zone, key=key), new=False, etag=found.etag)
    return page(visit, "campaigns/form.html", value, status=403 if value.forbidden else 200)


@router.post("/campaigns/build")
def build(visit: Visiting, form: Posted) -> Response:
    """The form after the step that a button asked for; saved as the draft where that is the step."""
    access.require(visit.actor, "definitions.view")
    do = str(form.get("do", "look"))
    with visit.app.database.transaction() as tx:
        vocabulary = words(tx, visit)
        typed = read(form, vocabulary)
        if do != "save":
            typed = replace(typed, asked=done(typed.asked, do, vocabulary))
            value = drafting(tx, visit, typed, new=bool(form.get("new")), etag=str(form.get("etag", "")))
    if do == "save":
        return save(visit, replace(typed, key=typed.key.strip() or slug(typed.title)), form)
    whole = visit.wants("size") or not visit.request.headers.get("HX-Request")
    if whole and value.asking is not None:  # The connection is given back before the count.
        value = replace(value, asking=counted(visit, value.asking))
    return page(visit, "campaigns/form.html", value)


def save(visit: Visit, typed: Typed, form: FormData) -> Response:
    """Save the draft; what was typed is never lost, whoever saved in between."""
    new, etag = bool(form.get("new")), str(form.get("etag", ""))
    try:
        with visit.app.database.transaction() as tx:
            unread = asking(typed.asked, words(tx, visit)).told if typed.asks else ()
            body = body_of(typed, visit.zone, unread)
            at = visit.app.now(tx)
            definitions.save_draft(tx, visit.actor, CAMPAIGN, typed.key, body, at=at, etag=etag or None)
    except Invalid as wrong:
        return again(visit, typed, new, etag, status=422, findings=wrong.findings)
    except Stale as stale:
        return again(visit, typed, new, etag, status=409, stale=stale)
    return redirect(visit, f"/campaigns/{typed.key}", "The draft is saved. Nothing has been sent.")


@router.get("/campaigns/{key}/launch")
def launching(visit: Visiting, key: str) -> Response:
    """Exactly what would happen."""
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = definitions.draft(tx, CAMPAIGN, key)
        if found is None:
            raise NotFound("This campaign has no draft. Change it, or duplicate it, and launch that.")
        value = launch_page(tx, visit, found)
    return page(visit, "campaigns/launch.html", value)


@router.post("/campaigns/{key}/launch")
def launch(visit: Visiting, key: str, etag: Annotated[str, Form()]) -> Response:
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        done = definitions.publish(tx, visit.actor, CAMPAIGN, key, at=at, etag=etag)
    if isinstance(done, Published):
        return redirect(visit, f"/campaigns/{key}", done.sentence)
    said = f"Asked for as {public_id('apr', done.approval_id)}. {done.reason} Nothing is sent before."
    return redirect(visit, f"/campaigns/{key}", said, tone="waiting")


@router.post("/campaigns/{key}/archive")
def archive(visit: Visiting, key: str, confirm: Annotated[str, Form()] = "") -> Response:
    """Take it out of use: what waits does not leave any more, what has left is measured as before."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        found = definitions.get(tx, CAMPAIGN, key)
        if confirm != found.title:
            raise Invalid("The name did not fit, so nothing was done.", [])
        if found.state == "draft" and definitions.live(tx, CAMPAIGN, key) is None:
            definitions.discard_draft(tx, visit.actor, CAMPAIGN, key, at=at)
            return redirect(visit, "/campaigns", f"The draft “{found.title}” is discarded.")
        done = definitions.archive(tx, visit.actor, CAMPAIGN, key, at=at)
    if isinstance(done, definitions.Requested):
        return redirect(visit, f"/campaigns/{key}", f"Asked for. {done.reason}", tone="waiting")
    return redirect(visit, "/campaigns", f"“{found.title}” is archived.")


def ready_made(visit: Visit) -> tuple[Start, ...]:
    return tuple(one for one in starts(CAMPAIGN, visit.app.zone) if one.key)


def drafting(tx: Tx, visit: Visit, typed: Typed, *, new: bool, etag: str, **said: Any) -> DraftForm:
    decision = access.allows(visit.actor, "definitions.draft", kind=CAMPAIGN.name)
    drafts = definitions.heads(tx, kind=TEMPLATE.name, state="live", limit=200).items
    known = segments_of(tx, typed.segment)
    unwritten = bool(typed.template) and all(head.key != typed.template for head in drafts)
    return DraftForm(
        new=new,
        typed=typed,
        etag=etag,
        segments=known,
        audiences=(
            ("", "Choose who is to get it"),
            *known,
            (OWN, "A condition, asked below"),
        ),
        asking=asking(typed.asked, words(tx, visit)) if typed.asks else None,
        templates=(
            ("", "Choose what is said"),
            *((head.key, head.title) for head in drafts),
            *([(typed.template, f"{typed.template}: to be published first")] if unwritten else []),
        ),
        unwritten=typed.template if unwritten else "",
        topics=(
            ("", "As the message says"),
            (WHOLE, "None: whoever takes the channel as a whole"),
            *((one.key, one.title) for one in customers.consent_policy(tx).topics),
        ),
        channels=tuple((one.key, one.title) for one in campaigns.channels(tx)),
        tests=TESTS,
        late=LATE,
        resend=_resend(typed),
        sentence=_sentence(typed, visit.zone),
        zone=visit.app.zone,
        editing=typed.asked.editing or secrets.token_hex(8),
        forbidden="" if decision.outcome == "yes" else decision.reason,
        **said,
    )


def usual_channel(tx: Tx) -> str:
    """What a new campaign begins with: the company's own mail where there is just one of it."""
    mail = [one.key for one in campaigns.channels(tx) if one.medium == "email" and one.key not in CHANNELS]
    return mail[0] if len(mail) == 1 else next(iter(CHANNELS))


def segments_of(tx: Tx, chosen: str) -> tuple[tuple[str, str], ...]:
    return (
        *(
            (size.key, f"{size.title}: {count_of(size.members, 'person', 'people')}")
            for size in segments.sizes(tx)
            if "." not in size.key  # Of a stage: a campaign asks for the segment that stands for it.
        ),
        *_drafted(tx, chosen),
    )


def _sentence(typed: Typed, zone: ZoneInfo) -> str:
    try:
        return campaigns.sentence(definitions.decode(Campaign, body_of(typed, zone)))
    except Invalid:
        return ""


def _resend(typed: Typed) -> str:
    if not typed.resend:
        return ""
    body = msgspec.convert(
        {"title": "", "purpose": "", "template": "", "resend": json.loads(typed.resend)}, Campaign
    )
    return campaigns.whom(body)


def _drafted(tx: Tx, key: str) -> tuple[tuple[str, str], ...]:
    """A segment that is a draft so far, when the campaign names it."""
    found = definitions.draft(tx, segments.SEGMENT, key) if key not in ("", OWN) else None
    if found is None or definitions.live(tx, segments.SEGMENT, key) is not None:
        return ()
    return ((key, f"{found.body.name}: a draft, to be published first"),)


def again(
    visit: Visit,
    typed: Typed,
    new: bool,  # noqa: FBT001 - a hidden field of the form.
    etag: str,
    *,
    status: int,
    findings: tuple[Finding, ...] = (),
    stale: Stale | None = None,
) -> Response:
    """The form as it was typed, with what is wrong at each field, or what somebody else saved meanwhile."""
    errors = {finding.path: finding.message for finding in findings}
    with visit.app.database.transaction() as tx:
        said: dict[str, Any] = {"findings": findings, "errors": errors}
        if stale is not None:
            theirs = definitions.get(tx, CAMPAIGN, typed.key)
            etag = theirs.etag
            lines = [Line(path=str(p), before=text_of(b), after=text_of(a)) for p, b, a in stale.difference]
            said = {"stale": str(stale), "theirs": tuple(lines)}
            new = False
        value = drafting(tx, visit, typed, new=new, etag=etag, **said)
    return page(visit, "campaigns/form.html", value, status=status)


def text_of(value: object) -> str | None:
    return None if value is None else str(value)
