"""Workspaces: each is a database of its own, so that test and demonstration data never mix with real ones."""

import re

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regulars.db.database import CONNECT_TIMEOUT_S, not_answering
from regulars.kernel import Finding, Invalid, Unavailable

NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


def workspace_dsn(dsn: str, workspace: str) -> str:
    """The DSN of a workspace: `main` is the database the DSN names, `demo` the one beside it, X_demo."""
    if not NAME.fullmatch(workspace):
        problem = f"A workspace is named by a-z, 0-9 and _ (at most 31, a letter first); found {workspace!r}."
        raise Invalid(problem, [Finding(path="workspace", code="workspace.name", message=problem)])
    base = str(conninfo_to_dict(dsn).get("dbname") or "regulars")
    return make_conninfo(dsn, dbname=base if workspace == "main" else f"{base}_{workspace}")


def ensure_database(dsn: str) -> bool:
    """Make the database if it is not there; gives whether it was made."""
    name = str(conninfo_to_dict(dsn)["dbname"])
    try:
        psycopg.connect(dsn, connect_timeout=CONNECT_TIMEOUT_S).close()
    except psycopg.OperationalError as cause:
        if not _is_missing(cause):
            raise not_answering(dsn, cause) from cause
    else:
        return False
    create_database(dsn, name)
    return True


def _is_missing(cause: psycopg.OperationalError) -> bool:
    # Before a connection stands there is no SQLSTATE to ask; the server's text is all there is.
    return 'database "' in str(cause) and "does not exist" in str(cause)


def create_database(dsn: str, name: str, template: str = "template0") -> None:
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as maintenance:
        command = sql.SQL("create database {} template {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        if template == "template0":
            command += sql.SQL(" encoding 'UTF8'")
        try:
            maintenance.execute(command)
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):  # The second: at once.
            return
        except psycopg.errors.InsufficientPrivilege as cause:
            raise Unavailable(
                f"The database {name} is not there and this role may not make it. Ask for "
                f'`create database "{name}"`, or give the role CREATEDB.'
            ) from cause


def drop_database(dsn: str, name: str) -> None:
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def rename_database(dsn: str, name: str, into: str) -> None:
    """Give a database another name; raises Unavailable while somebody is connected to it."""
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as maintenance:
        try:
            maintenance.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(into))
            )
        except psycopg.errors.ObjectInUse as cause:
            raise Unavailable(
                f"The database {name} is in use. Stop the web and worker processes on it and begin again."
            ) from cause
