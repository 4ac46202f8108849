"""The deliverer, a part of the worker: takes what is due, asks, and writes down what came of it.

A webhook is served by one worker at a time, which holds it under a lease; a few threads share what was
claimed, each customer's in one of them, so that first attempts of a customer keep their order. A webhook that
is slow holds up its own threads and nobody else's. No transaction is open while an answer is waited for.
"""

import logging
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from regulars import definitions
from regulars.connections import CannotOpen, Vault
from regulars.db import Database, Tx, rows, run
from regulars.kernel import Clock
from regulars.outgoing import Line, WayOut
from regulars.webhooks import signing
from regulars.webhooks.asking import Outcome, ask
from regulars.webhooks.body import WebhookBody
from regulars.webhooks.finishing import Moment, Tried, write_down
from regulars.webhooks.kind import WEBHOOK
from regulars.webhooks.retrying import TRIES_MAX
from regulars.webhooks.statements import DELIVERIES, ENDPOINTS

WINDOW_S = 2.0  # So long attempts of one batch begin.
MARGIN_S = 5.0  # Beyond the last one's time-out, before others may take over.
CLAIM_MAX = 200
WEBHOOKS_MAX = 50  # Served at once by one worker.
IDLE_S, LOOK_S, BUSY_S = 0.5, 0.2, 0.02  # Between looks: at rest, beside slow ones; and for gathering.
REST_S = 60.0
LOST = "The worker that sent it ended before it could be said what came of it; it is sent again."
NUMBERS = count(1)
LOGGER = logging.getLogger("regulars.webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    webhook_key: str
    tokens: float | None
    tokens_at: datetime | None
    held_by: str | None  # A worker that did not let go: its lease ended.


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    delivery_id: int
    message_id: str
    customer_id: int | None
    body: str
    tries: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    key: str
    held_by: str
    body: WebhookBody
    secrets: tuple[str, ...]
    claimed: tuple[Claimed, ...]
    ends: float  # By the monotonic clock: no attempt begins later.
    halt: Event = field(default_factory=Event)  # It asked for a pause, or is gone.


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Claimed and not tried."""

    key: str
    held_by: str


@dataclass(slots=True, kw_only=True)
class Serving:
    batch: Batch
    open: int  # How many are not back yet.
    unspent: int = 0

    @property
    def is_lost(self) -> bool:
        """Its threads should be back long ago; the lease ends by itself."""
        return monotonic() > self.batch.ends + self.batch.body.timeout_s + MARGIN_S


class Deliverer:
    """Any number may run against one database."""

    def __init__(
        self,
        database: Database,
        *,
        way: WayOut,
        vault: Vault,
        wall: Clock,
        business: Callable[[Tx], datetime],
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._way, self._vault, self._wall = database, way, vault, wall
        self._business, self._draw = business, draw
        self._back: SimpleQueue[Tried | Passed] = SimpleQueue()
        self._unwritten: list[Tried] = []
        self._serving: dict[str, Serving] = {}
        self._look_at = 0.0
        self._stop = Event()

    def run(self, stop: Event) -> None:
        """Until it is told to stop; then what is under way is waited for, and the rest let go."""
        self._stop = stop
        while not stop.is_set():
            if monotonic() >= self._look_at and len(self._serving) < WEBHOOKS_MAX:
                self._look_at = monotonic() + LOOK_S
                self.take()
            self.collect(BUSY_S if self._serving else IDLE_S, stop)
        while self._serving:
            self.collect(BUSY_S)

    def run_dry(self) -> None:
        """Deliver all that is due now, and end."""
        while self.take() or self._serving:
            self.collect(BUSY_S)

    def take(self) -> int:
        """Claim what is due of webhooks that nobody serves, and begin; gives how many deliveries."""
        batches = []
        with self._database.transaction() as tx:
            live = {one.key: one.body for one in definitions.all_live(tx, WEBHOOK) if not one.body.paused}
            keys = [key for key in live if key not in self._serving]
            if keys:
                batches = self._claimed(tx, keys, live)
        for batch in batches:
            self._begin(batch)
        return sum(len(batch.claimed) for batch in batches)

    def _claimed(self, tx: Tx, keys: Sequence[str], live: Mapping[str, WebhookBody]) -> list[Batch]:
        now = self._wall.now()
        limit = WEBHOOKS_MAX - len(self._serving)
        found = rows(tx, ENDPOINTS.due, Due, webhook_keys=keys, now=now, limit=limit)
        made = [self._batch(tx, due, live[due.webhook_key], now) for due in found]
        return [batch for batch in made if batch is not None]

    def _batch(self, tx: Tx, due: Due, body: WebhookBody, now: datetime) -> Batch | None:
        key = due.webhook_key
        if due.held_by is not None:
            run(tx, DELIVERIES.take_back, webhook_key=key, now=now, reason=LOST, tries_max=TRIES_MAX)
        secrets = self._secrets(tx, key, now)
        tokens = _tokens(due, body.rate, now)
        if not secrets or tokens < 1:
            return None
        found = rows(
            tx, DELIVERIES.claim, Claimed, webhook_key=key, now=now, limit=min(CLAIM_MAX, int(tokens))
        )
        held_by = f"{os.getpid()}-{next(NUMBERS)}-{random.getrandbits(48):x}"
        until = now + timedelta(seconds=WINDOW_S + body.timeout_s + MARGIN_S)
        run(
            tx,
            ENDPOINTS.hold,
            webhook_key=key,
            held_by=held_by,
            until=until,
            now=now,
            tokens=tokens - len(found),
        )
        return Batch(
            key=key,
            held_by=held_by,
            body=body,
            secrets=secrets,
            claimed=tuple(sorted(found, key=lambda one: (one.due_at, one.delivery_id))),
            ends=monotonic() + WINDOW_S,
        )

    def _secrets(self, tx: Tx, key: str, now: datetime) -> tuple[str, ...]:
        """Those that sign; without one nothing is sent, and it is looked at again in a minute."""
        try:
            found, problem = tuple(signing.opened(tx, self._vault, key, now)), "It has no secret yet."
        except CannotOpen as fault:
            found, problem = (), str(fault)
        if not found:
            until = now + timedelta(seconds=REST_S)
            run(tx, ENDPOINTS.rest, webhook_key=key, until=until, problem=problem, now=now)
        return found

    def _begin(self, batch: Batch) -> None:
        self._serving[batch.key] = Serving(batch=batch, open=len(batch.claimed))
        lanes: dict[int, list[Claimed]] = {}
        for one in batch.claimed:
            lanes.setdefault((one.customer_id or one.delivery_id) % batch.body.at_once, []).append(one)
        for lane in lanes.values():
            Thread(target=self._go, args=(batch, lane), name=f"webhook {batch.key}", daemon=True).start()

    def _go(self, batch: Batch, lane: Sequence[Claimed]) -> None:
        with Line(self._way) as line:
            for one in lane:
                over = monotonic() >= batch.ends or batch.halt.is_set() or self._stop.is_set()
                self._back.put(
                    Passed(key=batch.key, held_by=batch.held_by) if over else self._tried(line, batch, one)
                )

    def _tried(self, line: Line, batch: Batch, one: Claimed) -> Tried:
        outcome = self._ask(line, batch, one)
        if outcome.gone or outcome.rest_until:
            batch.halt.set()
        return Tried(
            key=batch.key,
            held_by=batch.held_by,
            delivery_id=one.delivery_id,
            tries=one.tries,
            outcome=outcome,
        )

    def _ask(self, line: Line, batch: Batch, one: Claimed) -> Outcome:
        now = self._wall.now()
        try:
            return ask(line, batch.body, batch.secrets, one.message_id, one.body, now)
        except Exception as fault:
            LOGGER.exception("A delivery of the webhook %s failed in an unforeseen way", batch.key)
            told = f"It could not be sent: {type(fault).__name__}."
            return Outcome(started_at=now, duration_ms=0, status=None, answer="", reason=told)

    def collect(self, wait_s: float, stop: Event | None = None) -> int:
        """Write down what came back, and let go of webhooks whose batch is through; gives how many came."""
        if self._serving:
            self._gather(wait_s)
        elif stop is not None:
            stop.wait(wait_s)
        done = [one for one in self._serving.values() if not one.open or one.is_lost]
        if self._unwritten or done:
            with self._database.transaction() as tx:
                self._write(tx, sorted(done, key=lambda one: one.batch.key))
        came = len(self._unwritten)
        self._unwritten.clear()  # Once it is committed: a failure leaves it for the next time.
        for one in done:
            del self._serving[one.batch.key]
            self._look_at = 0.0  # There may be more.
        return came

    def _gather(self, wait_s: float) -> None:
        """What comes within a moment, to be written down together; no longer once all of a batch is back."""
        ends = monotonic() + wait_s
        while all(one.open for one in self._serving.values()):
            try:
                self._note(self._back.get(timeout=max(0.0, ends - monotonic())))
            except Empty:
                return

    def _note(self, came: Tried | Passed) -> None:
        serving = self._serving.get(came.key)
        if serving is None or serving.batch.held_by != came.held_by:
            return  # Its lease is over.
        serving.open -= 1
        if isinstance(came, Tried):
            self._unwritten.append(came)
        else:
            serving.unspent += 1

    def _write(self, tx: Tx, done: Sequence[Serving]) -> None:
        if self._unwritten:
            moment = Moment(now=self._wall.now(), at=self._business(tx), draw=self._draw)
            write_down(tx, self._unwritten, moment)
        for one in done:
            batch = one.batch
            if not one.open:
                run(tx, ENDPOINTS.release, webhook_key=batch.key, held_by=batch.held_by, unspent=one.unspent)


def _tokens(due: Due, rate: int, now: datetime) -> float:
    """What may be sent now: it fills up by the rate, to at most a second's worth."""
    if due.tokens is None or due.tokens_at is None:
        return float(rate)
    passed = max(0.0, (now - due.tokens_at).total_seconds())
    return min(float(rate), due.tokens + passed * rate)
