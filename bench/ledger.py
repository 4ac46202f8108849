"""Single redemptions in the server beside TPC-B on the same server, and what else the ledger is asked for.

`ratio`: the function that spends points, called by pgbench prepared with 8 clients, over pgbench's own TPC-B
(scale 20), in turns on one server. `processor_ratio`: the same by what both sides' processors took for one, so that
waiting and what else the machine does do not count. `hot_ratio`: everybody in one programme over everybody spread over 20. The
API's redemptions go through the web process with 4 clients. Full size: a tier review of a million members, and
a statement of 10,000 entries.
"""

# ruff: noqa: E501 - statements keep their lines

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import psycopg

from _accruing import accrual_orders_per_s
from _coding import codes_s
from _processor import processor_s
from _reviewing import review_all
from ingest import free_port, served
from previewing import preview_p99_ms
from regulars import access, loyalty
from regulars.db import Database, Server, create_database, drop_database, migrate, start
from regulars.kernel import public_id
from regulars.loyalty import Programme, expire_due, launch_version, points_club, spend, statement

AT = datetime(2025, 6, 1, tzinfo=UTC)
MEMBERS, LOTS, CLIENTS, ROUNDS = 20_000, 3, 8, 3
SECONDS = {"small": 6, "full": 20}
SPREAD = 20
WARMING = 3

# One redemption, as the facade asks for it: the id, the fields, the instant, all at once.
SPEND = """
\\set who random(1, {members})
\\set amount random(1, 5)
select outcome from loyalty.post_spend({programme}, {currency}, :who::bigint, 'spend', :amount::bigint,
    '{prefix}-' || :client_id::text || '-' || random(), '{at}', '{at}', null, null,
    jsonb_build_object('kind', 'spend', 'customer', :who::bigint, 'amount', :amount::bigint, 'currency', 'points'));
"""
PEOPLE = """
insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at)
select n, %(at)s, %(at)s, %(at)s from generate_series(1, %(members)s) n
"""
FILL = (
    """insert into loyalty.member (programme_id, customer_id, joined_at, booked_at, terms_version, joined_by)
    select p.id, n, %(at)s, %(at)s, '1', 'enrolment'
    from generate_series(1, %(members)s) n
    join lateral (select id, row_number() over (order by id) - 1 as turn, count(*) over () as programmes
        from loyalty.programme) p on n %% p.programmes = p.turn""",
    """insert into loyalty.account (programme_id, currency_id, kind, member_id, customer_id, balance)
    select m.programme_id, c.id, k.kind, m.id, m.customer_id, case k.kind when 'active' then %(lots)s * 1000000 else 0 end
    from loyalty.member m join loyalty.currency c on c.programme_id = m.programme_id
    cross join unnest(array['pending', 'active', 'debt']) k (kind)""",
    """insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at, active_from,
        expires_at, amount, remaining, pending)
    select m.programme_id, c.id, m.id, m.customer_id, 0, %(at)s, %(at)s, %(at)s + make_interval(days => 30 * k), 1000000,
        1000000, false
    from loyalty.member m join loyalty.currency c on c.programme_id = m.programme_id
    cross join generate_series(1, %(lots)s) k""",
)


def club() -> Programme:
    return points_club(name="Club", legal_entity="Shop", zone="UTC", money="EUR")


def filled(
    database: Database, programmes: int, *, members: int = MEMBERS, lots: int = LOTS, at: datetime = AT
) -> None:
    """Members with points that nobody earned: what is measured asks for no more."""
    with database.transaction() as tx:
        for number in range(programmes):
            launch_version(tx, f"club-{number}", 1, club(), at - timedelta(days=1))
        tx.execute(PEOPLE, {"at": at, "members": members})
        for statement_ in FILL:
            tx.execute(statement_, {"at": at, "members": members, "lots": lots})
    with psycopg.connect(database.dsn, autocommit=True) as plain:
        plain.execute("vacuum analyze")
        plain.execute("checkpoint")


