"""What comes of a send by the domain that people are written to; of large ones as it was counted last."""

from dataclasses import dataclass
from datetime import datetime

from regulars.campaigns.launching import find
from regulars.db import Database, Query, Statements, Tx, rows, run, value

DOMAINS_SHOWN = 12
LARGE = 50_000  # From so many messages on nobody waits for it: it is counted beside.
PAUSE_S = 60.0


class Sql(Statements, file="domains.sql"):
    asked: Query
    bounced: Query
    counted: Query
    counted_at: Query
    due: Query
    forget: Query
    keep: Query
    keep_moment: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What came of the messages to one domain."""

    domain: str
    people: int
    sent: int
    waiting: int
    failed: int
    bounced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    domain: str
    people: int
    sent: int
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounced:
    domain: str
    bounced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    run_id: int
    key: str
    version: int
    stood: list[int]


def domains(tx: Tx, key: str, version: int | None = None) -> list[Domain]:
    """Where the messages go, the domains with the most people first; what came back is of this moment."""
    found = find(tx, key, version)
    counted = rows(tx, SQL.counted, _Counted, run_id=found.run_id)
    if not counted:
        counted = _asked(tx, found.key, found.version)
    told = [one.domain for one in counted]
    back = rows(tx, SQL.bounced, _Bounced, key=found.key, version=found.version, domains=told)
    bounced = {one.domain: one.bounced for one in back}
    return [
        Domain(
            domain=one.domain,
            people=one.people,
            sent=one.sent,
            waiting=one.waiting,
            failed=one.failed,
            bounced=bounced.get(one.domain, 0),
        )
        for one in counted
    ]


def domains_counted_at(tx: Tx, run_id: int) -> datetime | None:
    """When the domains of a large send were counted; None: they are counted when somebody asks."""
    found: datetime | None = value(tx, SQL.counted_at, run_id=run_id)
    return found


def count_domains(database: Database, large: int = LARGE, pause_s: float = PAUSE_S) -> int:
    """Count the domains of large sends of which something changed; gives of how many."""
    with database.transaction() as tx:
        found = rows(tx, SQL.due, _Due, large=large, pause_s=pause_s)
    for one in found:
        with database.transaction() as tx:
            _keep(tx, one)
    return len(found)


def _asked(tx: Tx, key: str, version: int) -> list[_Counted]:
    return rows(tx, SQL.asked, _Counted, key=key, version=version, limit=DOMAINS_SHOWN)


def _keep(tx: Tx, due: _Due) -> None:
    counted = _asked(tx, due.key, due.version)
    run(tx, SQL.keep_moment, run_id=due.run_id, stood=due.stood)  # Whoever counts it too waits here.
    run(tx, SQL.forget, run_id=due.run_id)
    run(
        tx,
        SQL.keep,
        run_id=due.run_id,
        domains=[one.domain for one in counted],
        people=[one.people for one in counted],
        sent=[one.sent for one in counted],
        waiting=[one.waiting for one in counted],
        failed=[one.failed for one in counted],
    )
