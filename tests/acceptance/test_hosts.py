"""Two web and two worker hosts on one PostgreSQL, one of each killed under load: nothing lost, nothing doubled."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from segment.analytics.client import Client

from regulars import __version__, access, jobs
from regulars.cli.hosts import running_hosts
from regulars.cli.presence import shares
from regulars.db import Database
from regulars.settings import Settings
from regulars.wiring import REPLAY
from tests.acceptance.cli.command import Here, free_port, until
from tests.acceptance.intake.test_ends import Sending
from tests.integration.campaigns.test_campaign import launch

EACH = 300  # Events of each published client.
IMPORTED = 1_000
ADDRESSED = 120
JOBS = 30
# What a test may not see from outside: how often each timer ran for the same instant.
NOTE_TIMERS = """
create schema seen;
create table seen.ran (name text, ran_for timestamptz);
create function seen.note() returns trigger language plpgsql as $$
begin
    insert into seen.ran values (new.name, new.ran_for);
    return new;
end $$;
create trigger note after update of ran_for on jobs.timer
for each row when (old.ran_for is distinct from new.ran_for) execute function seen.note();
"""


@dataclass
class Hosts:
    """Processes as on several machines: a home each, and only what the how-to says in common."""

    dsn: str
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def place(self, name: str, port: int = 0) -> Here:
        more = {
            "REGULARS_DATABASE_URL": self.dsn,
            "REGULARS_FILES": str(self.folder / "shared"),
            "REGULARS_LAKE": str(self.folder / "lake"),
            "REGULARS_SECRET_KEY": "the same everywhere",
            "REGULARS_TRACKING_RATE": "1000000",
        }
        return Here(home=self.folder / name, port=port or free_port(), more=more)

    def start(self, kind: str, name: str, port: int = 0) -> Here:
        place = self.place(name, port)
        argv = [sys.executable, "-m", "regulars", kind]
        with (self.folder / f"{kind}-{name}.log").open("ab") as log:
            self.running[f"{kind} {name}"] = subprocess.Popen(
                argv, env=place.environment, stdout=log, stderr=log
            )
        return place

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    @contextmanager
    def up(self) -> Iterator["Hosts"]:
        try:
            yield self
        finally:
            for process in self.running.values():
                process.terminate()
            for process in self.running.values():
                process.wait(30)


@dataclass(kw_only=True)
class Named(Sending):
    """Clients of one host, whose events no other host's have the ids of."""

    name: str

    def send(self, client: httpx.Client, ids: list[str]) -> int:
        time.sleep(0.05)  # The machine is to be busy with what is tested, not with sending.
        return super().send(client, [f"{self.name}-{one}" for one in ids])


@pytest.fixture
def keys(database: Database) -> tuple[str, str]:
    """A tracking key and an API key."""
    now = datetime.now(UTC)
    with database.transaction() as tx:
        eve = access.add_person(
            tx, access.SYSTEM, email="e@shop.example", name="Eve", level=7, function="engineering", at=now
        ).actor("console")
        tracking = access.make_key(tx, eve, name="Shop", kind="tracking", at=now)
        program = access.make_key(tx, eve, name="Program", level=7, function="engineering", at=now)
        return tracking.text, program.text


