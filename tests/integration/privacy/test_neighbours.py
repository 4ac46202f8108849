"""An erasure beside others: whoever shares an address or a device keeps theirs, and no byte is kept for a writer."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from regulars import connections, log, privacy
from regulars.db import Database
from regulars.imports import erasing
from regulars.privacy import rewriting
from tests.integration.privacy.marked import AT, USER, World, closed, event, identify, world

HOME_ADDRESS = "family@shop.test"


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[World]:
    yield from closed(world(database, tmp_path))


def guest(name: str, address: str) -> log.NewEvent:
    told = {"email": address}
    return event(
        None, "identify", type="identify", anonymous_id=name, message_id=f"g-{name}", properties=told
    )


def standing(made: World, anonymous_id: str) -> list[tuple]:  # type: ignore[type-arg]
    return made.rows(
        "select customer.email from customers.identifier inner join customers.customer using (customer_id) "
        f"where value = '{anonymous_id}' and customer.erased_at is null"
    )


def test_a_nameless_guest_goes_with_the_only_owner_of_the_address_and_stays_with_a_shared_one(
    made: World,
) -> None:
    made.tell(
        identify(USER, AT - timedelta(days=2), email=HOME_ADDRESS),
        identify("partner", AT - timedelta(days=2), email=HOME_ADDRESS),
        identify("alone", AT - timedelta(days=2), email="alone@shop.test"),
        guest("guest-of-two", HOME_ADDRESS),
        guest("guest-of-one", "alone@shop.test"),
    )

    made.erase()
    made.erase("alone")

    assert standing(made, "guest-of-two") == [(HOME_ADDRESS,)]
    assert standing(made, "guest-of-one") == []
    assert made.find("partner") is not None


def test_what_waits_of_another_on_the_same_device_is_not_dropped(made: World) -> None:
    waiting = [
        event("other", "Seen by other", anonymous_id="tablet"),
        event(None, "Seen by nobody", anonymous_id="tablet"),
    ]
    with made.database.transaction() as tx:
        log.append(tx, waiting)
        dropped = log.drop_waiting(tx, [("anonymous_id", "tablet")], AT + timedelta(days=1))

    assert dropped == 1
    assert made.rows("select name from log.inbox") == [("Seen by other",)]


def test_a_table_is_not_rewritten_while_somebody_writes_since_before(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "WAIT_S", 0.3)
    with made.database.connect() as writer:
        writer.execute(
            "select pg_current_xact_id()"
        )  # As who holds a lease of the lake: it looks at nothing.
        while_writing = rewriting.rewrite(made.database, ["customers.claim_problem"])
        writer.rollback()

    assert while_writing == ["customers.claim_problem"]
    assert rewriting.rewrite(made.database, ["customers.claim_problem"]) == []


def test_a_restore_leaves_alone_who_took_the_identifier_after_an_erasure_that_it_knows(made: World) -> None:
    made.tell(identify(USER, AT - timedelta(days=2), email="zq@shop.test"))
    made.erase()
    made.tell(identify(USER, AT + timedelta(minutes=5)))
    with made.database.transaction() as tx:
        tx.execute("update customers.customer set created_at = %s", [AT - timedelta(days=9)])
        asked = privacy.replay_erasures(tx, made.app.settings.erasures, at=AT + timedelta(minutes=9))

    assert asked == 0
    assert made.find() is not None


def test_digits_of_an_address_are_no_number_of_somebody_else(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    one = erasing.File(
        import_id=1,
        folder="",
        name="customers.csv",
        state="ready",
        columns={"id": "user_id", "mail": "email", "tel": "phone"},
        names=["id", "mail", "tel"],
    )
    told = [
        (1, "1234567", "max@shop.test", ""),
        (2, "8", "max1234567@shop.test", ""),
        (3, "9", "eva@shop.test", "1 234-567"),
        (4, "10", "eva7@shop.test", ""),
    ]
    with duckdb.connect() as db:
        db.execute('create table told ("row" bigint, c0 text, c1 text, c2 text)')
        db.executemany("insert into told values (?, ?, ?, ?)", told)
        db.execute(f"copy told to '{file}' (format parquet)")
        assert erasing._rows_of(db, file, one, ["1234567"]) == [1, 3]
        assert erasing._rows_of(db, file, one, ["7", "max@shop.test"]) == [1]


def test_a_copy_holds_of_what_was_refused_and_received_what_is_the_persons_alone(made: World) -> None:
    batch = (
        '{"batch": [{"userId": "zq-user-1", "traits": {"email": "ann@shop.test", "friend": "bob@shop.test"}}, '
        '{"userId": "eva-user-2", "traits": {"email": "eva@shop.test"}}]}'
    )
    with made.database.transaction() as tx:
        refused = log.NewReject(source="shop", stage="intake", code="x", reason="no", payload=batch)
        log.refuse(tx, [refused])
        tx.execute("insert into connections.sample values ('till', 'batch', %s, '{}', %s)", [AT, batch])
        names = ["ann@shop.test", "zq-user-1"]
        told = [*log.held(tx, [], names), *connections.held(tx, [], names)]

    payloads = [row["payload"] for title, rows in told if title != "Events" for row in rows]
    assert len(payloads) == 2
    for payload in payloads:
        assert "ann@shop.test" in payload and "zq-user-1" in payload
        assert "eva" not in payload and "bob@" not in payload
