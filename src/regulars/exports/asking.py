"""Asking for an export: judged, noted, and started or put before somebody who decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from psycopg.types.json import Jsonb

from regulars import access, customers, definitions, jobs
from regulars.access import Actor
from regulars.db import Tx, maybe, run, value
from regulars.exports.body import ExportBody
from regulars.exports.desk import Desk
from regulars.exports.listing import Asked, Listing
from regulars.exports.record import Run, get
from regulars.exports.statements import SQL
from regulars.exports.writing import TITLES, Format
from regulars.kernel import Conflict, NotFound, parse_public_id

MAKE = "exports.make"  # A job: {"run": its number}.
SUBJECT = "exported"  # What an approval and the audit call a run.
EXPORT, CONTACTS = "customers.export", "customers.view_contacts"


class ExportOver(Conflict):
    code = "exports.over"


class FileGone(Conflict):
    code = "exports.file_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants as a file."""

    listing: str
    format: Format = "csv"
    columns: tuple[str, ...] = ()  # Empty: every one.
    filter: Mapping[str, str] = field(default_factory=dict)
    contacts: bool = True  # Unmasked, if they may see them.
    guard: bool = True


def read(tx: Tx, desk: Desk, wanted: Wanted, *, contacts: bool, at: datetime) -> tuple[Listing, Asked]:
    """What is wanted, checked against the listing; raises Invalid or NotFound."""
    listing = desk.listings.get(wanted.listing)
    return listing, Asked(
        at=at,
        zone=desk.zone,
        contacts=contacts,
        personal=frozenset() if contacts else customers.personal_traits(tx),
        lake=desk.lake,
        columns=listing.chosen(tx, wanted.columns),
        filter=listing.read(wanted.filter, at=at, zone=desk.zone),
    )


def judged(actor: Actor, listing: Listing) -> access.Decision:
    """Whether somebody may export it: yes, by request, or no; raises NotAllowed if they may not even look."""
    looking = access.require(actor, listing.permission)
    return access.allows(actor, EXPORT) if listing.personal else looking


def may_fetch(actor: Actor, found: Run, listing: Listing) -> bool:
    """Their own; or another's that they could have made, contact details included."""
    if access.allows(actor, listing.permission).outcome != "yes":
        return False
    if found.contacts and access.allows(actor, CONTACTS).outcome != "yes":
        return False
    if found.export_key is None and _is_own(actor, found):
        return True
    return not found.personal or access.allows(actor, EXPORT).outcome == "yes"


def _is_own(actor: Actor, found: Run) -> bool:
    """Of a key's doings only its own are: somebody may have several, of different levels."""
    same = found.asked_by is not None and found.asked_by == actor.person_id
    return same and (not actor.is_key or found.via == actor.via)


def ask(tx: Tx, desk: Desk, actor: Actor, wanted: Wanted) -> Run:
    """Note it and start it; above one's level it waits for an approval."""
    at = desk.now(tx)
    shows = wanted.contacts and desk.listings.get(wanted.listing).has_contacts
    contacts = shows and access.allows(actor, CONTACTS).outcome == "yes"
    listing, _ = read(tx, desk, wanted, contacts=contacts, at=at)
    decision = judged(actor, listing)
    if decision.outcome == "no":
        raise access.NotAllowed(decision.reason)
    by_request = decision.outcome == "request"
    state = "asked" if by_request else "waiting"
    run_id = _note(tx, desk, actor, wanted, listing, contacts=contacts, state=state)
    made = get(tx, run_id)
    access.recorded(
        tx,
        actor,
        "exports.ask",
        subject_kind=SUBJECT,
        subject=made.id,
        before=None,
        after={**_told(wanted), "contacts_masked": not contacts},
        at=at,
    )
    if by_request:
        _request(tx, actor, made, listing, at)
    else:
        start(tx, made, requested_by=actor.name)
    return get(tx, run_id)


