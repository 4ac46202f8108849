"""Long changes of lists, in portions: each is its own transaction, so nobody waits for long for another.

Whoever stops in the middle leaves what was done, and the same change again does the rest: who stands on the
list already is passed over.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from regulars.access import Actor
from regulars.db import Database, Tx
from regulars.segments.listing import ListChange, add_to_list, identify, remove_from_list

PORTION = 2_000  # People of one transaction.

Now = Callable[[Tx], datetime]


def change_list(
    database: Database,
    actor: Actor,
    key: str,
    kind: str,
    identifiers: Sequence[str],
    *,
    now: Now,
    until: datetime | None = None,
    taken: bool = False,
) -> ListChange:
    """Put those behind identifiers on a live list, or take them off; gives those of nobody and of several."""
    with database.transaction() as tx:
        found = identify(tx, kind, identifiers)
    changed = unchanged = members = 0
    for people in _portions(list(dict.fromkeys(found.customer_ids.values()))):
        with database.transaction() as tx:
            at = now(tx)
            if taken:
                done = remove_from_list(tx, actor, key, people, at=at)
            else:
                done = add_to_list(tx, actor, key, people, at=at, until=until)
        changed, unchanged, members = changed + done.changed, unchanged + done.unchanged, done.members
    return ListChange(
        changed=changed,
        unchanged=unchanged,
        unknown=found.unknown,
        ambiguous=found.ambiguous,
        members=members,
    )


def _portions(people: Sequence[int]) -> Iterator[Sequence[int]]:
    """At least one, so that what hinders a change is told when it is of nobody."""
    for first in range(0, len(people) or 1, PORTION):
        yield people[first : first + PORTION]
