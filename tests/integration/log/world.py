"""What the tests of the log share: events that number themselves, and an effect in which a repeat would show."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from regulars.db import Database, Tx
from regulars.log import NewEvent, Reader, ReaderRunner, Sequencer, Span, append, status

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
NUMBERS = itertools.count(1)


def event(customer: int = 1, number: int | None = None, **given: object) -> NewEvent:
    """An event of a customer; its number says its place among that customer's."""
    number = next(NUMBERS) if number is None else number
    values: dict[str, object] = {
        "message_id": f"{customer}-{number}",
        "name": "Visited",
        "occurred_at": NOON + timedelta(seconds=number),
        "properties": {"number": number},
        "user_id": str(customer),
    }
    return NewEvent(**{**values, **given})  # type: ignore[arg-type]


def resolve(tx: Tx) -> None:
    tx.execute("update pg_temp.log_batch set customer_id = user_id::bigint where customer_id is null")


def prepare(database: Database) -> None:
    with database.transaction() as tx:
        # No unique key: an event applied twice must be seen, not prevented.
        tx.execute(
            "create table effect (place bigint generated always as identity, reader text, position bigint, "
            "customer_id bigint, number bigint)"
        )


def recorder(name: str, **options: object) -> Reader:
    def apply(tx: Tx, span: Span) -> None:
        tx.execute(
            "insert into effect (reader, position, customer_id, number) "
            "select %s, position, customer_id, (properties ->> 'number')::bigint from log.fact_event "
            "where position > %s and position <= %s order by position",
            (name, span.after, span.to),
        )

    return Reader(name=name, apply=apply, **options)  # type: ignore[arg-type]


def put(database: Database, *events: NewEvent) -> int:
    with database.transaction() as tx:
        return append(tx, events)


def sequence(database: Database, resolve: Callable[[Tx], None] = resolve, **options: int) -> int:
    sequencer = Sequencer(database, resolve, **options)
    try:
        total = 0
        while taken := sequencer.run_once(NOON):
            total += taken
        return total
    finally:
        sequencer.close()


def drain(runner: ReaderRunner) -> int:
    total = 0
    while moved := runner.run_once():
        total += moved
    return total


def fetch(database: Database, query: str, *values: object) -> list[tuple]:
    with database.transaction() as tx:
        return tx.execute(query, values).fetchall()


def applied(database: Database, reader: str = "first") -> list[int]:
    """Positions in the order in which a reader applied them."""
    return [
        p for (p,) in fetch(database, "select position from effect where reader = %s order by place", reader)
    ]


def assert_promise(database: Database, expected: set[tuple[int, int]], *readers: str) -> None:
    """Every event once, gapless, in order per customer and writer, and each reader applied exactly that, in order.

    The first part of a message id is the customer, or the one of several writers of a customer.
    """
    log = fetch(
        database,
        "select position, split_part(message_id, '-', 1)::int, (properties ->> 'number')::int "
        "from log.event order by position",
    )
    assert [row[0] for row in log] == list(range(1, len(expected) + 1))
    told = [(customer, number) for _, customer, number in log]
    assert len(told) == len(set(told))
    assert set(told) == expected
    last: dict[int, int] = {}
    for customer, number in told:
        assert number > last.get(customer, 0)
        last[customer] = number
    for reader in readers:
        assert applied(database, reader) == list(range(1, len(expected) + 1))


def one_status(database: Database, name: str):
    with database.transaction() as tx:
        return next(s for s in status(tx) if s.name == name)
