"""The worker: fetches jobs from the queue and runs their functions in threads.

The queue is procrastinate's. It stays inside this module: its worker fetches, waits for notifications and
beats its heart; ours says what a job is, what became of it, and takes over what a dead process left.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any

import procrastinate
import psycopg
from procrastinate.jobs import Job as QueueEntry
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from psycopg.types.json import Jsonb

from regulars.db import Database, maybe, rows, run, values
from regulars.jobs.progress import Cancelled, Lost, Progress, Stopped
from regulars.jobs.statements import SQL
from regulars.kernel import Fault, RegularsError, Unavailable

Function = Callable[[Database, dict[str, Any], Progress], Mapping[str, Any] | None]

ATTEMPTS_MAX = 5
ERROR_SIGNS_MAX = 2_000
LOGGER = logging.getLogger("regulars.jobs")


class Registry:
    """The functions of jobs by name; built once by the composition root."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}

    def register(self, name: str, function: Function) -> None:
        """A function may start again after a crash: it goes on from what it finds done."""
        if name in self._functions:
            raise Fault(f"The job {name!r} is registered twice; each name is given once.")
        self._functions[name] = function

    def function(self, name: str) -> Function:
        if name not in self._functions:
            raise Fault(f"This version of Regulars knows no job {name!r}; a newer one may have asked for it.")
        return self._functions[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._functions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    name: str
    args: dict[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    id: int
    state: str


class Again(BaseRetryStrategy):
    """Only what our own process gave back goes into the queue again; a failure is shown to people."""

    def get_retry_decision(self, *, exception: BaseException, job: QueueEntry) -> RetryDecision | None:  # noqa: ARG002
        return RetryDecision(retry_in={"seconds": 0}) if isinstance(exception, Stopped) else None


class Worker:
    def __init__(
        self,
        database: Database,
        registry: Registry,
        *,
        concurrency: int = 2,
        lease_s: float = 30,
        poll_s: float = 5,
    ) -> None:
        self.database = database
        self.registry = registry
        self.concurrency = concurrency
        self.lease_s = lease_s  # A process that gives no sign for so long has lost its jobs.
        self.poll_s = poll_s

    def run(self, stop: Event) -> None:
        """Run jobs until `stop` is set, then end in good order: running jobs stop at their next progress.

        Raises Unavailable when the queue ended by itself, as when the database went away; start it again.
        """
        asyncio.run(self._run(stop, wait=True))
        if not stop.is_set():
            raise Unavailable(
                "The queue of jobs ended by itself, probably with its database; it starts again."
            )

    def run_waiting(self) -> None:
        """Run what waits now, then return; for commands, simulated time and tests."""
        asyncio.run(self._run(Event(), wait=False))

    async def _run(self, stop: Event, *, wait: bool) -> None:
        connector = procrastinate.PsycopgConnector(
            conninfo=self.database.dsn, configure=_configure, min_size=1, max_size=self.concurrency + 2
        )
        app = procrastinate.App(connector=connector)
        app.task(name="run", queue="regulars", retry=Again())(self._task(stop))
        await asyncio.to_thread(self._take_over)
        async with app.open_async():
            work = asyncio.create_task(self._work(app, wait=wait))
            watch = asyncio.create_task(self._watch(stop))
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            watch.cancel()
            work.cancel()  # A graceful stop: what runs is waited for.
            ended = await asyncio.gather(work, watch, return_exceptions=True)
        failed = [e for e in ended if isinstance(e, Exception) and not isinstance(e, asyncio.CancelledError)]
        if failed:
            raise failed[0]

    async def _work(self, app: procrastinate.App, *, wait: bool) -> None:
        await app.run_worker_async(
            queues=["regulars"],
            concurrency=self.concurrency,
            wait=wait,
            install_signal_handlers=False,
            listen_notify=wait,
            fetch_job_polling_interval=self.poll_s,
            update_heartbeat_interval=self.lease_s / 3,
            stalled_worker_timeout=self.lease_s,
        )

    async def _watch(self, stop: Event) -> None:
        """Return when asked to stop; until then take over, now and again, what dead processes left."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self.lease_s / 3
        while not stop.is_set():
            await asyncio.sleep(0.1)
            if loop.time() >= due:
                due = loop.time() + self.lease_s / 3
                try:
                    await asyncio.to_thread(self._take_over)
                except (psycopg.Error, RegularsError):
                    LOGGER.exception("Taking over what other workers left failed; it is tried again.")

    def _take_over(self) -> None:
        with self.database.transaction() as tx:
            ids = values(tx, SQL.lost, lease_s=self.lease_s)
            if not ids:
                return
            values(tx, SQL.close_lost, ids=ids)
            error = (
                f"Its process ended {ATTEMPTS_MAX} times while it ran; the cause stands in the process's log."
            )
            settled = rows(tx, SQL.settle_lost, Settled, ids=ids, attempts_max=ATTEMPTS_MAX, error=error)
            for job in settled:
                if job.state == "waiting":
                    run(tx, SQL.enqueue, id=job.id)

    def _task(self, stop: Event) -> Callable[[int], None]:
        def run_job(job_id: int) -> None:
            self._run_job(job_id, stop)

        return run_job

    def _run_job(self, job_id: int, stop: Event) -> None:
        with self.database.transaction() as tx:
            started = maybe(tx, SQL.start, Started, id=job_id)
            if started is None:
                run(tx, SQL.end_cancelled, id=job_id)
                return
        progress = Progress(database=self.database, job_id=job_id, attempt=started.attempt, stopping=stop)
        try:
            result = self.registry.function(started.name)(self.database, started.args, progress)
            self._finish(progress, "done", result=dict(result or {}))
        except Cancelled:
            self._finish(progress, "cancelled")
        except Lost:
            LOGGER.warning("A run of job %s lost its lease; another run has the job.", job_id)
        except Stopped:
            with self.database.transaction() as tx:
                run(tx, SQL.give_back, id=job_id, attempt=started.attempt)
            raise
        except Exception as error:
            LOGGER.exception("Job %s (%s) failed.", job_id, started.name)
            self._finish(progress, "failed", error=_told(error))

    def _finish(
        self,
        progress: Progress,
        state: str,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> None:
        with self.database.transaction() as tx:
            run(
                tx,
                SQL.finish,
                id=progress.job_id,
                attempt=progress.attempt,
                state=state,
                result=None if result is None else Jsonb(result),
                error=error,
            )


def _told(error: Exception) -> str:
    """Our own errors are written for people; of others the type helps."""
    text = str(error) if isinstance(error, RegularsError) else f"{type(error).__name__}: {error}"
    return text.replace("\x00", "")[:ERROR_SIGNS_MAX]


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    """The queue's statements name its tables without a schema."""
    await connection.execute("set search_path to procrastinate, pg_catalog")
    await connection.commit()
