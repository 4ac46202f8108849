"""Pixels and links a second through the routes of messages, beside bare Starlette that writes nothing.

Both are called in this process with the same scopes, by so many readers at once; every request of ours is a
message's own and durable before it is answered. They take turns, and the ratio is the median of the turns.
What the last hand on a message costs is measured on a letter of 37 KB with 12 links. Then what the pages of a
send ask while it runs and after it, of a million messages.
"""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from regulars import messaging, responses
from regulars.app import assemble
from regulars.campaigns.domains import SQL as DOMAINS
from regulars.campaigns.monitor import SQL as MONITOR
from regulars.db import Database, Tx, create_database, migrate, records, start
from regulars.deliverability.stopping import SQL as STOP
from regulars.intake import Responding
from regulars.responses.rewriting import before_end, lead_html, places
from regulars.settings import Settings

SENDS, READERS, TURNS = 20_000, 256, 5
AGENT = [(b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
OURS = "https://news.shop.example"
PEOPLE = """
insert into customers.customer (name, email, email_folded, traits, created_at, first_seen_at, last_seen_at)
select 'Person ' || n, 'p' || n || '@example.invalid', 'p' || n || '@example.invalid', '{}',
    %(at)s, %(at)s, %(at)s
from generate_series(1, %(sends)s) as n
"""
TARGET = """
insert into responses.link (source_id, url_hash, url)
values (%(source)s, sha256('https://shop.example/news'), 'https://shop.example/news') returning link_id
"""
SOURCE = """
insert into messaging.source (kind, key, version, step, channel, template_key, template_version, created_at)
values ('campaign', 'bench', 1, '', 'recording', 'bench', 1, %(at)s) returning source_id
"""
SENT = """
insert into messaging.send (source_id, customer_id, atom_id, arm, state, queued_at, decided_at, resolved_at)
select %(source)s, customer_id, customer_id, 'treated', 'sent', %(at)s, %(at)s, %(at)s from customers.customer
returning send_id
"""
ASKED_OF = 1_000_000
NAME = messaging.SourceName(kind="campaign", key="bench", version=1)
ANSWERS = """
insert into messaging.reaction (key, send_id, source_id, atom_id, customer_id, kind, machine, link, at)
select told.kind || ':' || send_id, send_id, source_id, atom_id, customer_id, told.kind, told.machine,
    told.link, %(at)s
from messaging.send
inner join (values
    ('opened', false, '', 3), ('opened', true, '', 5), ('viewed', false, '', 200),
    ('clicked', false, 'https://shop.example/news', 25), ('bounced', false, '', 60),
    ('unsubscribed', false, '', 400), ('complained', false, '', 2000)
) as told (kind, machine, link, each) on mod(send_id, told.each) = 0
on conflict do nothing
"""
ANSWERED = """
insert into messaging.answer (send_id, source_id, state, bits)
select send_id, min(source_id), 'sent', bit_or(messaging.answer_of(kind, machine, hard))
from messaging.reaction group by send_id
"""
MONITORED = {"key": "bench", "version": 1}
QUESTIONS: dict[str, Callable[[Tx], object]] = {
    "figures": lambda tx: responses.figures(tx, NAME),
    "links": lambda tx: responses.by_link(tx, NAME),
    "credited": lambda tx: responses.attributed(tx, NAME),
    "outcomes": lambda tx: messaging.tally(tx, NAME),
    "progress": lambda tx: records(tx, MONITOR.progress, **MONITORED, at=datetime.now(UTC)),
    "returned": lambda tx: records(tx, MONITOR.returned, **MONITORED),
    "bounced_by_domain": lambda tx: records(tx, DOMAINS.bounced, **MONITORED, domains=["example.invalid"]),
    "domains_counted": lambda tx: records(tx, DOMAINS.asked, **MONITORED, limit=12),  # Beside, once a minute.
    "stop": lambda tx: records(tx, STOP.standing, source_id=1),
    "figures_counted": lambda tx: responses.by_domain(tx, NAME),
}
ROW = (
    '<tr><td align="center" style="font-size:0px;padding:10px 25px;word-break:break-word;">'
    '<table border="0" cellpadding="0" cellspacing="0"><tbody><tr><td style="width:550px">'
    '<div style="font-family:Ubuntu, Helvetica;font-size:13px;line-height:1;text-align:left;color:#000000;">'
    "Some words for the reader of this mail.</div></td></tr></tbody></table></td></tr>\n"
)
LINK = '<tr><td><a href="https://shop.example/p/{n}?utm=1&amp;x=2" style="color:#fff">Buy</a></td></tr>'
LETTER = f"<html><body>{''.join(ROW * 8 + LINK.format(n=n) for n in range(12))}</body></html>"


async def bare_pixel(_request: Request) -> Response:
    return Response(b"GIF89a", media_type="image/gif")


async def bare_link(_request: Request) -> Response:
    return RedirectResponse("https://shop.example/news", status_code=302)


BARE = Starlette(routes=[Route("/o/{token}", bare_pixel), Route("/c/{token}", bare_link)])
Called = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def figures() -> dict[str, float]:
    """Requests a second of ours, the ratio to bare Starlette, and microseconds a message is worked on."""
    with tempfile.TemporaryDirectory() as home, start(Path(home)) as server:
        create_database(server.dsn("postgres"), "bench")
        dsn = server.dsn("bench")
        with Database(dsn) as database:
            migrate(database)
            ours, ratio = asyncio.run(measured(database, given(database)))
    return {"responses_per_s": ours, "responses_ratio": ratio, "finish_us": finish_us()}


def given(database: Database) -> list[str]:
    """The pixel and a link of each of many messages that left an hour ago."""
    at = datetime.now(UTC) - timedelta(hours=1)
    with database.transaction() as tx:
        tx.execute("update customers.consent_rule set tracking_by_default = true")
        tx.execute(PEOPLE, {"at": at, "sends": SENDS})
        (source,) = tx.execute(SOURCE, {"at": at}).fetchone() or (0,)
        sends = [number for (number,) in tx.execute(SENT, {"at": at, "source": source}).fetchall()]
        (link,) = tx.execute(TARGET, {"source": source}).fetchone() or (0,)
        sealing = responses.key(tx)
    made = [f"/o/{sealing.seal('opened', one)}.gif" for one in sends]
    made += [f"/c/{sealing.seal('clicked', one, link)}" for one in sends]
    random.Random(1).shuffle(made)
    return made


async def measured(database: Database, paths: list[str]) -> tuple[float, float]:
    """The median rate of ours, and the median ratio of the turns."""
    responding = Responding(assemble(Settings(), database))
    size = len(paths) // TURNS
    rates, ratios = [], []
    async with responding.running():
        for turn in range(TURNS):
            part = paths[turn * size : (turn + 1) * size]
            rates.append(await rate(responding, part))
            ratios.append(rates[-1] / await rate(BARE, part))
    with database.transaction() as tx:
        (kept,) = tx.execute("select count(*) from messaging.reaction").fetchone() or (0,)
    assert kept == size * TURNS, f"{kept} of {size * TURNS} were written"
    return median(rates), median(ratios)


async def rate(app: Called, paths: list[str]) -> float:
    left = iter(paths)

    async def read() -> None:
        for path in left:
            await call(app, path)

    begun = perf_counter()
    await asyncio.gather(*(read() for _ in range(READERS)))
    return len(paths) / (perf_counter() - begun)


async def call(app: Called, path: str) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 200) in (200, 302)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": AGENT, "client": ("203.0.113.9", 1), "server": ("bench", 80), "scheme": "http",
        "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    await app(scope, receive, send)


def finish_us() -> float:
    """What leading the links of one letter by us costs, in microseconds."""
    sealing, times = responses.Key(bytes(32)), 300
    numbers = {f"https://shop.example/p/{n}?utm=1&amp;x=2": n + 1 for n in range(12)}
    begun = perf_counter()
    for send_id in range(times):
        where = places(LETTER, plain=True)
        led = lead_html(
            LETTER, where, lambda said, at=send_id: f"{OURS}/c/{sealing.seal('clicked', at, numbers[said])}"
        )
        before_end(led, f"{OURS}/o/{sealing.seal('opened', send_id)}.gif")
    return (perf_counter() - begun) / times * 1e6


def asked_ms(people: int = ASKED_OF) -> dict[str, float]:
    """What each question of the pages takes of so many messages, warm: the median, in milliseconds."""
    with tempfile.TemporaryDirectory() as home, start(Path(home)) as server:
        create_database(server.dsn("postgres"), "bench")
        with Database(server.dsn("bench")) as database:
            migrate(database)
            answered(database, people)
            with database.transaction() as tx:
                return {name: median_ms(partial(ask, tx)) for name, ask in QUESTIONS.items()}


def answered(database: Database, people: int) -> None:
    """A campaign that left to so many, of whom some opened, clicked, bounced or stopped."""
    at = datetime.now(UTC) - timedelta(hours=1)
    with database.transaction() as tx:
        tx.execute(PEOPLE, {"at": at, "sends": people})
        (source,) = tx.execute(SOURCE, {"at": at}).fetchone() or (0,)
        tx.execute(SENT, {"at": at, "source": source})
        tx.execute(TARGET, {"source": source})
        tx.execute(ANSWERS, {"at": at})
        tx.execute(ANSWERED)
    messaging.fold_sums(database)
    with database.connect() as connection:
        connection.autocommit = True
        connection.execute("vacuum analyze")


def median_ms(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(5):
        begun = perf_counter()
        ask()
        taken.append((perf_counter() - begun) * 1000)
    return round(median(taken), 1)


if __name__ == "__main__":
    print(figures())
    print(asked_ms())
