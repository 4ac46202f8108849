"""Snapshots: a new list of who is in a segment, or was at an instant."""

from dataclasses import dataclass
from datetime import datetime

from regulars import customers, definitions
from regulars.access import Actor
from regulars.db import Tx, run
from regulars.definitions import Published, Requested
from regulars.kernel import Conflict, Finding, Invalid
from regulars.segments.history import find_live
from regulars.segments.kinds import SEGMENT
from regulars.segments.model import SegmentBody
from regulars.segments.statements import LISTS


class SnapshotTaken(Conflict):
    code = "segments.snapshot_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    key: str
    members: int
    published: Published[SegmentBody] | Requested


def snapshot(
    tx: Tx, actor: Actor, key: str, into: str, name: str, *, at: datetime, of: datetime | None = None
) -> Snapshot:
    """Make a list of who is in a segment now, or was at `of` as it was seen, and publish it under a new key.

    Raises NotFound for an unknown segment, Invalid for an instant to come, SnapshotTaken for a key in use.
    """
    customers.hold(tx)
    found = find_live(tx, key)
    if of is not None and of > at:
        message = f"Who was in at {of.isoformat()} is not known yet; give an instant that has passed."
        raise Invalid(message, [Finding(path="of", code="segments.to_come", message=message)])
    if definitions.versions(tx, SEGMENT, into):
        raise SnapshotTaken(f"There is a segment {into[:80]!r} already; give the snapshot a key of its own.")
    when = of or at
    body = SegmentBody(
        name=name, description=f"Who was in {found.title} at {when:%-d %B %Y, %H:%M} UTC.", list=True
    )
    definitions.save_draft(tx, actor, SEGMENT, into, body, at=at)
    given = {"into": into, "segment_id": found.segment_id, "at": at, "by": actor.name}
    members = run(tx, LISTS.copy_present, **given) if of is None else run(tx, LISTS.copy_past, **given, of=of)
    return Snapshot(key=into, members=members, published=definitions.publish(tx, actor, SEGMENT, into, at=at))
