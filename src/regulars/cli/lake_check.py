"""The doctor's look at the lake: is it there, is it the right one, is every file whole."""

from collections.abc import Iterator

from regulars import analytics
from regulars.cli.findings import Check, ok, problem, warning
from regulars.db import Database
from regulars.kernel import RegularsError
from regulars.settings import Settings
from regulars.wiring import KEEPS, LAKE

MEND = "Bring it back from a backup, or see what `regulars lake mend` can do; PostgreSQL keeps what it has."
LATE_EVENTS = 2_000_000


def lake(settings: Settings, database: Database) -> Iterator[Check]:
    place = analytics.place_of(settings)
    found = analytics.Lake(database=database, place=place, tables=LAKE, keeps=KEEPS)
    try:
        wrong = analytics.check(found)
    except RegularsError as cause:
        yield problem("lake", str(cause), "Is the store there, and are the REGULARS_LAKE… settings right?")
        return
    for sentence in wrong:
        told, _, do = sentence.partition(" Bring ")
        yield problem("lake", told, f"Bring {do}" if do else MEND)
    with database.transaction() as tx:
        status = analytics.lake_status(found, tx)
    for one in status.tables:
        if one.problem is not None and one.problem not in wrong:
            yield problem("lake", one.problem, MEND)
    if status.open_erasures:
        yield warning(
            "lake",
            f"{status.open_erasures} erasures are not done in the lake yet",
            "A worker does them when nobody reads the lake's files; `regulars lake export` does it now.",
        )
    if status.waiting > LATE_EVENTS:
        yield warning(
            "lake",
            f"{status.waiting:,} events wait to be exported",
            "Does a worker run? `regulars lake export` does it now.",
        )
    elif not wrong and not status.problems:
        yield ok("lake", f"{sentence_of(status)} in {status.place}")


def sentence_of(status: analytics.LakeStatus) -> str:
    files = sum(one.files for one in status.tables)
    return f"{status.watermark:,} of {status.head:,} events are in the lake, {files:,} files"
