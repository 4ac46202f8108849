"""From settings to an open workspace: the server, the database, its migrations and the App."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg.conninfo import make_conninfo

from regulars.app import App, assemble
from regulars.db import Database, Migration, Server, ensure_database, migrate, start, workspace_dsn
from regulars.settings import Settings

EMBEDDED_DATABASE = "regulars"


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
    if settings.database_url is not None:
        yield Place(settings=settings, dsn=settings.database_url.get_secret_value(), server=None)
        return
    with start(settings.folder, binaries=settings.postgres_bin) as server:
        yield Place(settings=settings, dsn=server.dsn(EMBEDDED_DATABASE), server=server)


def prepare(place: Place, *, up_to_date: bool) -> list[Migration]:
    """Make the workspace's database if it is not there; migrate it if asked, or if we just made it."""
    made = ensure_database(place.workspace_dsn)
    if not (made or up_to_date):
        return []
    with Database(place.workspace_dsn) as database:
        return migrate(database)


@contextmanager
def opened(place: Place, *, options: str = "") -> Iterator[App]:
    """The workspace as an App; raises Conflict when the database is older or newer than the code."""
    dsn = make_conninfo(place.workspace_dsn, options=options) if options else place.workspace_dsn
    with Database(dsn, connections_max=place.settings.connections) as database:
        yield assemble(place.settings, database)
