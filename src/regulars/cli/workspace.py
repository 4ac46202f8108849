"""Checks of a workspace's database and of what runs on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg

from regulars import access, jobs, log, loyalty
from regulars.cli.findings import Check, ok, problem, warning
from regulars.cli.hosts import running_hosts
from regulars.cli.opening import OLDEST
from regulars.db import Query, Statements, Tx, known, one, pending, value
from regulars.kernel import Conflict
from regulars.log import ReaderStatus

SKEW_S = 5.0
LAG_S = 60.0
LEDGER_MS = 10_000
CONNECTIONS_NEEDED = 40
LATE = timedelta(hours=1)
SHOWN = 3


class Sql(Statements, file="doctor.sql"):
    server: Query
    limit_time: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    version: str
    number: int
    encoding: str
    connections: int
    clock: datetime


def server(tx: Tx) -> Iterator[Check]:
    found = one(tx, SQL.server, Server)
    here = datetime.now(UTC)
    if found.number < OLDEST * 10_000:
        yield problem("server", f"PostgreSQL {found.version} answers", f"Update it to {OLDEST} or newer.")
    elif found.encoding != "UTF8":
        yield problem(
            "server", f"its encoding is {found.encoding}", "Make the database with encoding UTF8 and migrate."
        )
    elif found.connections < CONNECTIONS_NEEDED:
        yield warning(
            "server",
            f"PostgreSQL {found.version} allows {found.connections} connections",
            f"Set max_connections to {CONNECTIONS_NEEDED} or more.",
        )
    else:
        yield ok("server", f"PostgreSQL {found.version} answers")
    yield skew((found.clock - here).total_seconds())


def skew(seconds: float) -> Check:
    if abs(seconds) > SKEW_S:
        return warning(
            "clocks",
            f"the server's clock is {seconds:+.0f} s from this machine's",
            "Let both follow one time server (NTP): leases and sessions go by the server's clock.",
        )
    return ok("clocks", "the server's clock and this machine's agree")


def migrations(tx: Tx) -> Check:
    carried = known()
    try:
        waiting = pending(tx, carried)
    except Conflict as differs:
        told, _, do = str(differs).partition(": ")
        return problem("migrations", told, do[:1].upper() + do[1:])
    if waiting:
        return problem(
            "migrations",
            f"the database is older than the code: {len(waiting)} of {len(carried)} migrations wait",
            "Run `regulars migrate`; `regulars serve` on the embedded server does it too.",
        )
    return ok("migrations", f"the database is as new as the code ({len(carried)} migrations)")


def running(tx: Tx) -> Iterator[Check]:
    """What only a workspace as new as the code can be asked."""
    clock = log.clock(tx)
    now = clock.now(datetime.now(UTC))
    yield people(tx)
    yield zone(tx)
    stands = f"stands at {now:%Y-%m-%d %H:%M} UTC and is advanced by hand"
    yield ok("clock", stands if clock.mode == "standing" else "runs with the wall's")
    yield sequencer(tx)
    yield from readers(tx)
    yield from timers(tx, now)
    yield failed_jobs(tx)
    yield from running_hosts(tx)
    yield ledger(tx)


def people(tx: Tx) -> Check:
    if access.is_set_up(tx):
        return ok("people", "the workspace is set up")
    return warning(
        "people",
        "nobody is here yet",
        "Open /set-up with the code that `regulars serve` prints at its start.",
    )


def zone(tx: Tx) -> Check:
    name = access.zone(tx)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return problem("zone", f"this machine does not know the zone {name}", "Install the package tzdata.")
    return ok("zone", f"days and months follow {name}")


def sequencer(tx: Tx) -> Check:
    found = log.sequencer_status(tx)
    if found.rejects:
        return warning(
            "log",
            f"{found.head:,} events, {found.waiting:,} waiting, {found.rejects:,} could not be stored",
            "Look at what was rejected on the page Readers.",
        )
    return ok("log", f"{found.head:,} events, {found.waiting:,} waiting")


def readers(tx: Tx) -> Iterator[Check]:
    for reader in log.status(tx):
        yield reader_check(reader)


def reader_check(reader: ReaderStatus) -> Check:
    name = f"reader {reader.name}"
    behind = f"{reader.lag_events:,} events behind"
    if reader.failures:
        return problem(
            name, f"fails: {reader.last_error}", "Mend the cause; it goes on by itself, where it stood."
        )
    if reader.paused:
        return warning(name, f"is paused, {behind}", "Resume it on the page Readers.")
    if reader.set_aside:
        return warning(
            name,
            f"set {reader.set_aside:,} events aside, {behind}",
            "Look at them on the page Readers; replay or dismiss each.",
        )
    if reader.lag_events and reader.lag_seconds > LAG_S:
        return warning(
            name,
            f"{behind}, for {reader.lag_seconds / 60:,.0f} minutes",
            "Does a worker run? `regulars serve` has one, in production it is `regulars worker`.",
        )
    return ok(name, "up to date" if not reader.lag_events else behind)


def timers(tx: Tx, now: datetime) -> Iterator[Check]:
    found = jobs.timers(tx)
    failing = [timer for timer in found if timer.failures]
    for timer in failing:
        yield problem(
            f"timer {timer.name}",
            f"failed {timer.failures} times: {timer.error}",
            "Mend the cause; it is tried again by itself.",
        )
    late = [timer.name for timer in found if not timer.failures and timer.due_at < now - LATE]
    if late:
        yield warning("timers", f"late: {', '.join(late)}", "Does a worker run? Start `regulars serve`.")
    elif not failing:
        yield ok("timers", f"{len(found)} in time" if found else "none yet; a worker makes them")


def failed_jobs(tx: Tx) -> Check:
    failed = jobs.jobs(tx, state="failed", limit=SHOWN)
    if not failed.items:
        return ok("jobs", "none failed")
    told = "; ".join(f"{job.public_id} {job.name}: {(job.error or '')[:100]}" for job in failed.items)
    more = " and more" if failed.next else ""
    return warning("jobs", f"failed: {told}{more}", "Mend the cause, then repeat them on the page Jobs.")


def ledger(tx: Tx) -> Check:
    """The whole proof where it is quick; a large ledger is proved by the trial balance elsewhere."""
    try:
        with tx.transaction():
            value(tx, SQL.limit_time, milliseconds=LEDGER_MS)
            found = loyalty.check_ledger(tx)
            value(tx, SQL.limit_time, milliseconds=0)
    except psycopg.errors.QueryCanceled:
        return warning(
            "ledger", f"too large to be proved within {LEDGER_MS // 1000} s", "The page Programme proves it."
        )
    if found:
        told = " ".join(finding.message for finding in found[:SHOWN])
        return problem(
            "ledger", f"{len(found)} findings: {told}", "Restore a backup, or report this as a fault."
        )
    return ok("ledger", "every transfer sums to zero and every balance agrees")
