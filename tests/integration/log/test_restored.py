"""A dump of the log, restored elsewhere, goes on where it was."""

import shutil
import subprocess

from regulars.db import Database, drop_database
from regulars.log import ReaderRunner
from tests.integration.log.world import assert_promise, drain, event, prepare, put, recorder, sequence


def copied(server, database, folder):
    """The database, dumped and restored under another name, as after a loss."""
    folder_of = server.bin / "pg_dump" if server.bin else shutil.which("pg_dump")
    restore = server.bin / "pg_restore" if server.bin else shutil.which("pg_restore")
    dump, dsn = folder / "log.dump", server.empty()
    subprocess.run([folder_of, "--format=custom", f"--file={dump}", f"--dbname={database.dsn}"], check=True)
    subprocess.run([restore, "--exit-on-error", f"--dbname={dsn}", dump], check=True)
    return Database(dsn)


def test_a_restored_dump_goes_on_where_it_was(server, database, tmp_path):
    prepare(database)
    put(database, *(event(1, n) for n in range(1, 101)))
    sequence(database)
    drain(ReaderRunner(database, recorder("second")))
    ReaderRunner(database, recorder("first", batch=60)).run_once()
    # Committed and not sequenced when the dump is taken.
    put(database, *(event(1, n) for n in range(101, 111)))

    with copied(server, database, tmp_path) as restored:
        # Clients that have had no answer send again what the dump holds.
        put(restored, *(event(1, n) for n in range(90, 121)))
        sequence(restored)
        for name in ("first", "second"):
            drain(ReaderRunner(restored, recorder(name)))

        assert_promise(restored, {(1, n) for n in range(1, 121)}, "first", "second")
        name = restored.dsn
    drop_database(server.dsn, name.split("dbname=")[1].split()[0])
