"""Points that people give, take, spend or undo by hand: judged by level, posted once, audited."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from regulars import access, audit
from regulars.access import Actor, Approval
from regulars.customers import hold
from regulars.db import Query, Statements, Tx, run, value
from regulars.kernel import public_id
from regulars.loyalty.deed import Deed, check
from regulars.loyalty.foreseeing import ACTION, foresee
from regulars.loyalty.posting import Receipt, adjust, newest, spend
from regulars.loyalty.reversing import reverse
from regulars.loyalty.scope import scope_of


class Sql(Statements, file="by_hand.sql"):
    knows_key: Query
    lock_member: Query


SQL = Sql()


def do_by_hand(tx: Tx, actor: Actor, deed: Deed, *, key: str, at: datetime) -> Receipt:
    """Post at once; raises NeedsApproval or NotAllowed. The same key and deed give the first answer again."""
    check(deed)
    access.require(
        actor, ACTION, scope=scope_of(tx, deed.programme), amount=deed.amount, solo=access.solo(tx)
    )
    return _post(tx, actor, deed, key=key, at=at)


def ask_by_hand(tx: Tx, actor: Actor, deed: Deed, *, key: str, at: datetime) -> Approval:
    """Ask others for what is above one's level, showing what will happen; once for each key."""
    hold(tx)
    place = {"programme_id": newest(tx, deed.programme).programme_id, "customer_id": deed.customer_id}
    run(tx, SQL.lock_member, **place)  # Of two with one key, the second sees the first's request.
    waiting = asked_by_hand(tx, deed.programme, deed.customer_id)
    again = next((one for one in waiting if one.preview.get("key") == key), None)
    return again or _ask(tx, actor, deed, key=key, at=at)


def _ask(tx: Tx, actor: Actor, deed: Deed, *, key: str, at: datetime) -> Approval:
    foreseen = foresee(tx, actor, deed, at)
    return access.request(
        tx,
        actor,
        ACTION,
        subject_kind="member",
        subject=deed.subject,
        scope=scope_of(tx, deed.programme),
        amount=deed.amount,
        reason=deed.words,
        preview={
            "headline": foreseen.headline,
            "facts": [list(fact) for fact in foreseen.facts],
            "warnings": list(foreseen.warnings),
            "reversible": True,
            "cost": None,
            "deed": asdict(deed),
            "key": key,
        },
        at=at,
    )


def asked_by_hand(tx: Tx, programme: str, customer_id: int) -> list[Approval]:
    """Requests for this member that wait for a decision or, approved, to be posted."""
    subject = f"{programme}/{public_id('cus', customer_id)}"
    found = access.approvals(tx, subject_kind="member", subject=subject).items
    return [one for one in found if one.state in ("pending", "approved")]


def carry_out_by_hand(tx: Tx, actor: Actor, approval_id: int, *, at: datetime) -> Receipt:
    """Post what others approved, once; again gives the first answer. Refuses what nobody approved."""
    asked = access.mark_done(tx, actor, approval_id, at=at)
    deed = Deed(**asked.preview["deed"])
    return _post(tx, actor, deed, key=f"approval:{asked.public_id}", at=at)


def is_posted(tx: Tx, programme: str, key: str) -> bool:
    """Whether a write came before under this id, so that doing it again changes nothing."""
    return bool(value(tx, SQL.knows_key, programme_id=newest(tx, programme).programme_id, key=key))


def _post(tx: Tx, actor: Actor, deed: Deed, *, key: str, at: datetime) -> Receipt:
    hold(tx)
    again = is_posted(tx, deed.programme, key)
    receipt = _written(tx, actor, deed, key=key, at=at)
    if not again and receipt.outcome == "posted":
        audit.record(
            tx,
            actor_id=actor.person_id,
            actor_name=actor.name,
            action=f"loyalty.{deed.kind}",
            subject_kind="member",
            subject=deed.subject,
            before=None,
            after={"amount": deed.amount, "transfer": public_id("txn", receipt.transfer_id or 0)},
            at=at,
            via=actor.via,
            reason=deed.words,
        )
    return receipt


def _written(tx: Tx, actor: Actor, deed: Deed, *, key: str, at: datetime) -> Receipt:
    shared: dict[str, Any] = {"key": key, "at": at, "reason": deed.words, "actor": actor.name}
    if deed.kind == "undo":
        return reverse(tx, deed.programme, deed.transfer_id or 0, **shared)
    if deed.kind == "spend":
        return spend(tx, deed.programme, deed.customer_id, deed.amount, **shared)
    amount = deed.amount if deed.kind == "give" else -deed.amount
    return adjust(tx, deed.programme, deed.customer_id, amount, **shared)