def asked(database: Database, query: str, **params: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as tx:
        return tx.execute(query, params).fetchall()  # type: ignore[arg-type]


def tell(client: Client, name: str) -> None:
    for number in range(EACH):
        order = {"order_id": f"{name}-{number}", "currency": "USD", "total": 10, "products": []}
        client.track(f"{name}-{number % 50}", "Order Completed", order)
    client.shutdown()  # Which sends what waits, again and again until it is taken.


def begin_import(first: Here, second: Here, key: str) -> str:
    """Uploaded through one host, mapped and begun through another; gives where it stands."""
    headers = {"Authorization": f"Bearer {key}"}
    rows = "".join(f"imp-{n},imp-{n}@shop.example,Person {n}\n" for n in range(IMPORTED))
    with httpx.Client(headers=headers, timeout=30) as client:
        made = client.post(
            f"{first.url}/api/v1/imports?name=people.csv",
            content=f"Customer ID,E-Mail,Name\n{rows}",
            headers={"Content-Type": "application/octet-stream"},
        )
        assert made.status_code == 201, made.text
        here = f"{second.url}/api/v1/imports/{made.json()['id']}"
        mapping = client.get(f"{here}/suggestion").json()["mapping"]
        assert client.put(f"{here}/mapping", json={"mapping": mapping}).status_code == 200
        for step, state in (("check", "checked"), ("run", "done")):
            asked_for = client.post(f"{here}/{step}")
            assert asked_for.status_code < 300, asked_for.text
            until(lambda state=state: client.get(here).json()["state"] == state, 90)
    return here


def make_due(database: Database) -> int:
    """Midnight falls due for every timer; gives how many there are."""
    with database.transaction() as tx:
        return tx.execute("update jobs.timer set due_at = date_trunc('day', now())").rowcount


@pytest.mark.timeout(300)
def test_one_web_and_one_worker_of_two_each_are_killed_and_nothing_is_lost_or_doubled(
    database: Database, keys: tuple[str, str], tmp_path: Path
) -> None:
    tracking, program = keys
    now = datetime.now(UTC)
    launch(database, ADDRESSED, at=now, held_out_percent=10.0)
    with psycopg.connect(database.dsn) as tx:
        tx.execute(NOTE_TIMERS)
    with Hosts(dsn=database.dsn, folder=tmp_path).up() as hosts:
        hosts.start("worker", "a")
        hosts.start("worker", "b")
        first, second = hosts.start("web", "a"), hosts.start("web", "b")
        first.wait_until_ready()
        second.wait_until_ready()
        sending = [Named(place.url, tracking, name=name) for place, name in ((first, "a"), (second, "b"))]
        clients = [
            Client(tracking, host=place.url, upload_interval=0.1, max_retries=30, timeout=5)
            for place in (first, second)
        ]
        tellers = [
            Thread(target=tell, args=(client, name)) for client, name in zip(clients, "ab", strict=True)
        ]
        with sending[0].at_work(), sending[1].at_work():
            until(lambda: asked(database, "select count(*) from jobs.timer")[0][0] > 5, 60)
            timers = make_due(database)
            with database.transaction() as tx:
                args = {"source": None, "stage": None, "code": None, "by": "a test"}
                for _ in range(JOBS):
                    jobs.defer(tx, REPLAY, args, requested_by="a test")
            begin_import(first, second, program)
            for teller in tellers:
                teller.start()
            until(lambda: len(sending[0].accepted) > 300, 60)

            hosts.kill("web a")
            hosts.kill("worker a")
            hosts.start("worker", "c")
            hosts.start("web", "a", first.port)
            for teller in tellers:
                teller.join(120)
        until(lambda: done(database), 90)
        examined = hosts.place("d").run("doctor")
        migrate_beyond(database)  # As an upgrade does while the old processes run.
        with httpx.Client(timeout=20) as client:
            assert sending[1].send(client, ["after the upgrade"]) == 200
        refused = hosts.place("e").run("worker")

    check_events(database, {one for some in sending for one in some.accepted})
    check_due(database, timers)
    assert "problem  " not in examined.out, examined.out
    assert "worker on 1 host" in examined.out
    assert refused.code == 78
    assert "newer than the code" in refused.err


def check_events(database: Database, accepted: set[str]) -> None:
    """Each event that was answered with 200 once, each order of the clients once, each imported person once."""
    kept = Counter(row[0] for row in asked(database, "select message_id from log.event where name = 'x'"))
    waiting = {row[0] for row in asked(database, "select message_id from log.inbox")}
    assert accepted <= kept.keys() | waiting
    assert set(kept.values()) == {1}
    orders = asked(database, "select order_key, total_minor from orders.purchase")
    assert Counter(orders) == Counter((f"{name}-{n}", 1000) for name in "ab" for n in range(EACH))
    [(imported,)] = asked(
        database, "select count(*) from customers.identifier where kind = 'user_id' and value like 'imp-%%'"
    )
    assert imported == IMPORTED


def check_due(database: Database, timers: int) -> None:
    """Each timer once, each message once, each job done."""
    ran = Counter(asked(database, "select name, ran_for from seen.ran"))
    assert set(ran.values()) == {1}
    assert len(ran) == timers
    sends = asked(database, "select arm, state, count(*) from messaging.send group by 1, 2 order by 1")
    assert sum(row[2] for row in sends) == ADDRESSED
    assert {row[:2] for row in sends} == {("treated", "sent"), ("held_out", "held_out")}, sends
    recorded = asked(database, "select send_id, count(*) from messaging.recorded group by 1")
    assert {count for _, count in recorded} == {1}
    assert len(recorded) == next(row[2] for row in sends if row[0] == "treated")
    assert set(asked(database, "select state from jobs.job")) == {("done",)}


def migrate_beyond(database: Database) -> None:
    with psycopg.connect(database.dsn) as tx:
        tx.execute(
            "insert into regulars.migration (number, name, checksum) values (9999, 'of_tomorrow', 'x')"
        )


def done(database: Database) -> bool:
    """The log is read to its end, no message and no job waits."""
    return not any(
        asked(database, query)[0][0]
        for query in (
            "select count(*) from log.inbox",
            "select count(*) from log.reader where position < (select max(position) from log.event)",
            "select count(*) from messaging.send where state not in ('sent', 'held_out')",
            "select count(*) from jobs.job where state <> 'done'",
        )
    )


def test_doctor_says_what_hosts_do_not_share(database: Database, tmp_path: Path) -> None:
    alike = Settings(home=tmp_path / "a", files=tmp_path / "files", secret_key="one")  # type: ignore[arg-type]
    other = Settings(home=tmp_path / "b", secret_key="two")  # type: ignore[arg-type]
    with database.transaction() as tx:
        assert [(one.name, one.found) for one in running_hosts(tx)] == [("processes", "none runs now")]
        for number, (kind, settings) in enumerate((("web", alike), ("worker", alike))):
            announce(tx, number, kind, settings)
        agreed = list(running_hosts(tx))
        announce(tx, 3, "worker", other, version="9.9.9")
        found = {one.name: one for one in running_hosts(tx)}

    assert (agreed[0].state, agreed[0].found) == ("ok", "1 web and 1 worker on 2 hosts")
    assert {name for name, one in found.items() if one.state == "problem"} == {
        "files",
        "drops",
        "key",
        "lake",
    }
    assert "REGULARS_FILES" in found["files"].do
    assert "worker 3 on host-3 (9.9.9)" in found["versions"].found


def announce(tx: Any, number: int, kind: str, settings: Settings, version: str | None = None) -> None:
    jobs.announce(
        tx,
        UUID(int=number),
        kind=kind,
        host=f"host-{number}",
        pid=number,
        version=version or __version__,
        shares=shares(settings),
    )
