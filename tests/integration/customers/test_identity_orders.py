"""People merge and split by hand and by rule while their orders arrive; every order is of its person."""

import threading
from collections.abc import Iterator

import pytest
from psycopg import sql

from regulars import customers, log, orders
from regulars.access import Actor
from regulars.customers import Deciding
from regulars.db import Database, values
from tests.integration.customers.people_life import AT, People

HAND = Actor(person_id=None, name="Ann", level=3, function="service_agent", scope=None, via="console")
FOLLOW = (orders.follow,)
ROUNDS, USERS = 10, 6
STRAY = sql.SQL("""
select bought.order_key
from orders.fact_order as bought
inner join customers.fact_person as person on person.customer_id = bought.customer_id
inner join log.fact_event as event on event.properties ->> 'order_id' = bought.order_key
inner join customers.fact_person as buyer on buyer.customer_id = event.customer_id
where bought.customer_id <> person.person_id or buyer.person_id <> bought.customer_id
""")


@pytest.fixture
def people(database: Database) -> Iterator[People]:
    made = People(database, FOLLOW)
    yield made
    made.close()


def test_every_order_is_of_its_person_whatever_moves_meanwhile(people: People) -> None:
    people.tell(*(people.event(f"u{n}") for n in range(USERS)))
    over = threading.Event()
    faults: list[Exception] = []

    def read_orders() -> None:
        runner = log.ReaderRunner(people.database, orders.READER)
        while not over.is_set() or runner.run_once():
            runner.run_once()

    def decide() -> None:
        by = Deciding(actor=HAND, at=AT, follow=FOLLOW)
        for n in range(ROUNDS):
            with people.database.transaction() as tx:
                made = customers.merge(tx, by, people.atom(f"u{n % 3}"), people.atom(f"u{3 + n % 3}"))
            with people.database.transaction() as tx:
                customers.undo(tx, by, made.deed_id)
        with people.database.transaction() as tx:
            customers.merge(tx, by, people.atom("u0"), people.atom("u3"))

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except Exception as fault:  # noqa: BLE001 - it is what the test looks at
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in (read_orders, decide)]
    for thread in threads:
        thread.start()
    for turn in range(ROUNDS):
        bought = {"currency": "USD", "total": 10}
        people.tell(
            *(people.event(anonymous_id=f"a{turn}-{n}", minute=turn) for n in range(2)),
            *(people.event(f"u{n}", minute=turn, **named(f"o{turn}-{n}", bought)) for n in range(USERS)),
            people.event(anonymous_id=f"a{turn}-0", minute=turn, **named(f"o{turn}-guest", bought)),
            people.event("u1", f"a{turn}-0", minute=turn + 1),
        )
    threads[1].join(120)
    people.catch_up()
    over.set()
    threads[0].join(120)

    assert faults == []
    with people.database.transaction() as tx:
        assert values(tx, sql.SQL("select count(*) from orders.fact_order")) == [ROUNDS * (USERS + 1)]
        assert values(tx, STRAY) == []
        assert values(tx, sql.SQL("select count(*) from log.set_aside")) == [0]
    assert frozenset({"u0", "u3"}) in people.parts()


def named(key: str, bought: dict[str, object]) -> dict[str, object]:
    return {"name": "Order Completed", "properties": {"order_id": key, **bought}}
