"""Approvals: what waits for a decision, with exactly what would happen, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, definitions, exports, loyalty, privacy
from regulars.console.console import pages
from regulars.console.formats import money, number
from regulars.console.parts import Approval, Column, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import CallerError, Money, parse_public_id

router = pages()
COLUMNS = (
    Column(title="What"),
    Column(title="Asked by"),
    Column(title="When"),
    Column(title="State"),
)
MEMBER = "member"  # The subject of points by hand.
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
    home: str
    verdicts: tuple[access.Verdict, ...]
    tone: Tone
    may_withdraw: bool
    may_carry_out: bool  # Approved, and something stood in the way then.


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
        outcome, tone = _outcome(tx, visit, asked, at)
    return redirect(visit, f"/approvals/{approval_id}", outcome, tone=tone)


@router.post("/approvals/{approval_id}/carry-out")
def do_approved(visit: Visiting, approval_id: str) -> Response:
    """Do what was approved and could not be done then; raises what still stands in the way."""
    with visit.app.database.transaction() as tx:
        asked = access.approval(tx, parse_public_id("apr", approval_id))
        if asked.requested_by != visit.actor.person_id and not may_decide(visit, asked):
            raise access.NotAllowed(f"{asked.requested_by_name} or {asked.needed_words} carries this out.")
        outcome = carry_out(tx, visit, asked, visit.app.now(tx))
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
    known = {"headline", "facts", "cost", "reversible", "warnings", "key"}
    told += [
        (name.replace("_", " ").capitalize(), _plain(v))
        for name, v in preview.items()
        if name not in known and isinstance(v, str | int | float)
    ]
    return tuple(told)


def verb_of(asked: access.Approval) -> str:
    """As in "publish version 3"."""
    if asked.subject_kind == MEMBER:
        return lowered(str(asked.preview.get("headline") or asked.deed))
    verb = asked.action.rpartition(".")[2].replace("_", " ")
    return f"{verb} version {asked.version}" if asked.version else verb


def title_of(tx: Tx, visit: Visit, asked: access.Approval) -> str:
    """What is asked for, by the name of the thing where it has one."""
    verb = asked.action.rpartition(".")[2].replace("_", " ").capitalize()
    if asked.subject_kind not in visit.app.kinds:
        told = str(asked.preview.get("headline") or f"{verb}: {asked.subject_kind}")
        return f"{told}: {_member_name(tx, asked.subject)}" if asked.subject_kind == MEMBER else told
    kind = visit.app.kinds.kind(asked.subject_kind)
    found = definitions.get(tx, kind, asked.subject, asked.version)
    return f"{verb} the {kind.title.lower()} “{found.title}”, version {found.version}"


def _member_name(tx: Tx, subject: str) -> str:
    public = subject.rpartition("/")[2]
    customer_id = parse_public_id("cus", public)
    found = customers.by_ids(tx, [customer_id]).get(customer_id)
    return found.title if found else public


def may_decide(visit: Visit, asked: access.Approval) -> bool:
    """Whether somebody is of the level and function that decides such a thing."""
    level = access.allows(visit.actor, "approvals.decide").outcome == "yes"
    deed = access.allows(visit.actor, asked.action, scope=asked.scope, amount=asked.amount)
    return level and deed.outcome == "yes"


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


def _outcome(tx: Tx, visit: Visit, asked: access.Approval, at: datetime) -> tuple[str, Tone]:
    """Do what enough people have approved; the decision stands even if that is refused now."""
    if asked.state != "approved":
        missing = asked.people_needed - asked.approvals
        return (
            f"You approved it. {missing} more {'person has' if missing == 1 else 'people have'} to.",
            "good",
        )
    try:
        with tx.transaction():
            return carry_out(tx, visit, asked, at), "good"
    except CallerError as error:
        said = f"Approved, and not done: {error} It can be done from this page once that is mended."
        return said, "waiting"


def carry_out(tx: Tx, visit: Visit, asked: access.Approval, at: datetime) -> str:
    """What was approved, done once; gives the sentence of what happened."""
    if asked.subject_kind in visit.app.kinds:
        return definitions.carry_out(tx, visit.app.kinds, asked.approval_id, visit.actor, at=at)
    if asked.subject_kind == MEMBER:
        loyalty.carry_out_by_hand(tx, visit.actor, asked.approval_id, at=at).confirmed()
        return f"Approved and posted: {lowered(str(asked.preview.get('headline') or asked.deed))}."
    if asked.subject_kind == loyalty.RUNNING:
        return loyalty.carry_out_run(tx, visit.actor, asked.approval_id, at=at)
    if asked.subject_kind == exports.SUBJECT:
        return exports.carry_out(tx, visit.app.exports, visit.actor, asked.approval_id, at=at)
    if asked.subject_kind == privacy.ERASURE_SUBJECT:
        privacy.carry_out_erasure(tx, visit.actor, asked.approval_id, at=at)
        return "Approved: the customer is being erased. Its page shows how far it is."
    return f"Approved. {asked.requested_by_name} can {asked.deed} now; nothing has changed yet."


def lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _home(visit: Visit, asked: access.Approval) -> tuple[str, str]:
    """Where the thing itself is looked at, and what the way there is called."""
    if asked.subject_kind in visit.app.kinds:
        at = f"/definitions/{asked.subject_kind}/{asked.subject}?version={asked.version}"
        return at, "Look at what would go live" if asked.state == "pending" else "Look at that version"
    if asked.subject_kind == privacy.ERASURE_SUBJECT:
        return f"/privacy/erasures/{asked.subject}", "Look at the erasure"
    if asked.subject_kind == MEMBER:
        programme, _, customer = asked.subject.partition("/")
        return f"/loyalty/{programme}/members/{customer}", "Look at the member"
    if asked.subject_kind == loyalty.RUNNING:
        return f"/loyalty/{asked.subject.partition('/')[0]}", "Look at the programme"
    if asked.subject_kind == exports.SUBJECT:
        return f"/data/exports/{asked.subject}", "Look at the export"
    return "", ""


def _approval_page(tx: Tx, visit: Visit, asked: access.Approval, at: datetime) -> ApprovalPage:
    mine = {one.approval_id for one in access.pending_for(tx, visit.actor, at)}
    own = asked.requested_by == visit.actor.person_id
    why = (
        "You asked for this yourself, so somebody else decides."
        if own
        else f"This takes {asked.needed_words}."
    )
    href, home = _home(visit, asked)
    return ApprovalPage(
        asked=asked,
        box=box_of(asked, title_of(tx, visit, asked), may_decide=asked.approval_id in mine, why_not=why),
        href=href,
        home=home,
        verdicts=tuple(access.verdicts(tx, asked.approval_id)),
        tone=TONES.get(asked.state, "quiet"),
        may_withdraw=own and asked.state == "pending",
        may_carry_out=asked.state == "approved" and (own or may_decide(visit, asked)),
    )
