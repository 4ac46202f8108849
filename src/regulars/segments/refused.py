"""Snapshots that never went live: whoever was put on one goes with it."""

from datetime import datetime

from regulars import access, customers, definitions
from regulars.access import SYSTEM
from regulars.db import Tx, run, values
from regulars.definitions import Definition
from regulars.segments.bare_kinds import BARE_SEGMENT
from regulars.segments.model import SegmentBody
from regulars.segments.statements import LISTS
from regulars.segments.writing import hold_state

OPEN = ("pending", "approved")  # States of a request that may still be carried out.


def forget_discarded(tx: Tx, definition: Definition[SegmentBody]) -> None:
    """The people of a list whose draft is discarded, where it never was live."""
    if definition.body.list and not _was_live(tx, definition.key):
        run(tx, LISTS.forget_entries, key=definition.key)


def forget_refused(tx: Tx, at: datetime) -> None:
    """Discard snapshots whose publication was refused, or not decided on in time, with their people."""
    waiting = values(tx, LISTS.not_live)
    if not waiting:
        return
    customers.hold(tx)
    hold_state(tx)
    for key in waiting:
        if _was_live(tx, key) or _is_asked_for(tx, key):
            continue
        if definitions.draft(tx, BARE_SEGMENT, key) is not None:
            definitions.discard_draft(tx, SYSTEM, BARE_SEGMENT, key, at=at)
        run(tx, LISTS.forget_entries, key=key)


def _was_live(tx: Tx, key: str) -> bool:
    """One that was taken out of use keeps its people: it can be restored with them."""
    return any(one.published_at is not None for one in definitions.versions(tx, BARE_SEGMENT, key))


def _is_asked_for(tx: Tx, key: str) -> bool:
    return any(
        access.approvals(tx, state=state, subject_kind=BARE_SEGMENT.name, subject=key, limit=1).items
        for state in OPEN
    )
