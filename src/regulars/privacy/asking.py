"""Asking for an erasure: by the customer, by staff who may or by staff who need somebody's yes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars import access, audit, customers, definitions, jobs, loyalty, orders
from regulars.access import Actor, Approval
from regulars.db import Tx, rows, run, value
from regulars.kernel import Conflict, Finding, Invalid, parse_public_id, public_id
from regulars.privacy.erasure import PREFIX, SQL, AskedBy, Erasure, erasure
from regulars.privacy.sureness import PICKING, surely_theirs

ERASE = "privacy.erase"  # The permission, and the name of the job.
SUBJECT = "erasure"  # Of an approval.
AGAIN_AFTER = timedelta(minutes=5)
STAYS = (
    "It names something the person is known by, which may be the company's own; if it means the person, "
    "publish a version without it first."
)


class NotOpen(Conflict):
    code = "privacy.not_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    erasure_id: int
    job_id: int | None  # Of the last run.


def ask_erasure(
    tx: Tx, customer_id: int, *, asked_by: AskedBy, by: str, at: datetime, grace: timedelta = timedelta()
) -> Erasure:
    """Note that somebody asks for it; a customer's wish waits for somebody who may erase. Twice is once."""
    person = customers.get(
        tx, customer_id
    ).customer_id  # Raises NotFound, also for whoever was erased before.
    return _make(tx, person, "asked", asked_by=asked_by, by=by, decided_by=None, at=at, grace=grace)


def start_erasure(
    tx: Tx, actor: Actor, customer_id: int, *, at: datetime, grace: timedelta = timedelta()
) -> Erasure:
    """Have a customer erased; raises NeedsApproval or NotAllowed. What waits for a decision is decided."""
    access.require(actor, ERASE, solo=access.solo(tx))
    person = customers.get(tx, customer_id).customer_id
    made = _make(
        tx, person, "waiting", asked_by="staff", by=actor.name, decided_by=actor.name, at=at, grace=grace
    )
    if made.state == "asked":
        run(tx, SQL.decide, erasure_id=made.erasure_id, state="waiting", by=actor.name, starts_at=at + grace)
    _tell(tx, actor, "privacy.erase", made, at)
    return put_to_work(tx, made.erasure_id, by=actor.name, at=at)


def request_erasure(tx: Tx, actor: Actor, customer_id: int, *, reason: str = "", at: datetime) -> Approval:
    """Ask others for an erasure, showing what would go; once for each customer."""
    decision = access.allows(actor, ERASE, solo=access.solo(tx))
    if decision.outcome == "no":
        raise access.NotAllowed(decision.reason)
    asked = ask_erasure(tx, customer_id, asked_by="staff", by=actor.name, at=at)
    if asked.approval_id is not None:
        known = access.approval(tx, asked.approval_id)
        if known.state == "pending":
            return known
    made = access.request(
        tx,
        actor,
        ERASE,
        subject_kind=SUBJECT,
        subject=asked.public_id,
        reason=reason,
        preview=_preview(tx, asked),
        at=at,
    )
    run(tx, SQL.set_approval, erasure_id=asked.erasure_id, approval_id=made.approval_id)
    return made


def carry_out_erasure(tx: Tx, actor: Actor, approval_id: int, *, at: datetime) -> Erasure:
    """Begin what others approved; again changes nothing."""
    approved = access.mark_done(tx, actor, approval_id, at=at)
    found = erasure(tx, parse_public_id(PREFIX, approved.subject))
    run(tx, SQL.decide, erasure_id=found.erasure_id, state="waiting", by=actor.name, starts_at=at)
    _tell(tx, actor, "privacy.erase", found, at)
    return put_to_work(tx, found.erasure_id, by=actor.name, at=at)


def decline_erasure(tx: Tx, actor: Actor, erasure_id: int, *, reason: str, at: datetime) -> Erasure:
    """Say no to what a customer or a colleague asked for; the reason is kept, for the law asks for it."""
    decision = access.allows(actor, ERASE, solo=access.solo(tx))
    if decision.outcome == "no" or (decision.outcome == "request" and not access.solo(tx)):
        raise access.NotAllowed(decision.reason)
    if not reason.strip():
        told = "Say why, in words that can be shown to the customer."
        raise Invalid(told, [Finding(path="reason", code="privacy.no_reason", message=told)])
    found = erasure(tx, erasure_id)
    if not run(tx, SQL.decide, erasure_id=erasure_id, state="declined", by=actor.name, starts_at=at):
        raise NotOpen(f"{found.public_id} is {found.words}; it can no longer be declined.")
    _tell(tx, actor, "privacy.decline", found, at, reason=reason)
    return erasure(tx, erasure_id)