def _told(wanted: Wanted) -> dict[str, object]:
    """Without the filter's values, which may name a person."""
    return {
        "listing": wanted.listing,
        "format": wanted.format,
        "columns": list(wanted.columns),
        "narrowed_by": sorted(name for name, text in wanted.filter.items() if text),
    }


def _note(
    tx: Tx, desk: Desk, actor: Actor, wanted: Wanted, listing: Listing, *, contacts: bool, state: str
) -> int:
    made: int = value(
        tx,
        SQL.insert,
        export_key=None,
        due_at=None,
        listing=listing.name,
        title=listing.title,
        format=wanted.format,
        columns=list(wanted.columns),
        filter=Jsonb({name: text for name, text in wanted.filter.items() if text}),
        guard=wanted.guard,
        contacts=contacts,
        personal=listing.personal,
        place="",
        asked_by=actor.person_id,
        asked_name=actor.name,
        via=actor.via,
        requested_at=desk.wall.now(),
        state=state,
    )
    return made


def note_scheduled(
    tx: Tx,
    desk: Desk,
    found: definitions.Definition[ExportBody],
    *,
    due_at: datetime | None,
    asked_by: int | None,
    asked_name: str,
    via: str,
) -> int | None:
    """A run of a scheduled export; None when this occurrence was noted before."""
    body = found.body
    listing = desk.listings.get(body.listing)
    made: int | None = value(
        tx,
        SQL.insert,
        export_key=found.key,
        due_at=due_at,
        listing=listing.name,
        title=body.title,
        format=body.format,
        columns=list(body.columns),
        filter=Jsonb(body.filter),
        guard=body.guard,
        contacts=body.contacts == "shown" and listing.has_contacts,
        personal=listing.personal,
        place=body.place,
        asked_by=asked_by,
        asked_name=asked_name,
        via=via,
        requested_at=desk.wall.now(),
        state="waiting",
    )
    return made


def _request(tx: Tx, actor: Actor, made: Run, listing: Listing, at: datetime) -> None:
    facts = [
        ("What", listing.title),
        ("Narrowed by", ", ".join(f"{name} {text}" for name, text in made.narrowed.items()) or "nothing"),
        ("Columns", ", ".join(made.columns) or "every one"),
        ("Format", TITLES[made.format]),
        ("Contact details", "shown" if made.contacts else "masked"),
    ]
    preview = {"headline": f"Export {listing.title.lower()}", "facts": facts, "reversible": False}
    asked = access.request(tx, actor, EXPORT, subject_kind=SUBJECT, subject=made.id, preview=preview, at=at)
    run(tx, SQL.set_approval, run_id=made.run_id, approval_id=asked.approval_id)


def start(tx: Tx, made: Run, *, requested_by: str) -> int:
    """Ask for its job."""
    job = jobs.defer(tx, MAKE, {"run": made.run_id}, requested_by=requested_by)
    run(tx, SQL.set_job, run_id=made.run_id, job_id=job)
    return job


def carry_out(tx: Tx, desk: Desk, actor: Actor, approval_id: int, *, at: datetime) -> str:
    """Start what others approved, once; gives the sentence of what happened."""
    asked = access.approval(tx, approval_id)
    made = get(tx, parse_public_id("exp", asked.subject))
    access.mark_done(tx, actor, approval_id, at=at)  # Refuses what nobody approved.
    if value(tx, SQL.start_approved, run_id=made.run_id, now=desk.wall.now()) is not None:
        start(tx, made, requested_by=made.asked_name)
    return f"Approved: {made.asked_name} finds the file under Data, Exports."


def run_now(tx: Tx, desk: Desk, actor: Actor, key: str) -> Run:
    """Make a scheduled export now, besides its schedule."""
    access.require(actor, "definitions.publish", kind="export")
    found = definitions.live(tx, desk.kind, key)
    if found is None:
        raise NotFound(f"There is no live export {key[:80]!r}; publish it first.")
    made = note_scheduled(
        tx, desk, found, due_at=None, asked_by=actor.person_id, asked_name=actor.name, via=actor.via
    )
    assert made is not None
    noted = get(tx, made)
    start(tx, noted, requested_by=actor.name)
    _record(tx, desk, actor, "exports.run", noted)
    return get(tx, made)


