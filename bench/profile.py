"""A customer's page with 10,000 events behind it, beside hand-written SQL that reads the same rows.

Then the search by any identifier among many customers. Ours: what the page's handler reads and works out,
without drawing. Reference: one connection that selects the same events, traits, groups, consents, orders
and stays by hand. The two alternate. Small: 100,000 customers; full: 1,000,000.
"""

# ruff: noqa: A005 - named after the figure it measures; nothing here imports the library's profiler

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg

from regulars import access, customers, insights, log, segments
from regulars.app import App, assemble
from regulars.console.customer_around import consent_lines, in_groups, order_rows, stage_history
from regulars.console.customer_past import PastAsked, past_of
from regulars.console.customer_traits import trait_lines
from regulars.console.landmarks import landmarks
from regulars.db import Database, Tx, create_database, migrate, run
from regulars.db.launcher import start
from regulars.settings import read_settings

SIZES = {"small": (100_000, 40), "full": (1_000_000, 200)}  # Customers, and rounds.
EVENTS = 10_000
AT = datetime(2025, 3, 1, tzinfo=UTC)
NAMES = ("Product Viewed", "Product Added", "Order Completed", "identify", "Email Opened", "Store Visited")
STATEMENTS = """
select position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, properties,
    context, history, schema_version, hops
from log.event where customer_id = %(id)s order by occurred_at desc, position desc limit 41;
select name, value, occurred_at, source, origin from customers.standing_trait where customer_id = %(id)s;
select kind, value from customers.identifier where customer_id = %(id)s;
select c.type, c.key, c.name
from customers.circle_member m join customers.circle c using (group_id)
where m.atom_id = %(id)s and m.belongs;
select channel, topic, given, occurred_at from customers.consent where atom_id = %(id)s;
select * from orders.fact_order where customer_id = %(id)s order by occurred_at desc limit 6;
select * from orders.fact_customer_total where customer_id = %(id)s;
select * from segments.fact_membership where customer_id = %(id)s;
select * from customers.customer where customer_id = %(id)s
"""
BY_HAND = tuple(STATEMENTS.split(";"))
MANY = """
insert into customers.customer (customer_id, name, name_folded, email, email_folded, phone, traits,
                                created_at, first_seen_at, last_seen_at)
select n, 'Ann Nr' || n, 'ann nr' || n, 'ann' || n || '@x.invalid', 'ann' || n || '@x.invalid',
       '+4790' || lpad(n::text, 7, '0'), '{}', %(at)s, %(at)s, %(at)s
from generate_series(1000, %(to)s) as n
"""
IDENTIFIERS = """
insert into customers.identifier (kind, value, customer_id)
select 'user_id', 'u-' || n, n from generate_series(1000, %(to)s) as n
"""
TERMS = """
insert into customers.search_term (customer_id, term)
select n, term from generate_series(1000, %(to)s) as n
cross join lateral (values ('ann'), ('nr' || n), ('card-' || n * 7)) as found (term)
"""
CLAIMS = """
insert into customers.claim (kind, value, atom_id, verified, source, first_at, last_at)
select kind, value, n, true, 'shop', %(at)s, %(at)s from generate_series(1000, %(to)s) as n
cross join lateral (values ('email', 'ann' || n || '@x.invalid'), ('phone', '+4790' || lpad(n::text, 7, '0')),
                    ('card', 'card-' || n * 7)) as claimed (kind, value)
"""


@dataclass(frozen=True)
class Frame:
    face: None = None


@dataclass(frozen=True)
class Asking:
    """As much of a visit as the parts of the page ask for."""

    app: App
    actor: access.Actor
    frame: Frame = Frame()