def put_to_work(tx: Tx, erasure_id: int, *, by: str, at: datetime) -> Erasure:
    """Queue the job of an approved erasure whose time has come; one that failed is tried again."""
    found = erasure(tx, erasure_id)
    is_due = found.state in ("waiting", "erasing", "erased") and found.starts_at <= at
    if is_due and _is_over(tx, found.job_id):
        key = f"{ERASE}:{erasure_id}:{found.job_id or 0}"
        job_id = jobs.defer(tx, ERASE, {"erasure": erasure_id}, requested_by=by, key=key)
        run(tx, SQL.set_job, erasure_ids=[erasure_id], job_id=job_id)
    return erasure(tx, erasure_id)


def go_on(tx: Tx, at: datetime) -> int:
    """Put to work what is due and what stands still, all of it together; the timer calls it."""
    waiting = rows(tx, SQL.unfinished, Due, at=at)
    over = {job_id for job_id in {one.job_id for one in waiting} if _is_over(tx, job_id)}
    ids = [one.erasure_id for one in waiting if one.job_id in over]
    if ids:
        last = max((one.job_id or 0 for one in waiting if one.job_id in over), default=0)
        key = f"{ERASE}:{ids[0]}-{ids[-1]}:{last}"
        job_id = jobs.defer(tx, ERASE, {"erasures": ids}, requested_by="Regulars", key=key)
        run(tx, SQL.set_job, erasure_ids=ids, job_id=job_id)
    return len(waiting)


def _is_over(tx: Tx, job_id: int | None) -> bool:
    """Whether nobody works on what a job was given."""
    return job_id is None or jobs.get(tx, job_id).state in ("done", "failed", "cancelled")


def _make(
    tx: Tx,
    customer_id: int,
    state: str,
    *,
    asked_by: AskedBy,
    by: str,
    decided_by: str | None,
    at: datetime,
    grace: timedelta,
) -> Erasure:
    made = value(
        tx,
        SQL.make,
        customer_id=customer_id,
        state=state,
        asked_by=asked_by,
        requested_by=by,
        decided_by=decided_by,
        at=at,
        starts_at=at + grace,
    )
    return erasure(tx, made if made is not None else value(tx, SQL.open_of, customer_id=customer_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What an erasure would take, in figures without names."""

    profiles: int
    orders: int  # Stay as amounts.
    points: tuple[tuple[str, int], ...]  # By programme: can no longer be spent.
    taken_out: tuple[str, ...]  # Live definitions that will no longer name them, as kind/key.
    stay: tuple[str, ...]  # Live definitions that name what they are known by too, and stay as they are.


def foresee_erasure(tx: Tx, customer_id: int) -> Foreseen:
    atoms = customers.atoms(tx, customer_id)
    atoms += customers.belonging(tx, atoms)
    points = tuple((one["programme"], one["points"]) for one in loyalty.spendable(tx, atoms))
    concerned = _naming(tx, atoms)
    return Foreseen(
        profiles=len(atoms),
        orders=orders.orders_held(tx, atoms),
        points=points,
        taken_out=concerned.taken_out,
        stay=concerned.stay,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """The live definitions that an erasure meets, as kind/key."""

    taken_out: tuple[str, ...]
    stay: tuple[str, ...]


def concerned(tx: Tx, one: Erasure) -> Concerned:
    """Before an erasure begins what it would meet, then what it met."""
    if one.state not in ("asked", "waiting"):
        return Concerned(taken_out=tuple(one.taken_out), stay=tuple(one.stayed))
    atoms = customers.atoms(tx, one.customer_id)
    return _naming(tx, atoms + customers.belonging(tx, atoms))


def _naming(tx: Tx, atoms: list[int]) -> Concerned:
    known = customers.names_of(customers.known_as(tx, atoms))
    naming = definitions.naming_live(tx, known, surely_theirs(tx, atoms, known), PICKING)
    return Concerned(
        taken_out=tuple(one.name for one in naming if one.taken_out),
        stay=tuple(one.name for one in naming if not one.taken_out),
    )


def _preview(tx: Tx, asked: Erasure) -> dict[str, object]:
    foreseen = foresee_erasure(tx, asked.customer_id)
    return {
        "headline": f"Erase {asked.customer} and everything that says who they are",
        "facts": [
            ["Profiles of this person", str(foreseen.profiles)],
            ["Orders that stay as amounts", str(foreseen.orders)],
        ],
        "warnings": [
            *(f"{number:,} points of {club} can no longer be spent." for club, number in foreseen.points),
            *(f"The live definition {name} will no longer name them." for name in foreseen.taken_out),
            *(f"The live definition {name} stays as it is. {STAYS}" for name in foreseen.stay),
        ],
        "reversible": False,
    }


def _tell(tx: Tx, actor: Actor, action: str, made: Erasure, at: datetime, reason: str | None = None) -> None:
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        via=actor.via,
        action=action,
        subject_kind=SUBJECT,
        subject=made.public_id,
        before=None,
        after={"customer": public_id("cus", made.customer_id)},
        at=at,
        reason=reason,
    )
