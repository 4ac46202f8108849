"""Retention: what is past its period goes at night, everything else stays, and it is told what goes next."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from regulars import analytics, customers, definitions, jobs, privacy
from regulars.access import SYSTEM
from regulars.db import Database
from regulars.kernel import Invalid
from tests.integration.privacy.marked import AT, EMAIL, USER, World, closed, identify, live, order, world

TONIGHT = AT + timedelta(hours=15)


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[World]:
    yield from closed(world(database, tmp_path))


def publish(made: World, days: dict[str, int]) -> None:
    body = privacy.RetentionBody(title="Kept", days=days)
    with made.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, privacy.RETENTION, privacy.RETENTION_KEY, body, at=AT, etag=None)
        definitions.publish(tx, SYSTEM, privacy.RETENTION, privacy.RETENTION_KEY, at=AT)


def test_everything_is_kept_unless_set_and_then_goes_when_its_period_ends(made: World) -> None:
    live(made)
    counted = "select (select count(*) from log.event), (select count(*) from messaging.recorded)"
    before = made.rows(counted)
    with made.database.transaction() as tx:
        assert privacy.night(tx, TONIGHT) == 0
    assert made.rows(counted) == before
    with pytest.raises(Invalid):
        publish(made, {"cookies": 3})

    publish(made, {"messages": 1, "form_answers": 1, "former_traits": 20, "audit_values": 1})
    with made.database.transaction() as tx:
        told = {one.kind: one for one in privacy.standings(tx, privacy.retention(tx).days, AT)}
        assert (told["messages"].rows, told["messages"].due, told["messages"].soon) == (2, 0, 2)
        assert told["messages"].next_at == AT + timedelta(days=1)
        assert told["events"].days is None
        assert told["former_traits"].due > 0
        privacy.night(tx, AT + timedelta(days=2))

    assert made.rows("select count(*) from messaging.recorded") == [(0,)]
    assert made.rows("select count(*) from forms.submission where answers is not null") == [(0,)]
    assert made.rows("select count(*) from audit.value where erased_at is null") == [(0,)]
    assert made.rows("select count(*) from customers.trait_value") == [(0,)]
    assert made.rows("select count(*) from log.event") == [before[0][:1]]
    with made.database.transaction() as tx:
        taken = {one.kind: one.removed for one in privacy.removed_since(tx, AT.date())}
        assert taken["messages"] == 2
        assert customers.get(tx, made.find() or 0).email
    asked = [one.name for one in _jobs(made)]
    assert privacy.NIGHT in asked


def _jobs(made: World) -> list[jobs.Job]:
    with made.database.transaction() as tx:
        return list(jobs.jobs(tx).items)


def test_events_go_from_database_and_lake_and_orders_stay(made: World) -> None:
    old = AT - timedelta(days=400)
    made.tell(identify(USER, old, email=EMAIL), order(USER, "order-1", old))
    analytics.export(made.app.lake)
    publish(made, {"events": 100})

    with made.database.transaction() as tx:
        privacy.night(tx, AT + timedelta(days=101))
    done = analytics.erase(made.app.lake)

    assert done.open == 0
    assert made.rows("select count(*) from log.event") == [(0,)]
    with (
        analytics.open_lake(made.app.lake, ["events"]) as snapshot,
        analytics.open_duckdb(snapshot.relations, snapshot.people) as engine,
    ):
        assert engine.ask("select count(*) as n from events").read_all().to_pylist() == [{"n": 0}]
    assert made.rows("select order_key, total_minor from orders.purchase") == [("order-1", 450)]
    made.tell(order(USER, "order-2", AT))
    assert made.rows("select count(*) from orders.purchase") == [(2,)]


def test_the_inactive_are_erased_and_tables_are_rewritten_once_for_all(made: World) -> None:
    old = AT - timedelta(days=900)
    made.tell(*(identify(f"gone-{n}", old, email=f"gone-{n}@shop.test") for n in range(3)))
    made.tell(identify("here", AT, email="here@shop.test"))
    publish(made, {"inactive_customers": 800})

    with made.database.transaction() as tx:
        privacy.night(tx, TONIGHT)
        waiting = [one.erasure_id for one in privacy.erasures(tx).items]
    for erasure_id in waiting:
        made.app.eraser.run(erasure_id, lambda *_: None)
    with made.database.transaction() as tx:
        assert {one.state for one in privacy.erasures(tx).items} == {"erased"}
    told = made.app.eraser.night(made.database, {}, _Quiet())  # type: ignore[arg-type]

    assert told["left"] == 0
    with made.database.transaction() as tx:
        assert {one.state for one in privacy.erasures(tx).items} == {"done"}
        assert customers.count(tx) == 1
        assert customers.get(tx, made.find("here") or 0).email == "here@shop.test"


class _Quiet:
    def update(self, *_: object) -> None:
        return None