def event(number: int) -> log.NewEvent:
    name = NAMES[number % len(NAMES)]
    kind = "identify" if name == "identify" else "track"
    told: dict[str, Any] = {"product_id": f"p{number % 500}", "price": number % 90, "page": f"/p/{number}"}
    if name == "identify":
        told = {"name": "Ann", "plan": ("tin", "gold")[number % 4 // 2], "email": "ann@x.invalid"}
    if name == "Order Completed":
        told = {"order_id": f"o{number}", "currency": "EUR", "total": 10 + number % 50}
    return log.NewEvent(
        message_id=f"m{number}",
        type=kind,
        name=name,
        user_id="busy",
        occurred_at=AT - timedelta(hours=EVENTS - number),
        properties=told,
        source="shop",
    )


def live(app: App) -> int:
    with app.database.transaction() as tx:
        log.stand(tx, AT)
        log.append(tx, [event(number) for number in range(EVENTS)])
    app.catch_up(AT)
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", "busy")
        assert found is not None
        return found


def crowd(database: Database, to: int) -> None:
    with database.transaction() as tx:
        for text in (MANY, IDENTIFIERS, TERMS, CLAIMS):
            run(tx, psycopg.sql.SQL(text), at=AT, to=to) if "%(at)s" in text else run(
                tx, psycopg.sql.SQL(text), to=to
            )
    with psycopg.connect(database.dsn, autocommit=True) as plain:
        plain.execute("vacuum analyze")


def page(tx: Tx, asking: Any, customer_id: int) -> None:
    """What the handler of a customer's page reads."""
    customer = customers.get(tx, customer_id)
    marks = landmarks(tx)
    stays = segments.stays(tx, customer_id)
    insights.rhythm(tx, customer_id, "UTC")
    customers.identifiers(tx, customer_id)
    list(trait_lines(tx, asking, customer))
    stage_history(stays, marks)
    in_groups(tx, customer)
    consent_lines(tx, customer)
    list(order_rows(tx, customer))
    past_of(tx, asking, customer, PastAsked(), "", marks)


def taken(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1000


def measure(app: App, customer_id: int, rounds: int) -> dict[str, Any]:
    asking, ours, by_hand = Asking(app=app, actor=access.SYSTEM), [], []

    def ask() -> None:
        with app.database.transaction() as tx:
            page(tx, asking, customer_id)

    with psycopg.connect(app.database.dsn, autocommit=True) as plain:

        def read() -> None:
            for text in BY_HAND:
                plain.execute(text, {"id": customer_id}).fetchall()

        for work in (ask, read):
            work()
        for _ in range(rounds):
            ours.append(taken(ask))
            by_hand.append(taken(read))
    return {"ours": ours, "reference": by_hand}


def searches(app: App, to: int, rounds: int) -> list[float]:
    found = []
    for number in range(rounds):
        one = 1000 + (number * 7919) % (to - 1000)
        kinds = (f"u-{one}", f"ann{one}@x.invalid", f"+47 90 {one:07}", f"card-{one * 7}", f"ann nr{one}")
        for text in (*kinds, "ann", "nobody-at-all"):

            def ask(sought: str = text) -> None:
                with app.database.transaction() as tx:
                    hits = customers.search(tx, sought).items
                    assert sought == "nobody-at-all" or hits, sought

            found.append(taken(ask))
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="small")
    many, rounds = SIZES[parser.parse_args().size]
    with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "postgresql") as server:
        create_database(server.dsn("postgres"), "bench")
        with Database(server.dsn("bench")) as database:
            migrate(database)
            app = assemble(read_settings(workspace="bench"), database)
            busy = live(app)
            app.sequencer.close()
            crowd(database, many + 1000)
            pages = measure(app, busy, rounds)
            search = searches(app, many, rounds)
    ours, reference = median(pages["ours"]), median(pages["reference"])
    print(f"page {ours:.1f} ms, by hand {reference:.1f} ms, search max {search[-1]:.1f} ms", file=sys.stderr)
    figures = {
        "name": "profile",
        "ours": round(ours, 1),
        "reference": round(reference, 2),
        "ratio": round(ours / reference, 1),
        "page_max_ms": round(max(pages["ours"]), 1),
        "search_p50_ms": round(median(search), 2),
        "search_p99_ms": round(search[int(len(search) * 0.99)], 2),
        "search_max_ms": round(search[-1], 2),
        "customers": many,
        "events": EVENTS,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