def try_again(tx: Tx, desk: Desk, actor: Actor, run_id: int) -> Run:
    """Try one now that failed, was cancelled or rests; what is written already is not made again."""
    found = _own_or_published(tx, desk, actor, run_id)
    if found.export_key is None:
        _judged_again(tx, desk, actor, found)
    if value(tx, SQL.again, run_id=run_id) is None:
        raise ExportOver(f"{found.id} is {found.state}; what failed, was cancelled or rests is tried again.")
    start(tx, found, requested_by=actor.name)
    _record(tx, desk, actor, "exports.again", found)
    return get(tx, run_id)


def _judged_again(tx: Tx, desk: Desk, actor: Actor, found: Run) -> None:
    """What waited for an approval that never came is not made by cancelling it and trying again."""
    decision = judged(actor, desk.listings.get(found.listing))
    if decision.outcome == "yes":
        return
    granted = found.approval_id is not None and access.approval(tx, found.approval_id).state == "done"
    if not granted:
        raise access.NotAllowed(f"{found.id} takes an approval: ask for it anew. {decision.reason}")


def cancel(tx: Tx, desk: Desk, actor: Actor, run_id: int) -> Run:
    found = _own_or_published(tx, desk, actor, run_id)
    if value(tx, SQL.cancel, run_id=run_id, now=desk.wall.now()) is None:
        raise ExportOver(f"{found.id} is over ({found.state}); there is nothing to cancel.")
    if found.approval_id is not None and found.state == "asked" and found.asked_by == actor.person_id:
        access.withdraw(tx, actor, found.approval_id, at=desk.now(tx))
    if found.job_id is not None and jobs.get(tx, found.job_id).state in ("waiting", "running"):
        jobs.cancel(tx, found.job_id)
    _record(tx, desk, actor, "exports.cancel", found)
    return get(tx, run_id)


def fetch(tx: Tx, desk: Desk, actor: Actor, found: Run) -> Path:
    """The file to hand out, noted in the audit; raises what stands in the way."""
    if not may_fetch(actor, found, desk.listings.get(found.listing)):
        raise access.NotAllowed(f"{found.asked_name} fetches this, or somebody who may export all of it.")
    path = desk.file_of(found)
    if not found.has_file or not path.is_file():
        raise FileGone(_gone(found))
    _record(tx, desk, actor, "exports.fetch", found)
    return path


def _gone(found: Run) -> str:
    if found.state != "done":
        return f"{found.id} has no file yet: it is {found.state}."
    whys = {
        "delivered": f"It was brought to {found.place}.",
        "expired": "It was deleted after the days that files are kept.",
        "erased": "It was deleted, since somebody who may stand in it was erased.",
    }
    why = whys.get(found.removed_why or "", "It is not on this machine.")
    return f"{found.id} has no file here. {why} Export it again."


def _own_or_published(tx: Tx, desk: Desk, actor: Actor, run_id: int) -> Run:
    """Held. Their own, or a scheduled one that they might publish, or another's that they might make."""
    if maybe(tx, SQL.hold, Held, run_id=run_id) is None:
        raise NotFound("There is no such export.")
    found = get(tx, run_id)
    if found.export_key is not None:
        access.require(actor, "definitions.publish", kind="export")
    elif not may_fetch(actor, found, desk.listings.get(found.listing)):
        raise access.NotAllowed(f"{found.asked_name} asked for this, or somebody who may export it all.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    run_id: int


def _record(tx: Tx, desk: Desk, actor: Actor, action: str, found: Run) -> None:
    access.recorded(
        tx,
        actor,
        action,
        subject_kind=SUBJECT,
        subject=found.id,
        before=None,
        after={"listing": found.listing, "scheduled": found.export_key},
        at=desk.now(tx),
    )
