"""A tier review of many members at once, in a database of its own: part of the bench of the ledger."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

from regulars.db import Database, Tx, value
from regulars.loyalty import Programme, launch_version, points_club, review_tiers

START = datetime(2025, 1, 1, 5, tzinfo=UTC)
CLUB = points_club(name="Club", legal_entity="Corner Shop Ltd", zone="America/New_York", money="USD")
FILL = (
    """insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at)
    select n, %(at)s, %(at)s, %(at)s from generate_series(1, %(members)s) n""",
    """insert into loyalty.member (programme_id, customer_id, joined_at, booked_at, terms_version, joined_by)
    select p.id, n, %(at)s, %(at)s, '1', 'enrolment'
    from loyalty.programme p, generate_series(1, %(members)s) n""",
    """insert into loyalty.member_tier
        (member_id, programme_id, customer_id, tier_set, tier, since, valid_until)
    select m.id, m.programme_id, m.customer_id, 'club', 2 + m.customer_id %% 3, %(at)s, %(due)s
    from loyalty.member m""",
    """insert into loyalty.transfer (programme_id, currency_id, member_id, customer_id, kind, amount,
        collected, booked_at, occurred_at, rule)
    select m.programme_id, c.id, m.id, m.customer_id, 'earn', 40 * k * (m.customer_id %% 9 + 1),
        40 * k * (m.customer_id %% 9 + 1), %(at)s + make_interval(days => k),
        %(at)s + make_interval(days => k), 'spend'
    from loyalty.member m, loyalty.currency c, generate_series(1, 3) k""",
    "analyze",
)


def fill(tx: Tx, members: int, programme: Programme = CLUB) -> None:
    launch_version(tx, "club", 1, programme, START)
    for statement in FILL:
        tx.execute(statement, {"members": members, "at": START, "due": START + timedelta(days=80)})


def review_all(database: Database, members: int) -> dict[str, float]:
    """Every member's tier ran out: seconds of one review, members a second, and how many were lowered."""
    with database.transaction() as tx:
        fill(tx, members)
    with database.transaction() as tx:
        began = perf_counter()
        lowered = review_tiers(tx, START + timedelta(days=95))
        taken = perf_counter() - began
        looked = int(value(tx, "select count(*) from loyalty.member_tier where valid_until > '2025-04-02'"))
    return {"review_s": taken, "reviewed_per_s": members / taken, "lowered": lowered, "renewed": looked}
