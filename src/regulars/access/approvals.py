"""Approvals: what is above somebody's level becomes a request that others decide before it expires."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from psycopg.types.json import Jsonb

from regulars.access.actor import SYSTEM, Actor
from regulars.access.approval import Approval, Verdict, authority
from regulars.access.decision import allows
from regulars.access.deputies import deputising
from regulars.access.errors import (
    AlreadyAsked,
    AlreadyDecided,
    ApprovalClosed,
    NotAllowed,
    OwnRequest,
    UnknownApproval,
)
from regulars.access.people import person
from regulars.access.person import Person
from regulars.access.trail import recorded
from regulars.access.workspace import solo
from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.kernel import Page, decode_cursor, encode_cursor, public_id

LASTS: Final = timedelta(days=7)
PAGE_MAX: Final = 200


class Sql(Statements, file="approvals.sql"):
    ask: Query
    asked_already: Query
    lock_approval: Query
    approval: Query
    approvals: Query
    pending: Query
    verdicts: Query
    verdicts_of: Query
    give_verdict: Query
    close: Query
    finish: Query
    expire: Query


SQL = Sql()


def request(
    tx: Tx,
    actor: Actor,
    action: str,
    *,
    kind: str | None = None,
    subject_kind: str,
    subject: str,
    version: int | None = None,
    scope: str | None = None,
    amount: int | None = None,
    reason: str = "",
    preview: Mapping[str, object],
    at: datetime,
    lasts: timedelta = LASTS,
) -> Approval:
    """Ask others for what one may not do alone, showing exactly what will happen.

    The same version asked for again by the same person gives the request that is pending. Who may do it
    alone may ask too, and then one other decides. Raises NotAllowed when it cannot even be asked for.
    """
    decision = allows(actor, action, kind=kind, scope=scope, amount=amount, solo=solo(tx))
    if decision.outcome == "no":
        raise NotAllowed(decision.reason)
    if actor.person_id is None:
        raise NotAllowed("An approval is asked for by somebody who answers for it; this key has no owner.")
    expire_due(tx, at)  # One that nobody decided in time must not stand in the way of the next.
    made = value(
        tx,
        SQL.ask,
        action=decision.action,
        subject_kind=subject_kind,
        subject=subject,
        version=version,
        scope=scope,
        amount=amount,
        requested_by=actor.person_id,
        requested_via=actor.via,
        reason=reason.strip(),
        preview=Jsonb(msgspec.to_builtins(preview, enc_hook=str)),
        needed_level=decision.needed_level,
        people_needed=max(1, decision.people_needed),
        at=at,
        expires_at=at + lasts,
    )
    if made is None:
        same = {
            "action": decision.action,
            "subject_kind": subject_kind,
            "subject": subject,
            "version": version,
        }
        return _asked_already(tx, actor, same)
    asked = approval(tx, made)
    _tell(tx, actor, "approvals.request", asked, before=None, at=at, reason=asked.reason)
    return asked


def decide(
    tx: Tx,
    actor: Actor,
    approval_id: int,
    verdict: Literal["approve", "decline"],
    *,
    comment: str = "",
    at: datetime,
) -> Approval:
    """Say yes or no to a pending request; the same verdict again changes nothing.

    Gives the request as it stands then: `approved` once enough people said yes, and the caller runs it.
    """
    approve = verdict == "approve"
    before = _locked(tx, approval_id)
    decider = _decider(tx, actor)
    given = {v.person_id: v for v in verdicts(tx, approval_id)}
    if decider.person_id in given:
        return _repeated(before, given[decider.person_id], approve=approve)
    _check_open(before, at)
    alone = solo(tx)
    speaks_for = decider if alone else _authority(tx, before, decider, given, at)
    run(
        tx,
        SQL.give_verdict,
        approval_id=approval_id,
        person_id=decider.person_id,
        authority_id=speaks_for.person_id,
        approve=approve,
        comment=comment.strip(),
        at=at,
    )
    enough = before.approvals + 1 >= (1 if alone else before.people_needed)
    if not approve or enough:
        run(tx, SQL.close, approval_id=approval_id, state="approved" if approve else "declined", at=at)
    after = approval(tx, approval_id)
    extra = {"for": speaks_for.public_id} if speaks_for.person_id != decider.person_id else {}
    action = "approvals.approve" if approve else "approvals.decline"
    _tell(tx, actor, action, after, before=before, at=at, reason=comment.strip(), **extra)
    return after


def withdraw(tx: Tx, actor: Actor, approval_id: int, *, at: datetime) -> Approval:
    """Take back one's own request while nobody has decided it; again changes nothing."""
    before = _locked(tx, approval_id)
    if actor.person_id != before.requested_by:
        raise NotAllowed(f"{before.requested_by_name} asked for this and alone can take it back.")
    if before.state == "withdrawn":
        return before
    _check_open(before, at)
    return _close(tx, actor, before, "withdrawn", "approvals.withdraw", at=at)


def mark_done(tx: Tx, actor: Actor, approval_id: int, *, at: datetime) -> Approval:
    """Say that what was approved has happened; again changes nothing."""
    before = _locked(tx, approval_id)
    if before.state == "done":
        return before
    if before.state != "approved":
        raise ApprovalClosed(
            f"{before.public_id} is {before.state}, not approved: nothing is to be done for it."
        )
    run(tx, SQL.finish, approval_id=approval_id, at=at)
    after = approval(tx, approval_id)
    _tell(tx, actor, "approvals.done", after, before=before, at=at)
    return after


