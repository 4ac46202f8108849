"""What a running job holds: it tells how far it is, and hears whether it should stop."""

from dataclasses import dataclass
from threading import Event

from regulars.db import Database, value
from regulars.jobs.statements import SQL


class Cancelled(Exception):
    """Somebody cancelled the job; raised out of its function."""


class Stopped(Exception):
    """The process stops; another takes the job over."""


class Lost(Exception):
    """This run stood still past its lease and another has the job; it must not go on."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """Handed to a job's function. Calls commit on their own, so that people see them while the job runs."""

    database: Database
    job_id: int
    attempt: int
    stopping: Event
    done: int = 0

    def update(
        self, done: int, total: int | None = None, message: str | None = None, unit: str | None = None
    ) -> None:
        """Say how far it is. Raises Cancelled, Stopped or Lost, which the function lets pass."""
        self.done = done
        with self.database.transaction() as tx:
            cancelling = value(
                tx,
                SQL.report,
                id=self.job_id,
                attempt=self.attempt,
                done=done,
                total=total,
                message=message,
                unit=unit,
            )
        if cancelling is None:
            raise Lost
        if cancelling:
            raise Cancelled
        if self.stopping.is_set():
            raise Stopped

    def check(self) -> None:
        """Hear whether to stop, where there is no progress to tell."""
        self.update(self.done)
