"""One workspace's database: the pool, transactions and connections of one's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from regulars.db.reading import Tx
from regulars.kernel import Unavailable

CONNECT_TIMEOUT_S = 5
# A worker runs some 250 statements over and over; of the 100 that the driver keeps, none would last.
PREPARED_MAX = 400


def place(dsn: str) -> str:
    """Where a DSN points, without its password."""
    parts = conninfo_to_dict(dsn)
    return f"{parts.get('host') or 'the local socket'}:{parts.get('port') or 5432}/{parts.get('dbname')}"


def not_answering(dsn: str, cause: BaseException) -> Unavailable:
    said = str(cause).strip().splitlines() or [type(cause).__name__]
    return Unavailable(
        f"The database at {place(dsn)} does not answer ({said[-1].strip()}). Start it, or correct "
        "REGULARS_DATABASE_URL; `regulars doctor` looks further."
    )


def remember(tx: Tx) -> None:
    """Let a connection keep the plans of all that it runs again and again."""
    tx.prepared_max = PREPARED_MAX


class Database:
    """Connections to one workspace. The pool opens at first use, so that processes may fork before."""

    def __init__(self, dsn: str, *, connections_max: int = 10, application: str = "regulars") -> None:
        self.dsn = make_conninfo(
            dsn,
            options=f"{conninfo_to_dict(dsn).get('options') or ''} -c timezone=UTC".strip(),
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name=application,
        )
        self._pool: ConnectionPool[Tx] = ConnectionPool(
            self.dsn,
            min_size=1,
            max_size=connections_max,
            open=False,
            timeout=30,
            max_lifetime=3600,
            configure=remember,
        )

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """A pooled connection in a transaction: commits at the end, rolls back when anything is raised."""
        if self._pool.closed:
            self._open()
        try:
            tx = self._pool.getconn()
        except PoolTimeout as cause:
            raise Unavailable(
                f"All {self._pool.max_size} connections to {place(self.dsn)} are busy, or it does not "
                "answer. Try again; if it stays so, raise REGULARS_CONNECTIONS."
            ) from cause
        try:
            with tx.transaction():
                yield tx
        finally:
            self._pool.putconn(tx)

    def _open(self) -> None:
        with self.connect():
            pass  # A pool reports only a time-out; one plain connection says at once what is wrong.
        self._pool.open()

    def connect(self, **options: Any) -> Tx:
        """A connection of one's own, outside the pool; the caller closes it."""
        try:
            tx: Tx = psycopg.connect(self.dsn, **options)
        except psycopg.OperationalError as cause:
            raise not_answering(self.dsn, cause) from cause
        remember(tx)
        return tx

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
