"""Requests and events a second through the tracking API, beside bare Starlette doing a plain insert.

Ours: the web process as it is served, with keys, checks and the log. Reference: `_plain_intake.py` on the
same server and the same PostgreSQL, fsync on. Single calls of one event and batches of 100 go over 32
connections that send again as soon as they are answered; ours and the reference take turns every few
seconds, and the ratio is the median of the turns. Full takes 10 minutes, and so shows whether memory grows.
"""

import argparse
import base64
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import psutil

from regulars import access
from regulars.db import Database, create_database, migrate, start, workspace_dsn

HERE = Path(__file__).resolve().parent
CONNECTIONS, BATCH = 32, 100
SIZES = {"small": (4, 1.5), "full": (75, 2.0)}  # Turns, and the seconds of each of a turn's four parts.
START_S = 60.0
PLAIN = """
create table plain (message_id text, type text, event text, user_id text, anonymous_id text,
                    occurred_at timestamptz, properties jsonb, context jsonb)
"""
CONTEXT = {
    "library": {"name": "analytics-python", "version": "2.3.0"},
    "page": {"path": "/p/1", "referrer": "", "title": "Monopoly", "url": "https://shop.example/p/1"},
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "locale": "en-GB",
}
PROPERTIES = {
    "product_id": "p-1", "price": 18.99, "name": "Monopoly: 3rd Edition", "category": "Games",
    "url": "https://shop.example/p/1", "quantity": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What one of the two did in its seconds."""

    requests: int
    seconds: float
    times_ms: list[float]

    @property
    def per_s(self) -> float:
        return self.requests / self.seconds


def item(number: object) -> dict[str, object]:
    return {
        "type": "track", "messageId": f"ajs-{number}", "userId": f"user-{hash(number) % 1000}",
        "anonymousId": "c6b1c0a0-5d5d-4c5a-9f5d-c6b1c0a05d5d", "event": "Product Viewed",
        "timestamp": datetime.now(UTC).isoformat(), "properties": PROPERTIES, "context": CONTEXT,
    }  # fmt: skip


def requests_for(key: str, path: str) -> Callable[[int], bytes]:
    """What is sent for a number: made beforehand, but for the message id of a single call."""
    coded = base64.b64encode(f"{key}:".encode()).decode()

    def whole(body: bytes) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {coded}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    if path == "/v1/track":
        before, after = whole(json.dumps(item("0123456789012345")).encode()).split(b"0123456789012345")
        return lambda number: b"%s%016d%s" % (before, number, after)
    bodies = [
        whole(json.dumps({"batch": [item(f"{b}-{n}") for n in range(BATCH)]}).encode()) for b in range(50)
    ]
    return lambda number: bodies[number % len(bodies)]


def load(port: int, request: Callable[[int], bytes], seconds: float, first: int) -> Part:
    """Send over all connections, each again as soon as it is answered; every answer must be 200."""
    with selectors.DefaultSelector() as ready:
        sent_at = {}
        number = first
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(connection, selectors.EVENT_READ)
            connection.sendall(request(number))
            sent_at[connection] = perf_counter()
            number += 1
        began = perf_counter()
        ends, times, open_left = began + seconds, [], CONNECTIONS
        while open_left:
            for entry, _ in ready.select(30):
                connection = entry.fileobj
                answer = connection.recv(4096)
                assert answer.startswith(b"HTTP/1.1 200"), answer
                now = perf_counter()
                times.append((now - sent_at[connection]) * 1000)
                if now >= ends:
                    ready.unregister(connection)
                    connection.close()
                    open_left -= 1
                    continue
                connection.sendall(request(number))
                sent_at[connection] = now
                number += 1
        return Part(len(times), perf_counter() - began, times)


@contextmanager
def served(command: list[str], port: int, **environment: str) -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, *command], env={**os.environ, **environment}) as process:
        try:
            ends = perf_counter() + START_S
            while not answers(port):
                assert perf_counter() < ends, f"{command} does not answer"
                sleep(0.1)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tracking_key(database: Database) -> str:
    now = datetime.now(UTC)
    someone = {"email": "bench@example.invalid", "name": "Bench", "level": 4, "function": "engineering"}
    with database.transaction() as tx:
        person = access.add_person(tx, access.SYSTEM, **someone, at=now)
        return access.make_key(tx, person.actor("console"), name="Bench", kind="tracking", at=now).text


def kept(database: Database) -> tuple[int, int]:
    """How many events ours and the reference hold; both tables are emptied."""
    with database.transaction() as tx:
        ours, plain = (
            int(tx.execute(f"select count(*) from {table}").fetchone()[0])  # type: ignore[index, arg-type]
            for table in ("log.inbox", "plain")
        )
        tx.execute("truncate log.inbox, plain")
    return ours, plain


@dataclass(frozen=True)
class Turn:
    ours: dict[str, Part]
    plain: dict[str, Part]

    def ratio(self, path: str) -> float:
        return self.ours[path].per_s / self.plain[path].per_s


PATHS = {"/v1/track": 1, "/v1/batch": BATCH}


def turn(database: Database, ports: tuple[int, int], key: str, seconds: float, first: int) -> Turn:
    done: tuple[dict[str, Part], dict[str, Part]] = ({}, {})
    for path in PATHS:
        request = requests_for(key, path)
        # Who begins changes from turn to turn, so that none always finds the disk as the other left it.
        for which in (0, 1) if first % 2 else (1, 0):
            done[which][path] = load(ports[which], request, seconds, first * 10_000_000)
    sent = [sum(part.requests * PATHS[path] for path, part in half.items()) for half in done]
    held = kept(database)
    assert list(held) == sent, f"{sent} were answered and {held} are kept"
    return Turn(*done)


def measure(turns: int, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder, start(Path(folder)) as server:
        create_database(server.dsn("postgres"), "regulars")
        dsn = workspace_dsn(server.dsn("regulars"), "main")
        with Database(dsn) as database:
            migrate(database)
            with database.transaction() as tx:
                tx.execute(PLAIN)
            key = tracking_key(database)
            ports = free_port(), free_port()
            ours = served(
                ["-m", "regulars", "web"], ports[0], REGULARS_DATABASE_URL=dsn, REGULARS_PORT=str(ports[0]),
                REGULARS_HOME=folder, REGULARS_TRACKING_RATE="100000000",
            )  # fmt: skip
            with ours as web, served([str(HERE / "_plain_intake.py"), dsn, str(ports[1])], ports[1]):
                turn(database, ports, key, 0.5, 0)  # Caches fill and memory grows to what the work takes.
                rss = web.memory_info().rss
                done = [turn(database, ports, key, seconds, number) for number in range(1, turns + 1)]
                growth = (web.memory_info().rss - rss) / 2**20
    return figures(done, growth)


def figures(done: list[Turn], growth: float) -> dict[str, object]:
    def middle(path: str, *, plain: bool = False) -> float:
        return median((one.plain if plain else one.ours)[path].per_s for one in done)

    times = sorted(ms for one in done for ms in one.ours["/v1/track"].times_ms)
    return {
        "name": "ingest",
        "ours": round(middle("/v1/track")),
        "reference": round(middle("/v1/track", plain=True)),
        "ratio": round(median(one.ratio("/v1/track") for one in done), 3),
        "single_ratio": round(median(one.ratio("/v1/track") for one in done), 3),
        "batch_ratio": round(median(one.ratio("/v1/batch") for one in done), 3),
        "single_per_s": round(middle("/v1/track")),
        "batch_events_per_s": round(middle("/v1/batch") * BATCH),
        "p99_ms": round(times[int(len(times) * 0.99)], 1),
        "rss_growth_mib": round(growth, 1),
        "connections": CONNECTIONS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    print(json.dumps(measure(*SIZES[parser.parse_args().size])))


if __name__ == "__main__":
    main()
