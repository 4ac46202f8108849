"""Erasures and copies: what was asked for, what waits for a decision, and each certificate."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Form
from starlette.responses import FileResponse, Response

from regulars import access, privacy
from regulars.console.console import pages
from regulars.console.parts import Column, Figure, Tab, Tone
from regulars.console.privacy.places import tabs
from regulars.console.visit import Visiting, page, redirect
from regulars.kernel import Invalid, parse_public_id, public_id

router = pages()
COLUMNS = (
    Column(title="Customer"),
    Column(title="Asked for by"),
    Column(title="When"),
    Column(title="State"),
    Column(title="Rows emptied or deleted", numeric=True),
)
COPY_COLUMNS = (
    Column(title="Customer"),
    Column(title="Asked for by"),
    Column(title="When"),
    Column(title="State"),
    Column(title="Entries", numeric=True),
    Column(title="File", hidden_title=True),
)
NAMING_COLUMNS = (Column(title="Live definition"), Column(title="What becomes of it"))
PLACE_COLUMNS = (Column(title="Where"), Column(title="Rows emptied or deleted", numeric=True))
TONES: dict[str, Tone] = {
    "asked": "waiting",
    "waiting": "live",
    "erasing": "live",
    "erased": "live",
    "done": "good",
    "declined": "quiet",
    "ready": "good",
    "failed": "bad",
    "expired": "quiet",
}
COPY_WORDS = {"waiting": "being made", "ready": "ready", "failed": "could not be made", "expired": "deleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage:
    tabs: tuple[Tab, ...]
    figures: tuple[Figure, ...]
    erasures: tuple[privacy.Erasure, ...]
    rows: dict[int, int]
    tones: dict[str, Tone]
    asked_by: dict[str, str]
    next_href: str
    first_href: str
    columns: tuple[Column, ...] = COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePage:
    one: privacy.Erasure
    tone: Tone
    facts: tuple[tuple[str, str], ...]
    naming: tuple["NamingRow", ...]  # The live definitions that name the person.
    has_begun: bool
    asked_by: str
    may_decide: bool
    why_not: str
    job: str
    error: str
    columns: tuple[Column, ...] = PLACE_COLUMNS
    naming_columns: tuple[Column, ...] = NAMING_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingRow:
    name: str  # kind/key
    href: str
    taken_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesPage:
    tabs: tuple[Tab, ...]
    copies: tuple[privacy.Copy, ...]
    tones: dict[str, Tone]
    words: dict[str, str]
    may_fetch: bool
    next_href: str
    first_href: str
    columns: tuple[Column, ...] = COPY_COLUMNS


@router.get("/privacy")
def requests(visit: Visiting, cursor: str | None = None) -> Response:
    access.require(visit.actor, "privacy.view")
    with visit.app.database.transaction() as tx:
        found = privacy.erasures(tx, cursor=cursor)
        waiting = privacy.erasures_waiting(tx)
        since = visit.app.now(tx) - timedelta(days=30)
        open_now = privacy.erasures(tx, state="open").items
    done = [one for one in found.items if one.state == "done" and one.ended_at and one.ended_at >= since]
    figures = (
        Figure(label="Waiting for a decision", value=f"{waiting:,}", tone="waiting" if waiting else "quiet"),
        Figure(label="Being erased", value=f"{len(open_now) - waiting:,}"),
        Figure(label="Erased", value=f"{len(done):,}", note="in the last 30 days"),
    )
    value = RequestsPage(
        tabs=tabs("/privacy"),
        figures=figures,
        erasures=found.items,
        rows={one.erasure_id: sum(number for _, number in one.places) for one in found.items},
        tones=TONES,
        asked_by=dict(privacy.ASKED_BY),
        next_href=f"/privacy?cursor={found.next}" if found.next else "",
        first_href="/privacy" if cursor else "",
    )
    return page(visit, "privacy/requests.html", value)


@router.get("/privacy/copies")
def copies(visit: Visiting, cursor: str | None = None) -> Response:
    access.require(visit.actor, "privacy.view")
    with visit.app.database.transaction() as tx:
        found = privacy.copies(tx, cursor=cursor)
    value = CopiesPage(
        tabs=tabs("/privacy/copies"),
        copies=found.items,
        tones=TONES,
        words=COPY_WORDS,
        may_fetch=access.allows(visit.actor, privacy.COPY).outcome == "yes",
        next_href=f"/privacy/copies?cursor={found.next}" if found.next else "",
        first_href="/privacy/copies" if cursor else "",
    )
    return page(visit, "privacy/copies.html", value)


@router.get("/privacy/copies/{copy_id}/file")
def copy_file(visit: Visiting, copy_id: str) -> FileResponse:
    """The archive; who fetches it stands in the audit."""
    with visit.app.database.transaction() as tx:
        found, path = privacy.fetch_copy(
            tx,
            visit.actor,
            parse_public_id("cpy", copy_id),
            folder=visit.app.settings.copies,
            at=visit.app.now(tx),
        )
    headers = {"Cache-Control": "no-store"}
    return FileResponse(path, media_type="application/zip", filename=found.file_name, headers=headers)


@router.get("/privacy/erasures/{erasure_id}")
def erasure(visit: Visiting, erasure_id: str) -> Response:
    access.require(visit.actor, "privacy.view")
    return _erasure_page(visit, erasure_id)


@router.post("/privacy/erasures/{erasure_id}/decline")
def decline(visit: Visiting, erasure_id: str, reason: Annotated[str, Form()] = "") -> Response:
    try:
        with visit.app.database.transaction() as tx:
            number = parse_public_id("ers", erasure_id)
            privacy.decline_erasure(tx, visit.actor, number, reason=reason[:2000], at=visit.app.now(tx))
    except Invalid as wrong:
        return _erasure_page(visit, erasure_id, error=str(wrong), status=422)
    return redirect(visit, f"/privacy/erasures/{erasure_id}", "Declined. The reason is kept.", tone="quiet")


def _erasure_page(visit: Visiting, erasure_id: str, *, error: str = "", status: int = 200) -> Response:
    with visit.app.database.transaction() as tx:
        one = privacy.erasure(tx, parse_public_id("ers", erasure_id))
        decision = access.allows(visit.actor, privacy.ERASE, solo=access.solo(tx))
        concerned = privacy.concerned(tx, one)
    value = ErasurePage(
        one=one,
        tone=TONES[one.state],
        facts=_facts(one),
        naming=naming_rows(concerned),
        has_begun=one.state not in ("asked", "waiting"),
        asked_by=privacy.ASKED_BY[one.asked_by],
        may_decide=one.state == "asked" and one.approval_id is None and decision.outcome != "no",
        why_not="" if decision.outcome != "no" else decision.reason,
        job=public_id("job", one.job_id) if one.job_id else "",
        error=error,
    )
    return page(visit, "privacy/erasure.html", value, status=status)


def naming_rows(concerned: privacy.Concerned | privacy.Foreseen) -> tuple[NamingRow, ...]:
    told = [(name, True) for name in concerned.taken_out] + [(name, False) for name in concerned.stay]
    return tuple(
        NamingRow(name=name, href=f"/definitions/{name}", taken_out=taken_out) for name, taken_out in told
    )


def _facts(one: privacy.Erasure) -> tuple[tuple[str, str], ...]:
    asker = "" if one.asked_by in ("customer", "staff") else f" ({privacy.ASKED_BY[one.asked_by]})"
    told = [("Customer", one.customer), ("Asked for by", f"{one.requested_by}{asker}")]
    if one.decided_by:
        told.append(("Decided by", one.decided_by))
    if one.atoms:
        told.append(("Profiles of this person", f"{len(one.atoms):,}"))
    if one.people > 1:
        told.append(("Erased together with", f"{one.people - 1:,} others; the rows are of all of them"))
    return tuple(told)
