"""From settings to an open workspace: the server, the database, its migrations and the App."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from regulars.cli.report import OtherVersion
from regulars.db import (
    Database,
    Migration,
    Server,
    check_current,
    ensure_database,
    migrate,
    start,
    workspace_dsn,
)
from regulars.kernel import Conflict, Finding, Invalid, Unavailable
from regulars.settings import Settings

if TYPE_CHECKING:
    from regulars.app import App

EMBEDDED_DATABASE = "regulars"
OLDEST = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the databases are: a server of ours, or one that was given."""

    settings: Settings
    dsn: str  # Of the workspace main; the others stand beside it.
    server: Server | None

    @property
    def workspace_dsn(self) -> str:
        return workspace_dsn(self.dsn, self.settings.workspace)

    def environment(self) -> dict[str, str]:
        """What a child process needs to come to the same place."""
        return {
            "REGULARS_DATABASE_URL": self.dsn,
            "REGULARS_WORKSPACE": self.settings.workspace,
            "REGULARS_HOME": str(self.settings.folder),
            "REGULARS_HOST": self.settings.host,
            "REGULARS_PORT": str(self.settings.port),
        }


@contextmanager
def placed(settings: Settings) -> Iterator[Place]:
    """The server: started (or joined, if it runs) in the home unless the settings name another."""
    if has_own_server(settings):
        yield Place(settings=settings, dsn=given_dsn(settings), server=None)
        return
    with start(settings.folder, binaries=settings.postgres_bin) as server:
        yield Place(settings=settings, dsn=server.dsn(EMBEDDED_DATABASE), server=server)


def has_own_server(settings: Settings) -> bool:
    return settings.database_url is not None and bool(settings.database_url.get_secret_value().strip())


def given_dsn(settings: Settings) -> str:
    """The address of one's own server; raises Invalid when it is none, without showing it."""
    assert settings.database_url is not None
    dsn = settings.database_url.get_secret_value()
    try:
        make_conninfo(dsn)
    except psycopg.ProgrammingError:
        problem = (
            "REGULARS_DATABASE_URL: it is not the address of a PostgreSQL database. "
            "Write it as postgresql://user:password@host:5432/database."
        )
        found = Finding(path="REGULARS_DATABASE_URL", code="settings.invalid", message=problem)
        raise Invalid(f"The settings cannot be used: {problem}", [found]) from None
    return dsn


def prepare(place: Place, *, up_to_date: bool) -> list[Migration]:
    """Make the workspace's database if it is not there; migrate it if asked, or if we just made it."""
    try:
        made = ensure_database(place.workspace_dsn)
    except psycopg.OperationalError as cause:
        said = str(cause).strip().splitlines()[-1]
        raise Unavailable(
            f"The database of the workspace {place.settings.workspace} is not there, and to make it takes "
            f"the database postgres on the same server, which refused ({said})."
        ) from cause
    if not (made or up_to_date):
        return []
    with Database(place.workspace_dsn) as database:
        with database.transaction() as tx:
            refuse_old_server(tx.info.server_version)
        with versions_told():
            return migrate(database)


@contextmanager
def checked(place: Place, *, options: str = "", connections: int | None = None) -> Iterator[Database]:
    """The workspace's database; raises OtherVersion when it is older or newer than the code."""
    dsn = make_conninfo(place.workspace_dsn, options=options) if options else place.workspace_dsn
    room = max(place.settings.connections, connections or 0)
    with Database(dsn, connections_max=room) as database:
        with database.transaction() as tx, versions_told():
            refuse_old_server(tx.info.server_version)
            check_current(tx)
        yield database


@contextmanager
def opened(place: Place, *, options: str = "", connections: int | None = None) -> Iterator["App"]:
    """The workspace as an App."""
    from regulars.app import assemble  # noqa: PLC0415 - it loads every room, which takes a second.

    with checked(place, options=options, connections=connections) as database:
        app = assemble(place.settings, database)
        try:
            yield app
        finally:
            app.sequencer.close()


@contextmanager
def versions_told() -> Iterator[None]:
    try:
        yield
    except Conflict as cause:
        raise OtherVersion(str(cause)) from cause


def refuse_old_server(version: int) -> None:
    """Raise OtherVersion for a PostgreSQL that lacks what we use; the number is as in 150004."""
    if version < OLDEST * 10_000:
        major = version // 10_000
        raise OtherVersion(
            f"PostgreSQL {OLDEST} or newer is needed, and the server answers as {major}. Update it "
            "(pg_upgrade), or name another server in REGULARS_DATABASE_URL."
        )
