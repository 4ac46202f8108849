"""PostgreSQL, the only database: the pool, named SQL, migrations, workspaces and the embedded server."""

from regulars.db.database import Database
from regulars.db.dumping import dump, dump_programs, load, refuse_newer_server
from regulars.db.launcher import Server, start
from regulars.db.migrations import Migration, applied, check_current, known, migrate, pending
from regulars.db.reading import Tx, copy_rows, maybe, one, records, rows, run, value, values
from regulars.db.seeking import Naming, naming
from regulars.db.statements import Query, Statements
from regulars.db.surveying import Survey, namespaces_work, programs, survey
from regulars.db.tallying import TableTally, databases_of, hold_snapshot, sessions_of, tally_tables
from regulars.db.workspaces import (
    create_database,
    drop_database,
    ensure_database,
    rename_database,
    workspace_dsn,
)

__all__ = [
    "Database",
    "Migration",
    "Naming",
    "Query",
    "Server",
    "Statements",
    "Survey",
    "TableTally",
    "Tx",
    "applied",
    "check_current",
    "copy_rows",
    "create_database",
    "databases_of",
    "drop_database",
    "dump",
    "dump_programs",
    "ensure_database",
    "hold_snapshot",
    "known",
    "load",
    "maybe",
    "migrate",
    "namespaces_work",
    "naming",
    "one",
    "pending",
    "programs",
    "records",
    "refuse_newer_server",
    "rename_database",
    "rows",
    "run",
    "sessions_of",
    "start",
    "survey",
    "tally_tables",
    "value",
    "values",
    "workspace_dsn",
]
