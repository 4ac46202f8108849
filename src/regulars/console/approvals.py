"""Approvals: what waits for a decision, with exactly what would happen, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions
from regulars.console.console import pages
from regulars.console.formats import money, number
from regulars.console.parts import Approval, Column, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Money, parse_public_id

router = pages()
COLUMNS = (
    Column(title="What"),
    Column(title="Asked by"),
    Column(title="When"),
    Column(title="State"),
)
TONES: dict[str, Tone] = {
    "pending": "waiting",
    "approved": "good",
    "done": "good",
    "declined": "bad",
    "expired": "quiet",
    "withdrawn": "quiet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalList:
    waiting: tuple[Approval, ...]
    others: tuple[access.Approval, ...]
    columns: tuple[Column, ...]
    tones: dict[str, Tone]
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPage:
    asked: access.Approval
    box: Approval
    href: str  # Of the thing itself, where it has a page.
    verdicts: tuple[access.Verdict, ...]
    tone: Tone
    may_withdraw: bool


@router.get("/approvals")
def approvals(visit: Visiting, cursor: str | None = None) -> Response:
    access.require(visit.actor, "approvals.view")
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        mine = access.pending_for(tx, visit.actor, at)
        found = access.approvals(tx, cursor=cursor)
        boxes = tuple(box_of(one, title_of(tx, visit, one)) for one in mine)
    waiting = {one.approval_id for one in mine}
    value = ApprovalList(
        waiting=boxes if cursor is None else (),
        others=tuple(one for one in found.items if one.approval_id not in waiting),
        columns=COLUMNS,
        tones=TONES,
        next_href=f"/approvals?cursor={found.next}" if found.next else "",
        first_href="/approvals" if cursor else "",
    )
    return page(visit, "approvals/list.html", value)


@router.get("/approvals/{approval_id}")
def approval(visit: Visiting, approval_id: str) -> Response:
    access.require(visit.actor, "approvals.view")
    with visit.app.database.transaction() as tx:
        asked = access.approval(tx, parse_public_id("apr", approval_id))
        value = _approval_page(tx, visit, asked, visit.app.now(tx))
    return page(visit, "approvals/approval.html", value)


@router.post("/approvals/{approval_id}/approve")
def approve(visit: Visiting, approval_id: str, note: Annotated[str, Form()] = "") -> Response:
    """Say yes; with the last yes that was needed it happens, in the same transaction."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        asked = _decide(tx, visit, approval_id, "approve", note, at)
        outcome = _carry_out(tx, visit, asked, at)
    return redirect(visit, f"/approvals/{approval_id}", outcome)


@router.post("/approvals/{approval_id}/refuse")
def refuse(visit: Visiting, approval_id: str, note: Annotated[str, Form()] = "") -> Response:
    with visit.app.database.transaction() as tx:
        asked = _decide(tx, visit, approval_id, "decline", note, visit.app.now(tx))
    said = f"Refused. {asked.requested_by_name} sees it in the list of approvals."
    return redirect(visit, f"/approvals/{approval_id}", said, tone="quiet")


@router.post("/approvals/{approval_id}/withdraw")
def withdraw(visit: Visiting, approval_id: str) -> Response:
    with visit.app.database.transaction() as tx:
        number_of = parse_public_id("apr", approval_id)
        access.withdraw(tx, visit.actor, number_of, at=visit.app.now(tx))
    return redirect(visit, f"/approvals/{approval_id}", "You took your request back.", tone="quiet")


def box_of(asked: access.Approval, title: str, *, may_decide: bool = True, why_not: str = "") -> Approval:
    """The approval box of a request, from the preview that was kept with it."""
    return Approval(
        href=f"/approvals/{asked.public_id}",
        title=title,
        asked_by=asked.requested_by_name,
        asked_at=asked.requested_at,
        expires_at=asked.expires_at,
        sentence=str(asked.preview.get("headline") or ""),
        effects=effects_of(asked.preview),
        conflicts=tuple(str(one) for one in asked.preview.get("warnings") or ()),
        may_decide=may_decide,
        why_not=why_not,
        button=f"Approve: {verb_of(asked)}",
    )


def effects_of(preview: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Label and value of everything that would happen."""
    told = [(str(name), str(text)) for name, text in preview.get("facts") or ()]
    cost = preview.get("cost")
    if cost:
        told.append(("Cost", money(Money(int(cost["minor"]), str(cost["currency"])))))
    if preview.get("reversible") is False:
        told.append(("Can be undone", "no"))
    known = {"headline", "facts", "cost", "reversible", "warnings"}
    told += [
        (name.replace("_", " ").capitalize(), _plain(v)) for name, v in preview.items() if name not in known
    ]
    return tuple(told)


def verb_of(asked: access.Approval) -> str:
    """As in "publish version 3"."""
    verb = asked.action.rpartition(".")[2].replace("_", " ")
    return f"{verb} version {asked.version}" if asked.version else verb


def title_of(tx: Tx, visit: Visit, asked: access.Approval) -> str:
    """What is asked for, by the name of the thing where it has one."""
    verb = asked.action.rpartition(".")[2].replace("_", " ").capitalize()
    if asked.subject_kind not in visit.app.kinds:
        return f"{verb}: {asked.subject_kind} {asked.subject}"
    kind = visit.app.kinds.kind(asked.subject_kind)
    found = definitions.get(tx, kind, asked.subject, asked.version)
    return f"{verb} the {kind.title.lower()} “{found.title}”, version {found.version}"


def _plain(value: object) -> str:
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _decide(
    tx: Tx,
    visit: Visit,
    approval_id: str,
    verdict: Literal["approve", "decline"],
    note: str,
    at: datetime,
) -> access.Approval:
    number_of = parse_public_id("apr", approval_id)
    return access.decide(tx, visit.actor, number_of, verdict, comment=note[:2000], at=at)


def _carry_out(tx: Tx, visit: Visit, asked: access.Approval, at: datetime) -> str:
    if asked.state != "approved":
        missing = asked.people_needed - asked.approvals
        return f"You approved it. {missing} more {'person has' if missing == 1 else 'people have'} to."
    if asked.subject_kind in visit.app.kinds:
        return definitions.carry_out(tx, visit.app.kinds, asked.approval_id, visit.actor, at=at)
    return "Approved. Whoever asked for it can do it now."


def _approval_page(tx: Tx, visit: Visit, asked: access.Approval, at: datetime) -> ApprovalPage:
    mine = {one.approval_id for one in access.pending_for(tx, visit.actor, at)}
    own = asked.requested_by == visit.actor.person_id
    why = (
        "You asked for this yourself, so somebody else decides."
        if own
        else f"This takes {asked.needed_words}."
    )
    kind = asked.subject_kind in visit.app.kinds
    return ApprovalPage(
        asked=asked,
        box=box_of(asked, title_of(tx, visit, asked), may_decide=asked.approval_id in mine, why_not=why),
        href=f"/definitions/{asked.subject_kind}/{asked.subject}?version={asked.version}" if kind else "",
        verdicts=tuple(access.verdicts(tx, asked.approval_id)),
        tone=TONES.get(asked.state, "quiet"),
        may_withdraw=own and asked.state == "pending",
    )
