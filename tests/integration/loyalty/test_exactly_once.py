"""Through the real log, with two workers whose connections die under them: every line earns once, and comes back once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import psycopg

from regulars import customers, log, orders
from regulars.db import Database, Tx
from regulars.log import NewEvent, Reader, ReaderRunner, Sequencer, Span
from regulars.loyalty import READER, balance_as_of, check_ledger
from tests.integration.loyalty.books import after, no_tiers, open_club

PEOPLE, ORDERS = 5, 60


def told(name: str, number: int, day: float, **said: object) -> NewEvent:
    return NewEvent(
        message_id=f"{name}-{number}",
        name=name,
        user_id=str(number % PEOPLE),
        occurred_at=after(day),
        properties={"order_id": str(number), "currency": "USD"} | said,
    )


def story() -> tuple[list[NewEvent], dict[str, int]]:
    """What is told of the orders, and what each customer has of it in the end."""
    events, points = [], {str(who): 0 for who in range(PEOPLE)}
    for n in range(1, ORDERS + 1):
        lines = [{"product_id": "tea", "quantity": 4, "total": 40}, {"product_id": "milk", "total": 7}]
        events.append(told("Order Completed", n, n / 10, total=47, products=lines))
        left = 47
        if n % 3 == 0:
            back = [{"product_id": "tea", "quantity": 1}]
            events.append(told("Order Refunded", n, n / 10 + 1, refund_id=f"r{n}", products=back))
            left = 37
        if n % 7 == 0:
            events.append(told("Order Cancelled", n, n / 10 + 2))
            left = 0
        points[str(n % PEOPLE)] += left
    return events, points


class Dying:
    """The reader, whose connection dies once for each step, when its work is done and not yet committed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.died_at: set[int] = set()

    def apply(self, tx: Tx, span: Span) -> None:
        READER.apply(tx, span)
        if span.to not in self.died_at:
            self.died_at.add(span.to)
            with self.database.connect() as own:
                own.execute("select pg_terminate_backend(%s)", (tx.info.backend_pid,))


def work(database: Database, reader: Reader, done: Event) -> None:
    runner = ReaderRunner(database, reader)
    while not done.is_set():
        try:
            runner.run_once()
        except psycopg.OperationalError:
            runner = ReaderRunner(database, reader)


def test_two_workers_that_are_killed_over_and_over_earn_and_take_back_once(database: Database) -> None:
    events, points = story()
    with database.transaction() as tx:
        open_club(tx, no_tiers(valid=None))
        log.append(tx, events)
    sequencer = Sequencer(database, resolve=customers.resolve)
    sequencer.run_once(after(20))
    sequencer.close()
    for reader in (customers.reader(), orders.READER):
        runner = ReaderRunner(database, reader)
        while runner.run_once():
            pass

    done, dying = Event(), Dying(database)
    reader = replace(READER, batch=9, apply=dying.apply)
    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(work, database, reader, done) for _ in range(2)]
        for _ in range(1000):
            if cursor_of(database) >= len(events):
                break
            done.wait(0.03)
        done.set()
        for worker in workers:
            worker.result()

    with database.transaction() as tx:
        ids = dict(
            tx.execute(
                "select user_id, min(customer_id) from log.event where user_id <> '' group by 1"
            ).fetchall()
        )
        got = {
            who: balance_as_of(tx, ids[who], programme="club", booked_at=after(99)).active for who in points
        }
        assert (got, check_ledger(tx)) == (points, [])
    assert len(dying.died_at) > 2


def cursor_of(database: Database) -> int:
    with database.transaction() as tx:
        found = tx.execute("select position from log.reader where name = 'loyalty'").fetchone()
    return int(found[0]) if found else 0
