"""A shop counter for the tests: events in, orders out, on a database of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg import sql

from regulars import customers, log, orders
from regulars.db import Database, Tx, value, values

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def told(
    name: str,
    /,
    *,
    minutes: float = 0,
    source: str = "server",
    user: str | None = "7",
    anonymous: str | None = None,
    message: str = "",
    history: bool = False,
    context: dict[str, Any] | None = None,
    **properties: Any,
) -> log.NewEvent:
    said = {"order_id": "o-1"} | properties if name.startswith("Order") else properties
    return log.NewEvent(
        message_id=message
        or sha256(repr((name, source, minutes, sorted(said.items()))).encode()).hexdigest(),
        name=name,
        occurred_at=AT + timedelta(minutes=minutes),
        properties=said,
        user_id=user,
        anonymous_id=anonymous,
        source=source,
        history=history,
        context=context,
    )


def line(key: str, total: float, quantity: float = 1, **more: Any) -> dict[str, Any]:
    return {"product_id": key, "quantity": quantity, "total": total, **more}


@dataclass
class Counter:
    database: Database

    def __post_init__(self) -> None:
        self.sequencer = log.Sequencer(self.database, customers.resolve)
        readers = (customers.reader((orders.follow,)), orders.READER)
        self.runners = [log.ReaderRunner(self.database, reader) for reader in readers]

    def tell(self, *events: log.NewEvent) -> None:
        with self.database.transaction() as tx:
            log.append(tx, events)
        log.catch_up(self.database, self.sequencer, self.runners, AT)

    def tell_each(self, events: Iterable[log.NewEvent]) -> None:
        for event in events:
            self.tell(event)

    def order(self, key: str = "o-1") -> orders.Order:
        with self.database.transaction() as tx:
            order_id = orders.find_order(tx, key)
            assert order_id is not None, f"There is no order {key}."
            return orders.get_order(tx, order_id)

    def lines(self, key: str = "o-1") -> list[orders.Line]:
        order = self.order(key)
        with self.database.transaction() as tx:
            return orders.order_lines(tx, order.order_id)

    def findings(self, key: str = "o-1") -> list[str]:
        order = self.order(key)
        with self.database.transaction() as tx:
            return [one.code for one in orders.order_findings(tx, order.order_id)]

    def refunds(self, key: str = "o-1") -> list[orders.Refund]:
        order = self.order(key)
        with self.database.transaction() as tx:
            return orders.refunds(tx, order.order_id)

    def totals(self) -> list[tuple[int, int, int]]:
        """Customer, orders and refunds of each that has any."""
        query = sql.SQL(
            "select array[customer_id, orders, refunds] from orders.fact_customer_total order by customer_id"
        )
        with self.database.transaction() as tx:
            return [tuple(row) for row in values(tx, query)]

    def set_aside(self) -> list[str]:
        with self.database.transaction() as tx:
            return [one.reason for one in log.set_aside(tx)]


def customer_of(tx: Tx, kind: str, identifier: str) -> int:
    found = customers.find(tx, kind, identifier)
    assert found is not None
    return found


def clean(database: Database, tables: Sequence[str]) -> None:
    with database.transaction() as tx:
        tx.execute(f"truncate {', '.join(tables)} restart identity cascade".encode())


def scalar(database: Database, query: str, **params: object) -> Any:
    with database.transaction() as tx:
        return value(tx, sql.SQL(query), **params)