def expire_due(tx: Tx, at: datetime) -> list[Approval]:
    """Close what nobody decided in time, and give it; one being decided at this moment is waited for."""
    expired = [approval(tx, approval_id) for approval_id in values(tx, SQL.expire, at=at)]
    for one in expired:
        recorded(
            tx,
            SYSTEM,
            "approvals.expire",
            subject_kind="approval",
            subject=one.public_id,
            before={"state": "pending"},
            after={"state": one.state},
            at=at,
            scope=one.scope,
        )
    return expired


def approval(tx: Tx, approval_id: int) -> Approval:
    found = maybe(tx, SQL.approval, Approval, approval_id=approval_id)
    if found is None:
        raise UnknownApproval(f"There is no request {public_id('apr', approval_id)}.")
    return found


def approvals(
    tx: Tx,
    *,
    state: str | None = None,
    requested_by: int | None = None,
    subject_kind: str | None = None,
    subject: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Approval]:
    """Requests that pass every filter, newest first."""
    limit = max(1, min(limit, PAGE_MAX))
    found = rows(
        tx,
        SQL.approvals,
        Approval,
        state=state,
        requested_by=requested_by,
        subject_kind=subject_kind,
        subject=subject,
        before_approval=decode_cursor(cursor, (int,))[0] if cursor else None,
        limit=limit + 1,
    )
    shown = tuple(found[:limit])
    return Page(shown, encode_cursor(shown[-1].approval_id) if len(found) > limit else None)


def verdicts(tx: Tx, approval_id: int) -> list[Verdict]:
    """Who decided what about one request, in the order they did."""
    return rows(tx, SQL.verdicts, Verdict, approval_id=approval_id)


def pending_for(tx: Tx, actor: Actor, at: datetime) -> list[Approval]:
    """What waits for this person to decide, in person or as a deputy, the first to expire first."""
    if actor.is_key or actor.person_id is None:
        return []
    waiting = rows(tx, SQL.pending, Approval, at=at)
    if solo(tx):
        return waiting
    decider = person(tx, actor.person_id)
    candidates = [decider, *deputising(tx, decider.person_id, at)]
    given: dict[int, list[Verdict]] = {one.approval_id: [] for one in waiting}
    for one in rows(tx, SQL.verdicts_of, Verdict, approval_ids=list(given)):
        given[one.approval_id].append(one)
    return [one for one in waiting if _waits_for(one, decider, candidates, given[one.approval_id])]


def _waits_for(asked: Approval, decider: Person, candidates: list[Person], given: list[Verdict]) -> bool:
    taken_part = decider.person_id in {asked.requested_by, *(v.person_id for v in given)}
    return not taken_part and authority(asked, candidates, {v.authority_id for v in given}) is not None


def _asked_already(tx: Tx, actor: Actor, same: Mapping[str, object]) -> Approval:
    found = maybe(tx, SQL.asked_already, Approval, **same)
    if found is not None and found.requested_by == actor.person_id:
        return found
    told = f"{found.requested_by_name} has asked ({found.public_id})" if found else "Somebody has asked"
    what = f"version {same['version']} of {same['subject_kind']} {same['subject']}"
    raise AlreadyAsked(f"{told} for {what} already. Look at that request.")


def _locked(tx: Tx, approval_id: int) -> Approval:
    """The request, held until the transaction ends; read in a statement after the lock, so as it is now."""
    run(tx, SQL.lock_approval, approval_id=approval_id)
    return approval(tx, approval_id)


def _decider(tx: Tx, actor: Actor) -> Person:
    if actor.is_key or actor.person_id is None:
        raise NotAllowed("An approval is decided by a person, not by a program.")
    decider = person(tx, actor.person_id)
    if not decider.active:
        raise NotAllowed(f"{decider.name} is no longer active.")
    return decider


def _repeated(asked: Approval, given: Verdict, *, approve: bool) -> Approval:
    if given.approve == approve:
        return asked
    said = "approved" if given.approve else "declined"
    raise AlreadyDecided(f"You {said} {asked.public_id} before; a verdict stands. It is {asked.state} now.")


def _check_open(asked: Approval, at: datetime) -> None:
    if asked.state != "pending":
        raise ApprovalClosed(f"{asked.public_id} is {asked.state} already. Ask again if it is still wanted.")
    if at >= asked.expires_at:
        raise ApprovalClosed(
            f"{asked.public_id} expired at {asked.expires_at:%Y-%m-%d %H:%M} UTC. Ask again."
        )


def _authority(
    tx: Tx, asked: Approval, decider: Person, given: Mapping[int, Verdict], at: datetime
) -> Person:
    if decider.person_id == asked.requested_by:
        raise OwnRequest("Nobody decides their own request: somebody else looks at it.")
    candidates = [decider, *deputising(tx, decider.person_id, at)]
    found = authority(asked, candidates, {v.authority_id for v in given.values()})
    if found is None:
        raise NotAllowed(
            f"A request to {asked.deed} is decided by {asked.needed_words} in its function and scope, or "
            "by their deputy; you are neither."
        )
    return found


def _close(tx: Tx, actor: Actor, before: Approval, state: str, action: str, *, at: datetime) -> Approval:
    run(tx, SQL.close, approval_id=before.approval_id, state=state, at=at)
    after = approval(tx, before.approval_id)
    _tell(tx, actor, action, after, before=before, at=at)
    return after


def _tell(
    tx: Tx,
    actor: Actor,
    action: str,
    after: Approval,
    *,
    before: Approval | None,
    at: datetime,
    reason: str | None = None,
    **extra: object,
) -> None:
    recorded(
        tx,
        actor,
        action,
        subject_kind="approval",
        subject=after.public_id,
        before=_facts(before) if before else None,
        after=_facts(after) | extra,
        at=at,
        scope=after.scope,
        reason=reason,
    )


def _facts(asked: Approval) -> dict[str, object]:
    names = ("action", "subject_kind", "subject", "version", "amount", "state", "approvals")
    return {name: getattr(asked, name) for name in names}
