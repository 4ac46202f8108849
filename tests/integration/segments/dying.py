"""What processes do that are killed; little is loaded, as each loads it anew."""

from datetime import UTC, datetime, timedelta

from regulars import segments
from regulars.db import Database
from regulars.log import ReaderRunner

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def read_on(dsn: str) -> None:
    with Database(dsn, application="killed") as database:
        while ReaderRunner(database, segments.READER).run_once():
            pass


def wake_on(dsn: str) -> None:
    with Database(dsn, application="killed") as database:
        segments.wake_due(database, AT + 2 * DAY)
