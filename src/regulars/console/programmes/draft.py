"""A programme's draft: what it would change, from when and for whom, and how it goes live."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions, loyalty
from regulars.console.console import pages
from regulars.console.formats import day
from regulars.console.programmes.differing import Said, sentences_between
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Definition, Preview, Published
from regulars.kernel import Finding, NotFound
from regulars.loyalty import PROGRAMME, Programme

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    key: str
    title: str
    etag: str
    version: int
    author: str
    saved_at: datetime
    live_version: int | None
    changes: tuple[Said, ...]
    differ: int  # How many sentences are new or gone.
    findings: tuple[Finding, ...]
    preview: Preview | None  # None while something hinders publishing.
    begins: datetime | None
    first: str  # Where or for whom it holds first, in words.
    decision: access.Decision
    may_edit: bool
    assisted: bool
    asked: tuple[access.Approval, ...]

    @property
    def button(self) -> str:
        verb = "Ask to publish it" if self.decision.outcome == "request" else "Publish it"
        return f"{verb} from {day(self.begins)}" if self.begins else verb


@router.get("/loyalty/{key}/draft")
def drafted(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        found = definitions.draft(tx, PROGRAMME, key)
        if found is None:
            if definitions.live(tx, PROGRAMME, key):
                return redirect(visit, f"/loyalty/{key}")
            raise NotFound(
                f"The programme {key[:80]!r} has no draft. Edit it, and what you change becomes one."
            )
        value = draft_page(tx, visit, found)
    return page(visit, "loyalty/draft.html", value)


@router.post("/loyalty/{key}/publish")
def publish(
    visit: Visiting, key: str, etag: Annotated[str, Form()] = "", note: Annotated[str, Form()] = ""
) -> Response:
    """Make the draft that was looked at live; above one's level it becomes a request."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        words = note.strip()[:300] or None
        done = definitions.publish(tx, visit.actor, PROGRAMME, key, at=at, etag=etag or None, note=words)
    if isinstance(done, Published):
        return redirect(visit, f"/loyalty/{key}", done.sentence)
    return redirect(
        visit,
        f"/loyalty/{key}/draft",
        f"{done.reason} It is asked for; nothing goes live before.",
        tone="waiting",
    )


@router.post("/loyalty/{key}/discard")
def discard(visit: Visiting, key: str, etag: Annotated[str, Form()] = "") -> Response:
    """Take the draft away; it stays among the versions."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        definitions.discard_draft(tx, visit.actor, PROGRAMME, key, at=at, etag=etag or None)
        is_live = definitions.live(tx, PROGRAMME, key) is not None
    said = "The draft is discarded. It stays among the versions, and can be restored there."
    return redirect(visit, f"/loyalty/{key}/rules" if is_live else "/loyalty", said, tone="quiet")


def draft_page(tx: Tx, visit: Visit, found: Definition[Programme]) -> DraftPage:
    live = definitions.live(tx, PROGRAMME, found.key)
    before = loyalty.sentences(live.body) if live else []
    changes = sentences_between(before, loyalty.sentences(found.body))
    findings = tuple(definitions.validate(tx, PROGRAMME, found))
    at = visit.app.now(tx)
    return DraftPage(
        key=found.key,
        title=found.title,
        etag=found.etag,
        version=found.version,
        author=found.author,
        saved_at=found.recorded_at,
        live_version=live.version if live else None,
        changes=changes,
        differ=sum(one.change != "kept" for one in changes),
        findings=findings,
        preview=None if findings else definitions.preview(tx, PROGRAMME, found, at),
        begins=found.body.begins,
        first=first_words(found.body),
        decision=access.allows(
            visit.actor, "definitions.publish", kind=PROGRAMME.name, scope=found.scope, solo=access.solo(tx)
        ),
        may_edit=access.allows(visit.actor, "definitions.draft", kind=PROGRAMME.name).outcome == "yes",
        assisted=found.assisted,
        asked=tuple(
            access.approvals(tx, state="pending", subject_kind=PROGRAMME.name, subject=found.key).items
        ),
    )


def first_words(body: Programme) -> str:
    """As in "in 2 stores first" or "for 10% of customers first"; empty when it is for all."""
    if body.only_for is None:
        return ""
    parts = []
    if body.only_for.stores:
        parts.append(f"in {', '.join(body.only_for.stores)}")
    if body.only_for.percent is not None:
        parts.append(f"for {body.only_for.percent}% of customers, drawn at random")
    return " and ".join(parts)
