"""Memberships go along when it turns out who is which person: those concerned are asked again at once."""

from collections.abc import Sequence

from regulars import log
from regulars.customers import Moved
from regulars.db import Tx, rows, run, value
from regulars.kernel import WallClock
from regulars.segments.kinds import live_definitions
from regulars.segments.model import stage_key
from regulars.segments.recomputing import Live, Numbered, stage
from regulars.segments.statements import SQL


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """End the stays of people who are no more, and ask the rules of those who are; merge and split alike.

    Stays of the past stay with the profile that had them. Who was in by any of the profiles and still
    is has neither come nor gone, and nothing is told.
    """
    if not moved:
        return
    run(tx, SQL.lock)
    live, ids = _computed(tx)
    now, last = log.clock(tx).now(WallClock().now()), value(tx, SQL.last_refresh)
    at = max(now, last) if last else now
    people = sorted({one.before for one in moved} | {one.after for one in moved})
    stage(tx, live, ids, at, people)
    told = {
        "at": at,
        "before": [one.before for one in moved],
        "after": [one.after for one in moved],
        # Several changes may come at one instant; each has another first profile.
        "stamp": f"{int(at.timestamp() * 1_000_000)}:{min(one.atom_id for one in moved)}",
        "looked": value(tx, SQL.looked_at),
    }
    run(tx, SQL.depart_profiles, people=people, **told)
    run(tx, SQL.enter_profiles, **told)
    run(tx, SQL.unstage)


def _computed(tx: Tx) -> tuple[Live, dict[str, int]]:
    """What is live and was computed before, with the number of each segment and stage."""
    live = live_definitions(tx)
    keys = list(live.segments)
    for approach, body in live.approaches.items():
        keys += [stage_key(approach, one.key) for one in body.stages]
    ids = {row.segment_key: row.segment_id for row in rows(tx, SQL.ids, Numbered, keys=keys)}
    known = Live(
        segments={key: body for key, body in live.segments.items() if key in ids},
        approaches={
            key: body
            for key, body in live.approaches.items()
            if all(stage_key(key, one.key) in ids for one in body.stages)
        },
    )
    return known, ids
