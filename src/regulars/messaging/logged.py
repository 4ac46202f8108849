"""The log of all messages, whatever asked for them: searched, filtered, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from psycopg import sql

from regulars.db import Query, Statements, Tx, rows, values
from regulars.kernel import Page, decode_cursor, encode_cursor, public_id
from regulars.messaging.ledger import ArmName


class Sql(Statements, file="logged.sql"):
    log_page: Query
    log_sources: Query
    log_channels: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilters:
    """What is asked of the log; what is None does not matter."""

    customers: Sequence[int] | None = None
    send_id: int | None = None
    state: str | None = None
    reason: str | None = None
    source_kind: str | None = None
    source: str | None = None  # The key of a campaign, a journey or a template.
    channel: str | None = None
    since: datetime | None = None  # Of when it was put into the ledger.
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One line of the log."""

    send_id: int
    customer_id: int
    arm: ArmName
    state: str
    reason: str | None
    detail: str | None
    queued_at: datetime
    decided_at: datetime | None
    resolved_at: datetime | None
    source_kind: str
    source_key: str
    source_version: int
    step: str
    channel: str
    template_key: str

    @property
    def id(self) -> str:
        return public_id("msg", self.send_id)

    @property
    def at(self) -> datetime:
        return self.resolved_at or self.decided_at or self.queued_at


def message_log(tx: Tx, asked: LogFilters, *, cursor: str | None = None, limit: int = 50) -> Page[Logged]:
    """A page of the log, the latest first."""
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    given = {one.name: getattr(asked, one.name) for one in fields(asked)}
    given["customers"] = None if asked.customers is None else list(asked.customers)
    page = SQL.log_page.format(state=_in_state(asked.state))
    found = rows(tx, page, Logged, **given, before=before, limit=limit + 1)
    more = encode_cursor(found[limit - 1].send_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def _in_state(state: str | None) -> sql.Composable:
    """Written out: only then the index of rare states is found, whatever plan is kept of the statement."""
    return sql.SQL("true") if state is None else sql.SQL("send.state = {}").format(sql.Literal(state))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    kind: str
    key: str


def log_sources(tx: Tx) -> list[LogSource]:
    """What has ever asked for messages, the latest first."""
    return rows(tx, SQL.log_sources, LogSource)


def log_channels(tx: Tx) -> list[str]:
    """By what messages ever went."""
    return values(tx, SQL.log_channels)
