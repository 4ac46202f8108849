"""PostgreSQL, the only database: the pool, named SQL, migrations, workspaces and the embedded server."""

from regulars.db.database import Database
from regulars.db.launcher import Server, start
from regulars.db.migrations import Migration, check_current, known, migrate, pending
from regulars.db.reading import Tx, copy_rows, maybe, one, records, rows, run, value, values
from regulars.db.statements import Query, Statements
from regulars.db.surveying import Survey, namespaces_work, programs, survey
from regulars.db.workspaces import create_database, drop_database, ensure_database, workspace_dsn

__all__ = [
    "Database",
    "Migration",
    "Query",
    "Server",
    "Statements",
    "Survey",
    "Tx",
    "check_current",
    "copy_rows",
    "create_database",
    "drop_database",
    "ensure_database",
    "known",
    "maybe",
    "migrate",
    "namespaces_work",
    "one",
    "pending",
    "programs",
    "records",
    "rows",
    "run",
    "start",
    "survey",
    "value",
    "values",
    "workspace_dsn",
]