@contextmanager
def fresh(server: Server, name: str) -> Iterator[Database]:
    create_database(server.dsn("postgres"), name)
    with Database(server.dsn(name), connections_max=16) as database:
        migrate(database)
        yield database
    drop_database(server.dsn("postgres"), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    per_s: float
    processor_us: float  # Of server and client, for one transaction.


def pgbench(server: Server, database: str, *options: str) -> Pace:
    given = psycopg.conninfo.conninfo_to_dict(server.dsn(database))
    environment = os.environ | {
        "PGHOST": str(given["host"]), "PGPORT": str(given["port"]), "PGUSER": str(given["user"]),
        "PGPASSWORD": str(given.get("password", "")), "PGDATABASE": database,
    }  # fmt: skip
    before = processor_s(server)
    done = subprocess.run(
        [server.binaries / "pgbench", *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    sleep(0.2)  # The connections end after their client.
    taken = processor_s(server) - before
    number, per_s = (
        float(one.group(1)) if one else 0.0
        for one in (re.search(rf"{name} ([\d.]+)", done.stdout) for name in ("processed:", "tps ="))
    )
    return Pace(per_s=per_s, processor_us=taken / max(1.0, number) * 1e6)


def redeeming(server: Server, database: str, programmes: int, seconds: int, prefix: str) -> Pace:
    """Redemptions; the members are spread evenly over the programmes."""
    script = SPEND.format(
        members=MEMBERS, programme=f"(:who::bigint % {programmes} + 1)::int", currency=f"(:who::bigint % {programmes} + 1)::int",
        prefix=prefix, at=AT.isoformat(),
    )  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script.replace("\n    ", " "))
        file.flush()
        return pgbench(
            server,
            database,
            "-n",
            "-M",
            "prepared",
            "-c",
            str(CLIENTS),
            "-j",
            "2",
            "-T",
            str(seconds),
            "-f",
            file.name,
        )


def against_tpcb(server: Server, seconds: int) -> dict[str, float]:
    """In turns, so that what else the machine does falls on each alike; medians of three."""
    with fresh(server, "hot") as hot, fresh(server, "spread") as wide, fresh(server, "tpcb"):
        filled(hot, 1)
        filled(wide, SPREAD)
        pgbench(server, "tpcb", "-i", "-q", "-s", "20")
        # Nothing is counted while pages are written whole for the first time since the checkpoint: TPC-B's were made after it.
        redeeming(server, "hot", 1, WARMING, "warm")
        redeeming(server, "spread", SPREAD, WARMING, "warm")
        found: dict[str, list[Pace]] = {"hot": [], "spread": [], "tpcb": []}
        for turn in range(ROUNDS):
            options = ("-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds))
            found["tpcb"].append(pgbench(server, "tpcb", *options))
            found["hot"].append(redeeming(server, "hot", 1, seconds, f"h{turn}"))
            found["spread"].append(redeeming(server, "spread", SPREAD, seconds, f"s{turn}"))
        with hot.transaction() as tx:
            # Nobody earned these points: only the accounts do not follow from the entries.
            assert not [
                one for one in loyalty.check_ledger(tx) if one.code in ("loyalty.transfer", "loyalty.lot")
            ]
    tpcb, one, many = (median(pace.per_s for pace in found[name]) for name in ("tpcb", "hot", "spread"))
    theirs, ours = (median(pace.processor_us for pace in found[name]) for name in ("tpcb", "hot"))
    return {
        "ratio": one / tpcb,
        "processor_ratio": theirs / ours,
        "redemptions_per_s": one,
        "tpcb_per_s": tpcb,
        "redemption_processor_us": ours,
        "tpcb_processor_us": theirs,
        "hot_ratio": one / many,
    }


def expiry_lots_per_s(server: Server, members: int) -> float:
    """Every member's lots end in the same hour, and one run of the job takes them."""
    with fresh(server, "expiry") as database:
        filled(database, 1, members=members)
        with database.transaction() as tx:
            began = perf_counter()
            moved = expire_due(tx, AT + timedelta(days=400))
            assert moved >= members, moved
        return members * LOTS / (perf_counter() - began)


def over_http(server: Server, home: str, seconds: float) -> dict[str, float]:
    """Redemptions over the API by four clients, one request at a time each."""
    with fresh(server, "http") as database:
        filled(database, 1, members=2_000, at=datetime.now(UTC))
        with database.transaction() as tx:
            now = datetime.now(UTC)
            person = access.add_person(
                tx,
                access.SYSTEM,
                name="Bench",
                email="bench@example.invalid",
                level=5,
                function="engineering",
                at=now,
            )
            key = access.make_key(
                tx, person.actor("console"), name="Till", level=5, function="loyalty", at=now
            ).text
        port = free_port()
        given = {
            "REGULARS_DATABASE_URL": server.dsn("http"),
            "REGULARS_PORT": str(port),
            "REGULARS_HOME": home,
        }
        with served(["-m", "regulars", "web"], port, **given), ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: redeem(port, key, n, 1.0), range(4)))
            taken = [
                one
                for each in pool.map(lambda n: redeem(port, key, 10 + n, seconds), range(4))
                for one in each
            ]
    return {"http_per_s": len(taken) / seconds, "http_p99_ms": sorted(taken)[int(len(taken) * 0.99)] * 1000}


def redeem(port: int, key: str, client: int, seconds: float) -> list[float]:
    """Seconds of each answer."""
    taken: list[float] = []
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    ends = perf_counter() + seconds
    for n in count():
        began = perf_counter()
        if began >= ends:
            return taken
        who = public_id("cus", (client * 499 + n * 7) % 2_000 + 1)
        body = json.dumps({"amount": 1, "id": f"till-{client}-{n}"})
        connection.request("POST", f"/api/v1/programmes/club-0/members/{who}/spendings", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status == 200, told
        taken.append(perf_counter() - began)
    return taken


def statement_s(server: Server, entries: int = 10_000) -> float:
    """A whole statement of a member with so many lines, read as one page."""
    with fresh(server, "lines") as database:
        filled(database, 1, members=10)
        for first in range(0, entries, 100):
            # Not all in one transaction: it would pass every version of the rows that it wrote.
            with database.transaction() as tx:
                for n in range(first, first + 100):
                    spend(tx, "club-0", 1, 1, key=f"line-{n}", at=AT + timedelta(seconds=n))
        with database.transaction() as tx:
            tx.execute("analyze")
            began = perf_counter()
            found = statement(tx, 1, programme="club-0", limit=entries)
            assert len(found.items) == entries
            return perf_counter() - began


def measured(server: Server, home: str, size: str) -> Iterator[dict[str, float]]:
    yield against_tpcb(server, SECONDS[size])
    yield over_http(server, home, SECONDS[size])
    yield {"expiry_lots_per_s": expiry_lots_per_s(server, MEMBERS)}
    with fresh(server, "accrual") as database:
        bulk, single = accrual_orders_per_s(database, orders=20_000 if size == "small" else 100_000)
        yield {"accrual_orders_per_s": bulk, "accrual_single_per_s": single, "accrual_ratio": bulk / single}
    with fresh(server, "codes") as database:
        yield {"codes_s": codes_s(database)}
    yield {
        "preview_p99_ms": preview_p99_ms(),
        "statement_s": statement_s(server, 1_000 if size == "small" else 10_000),
    }
    if size == "full":
        with fresh(server, "review") as database:
            yield review_all(database, 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SECONDS), default="small")
    size = parser.parse_args().size
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder, start(Path(folder)) as server:
        for some in measured(server, folder, size):
            figures |= some
            print(
                " ".join(f"{name}={figure:.3f}" for name, figure in some.items()), file=sys.stderr, flush=True
            )
    print(json.dumps({"name": "ledger", **{name: round(figure, 3) for name, figure in figures.items()}}))


if __name__ == "__main__":
    main()
