"""Another system on this machine: it takes webhooks and answers as it is told to."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True, kw_only=True)
class Got:
    at: float
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        return json.loads(self.raw)

    def verified(self, secret: str) -> Any:
        """By the published library, which raises what it does not believe."""
        return Webhook(secret).verify(self.raw, self.headers)


@dataclass(kw_only=True)
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    wait: Event | None = None  # Answers once it is set.


@dataclass(kw_only=True)
class Receiver:
    port: int = 0
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], Answer] = field(default=lambda _got: Answer())
    under_way: int = 0
    most_at_once: int = 0
    lock: Lock = field(default_factory=Lock)

    def url(self, path: str = "/hooks") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait_for(self, count: int, within_s: float = 10) -> list[Got]:
        ends = monotonic() + within_s
        while len(self.got) < count and monotonic() < ends:
            sleep(0.01)
        assert len(self.got) >= count, f"{len(self.got)} came, {count} were awaited"
        return self.got


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): text for name, text in self.headers.items()}
        got = Got(at=monotonic(), path=self.path, headers=headers, raw=raw)
        to = self.receiver
        with to.lock:
            to.got.append(got)
            to.under_way += 1
            to.most_at_once = max(to.most_at_once, to.under_way)
        try:
            self._answer(to.answer(got))
        finally:
            with to.lock:
                to.under_way -= 1

    def _answer(self, answer: Answer) -> None:
        if answer.wait is not None:
            answer.wait.wait(30)
        self.send_response(answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def handle(self) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            super().handle()

    def log_message(self, *_told: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_told: object) -> None:
        """Who goes away in the middle is no news."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    made = Receiver()
    handler = type("Here", (Handler,), {"receiver": made})
    server = Quiet(("127.0.0.1", 0), handler)
    made.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
