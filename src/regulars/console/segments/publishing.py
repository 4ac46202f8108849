"""A segment's draft: what publishing it would do; publishing, copying into a list, taking out of use."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions, segments
from regulars.console.campaign_form import slug
from regulars.console.console import pages
from regulars.console.segments.sizing import Sized, sized
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Definition, Published, Requested, User
from regulars.kernel import Finding, Invalid, NotFound, public_id
from regulars.segments import SEGMENT, SegmentBody

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    key: str
    title: str
    text: str
    sentence: str
    etag: str
    is_live: bool
    is_list: bool
    author: str
    findings: tuple[Finding, ...]
    users: tuple[User, ...]
    may_edit: bool
    decision: access.Decision
    size: Sized | None = None

    @property
    def button(self) -> str:
        return "Ask to publish it" if self.decision.outcome == "request" else "Publish it"


@router.get("/segments/{key}/draft")
def drafted(visit: Visiting, key: str) -> Response:
    """What would be so if it were published now."""
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = definitions.draft(tx, SEGMENT, key)
        if found is None:
            raise NotFound(
                f"The segment {key[:80]!r} has no draft. Edit it, and what you change becomes one."
            )
        value = draft_page(tx, visit, found)
    return page(visit, "segments/draft.html", value)


@router.get("/segments/{key}/draft/size")
def draft_size(visit: Visiting, key: str) -> Response:
    """Whom it would find; worked out after the page."""
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = definitions.draft(tx, SEGMENT, key)
        if found is None or found.body.condition is None:
            raise NotFound(f"The segment {key[:80]!r} has no draft with a condition.")
        value = draft_page(tx, visit, found)
    counted = sized(visit, found.body.condition, key=key) if not value.findings else None
    return page(visit, "segments/draft.html", replace(value, size=counted))


@router.post("/segments/{key}/publish")
def publish(visit: Visiting, key: str, etag: Annotated[str, Form()] = "") -> Response:
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        done = definitions.publish(tx, visit.actor, SEGMENT, key, at=at, etag=etag or None)
    if isinstance(done, Published):
        return redirect(visit, f"/segments/{key}", done.sentence)
    said = f"Asked for as {public_id('apr', done.approval_id)}. {done.reason} Nothing goes live before."
    return redirect(visit, f"/segments/{key}", said, tone="waiting")


@router.post("/segments/{key}/discard")
def discard(visit: Visiting, key: str) -> Response:
    """Take the draft away; it stays among the versions."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        definitions.discard_draft(tx, visit.actor, SEGMENT, key, at=at)
        is_live = definitions.live(tx, SEGMENT, key) is not None
    said = "The draft is discarded. It stays among the versions, and can be restored there."
    return redirect(visit, f"/segments/{key}" if is_live else "/segments", said)


@router.post("/segments/{key}/snapshot")
def snapshot(visit: Visiting, key: str, name: Annotated[str, Form()] = "") -> Response:
    """Make a list of who is in it now."""
    title = name.strip()
    if not title:
        text = "Give the list a name."
        raise Invalid(text, [Finding(path="name", code="segments.unnamed", message=text)])
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        taken = segments.snapshot(tx, visit.actor, key, slug(title), title, at=at)
    if isinstance(taken.published, Requested):
        return redirect(
            visit, f"/segments/{taken.key}", f"Asked for. {taken.published.reason}", tone="waiting"
        )
    return redirect(
        visit, f"/segments/{taken.key}", f"“{title}” holds {taken.members:,} customers and stays so."
    )


@router.post("/segments/{key}/retire")
def retire(
    visit: Visiting,
    key: str,
    confirm: Annotated[str, Form()] = "",
    together: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Take it out of use; together with the versions that use it, as the page named them."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        found = definitions.live(tx, SEGMENT, key)
        if found is None:
            raise NotFound(f"The segment {key[:80]!r} is not live, so there is nothing to take out of use.")
        if confirm != found.title:
            raise Invalid("The name did not fit, so nothing was done.", [])
        if together:
            done = definitions.archive_with_users(
                tx, visit.actor, visit.app.kinds, SEGMENT.name, key, at=at, seen=together
            )
            also = f", and with it {len(done) - 1} that used it" if len(done) > 1 else ""
            return redirect(visit, "/segments", f"“{found.title}” is out of use{also}.")
        result = definitions.archive(tx, visit.actor, SEGMENT, key, at=at)
    if isinstance(result, Requested):
        return redirect(visit, f"/segments/{key}", f"Asked for. {result.reason}", tone="waiting")
    return redirect(visit, "/segments", f"“{found.title}” is out of use. Its history stays.")


def draft_page(tx: Tx, visit: Visit, found: Definition[SegmentBody]) -> DraftPage:
    return DraftPage(
        key=found.key,
        title=found.title,
        text=found.body.description,
        sentence=SEGMENT.sentence(found.body),
        etag=found.etag,
        is_live=definitions.live(tx, SEGMENT, found.key) is not None,
        is_list=found.body.list,
        author=found.author,
        findings=tuple(definitions.validate(tx, SEGMENT, found)),
        users=tuple(definitions.used_by(tx, SEGMENT.name, found.key)),
        may_edit=access.allows(visit.actor, "definitions.draft", kind=SEGMENT.name).outcome == "yes",
        decision=access.allows(
            visit.actor, "definitions.publish", kind=SEGMENT.name, scope=found.scope, solo=access.solo(tx)
        ),
    )
