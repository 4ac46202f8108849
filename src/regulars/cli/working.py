"""The worker process: the log's loops, the timers, the campaigns and the jobs, until it is told to stop."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event, Thread
from time import monotonic

from regulars import access, campaigns, connections, deliverability, exports, log, messaging
from regulars.app import App
from regulars.cli.presence import present
from regulars.jobs import Worker, alone
from regulars.log import LogLoop
from regulars.wiring import READERS

JOBS_AT_ONCE = 2
PAUSE_MAX_S = 30.0
# The log's loops have one a reader and three more; each rhythm two; a job one, and one to tell its progress.
CONNECTIONS = len(READERS) + 3 + 2 * 14 + 2 * JOBS_AT_ONCE
LOGGER = logging.getLogger("regulars.worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Something done again and again; a failure is told, and tried again after a growing pause."""

    name: str
    every_s: float
    act: Callable[[], object]
    first_s: float = 0.0  # So long after the start.


def rhythms(app: App) -> tuple[Rhythm, ...]:
    return (
        Rhythm(name="timers", every_s=1, act=lambda: app.run_due(business_now(app))),
        Rhythm(name="loyalty", every_s=30, act=lambda: bool(app.tend_loyalty(business_now(app)))),
        # Both are safe beside whoever advances the clock and does so too; waking waits for no long look.
        Rhythm(name="segments", every_s=0.5, act=lambda: app.wake_segments(business_now(app))),
        Rhythm(name="looks at everybody", every_s=0.5, act=lambda: app.ask_everybody(business_now(app))),
        Rhythm(name="single messages", every_s=0.2, act=lambda: send_single(app)),
        Rhythm(name="campaigns", every_s=0.5, act=lambda: send(app)),
        Rhythm(name="sums of messages", every_s=5, act=lambda: messaging.fold_sums(app.database)),
        Rhythm(name="domains of sends", every_s=15, act=lambda: campaigns.count_domains(app.database)),
        Rhythm(name="measurement", every_s=60, act=lambda: measure(app)),
        Rhythm(name="file drops", every_s=10, act=app.look_around),
        Rhythm(name="deliverability", every_s=10, act=app.tend_deliverability),
        Rhythm(name="exports", every_s=10, act=app.export_due),
        Rhythm(name="lake", every_s=60, first_s=60, act=app.tend_lake),
        Rhythm(name="places of events", every_s=60, act=lambda: log.note_places(app.database)),
        Rhythm(name="housekeeping", every_s=600, act=lambda: tidy(app)),
    )


def work(app: App, stop: Event) -> None:
    """Run everything until `stop` is set, then let each end the step it is in."""
    # A sequencer and readers of its own: those of `app` serve jobs that advance the clock, in other threads.
    own = replace(app)
    loop = LogLoop(own.database, own.sequencer, own.runners, now=lambda: business_now(own))
    jobs = Rhythm(name="jobs", every_s=0.5, act=lambda: run_jobs(app, stop))
    deliverer = app.deliverer()
    telling = Rhythm(name="webhooks", every_s=0.5, act=lambda: deliverer.run(stop))
    threads = [
        Thread(target=keep, args=(rhythm, stop), name=rhythm.name, daemon=True)
        for rhythm in (*rhythms(app), jobs, telling)
    ]
    loop.start()
    for thread in threads:
        thread.start()
    try:
        with present(app, "worker"):
            stop.wait()
    finally:
        stop.set()
        ends = monotonic() + app.settings.stop_grace_s
        for thread in threads:
            thread.join(max(0.0, ends - monotonic()))
        loop.stop(max(0.0, ends - monotonic()))
        app.sequencer.close()


def keep(rhythm: Rhythm, stop: Event) -> None:
    pause, failing = rhythm.first_s, False
    while not stop.wait(pause):
        try:
            rhythm.act()
        except Exception:
            LOGGER.exception("The %s failed and are tried again", rhythm.name)
            pause, failing = min(PAUSE_MAX_S, max(rhythm.every_s, pause * 2)), True
            continue
        if failing:
            LOGGER.info("The %s work again.", rhythm.name)
        pause, failing = rhythm.every_s, False


def run_jobs(app: App, stop: Event) -> None:
    Worker(app.database, app.jobs, concurrency=JOBS_AT_ONCE).run(stop)


def send(app: App) -> None:
    """Start what is due and move messages on; any number of hosts may, each takes rows of its own."""
    with sending(app) as at:
        if at is not None:
            with app.database.transaction() as tx:
                campaigns.begin_due(tx, at)
            app.send(at)


def send_single(app: App) -> None:
    """Move single messages on, which wait for no campaign."""
    with sending(app) as at:
        if at is not None:
            app.send_single(at)


@contextmanager
def sending(app: App) -> Iterator[datetime | None]:
    """The instant at which to send; None where a standing clock is being advanced, which sends by itself.

    Where the clock goes with the wall, nothing is waited for: the timers of the night take minutes.
    """
    with app.database.transaction() as tx:
        clock, at = log.clock(tx), app.now(tx)
    if clock.stands_at is None:
        yield at
        return
    with alone(app.database, wait=False) as free:
        yield business_now(app) if free else None


def measure(app: App) -> None:
    """Start what was scheduled, count conversions, and close requests that nobody decided in time."""
    with alone(app.database, wait=False) as free:
        if free:
            now = business_now(app)
            campaigns.advance(app.database, app.sender, at=now)
            with app.database.transaction() as tx:
                access.expire_due(tx, now)


def tidy(app: App) -> None:
    with app.database.transaction() as tx:
        access.forget_old(tx, app.wall.now())
        connections.forget_old(tx, app.wall.now())
        campaigns.forget_keys(tx, app.wall.now())
        deliverability.forget_old_mail(tx, app.wall.now())
    exports.tidy(app.database, app.exports)


def business_now(app: App) -> datetime:
    with app.database.transaction() as tx:
        return app.now(tx)


def until_told() -> Event:
    """An event that SIGTERM and SIGINT set."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
