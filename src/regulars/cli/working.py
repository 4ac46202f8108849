"""The worker process: the log's loops, the timers and the jobs, until it is told to stop."""

import logging
import signal
from threading import Event, Thread

from regulars.app import App
from regulars.jobs import Worker, run_due
from regulars.log import LogLoop

TIMER_PAUSE_S = 1.0
LOGGER = logging.getLogger("regulars.worker")


def work(app: App, stop: Event) -> None:
    loop = LogLoop(app.database, app.sequencer, app.runners, now=lambda: business_now(app))
    loop.start()
    timers = Thread(target=keep_time, args=(app, stop), name="timers")
    timers.start()
    try:
        Worker(app.database, app.jobs).run(stop)
    finally:
        stop.set()
        timers.join(app.settings.stop_grace_s)
        loop.stop(app.settings.stop_grace_s)


def business_now(app: App) -> object:
    with app.database.transaction() as tx:
        return app.now(tx)


def keep_time(app: App, stop: Event) -> None:
    """Run what falls due by the business clock; a failure is logged and tried again."""
    while not stop.wait(TIMER_PAUSE_S):
        try:
            with app.database.transaction() as tx:
                now = app.now(tx)
            run_due(app.database, app.timers, now)
        except Exception:
            LOGGER.exception("The timers failed and are tried again")


def until_told() -> Event:
    """An event that SIGTERM and SIGINT set."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
