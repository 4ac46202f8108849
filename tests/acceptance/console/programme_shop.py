"""A shop with one customer, three products, and those who draft and approve programmes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from regulars import access, log, orders
from regulars.access import SYSTEM
from regulars.app import App
from regulars.db import Database, drop_database
from tests.acceptance.console import corner_shop, office
from tests.conftest import TestServer

STAFF = (("Tom Applies", 3), ("Eve Enables", 4))
PRODUCTS = (
    {"product_id": "bread", "name": "Rye bread", "category": "Food > Bakery", "price": 4, "currency": "USD"},
    {"product_id": "card", "name": "Gift card", "category": "Gift cards"},
    {"product_id": "van", "name": "Delivery", "category": "Delivery"},
)


@contextmanager
def open_shop(server: TestServer) -> Iterator[App]:
    dsn = server.clone()
    with Database(dsn) as database:
        app = office.build(database)
        with database.transaction() as tx:
            for name, level in STAFF:
                email = f"{name[:3].lower()}@example.invalid"
                one = access.add_person(
                    tx, SYSTEM, email=email, name=name, level=level, function="loyalty", at=office.AT
                )
                access.give_password(tx, SYSTEM, one.person_id, office.PASSWORD, at=office.AT)
            log.append(tx, list(happened()))
            orders.put_products(tx, [orders.product_of(one) for one in PRODUCTS])
        app.advance(office.AT)
        app.sequencer.close()
        yield app
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def happened() -> Iterator[log.NewEvent]:
    at = office.AT - timedelta(days=9)
    yield corner_shop.identify("u1", at, {"name": "Ada Abbott", "email": "ada.abbott@example.invalid"})
    yield corner_shop.order("u1", at + timedelta(days=1), 2_000, 1)
